#include "scan_dispatch.h"
#include "scan_kernels.h"

#include <string.h>

// The square of a coding error is not exact in double: contraction would make the sum depend on the machine.
#pragma STDC FP_CONTRACT OFF

static inline double tree(const double *lanes) {
    double eight[8], four[4];
    for (int i = 0; i < 8; i++) eight[i] = lanes[i] + lanes[i + 8];
    for (int i = 0; i < 4; i++) four[i] = eight[i] + eight[i + 4];
    return (four[0] + four[2]) + (four[1] + four[3]);
}

static inline int32_t magnitude(float value) {
    int32_t bits;
    memcpy(&bits, &value, sizeof bits);
    return bits & 0x7FFFFFFF;
}

// Adding 1.5 · 2^23 leaves no room for a fraction, so the sum is rounded half to even without a call.
static inline float rounded(float value) {
    const float shift = 12582912.0f;
    return (value + shift) - shift;
}

uint32_t scan_largest_magnitude_reference(const float *row, size_t length) {
    int32_t largest = 0;
    for (size_t i = 0; i < length; i++) {
        if (magnitude(row[i]) > largest) largest = magnitude(row[i]);
    }
    return (uint32_t)largest;
}

SCAN_CLONES uint32_t scan_largest_magnitude(const float *row, size_t length) {
    int32_t largest = 0;
    for (size_t i = 0; i < length; i++) {
        const int32_t value = magnitude(row[i]);
        largest = value > largest ? value : largest;
    }
    return (uint32_t)largest;
}

double scan_code_row_reference(const float *row, size_t length, float scale, int8_t *code) {
    const float inverse = 1.0f / scale;
    double lanes[16] = {0};
    for (size_t i = 0; i < length; i++) {
        const float step = rounded(row[i] * inverse);
        code[i] = (int8_t)step;
        const double lost = (double)row[i] - (double)scale * (double)step;
        lanes[i & 15] += lost * lost;
    }
    return tree(lanes);
}

SCAN_CLONES double scan_code_row(const float *row, size_t length, float scale, int8_t *code) {
    const float inverse = 1.0f / scale;
    double lanes[16] = {0};
    size_t i = 0;
    for (; i + 16 <= length; i += 16) {
        for (size_t j = 0; j < 16; j++) {
            const float step = rounded(row[i + j] * inverse);
            code[i + j] = (int8_t)step;
            const double lost = (double)row[i + j] - (double)scale * (double)step;
            lanes[j] += lost * lost;
        }
    }
    for (; i < length; i++) {
        const float step = rounded(row[i] * inverse);
        code[i] = (int8_t)step;
        const double lost = (double)row[i] - (double)scale * (double)step;
        lanes[i & 15] += lost * lost;
    }
    return tree(lanes);
}
