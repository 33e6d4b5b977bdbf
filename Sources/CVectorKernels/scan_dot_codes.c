#include "scan_kernels.h"

#if defined(__x86_64__)
#include <immintrin.h>
#endif

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

// Widen 16 codes to 16 bits, multiply and add in pairs to 8 sums of 32 bits. Four rows share each load of the query,
// and their sums are folded together, which costs a third of folding each alone.
__attribute__((target("avx2"))) static void dot_codes_avx2(const int8_t *rows, size_t stride, size_t length,
                                                           size_t count, const int16_t *query, int32_t *out) {
    const size_t whole = length & ~(size_t)15;
    size_t i = 0;
    for (; i + 4 <= count; i += 4) {
        const int8_t *row = rows + i * stride;
        __m256i a = _mm256_setzero_si256(), b = a, c = a, d = a;
        for (size_t j = 0; j < whole; j += 16) {
            const __m256i q = _mm256_loadu_si256((const __m256i *)(query + j));
#define PRODUCTS(number)                                                                                               \
    _mm256_madd_epi16(                                                                                                 \
        _mm256_cvtepi8_epi16(_mm_loadu_si128((const __m128i *)(row + (number) * stride + j))), q)
            a = _mm256_add_epi32(a, PRODUCTS(0));
            b = _mm256_add_epi32(b, PRODUCTS(1));
            c = _mm256_add_epi32(c, PRODUCTS(2));
            d = _mm256_add_epi32(d, PRODUCTS(3));
#undef PRODUCTS
        }
        const __m256i folded = _mm256_hadd_epi32(_mm256_hadd_epi32(a, b), _mm256_hadd_epi32(c, d));
        const __m128i sums =
            _mm_add_epi32(_mm256_castsi256_si128(folded), _mm256_extracti128_si256(folded, 1));
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
    if (__builtin_cpu_supports("avx2")) {
        dot_codes_avx2(rows, stride, length, count, query, out);
        return;
    }
#endif
    scan_dot_codes_reference(rows, stride, length, count, query, out);
}
