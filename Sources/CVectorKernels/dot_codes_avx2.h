// Products of a row of words with rows of bytes.
#pragma once

#if defined(__x86_64__)

#include <immintrin.h>
#include <stddef.h>
#include <stdint.h>

#define AVX2_TARGET __attribute__((target("avx2,fma")))
#define AVX2_INLINE AVX2_TARGET __attribute__((always_inline)) static inline

/// query . each of four rows, over `length` numbers, a multiple of 16.
///
/// Widens 16 codes to 16 bits, multiplies and adds in pairs to 8 sums of 32 bits. Four rows share each load of the query, and their
/// sums are folded together, which costs a third of folding each alone.
///
/// Without the last two rows (NULL) the sums of the first two come twice.
AVX2_INLINE __m128i dots_of_four_rows(const int8_t *first, const int8_t *second, const int8_t *third, const int8_t *fourth,
                                      size_t length, const int16_t *query) {
    __m256i a = _mm256_setzero_si256(), b = a, c = a, d = a;
    for (size_t j = 0; j < length; j += 16) {
        const __m256i q = _mm256_loadu_si256((const __m256i *)(query + j));
#define PRODUCTS(row) _mm256_madd_epi16(_mm256_cvtepi8_epi16(_mm_loadu_si128((const __m128i *)((row) + j))), q)
        a = _mm256_add_epi32(a, PRODUCTS(first));
        b = _mm256_add_epi32(b, PRODUCTS(second));
        if (third) c = _mm256_add_epi32(c, PRODUCTS(third));
        if (fourth) d = _mm256_add_epi32(d, PRODUCTS(fourth));
#undef PRODUCTS
    }
    if (!third) c = a;
    if (!fourth) d = b;
    const __m256i folded = _mm256_hadd_epi32(_mm256_hadd_epi32(a, b), _mm256_hadd_epi32(c, d));
    return _mm_add_epi32(_mm256_castsi256_si128(folded), _mm256_extracti128_si256(folded, 1));
}

#endif
