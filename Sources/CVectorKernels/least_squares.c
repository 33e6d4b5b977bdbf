// Kernels of alternating least squares: products with a Gram matrix, and passes over the likes of a row.
#include "least_squares_kernels.h"
#include "training_vector.h"

void least_squares_pack(const float *matrix, float factor, float *panels, size_t stride) {
    for (size_t j = 0; j < stride; j += LANES) {
        for (size_t c = 0; c < stride; c++) store(panels + (j * stride + c * LANES), factor * load(matrix + c * stride + j));
    }
}

TRAINING_KERNEL
void least_squares_product(const float *rows, size_t count, const float *panels, float *out, size_t stride) {
    for (size_t j = 0; j < stride; j += LANES) {
        const float *panel = panels + j * stride;
        for (size_t k = 0; k < count; k += least_squares_tile) {
            const float *r0 = rows + k * stride, *r1 = r0 + stride, *r2 = r1 + stride, *r3 = r2 + stride;
            const float *r4 = r3 + stride, *r5 = r4 + stride;
            lanes_t s0 = 0, s1 = 0, s2 = 0, s3 = 0, s4 = 0, s5 = 0;
            for (size_t c = 0; c < stride; c++) {
                lanes_t v = load(panel + c * LANES);
                s0 += r0[c] * v, s1 += r1[c] * v, s2 += r2[c] * v;
                s3 += r3[c] * v, s4 += r4[c] * v, s5 += r5[c] * v;
            }
            float *to = out + k * stride + j;
            store(to, s0), store(to + stride, s1), store(to + 2 * stride, s2);
            store(to + 3 * stride, s3), store(to + 4 * stride, s4), store(to + 5 * stride, s5);
        }
    }
}

void least_squares_product_reference(const float *rows, size_t count, const float *panels, float *out, size_t stride) {
    for (size_t k = 0; k < count; k++) {
        for (size_t j = 0; j < stride; j++) {
            float sum = 0;
            for (size_t c = 0; c < stride; c++) sum += rows[k * stride + c] * panels[(j / 16 * stride + c) * 16 + j % 16];
            out[k * stride + j] = sum;
        }
    }
}

INLINE float magnitude(const float *weights, size_t j) {
    return weights ? __builtin_fabsf(weights[j]) : 1.0f;
}

/// Adds the products of the rows of a block, which lie `pitch` apart, to a tile of the upper triangle.
INLINE void gram_tile(const float *block, size_t count, size_t pitch, size_t i, size_t j, float *out, size_t stride) {
    float *to = out + i * stride + j;
    lanes_t s0 = load(to), s1 = load(to + stride), s2 = load(to + 2 * stride);
    lanes_t s3 = load(to + 3 * stride), s4 = load(to + 4 * stride), s5 = load(to + 5 * stride);
    for (size_t k = 0; k < count; k++) {
        const float *row = block + k * pitch;
        lanes_t v = load(row + j);
        s0 += row[i] * v, s1 += row[i + 1] * v, s2 += row[i + 2] * v;
        s3 += row[i + 3] * v, s4 += row[i + 4] * v, s5 += row[i + 5] * v;
    }
    store(to, s0), store(to + stride, s1), store(to + 2 * stride, s2);
    store(to + 3 * stride, s3), store(to + 4 * stride, s4), store(to + 5 * stride, s5);
}

TRAINING_KERNEL
void least_squares_gram(const float *rows, const uint32_t *indices, const float *weights, size_t count, float *out,
                        float *scratch, size_t stride) {
    // Rows of the copy start in different sets of the cache, and have room for the last tile.
    size_t pitch = stride + LANES;
    for (size_t first = 0; first < count; first += least_squares_block) {
        size_t length = count - first < least_squares_block ? count - first : least_squares_block;
        for (size_t k = 0; k < length; k++) {
            size_t at = first + k;
            const float *row = rows + (indices ? indices[at] : at) * stride;
            float factor = weights ? __builtin_elementwise_sqrt(magnitude(weights, at)) : 1.0f;
            for (size_t c = 0; c < stride; c += LANES) store(scratch + k * pitch + c, factor * load(row + c));
            store(scratch + k * pitch + stride, (lanes_t)0.0f);
        }
        for (size_t i = 0; i < stride; i += least_squares_tile) {
            for (size_t j = i & ~(size_t)(LANES - 1); j < stride; j += LANES) {
                gram_tile(scratch, length, pitch, i, j, out, stride);
            }
        }
    }
}

void least_squares_gram_reference(const float *rows, const uint32_t *indices, const float *weights, size_t count, float *out,
                                  size_t stride) {
    for (size_t k = 0; k < count; k++) {
        const float *row = rows + (indices ? indices[k] : k) * stride;
        for (size_t i = 0; i < stride; i++) {
            for (size_t j = i & ~(size_t)15; j < stride; j++) out[i * stride + j] += magnitude(weights, k) * row[i] * row[j];
        }
    }
}

typedef float four_t __attribute__((ext_vector_type(4)));

/// The sums of the lanes of four groups.
INLINE four_t sums(lanes_t a, lanes_t b, lanes_t c, lanes_t d) {
    __attribute__((ext_vector_type(8))) float ea = a.lo + a.hi, eb = b.lo + b.hi, ec = c.lo + c.hi, ed = d.lo + d.hi;
    four_t fa = ea.lo + ea.hi, fb = eb.lo + eb.hi, fc = ec.lo + ec.hi, fd = ed.lo + ed.hi;
    four_t ab = __builtin_shufflevector(fa, fb, 0, 4, 1, 5) + __builtin_shufflevector(fa, fb, 2, 6, 3, 7);
    four_t cd = __builtin_shufflevector(fc, fd, 0, 4, 1, 5) + __builtin_shufflevector(fc, fd, 2, 6, 3, 7);
    return __builtin_shufflevector(ab, cd, 0, 1, 4, 5) + __builtin_shufflevector(ab, cd, 2, 3, 6, 7);
}

/// What a like's vector is multiplied by: |w| (target + sign x y . v), with a target of 1 for the likes of a residual.
INLINE float coefficient(const float *weights, size_t j, float dot, int isResidual) {
    float c = magnitude(weights, j);
    if (!isResidual) return c * dot;
    float target = !weights || weights[j] > 0 ? 1.0f : 0.0f;
    return c * (target - dot);
}

INLINE void prefetch(const float *row, size_t stride) {
    for (size_t i = 0; i < stride; i += LANES) __builtin_prefetch(row + i);
}

INLINE void add_likes(const float *rows, least_squares_likes_t likes, const float *v, float *out, size_t stride, int isResidual) {
    const uint32_t *at = likes.indices;
    size_t j = 0;
    for (; j + 4 <= likes.count; j += 4) {
        const float *y0 = rows + at[j] * stride, *y1 = rows + at[j + 1] * stride;
        const float *y2 = rows + at[j + 2] * stride, *y3 = rows + at[j + 3] * stride;
        // The residual comes first, and then finds what the steps after it find near.
        if (isResidual && j + 12 <= likes.count) {
            for (size_t k = 8; k < 12; k++) prefetch(rows + at[j + k] * stride, stride);
        }
        lanes_t d0 = 0, d1 = 0, d2 = 0, d3 = 0;
        for (size_t i = 0; i < stride; i += LANES) {
            lanes_t p = load(v + i);
            d0 += load(y0 + i) * p, d1 += load(y1 + i) * p, d2 += load(y2 + i) * p, d3 += load(y3 + i) * p;
        }
        four_t dots = sums(d0, d1, d2, d3);
        float c0 = coefficient(likes.weights, j, dots.x, isResidual), c1 = coefficient(likes.weights, j + 1, dots.y, isResidual);
        float c2 = coefficient(likes.weights, j + 2, dots.z, isResidual), c3 = coefficient(likes.weights, j + 3, dots.w, isResidual);
        for (size_t i = 0; i < stride; i += LANES) {
            lanes_t total = load(out + i);
            total += c0 * load(y0 + i), total += c1 * load(y1 + i), total += c2 * load(y2 + i), total += c3 * load(y3 + i);
            store(out + i, total);
        }
    }
    for (; j < likes.count; j++) {
        const float *y = rows + at[j] * stride;
        lanes_t d = 0;
        for (size_t i = 0; i < stride; i += LANES) d += load(y + i) * load(v + i);
        float c = coefficient(likes.weights, j, sum(d), isResidual);
        for (size_t i = 0; i < stride; i += LANES) store(out + i, load(out + i) + c * load(y + i));
    }
}

INLINE void apply(const float *rows, least_squares_likes_t likes, float shift, const float *v, float *out, size_t stride) {
    for (size_t i = 0; i < stride; i += LANES) store(out + i, load(out + i) + shift * load(v + i));
    add_likes(rows, likes, v, out, stride, 0);
}

TRAINING_KERNEL
void least_squares_apply(const float *rows, least_squares_likes_t likes, float shift, const float *v, float *out, size_t stride) {
    if (stride == 64) return apply(rows, likes, shift, v, out, 64);
    if (stride == 128) return apply(rows, likes, shift, v, out, 128);
    apply(rows, likes, shift, v, out, stride);
}

void least_squares_apply_reference(const float *rows, least_squares_likes_t likes, float shift, const float *v, float *out,
                                   size_t stride) {
    for (size_t i = 0; i < stride; i++) out[i] += shift * v[i];
    for (size_t j = 0; j < likes.count; j++) {
        const float *y = rows + likes.indices[j] * stride;
        float dot = 0;
        for (size_t i = 0; i < stride; i++) dot += y[i] * v[i];
        for (size_t i = 0; i < stride; i++) out[i] += magnitude(likes.weights, j) * dot * y[i];
    }
}

INLINE void residual(const float *rows, least_squares_likes_t likes, float shift, const float *extra, const float *v, float *out,
                     size_t stride) {
    for (size_t i = 0; i < stride; i += LANES) {
        lanes_t start = extra ? load(extra + i) : (lanes_t)0.0f;
        store(out + i, start - (load(out + i) + shift * load(v + i)));
    }
    add_likes(rows, likes, v, out, stride, 1);
}

TRAINING_KERNEL
void least_squares_residual(const float *rows, least_squares_likes_t likes, float shift, const float *extra, const float *v,
                            float *out, size_t stride) {
    if (stride == 64) return residual(rows, likes, shift, extra, v, out, 64);
    if (stride == 128) return residual(rows, likes, shift, extra, v, out, 128);
    residual(rows, likes, shift, extra, v, out, stride);
}

void least_squares_residual_reference(const float *rows, least_squares_likes_t likes, float shift, const float *extra,
                                      const float *v, float *out, size_t stride) {
    for (size_t i = 0; i < stride; i++) out[i] = (extra ? extra[i] : 0.0f) - out[i] - shift * v[i];
    for (size_t j = 0; j < likes.count; j++) {
        const float *y = rows + likes.indices[j] * stride;
        float dot = 0;
        for (size_t i = 0; i < stride; i++) dot += y[i] * v[i];
        for (size_t i = 0; i < stride; i++) out[i] += coefficient(likes.weights, j, dot, 1) * y[i];
    }
}

TRAINING_KERNEL
float least_squares_step(float *x, float *residual, float *direction, const float *product, float squared, size_t stride) {
    lanes_t curvature = 0;
    for (size_t i = 0; i < stride; i += LANES) curvature += load(direction + i) * load(product + i);
    float total = sum(curvature);
    // A residual or a curvature that is no number goes on, to be found in the row.
    if (total <= 0 || squared <= 0) return 0;
    float length = squared / total;
    lanes_t left = 0;
    for (size_t i = 0; i < stride; i += LANES) {
        store(x + i, load(x + i) + length * load(direction + i));
        lanes_t r = load(residual + i) - length * load(product + i);
        store(residual + i, r);
        left += r * r;
    }
    float next = sum(left), turn = next / squared;
    for (size_t i = 0; i < stride; i += LANES) store(direction + i, load(residual + i) + turn * load(direction + i));
    return next;
}

TRAINING_KERNEL
double least_squares_misfit(const float *rows, least_squares_likes_t likes, const float *v, size_t stride) {
    double total = 0;
    for (size_t j = 0; j < likes.count; j++) {
        const float *y = rows + likes.indices[j] * stride;
        lanes_t d = 0;
        for (size_t i = 0; i < stride; i += LANES) d += load(y + i) * load(v + i);
        float target = !likes.weights || likes.weights[j] > 0 ? 1.0f : 0.0f;
        double missed = (double)target - (double)sum(d);
        total += (double)magnitude(likes.weights, j) * missed * missed;
    }
    return total;
}
