// Kernels of the normal equations of features, over sixteen columns of embeddings at a time.
#include "least_squares_kernels.h"
#include "training_vector.h"

TRAINING_KERNEL
void least_squares_features(const size_t *offsets, const uint32_t *columns, const float *weights, const float *scales, size_t rows,
                            const float *in, float *out) {
    for (size_t row = 0; row < rows; row++) {
        if (scales[row] == 0) continue;
        lanes_t total = 0;
        for (size_t e = offsets[row]; e < offsets[row + 1]; e++) total += weights[e] * load(in + (size_t)columns[e] * LANES);
        total *= scales[row];
        for (size_t e = offsets[row]; e < offsets[row + 1]; e++) {
            float *to = out + (size_t)columns[e] * LANES;
            store(to, load(to) + weights[e] * total);
        }
    }
}

TRAINING_KERNEL
void least_squares_features_right(const size_t *offsets, const uint32_t *columns, const float *weights, const float *scales,
                                  size_t count, const float *rows, size_t stride, size_t start, float *out) {
    for (size_t row = 0; row < count; row++) {
        if (scales[row] == 0) continue;
        lanes_t own = scales[row] * load(rows + row * stride + start);
        for (size_t e = offsets[row]; e < offsets[row + 1]; e++) {
            float *to = out + (size_t)columns[e] * LANES;
            store(to, load(to) + weights[e] * own);
        }
    }
}

TRAINING_KERNEL
void least_squares_features_step(float *x, float *residual, float *direction, const float *product, const float *inverse,
                                 float *ratios, size_t count, int isFirst) {
    lanes_t curvature = 0, before = 0;
    for (size_t f = 0; f < count; f++) {
        size_t at = f * LANES;
        if (isFirst) {
            lanes_t r = load(residual + at), z = inverse[f] * r;
            store(direction + at, z);
            before += r * z;
        } else {
            curvature += load(direction + at) * load(product + at);
        }
    }
    if (isFirst) return store(ratios, before);
    before = load(ratios);
    // A column that is solved, or has no curvature, stays.
    lanes_t length = 0;
    for (int lane = 0; lane < LANES; lane++) length[lane] = curvature[lane] <= 0 ? 0 : before[lane] / curvature[lane];
    lanes_t after = 0;
    for (size_t at = 0; at < count * LANES; at += LANES) {
        store(x + at, load(x + at) + length * load(direction + at));
        lanes_t r = load(residual + at) - length * load(product + at);
        store(residual + at, r);
        after += inverse[at / LANES] * r * r;
    }
    lanes_t turn = 0;
    for (int lane = 0; lane < LANES; lane++) turn[lane] = before[lane] <= 0 ? 0 : after[lane] / before[lane];
    for (size_t at = 0; at < count * LANES; at += LANES) {
        store(direction + at, inverse[at / LANES] * load(residual + at) + turn * load(direction + at));
    }
    store(ratios, after);
}
