// What kernels of training are put together from. Each is a kernel of its own too, where its comment is.
#pragma once

#include <float.h>

#include "training_codes.h"
#include "training_kernels.h"
#include "training_vector.h"

typedef int32_t ints_t __attribute__((ext_vector_type(16)));
typedef int8_t bytes_t __attribute__((ext_vector_type(16)));

static const bits_t lane_numbers = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};

INLINE bits_t load_bits(const uint32_t *from) {
    bits_t bits;
    memcpy(&bits, from, sizeof bits);
    return bits;
}

INLINE float dot(const float *a, const float *b, size_t stride) {
    lanes_t total = load(a) * load(b);
    for (size_t i = LANES; i < stride; i += LANES) total += load(a + i) * load(b + i);
    return sum(total);
}

INLINE int contains(const uint32_t *sorted, size_t count, uint32_t wanted) {
    // Halving without branches, since which half it is cannot be foreseen; then a look at all that are left.
    while (count > 4 * LANES) {
        size_t half = count / 2;
        sorted += __builtin_unpredictable(sorted[half] <= wanted) ? half : 0;
        count -= half;
    }
    bits_t found = 0;
    size_t whole = count & ~(size_t)(LANES - 1);
    for (size_t i = 0; i < whole; i += LANES) found |= (bits_t)(load_bits(sorted + i) == (bits_t)wanted);
    bits_t within = (bits_t)(lane_numbers < (bits_t)(uint32_t)(count - whole));
    found |= (bits_t)(load_bits(sorted + whole) == (bits_t)wanted) & within;
    return __builtin_reduce_or(found) != 0;
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

INLINE void encode(const float *row, float bias, size_t stride, int8_t *code, training_term_t *term) {
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

/// One adagrad move of a group: returns its rates, with the sum of squares as it was before this gradient.
INLINE lanes_t move_by_adagrad(float *value, float *squares, lanes_t gradient, lanes_t squared, float rate) {
    lanes_t before = load(squares);
    lanes_t rates = rate * inverse_root(before);
    store(value, load(value) - rates * gradient);
    store(squares, before + squared);
    return rates;
}
