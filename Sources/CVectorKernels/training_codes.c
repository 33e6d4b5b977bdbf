// Kernels for code rows.
#include "training_codes.h"
#include "training_vector.h"

#include <float.h>

typedef int32_t ints_t __attribute__((ext_vector_type(16)));
typedef float four_t __attribute__((ext_vector_type(4)));
typedef int32_t fours_t __attribute__((ext_vector_type(4)));
typedef int8_t bytes_t __attribute__((ext_vector_type(16)));

/// Half, and a little more for the rounding of sums.
#define ROUNDED_HALF 0.5001f

INLINE bytes_t load_codes(const int8_t *from) {
    return *(const bytes_t *)__builtin_assume_aligned(from, 16);
}

/// The largest of 16 numbers that are not negative, by their bits.
INLINE float most_of(bits_t bits) {
    __attribute__((ext_vector_type(8))) uint32_t eight = __builtin_elementwise_max(bits.lo, bits.hi);
    __attribute__((ext_vector_type(4))) uint32_t four = __builtin_elementwise_max(eight.lo, eight.hi);
    __attribute__((ext_vector_type(2))) uint32_t two = __builtin_elementwise_max(four.lo, four.hi);
    uint32_t one = two.x > two.y ? two.x : two.y;
    float number;
    memcpy(&number, &one, sizeof number);
    return number;
}

TRAINING_KERNEL
void training_encode(const float *row, float bias, size_t stride, int8_t *code, training_term_t *term) {
    // The bits of numbers without their sign are in the order of the numbers, with what is no number on top.
    bits_t top = 0;
    for (size_t i = 0; i < stride; i += LANES) {
        bits_t bits;
        memcpy(&bits, __builtin_assume_aligned(row + i, 64), sizeof bits);
        top = __builtin_elementwise_max(top, bits & 0x7fffffffu);
    }
    float most = most_of(top);
    if (!(most <= FLT_MAX)) most = 0;
    float inverse = most > FLT_MIN * 128 ? 127.0f / most : 0;
    for (size_t i = 0; i < stride; i += LANES) {
        lanes_t scaled = inverse > 0 ? load(row + i) * inverse : (lanes_t)0.0f;
        // Adding and taking away 1.5 x 2^23 rounds to the nearest integer.
        ints_t rounded = __builtin_convertvector((scaled + 12582912.0f) - 12582912.0f, ints_t);
        *(bytes_t *)__builtin_assume_aligned(code + i, 16) = __builtin_convertvector(rounded, bytes_t);
    }
    // A row too small to be coded keeps a scale that still bounds its error.
    *term = (training_term_t){.scale = inverse > 0 ? most / 127.0f : 2 * most, .bias = bias};
}

TRAINING_KERNEL
float training_spread(const float *query, size_t stride) {
    lanes_t size = 0;
    for (size_t i = 0; i < stride; i += LANES) size += __builtin_elementwise_abs(load(query + i));
    return ROUNDED_HALF * sum(size);
}

INLINE lanes_t code_products(const float *query, const int8_t *code, size_t stride) {
    lanes_t total = load(query) * __builtin_convertvector(load_codes(code), lanes_t);
    for (size_t i = LANES; i < stride; i += LANES)
        total += load(query + i) * __builtin_convertvector(load_codes(code + i), lanes_t);
    return total;
}

/// The sums of four vectors, one in each lane.
INLINE four_t sums_of_four(lanes_t a, lanes_t b, lanes_t c, lanes_t d) {
    // Within each quarter: a0 + a2, b0 + b2, a1 + a3, b1 + b3.
    lanes_t ab = __builtin_shufflevector(a, b, 0, 16, 1, 17, 4, 20, 5, 21, 8, 24, 9, 25, 12, 28, 13, 29) +
                 __builtin_shufflevector(a, b, 2, 18, 3, 19, 6, 22, 7, 23, 10, 26, 11, 27, 14, 30, 15, 31);
    lanes_t cd = __builtin_shufflevector(c, d, 0, 16, 1, 17, 4, 20, 5, 21, 8, 24, 9, 25, 12, 28, 13, 29) +
                 __builtin_shufflevector(c, d, 2, 18, 3, 19, 6, 22, 7, 23, 10, 26, 11, 27, 14, 30, 15, 31);
    lanes_t quarters = __builtin_shufflevector(ab, cd, 0, 1, 16, 17, 4, 5, 20, 21, 8, 9, 24, 25, 12, 13, 28, 29) +
                       __builtin_shufflevector(ab, cd, 2, 3, 18, 19, 6, 7, 22, 23, 10, 11, 26, 27, 14, 15, 30, 31);
    __attribute__((ext_vector_type(8))) float halves = quarters.lo + quarters.hi;
    return halves.lo + halves.hi;
}

/// The scores of four candidates, each raised by `spread` times the scale of its codes.
INLINE four_t four_scores(const float *query, const int8_t *codes, const training_term_t *terms, size_t stride,
                          const uint32_t *indices, float spread) {
    four_t sums = sums_of_four(code_products(query, codes + (size_t)indices[0] * stride, stride),
                               code_products(query, codes + (size_t)indices[1] * stride, stride),
                               code_products(query, codes + (size_t)indices[2] * stride, stride),
                               code_products(query, codes + (size_t)indices[3] * stride, stride));
    training_term_t t0 = terms[indices[0]], t1 = terms[indices[1]], t2 = terms[indices[2]], t3 = terms[indices[3]];
    four_t scales = {t0.scale, t1.scale, t2.scale, t3.scale}, biases = {t0.bias, t1.bias, t2.bias, t3.bias};
    return (sums + spread) * scales + biases;
}

INLINE uint32_t screen(const float *query, const int8_t *codes, const training_term_t *terms, size_t stride,
                       const uint32_t *indices, size_t count, const float *factors, float spread, float limit) {
    uint32_t flagged = 0;
    for (size_t j = 0; j < count; j += 4) {
        four_t high = four_scores(query, codes, terms, stride, indices + j, spread);
        if (factors) {
            four_t decayed;
            memcpy(&decayed, factors + j, sizeof decayed);
            high *= decayed;
        }
        fours_t above = (fours_t)(high > limit) & (fours_t){1, 2, 4, 8};
        flagged |= (uint32_t)__builtin_reduce_or(above) << j;
    }
    return count < 32 ? flagged & ((1u << count) - 1) : flagged;
}

TRAINING_KERNEL
uint32_t training_screen(const float *query, const int8_t *codes, const training_term_t *terms, size_t stride,
                         const uint32_t *indices, size_t count, const float *factors, float spread, float limit) {
    // A width known when compiling keeps the query in registers.
    if (stride == 64 && !factors) return screen(query, codes, terms, 64, indices, count, NULL, spread, limit);
    if (stride == 16 && !factors) return screen(query, codes, terms, 16, indices, count, NULL, spread, limit);
    return screen(query, codes, terms, stride, indices, count, factors, spread, limit);
}

TRAINING_KERNEL
uint32_t training_screen_against(const float *query, const float *liked, float liked_bias, const int8_t *codes,
                                 const training_term_t *terms, size_t stride, const uint32_t *indices, size_t count,
                                 const float *factors) {
    lanes_t total = 0, size = 0;
    for (size_t i = 0; i < stride; i += LANES) {
        lanes_t q = load(query + i);
        total += q * load(liked + i);
        size += __builtin_elementwise_abs(q);
    }
    float limit = sum(total) + liked_bias - 1, spread = ROUNDED_HALF * sum(size);
    if (stride == 64 && !factors) return screen(query, codes, terms, 64, indices, count, NULL, spread, limit);
    if (stride == 16 && !factors) return screen(query, codes, terms, 16, indices, count, NULL, spread, limit);
    return screen(query, codes, terms, stride, indices, count, factors, spread, limit);
}

TRAINING_KERNEL
void training_code_scores(const float *query, const int8_t *codes, const training_term_t *terms, size_t stride,
                          const uint32_t *indices, size_t count, const float *factors, float *scores) {
    size_t j = 0;
    for (; j + 4 <= count; j += 4) {
        four_t four = four_scores(query, codes, terms, stride, indices + j, 0);
        memcpy(scores + j, &four, sizeof four);
    }
    for (; j < count; j++) {
        training_term_t term = terms[indices[j]];
        scores[j] = sum(code_products(query, codes + (size_t)indices[j] * stride, stride)) * term.scale + term.bias;
    }
    if (factors)
        for (j = 0; j < count; j++) scores[j] *= factors[j];
}
