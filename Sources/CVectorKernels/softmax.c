// Kernels of softmax training.
#include "softmax_kernels.h"

#include <math.h>

#include "training_vector.h"

TRAINING_KERNEL
void softmax_product(const float *rows, size_t count, size_t depth, const float *panels, size_t columns, float *out) {
    for (size_t j = 0; j < columns; j += LANES) {
        const float *panel = panels + j * depth;
        for (size_t k = 0; k < count; k += 6) {
            const float *r0 = rows + k * depth, *r1 = r0 + depth, *r2 = r1 + depth, *r3 = r2 + depth;
            const float *r4 = r3 + depth, *r5 = r4 + depth;
            lanes_t s0 = 0, s1 = 0, s2 = 0, s3 = 0, s4 = 0, s5 = 0;
            for (size_t c = 0; c < depth; c++) {
                lanes_t v = load(panel + c * LANES);
                s0 += r0[c] * v, s1 += r1[c] * v, s2 += r2[c] * v;
                s3 += r3[c] * v, s4 += r4[c] * v, s5 += r5[c] * v;
            }
            float *to = out + k * columns + j;
            store(to, s0), store(to + columns, s1), store(to + 2 * columns, s2);
            store(to + 3 * columns, s3), store(to + 4 * columns, s4), store(to + 5 * columns, s5);
        }
    }
}

void softmax_product_reference(const float *rows, size_t count, size_t depth, const float *panels, size_t columns, float *out) {
    for (size_t k = 0; k < count; k++) {
        for (size_t j = 0; j < columns; j++) {
            float sum = 0;
            for (size_t c = 0; c < depth; c++) sum += rows[k * depth + c] * panels[(j / 16 * depth + c) * 16 + j % 16];
            out[k * columns + j] = sum;
        }
    }
}

void softmax_pack(const float *rows, size_t depth, size_t columns, float *panels) {
    for (size_t j = 0; j < columns; j += LANES) {
        for (size_t c = 0; c < depth; c++) store(panels + (j * depth + c * LANES), load(rows + c * columns + j));
    }
}

void softmax_pack_transposed(const float *rows, size_t count, size_t depth, float *panels) {
    for (size_t j = 0; j < count; j++) {
        for (size_t c = 0; c < depth; c++) panels[(j / LANES * depth + c) * LANES + j % LANES] = rows[j * depth + c];
    }
}

typedef int32_t whole_t __attribute__((ext_vector_type(16)));

/// e^x for x of 0 or less, off by a relative 2e-7 or so; 0 below -87.
INLINE lanes_t exponential(lanes_t x) {
    lanes_t low = -87.0f;
    whole_t tiny = x < low;
    x = __builtin_elementwise_max(x, low);
    lanes_t n = __builtin_elementwise_floor(x * 1.44269504f + 0.5f);
    lanes_t f = (x - n * 0.693359375f) + n * 2.12194440e-4f;
    lanes_t p = 1.9875691500e-4f * f + 1.3981999507e-3f;
    p = p * f + 8.3334519073e-3f, p = p * f + 4.1665795894e-2f, p = p * f + 1.6666665459e-1f, p = p * f + 5.0000001201e-1f;
    p = p * f * f + f + 1.0f;
    whole_t bits = (__builtin_convertvector(n, whole_t) + 127) << 23;
    lanes_t scale;
    memcpy(&scale, &bits, sizeof scale);
    lanes_t e = p * scale;
    whole_t kept;
    memcpy(&kept, &e, sizeof kept);
    kept &= ~tiny;
    memcpy(&e, &kept, sizeof e);
    return e;
}

TRAINING_KERNEL
float softmax_probabilities(float *positive, float *scores, size_t count, float sharpness) {
    float most = *positive;
    for (size_t i = 0; i < count; i += LANES) {
        float top = __builtin_reduce_max(load(scores + i));
        most = top > most ? top : most;
    }
    lanes_t total = 0;
    for (size_t i = 0; i < count; i += LANES) {
        lanes_t e = exponential(sharpness * (load(scores + i) - most));
        store(scores + i, e);
        total += e;
    }
    float own = expf(sharpness * (*positive - most)), all = sum(total) + own;
    float loss = logf(all) - sharpness * (*positive - most);
    for (size_t i = 0; i < count; i += LANES) store(scores + i, sharpness / all * load(scores + i));
    *positive = sharpness * (own / all - 1);
    return loss;
}
