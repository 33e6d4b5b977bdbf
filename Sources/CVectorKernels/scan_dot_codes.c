#include "dot_codes_avx2.h"
#include "scan_kernels.h"

void scan_dot_codes_reference(const int8_t *rows, size_t stride, size_t length, size_t count, const int16_t *query,
                              int32_t *out) {
    for (size_t i = 0; i < count; i++) {
        const int8_t *row = rows + i * stride;
        int32_t sum = 0;
        for (size_t j = 0; j < length; j++) sum += (int32_t)row[j] * (int32_t)query[j];
        out[i] = sum;
    }
}

#if defined(__x86_64__)

AVX2_TARGET static void dot_codes_avx2(const int8_t *rows, size_t stride, size_t length, size_t count, const int16_t *query,
                                       int32_t *out) {
    const size_t whole = length & ~(size_t)15;
    size_t i = 0;
    for (; i + 4 <= count; i += 4) {
        const int8_t *row = rows + i * stride;
        const __m128i sums = dots_of_four_rows(row, row + stride, row + 2 * stride, row + 3 * stride, whole, query);
        _mm_storeu_si128((__m128i *)(out + i), sums);
        for (size_t j = whole; j < length; j++) {
            for (size_t r = 0; r < 4; r++) out[i + r] += (int32_t)row[r * stride + j] * (int32_t)query[j];
        }
    }
    scan_dot_codes_reference(rows + i * stride, stride, length, count - i, query, out + i);
}

#endif

void scan_dot_codes(const int8_t *rows, size_t stride, size_t length, size_t count, const int16_t *query,
                    int32_t *out) {
#if defined(__x86_64__)
    if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) {
        dot_codes_avx2(rows, stride, length, count, query, out);
        return;
    }
#endif
    scan_dot_codes_reference(rows, stride, length, count, query, out);
}
