// Kernels that read rows: products, sums, checks.
#include "training_primitives.h"

TRAINING_KERNEL
float training_dot(const float *a, const float *b, size_t stride) {
    return dot(a, b, stride);
}

TRAINING_KERNEL
void training_sum_rows(float *out, const float *own, float weight, const float *rows, const uint32_t *columns,
                       const float *weights, size_t count, size_t stride) {
    for (size_t i = 0; i < stride; i += LANES) {
        lanes_t total = own ? weight * load(own + i) : (lanes_t)0.0f;
        for (size_t j = 0; j < count; j++) total += weights[j] * load(rows + (size_t)columns[j] * stride + i);
        store(out + i, total);
    }
}

TRAINING_KERNEL
void training_map_row(const float *own, float weight, float *rows, const uint32_t *columns, const float *weights, size_t count,
                      float missing_part, float rate, size_t from, size_t to, size_t stride) {
    float length = 0;
    for (size_t j = 0; j < count; j++) length += weights[j] * weights[j];
    if (!(length > 0)) return;
    float part = rate / length;
    for (size_t i = from; i < to; i += LANES) {
        lanes_t sum = {0};
        for (size_t j = 0; j < count; j++) sum += weights[j] * load(rows + (size_t)columns[j] * stride + i);
        lanes_t missing = part * (weight * load(own + i) - missing_part * sum);
        for (size_t j = 0; j < count; j++) {
            float *row = rows + (size_t)columns[j] * stride + i;
            store(row, load(row) + weights[j] * missing);
        }
    }
}

TRAINING_KERNEL
void training_scale_row(float *row, float factor, size_t stride) {
    for (size_t i = 0; i < stride; i += LANES) store(row + i, factor * load(row + i));
}

TRAINING_KERNEL
void training_difference(float *out, const float *a, const float *b, size_t stride) {
    for (size_t i = 0; i < stride; i += LANES) store(out + i, load(a + i) - load(b + i));
}

TRAINING_KERNEL
int training_all_finite(const float *values, size_t count) {
    uint32_t worst = 0;
    for (size_t i = 0; i < count; i++) {
        uint32_t bits;
        memcpy(&bits, values + i, sizeof bits);
        bits &= 0x7fffffffu;
        worst = worst > bits ? worst : bits;
    }
    return worst < 0x7f800000u;
}
