// Groups of 16 floats, and what the training kernels build from them.
#pragma once

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#if defined(__x86_64__) && defined(__linux__)
#define TRAINING_KERNEL __attribute__((target_clones("default", "arch=x86-64-v3", "arch=x86-64-v4")))
#else
#define TRAINING_KERNEL
#endif
#define INLINE static inline __attribute__((always_inline))

// Values of these types only travel between functions that are always inlined, so no calling convention is involved.
#pragma clang diagnostic ignored "-Wpsabi"

typedef float lanes_t __attribute__((ext_vector_type(16)));
typedef uint32_t bits_t __attribute__((ext_vector_type(16)));
enum { LANES = 16 };

INLINE lanes_t load(const float *from) {
    return *(const lanes_t *)__builtin_assume_aligned(from, 64);
}

INLINE void store(float *to, lanes_t value) {
    *(lanes_t *)__builtin_assume_aligned(to, 64) = value;
}

INLINE float sum(lanes_t v) {
    __attribute__((ext_vector_type(8))) float eight = v.lo + v.hi;
    __attribute__((ext_vector_type(4))) float four = eight.lo + eight.hi;
    __attribute__((ext_vector_type(2))) float two = four.lo + four.hi;
    return two.x + two.y;
}

/// 1 / sqrt(x), off by at most a relative 7e-7: a start from the exponent, then two Newton steps whose constants centre their error
/// (Moroz, Walczyk, Hrynchyshyn, Holimath and Cieslinski, 2018). Of 0 it is large but finite, so that padding (gradient 0) stays 0;
/// of an infinity or NaN it is no finite number. A third of the time of a square root and a division.
INLINE lanes_t inverse_root(lanes_t x) {
    bits_t bits;
    memcpy(&bits, &x, sizeof bits);
    bits = 0x5f376908u - (bits >> 1);
    lanes_t y;
    memcpy(&y, &bits, sizeof y);
    lanes_t half = x * 0.5f;
    y = y * (1.5008789f - half * y * y);
    y = y * (1.5000006f - half * y * y);
    return y;
}

/// The lanes of a group that starts at component `start`, with those past the last component set to 0.
INLINE lanes_t without_padding(lanes_t v, size_t start, size_t components) {
    for (int lane = 0; lane < LANES; lane++) {
        if (start + (size_t)lane >= components) v[lane] = 0;
    }
    return v;
}

INLINE lanes_t rates_in(lanes_t rates, size_t start, size_t components) {
    return start + LANES <= components ? rates : without_padding(rates, start, components);
}
