// Kernels of softmax training.
#include "softmax_kernels.h"

#include <math.h>

#include "training_kernels.h"
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

TRAINING_KERNEL
void softmax_product_transposed(const float *rows, size_t depth, size_t count, const float *panels, size_t columns, float *out) {
    for (size_t j = 0; j < columns; j += LANES) {
        const float *panel = panels + j * depth;
        for (size_t k = 0; k < count; k += 4) {
            // Eight sums and what they need fit the registers of AVX2; six rows would not go into counts of 16.
            lanes_t s0 = 0, s1 = 0, s2 = 0, s3 = 0;
            for (size_t c = 0; c < depth; c++) {
                lanes_t v = load(panel + c * LANES);
                const float *row = rows + c * count + k;
                s0 += row[0] * v, s1 += row[1] * v, s2 += row[2] * v, s3 += row[3] * v;
            }
            float *to = out + k * columns + j;
            store(to, s0), store(to + columns, s1), store(to + 2 * columns, s2), store(to + 3 * columns, s3);
        }
    }
}

void softmax_product_transposed_reference(const float *rows, size_t depth, size_t count, const float *panels, size_t columns,
                                          float *out) {
    for (size_t k = 0; k < count; k++) {
        for (size_t j = 0; j < columns; j++) {
            float sum = 0;
            for (size_t c = 0; c < depth; c++) sum += rows[c * count + k] * panels[(j / 16 * depth + c) * 16 + j % 16];
            out[k * columns + j] = sum;
        }
    }
}

TRAINING_KERNEL
void softmax_pack(const float *rows, size_t depth, size_t columns, float *panels) {
    for (size_t j = 0; j < columns; j += LANES) {
        for (size_t c = 0; c < depth; c++) store(panels + (j * depth + c * LANES), load(rows + c * columns + j));
    }
}

TRAINING_KERNEL
void softmax_pack_transposed(const float *rows, size_t count, size_t depth, float *panels) {
    for (size_t j = 0; j < count; j += LANES) {
        const float *from = rows + j * depth;
        for (size_t c = 0; c < depth; c++) {
            lanes_t v;
            for (size_t lane = 0; lane < LANES; lane++) v[lane] = from[lane * depth + c];
            store(panels + (j * depth + c * LANES), v);
        }
    }
}

/// Rows that are asked for before they are needed.
enum { AHEAD = 4 };

/// Writes a row of a given length as one of length 1, and 1 / its length; a row of zeros stays, with 0.
INLINE void unit_row(float *out, float *inverse, const float *row, size_t stride) {
    lanes_t total = 0;
    for (size_t i = 0; i < stride; i += LANES) total += load(row + i) * load(row + i);
    float squared = sum(total);
    *inverse = squared > 0 ? 1.0f / sqrtf(squared) : 0;
    for (size_t i = 0; i < stride; i += LANES) store(out + i, *inverse * load(row + i));
}

TRAINING_KERNEL
void softmax_unit_rows(float *out, float *inverses, const float *rows, const uint32_t *indices, size_t count, size_t stride,
                       const softmax_features_t *features) {
    for (size_t k = 0; k < count; k++) {
        if (k + AHEAD < count) training_prefetch(rows + indices[k + AHEAD] * stride, stride * sizeof(float));
        const float *row = rows + indices[k] * stride;
        float *to = out + k * stride;
        if (!features) {
            unit_row(to, inverses + k, row, stride);
            continue;
        }
        size_t first = features->offsets[indices[k]], end = features->offsets[indices[k] + 1];
        for (size_t i = 0; i < stride; i += LANES) {
            lanes_t v = load(row + i);
            for (size_t e = first; e < end; e++) v += features->weights[e] * load(features->rows + features->columns[e] * stride + i);
            store(to + i, v);
        }
        unit_row(to, inverses + k, to, stride);
    }
}

TRAINING_KERNEL
void softmax_project(float *gradients, const float *units, const float *inverses, const float *factors, const float *others,
                     size_t count, size_t stride) {
    for (size_t k = 0; k < count; k++) {
        float *gradient = gradients + k * stride;
        const float *unit = units + k * stride;
        lanes_t total = 0;
        for (size_t i = 0; i < stride; i += LANES) {
            lanes_t v = load(gradient + i);
            if (factors) {
                v += factors[k] * load(others + k * stride + i);
                store(gradient + i, v);
            }
            total += v * load(unit + i);
        }
        float along = sum(total);
        for (size_t i = 0; i < stride; i += LANES) {
            store(gradient + i, inverses[k] * (load(gradient + i) - along * load(unit + i)));
        }
    }
}

void softmax_mask(float *scores, const int32_t *slots, const int32_t *next, const uint32_t *seen, size_t count) {
    for (size_t i = 0; i < count; i++) {
        for (int32_t slot = slots[seen[i]]; slot >= 0; slot = next[slot]) scores[slot] = -INFINITY;
    }
}

/// One move of adagrad of the lanes `from` ..< `to` of a row.
INLINE void move(float *row, float *squares, const float *direction, float scale, float rate, size_t from, size_t to) {
    for (size_t i = from; i < to; i += LANES) {
        lanes_t gradient = scale * load(direction + i), before = load(squares + i);
        store(row + i, load(row + i) - rate * inverse_root(before) * gradient);
        store(squares + i, before + gradient * gradient);
    }
}

TRAINING_KERNEL
void softmax_step(float *rows, float *squares, const uint32_t *indices, const float *gradients, size_t count,
                  const softmax_step_t *step, const softmax_features_t *features, float *feature_squares) {
    size_t stride = step->stride, from = step->from, to = step->to;
    for (size_t k = 0; k < count; k++) {
        if (k + AHEAD < count) {
            size_t ahead = indices[k + AHEAD] * stride + from;
            training_prefetch_to_write(rows + ahead, (to - from) * sizeof(float));
            training_prefetch_to_write(squares + ahead, (to - from) * sizeof(float));
        }
        size_t at = indices[k] * stride;
        const float *gradient = gradients + k * stride;
        move(rows + at, squares + at, gradient, step->scale, step->rate, from, to);
        if (!features) continue;
        for (size_t e = features->offsets[indices[k]]; e < features->offsets[indices[k] + 1]; e++) {
            size_t place = features->columns[e] * stride;
            move(features->rows + place, feature_squares + place, gradient, step->scale * features->weights[e], step->rate, from, to);
        }
    }
}

/// The highest of 16 numbers, by halves: the builtin goes from one to the next.
INLINE float highest_of(lanes_t v) {
    __attribute__((ext_vector_type(8))) float eight = __builtin_elementwise_max(v.lo, v.hi);
    __attribute__((ext_vector_type(4))) float four = __builtin_elementwise_max(eight.lo, eight.hi);
    __attribute__((ext_vector_type(2))) float two = __builtin_elementwise_max(four.lo, four.hi);
    return two.x > two.y ? two.x : two.y;
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
    lanes_t highest = *positive;
    for (size_t i = 0; i < count; i += LANES) highest = __builtin_elementwise_max(highest, load(scores + i));
    float most = highest_of(highest);
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
