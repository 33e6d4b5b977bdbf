// The look at candidates by whole numbers: the query in words of 16 bits, the codes of candidates in bytes.
#pragma once

#include <string.h>

#include "training_codes.h"

/// Half, and a little more for the rounding of sums.
#define ROUNDED_HALF 0.5001f

#if defined(__x86_64__)

#include "dot_codes_avx2.h"

/// The widest row whose products of words and codes cannot pass 2^31, even with numbers that words cannot hold. Wider ones are looked at
/// as floats.
#define MOST_WORDS 512

/// A query as words.
typedef struct {
    _Alignas(32) int16_t numbers[MOST_WORDS];  ///< number i of the query is about quantum x numbers[i]
    float quantum;
    float spread;  ///< a score of the query from codes is off by at most the candidate's scale x this
} words_t;

/// Whether rows of this width have words.
static inline int has_words(size_t stride) {
    return stride <= MOST_WORDS && __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
}

AVX2_INLINE float sum_of_eight(__m256 v) {
    __m128 four = _mm_add_ps(_mm256_castps256_ps128(v), _mm256_extractf128_ps(v, 1));
    __m128 two = _mm_add_ps(four, _mm_movehl_ps(four, four));
    return _mm_cvtss_f32(_mm_add_ss(two, _mm_movehdup_ps(two)));
}

AVX2_INLINE float largest_of_eight(__m256 v) {
    __m128 four = _mm_max_ps(_mm256_castps256_ps128(v), _mm256_extractf128_ps(v, 1));
    __m128 two = _mm_max_ps(four, _mm_movehl_ps(four, four));
    return _mm_cvtss_f32(_mm_max_ss(two, _mm_movehdup_ps(two)));
}

/// What a query's words and a liked item's score are made from.
typedef struct {
    __m256 size, largest, products;
} query_sums_t;

AVX2_INLINE query_sums_t query_sums(const float *query, const float *liked, size_t stride) {
    query_sums_t sums = {_mm256_setzero_ps(), _mm256_setzero_ps(), _mm256_setzero_ps()};
    for (size_t i = 0; i < stride; i += 8) {
        __m256 q = _mm256_load_ps(query + i), plain = _mm256_andnot_ps(_mm256_set1_ps(-0.0f), q);
        sums.size = _mm256_add_ps(sums.size, plain);
        sums.largest = _mm256_max_ps(sums.largest, plain);
        if (liked) sums.products = _mm256_fmadd_ps(q, _mm256_load_ps(liked + i), sums.products);
    }
    return sums;
}

/// The quantum is a power of two, which needs no division, so that no word has more than 14 bits and a sign. Numbers of 2^101 or more,
/// which have no words, and those that are not finite stop no look here: the fit ends by them.
AVX2_INLINE void to_words(const float *query, size_t stride, query_sums_t sums, words_t *words) {
    // With 2^e <= largest < 2^(e + 1) these are 2^(13 - e) and 2^(e - 13), kept where both are normal numbers.
    float most = largest_of_eight(sums.largest), scale, quantum;
    uint32_t bits;
    memcpy(&bits, &most, sizeof bits);
    uint32_t exponent = bits >> 23;
    exponent = exponent < 27 ? 27 : exponent > 227 ? 227 : exponent;
    uint32_t up = (267 - exponent) << 23, down = (exponent - 13) << 23;
    memcpy(&scale, &up, sizeof scale);
    memcpy(&quantum, &down, sizeof quantum);
    const __m256 scales = _mm256_set1_ps(scale);
    for (size_t i = 0; i < stride; i += 16) {
        __m256i low = _mm256_cvtps_epi32(_mm256_mul_ps(_mm256_load_ps(query + i), scales));
        __m256i high = _mm256_cvtps_epi32(_mm256_mul_ps(_mm256_load_ps(query + i + 8), scales));
        __m256i both = _mm256_permute4x64_epi64(_mm256_packs_epi32(low, high), 0xd8);
        _mm256_store_si256((__m256i *)(words->numbers + i), both);
    }
    words->quantum = quantum;
    // Half a scale for each number of the query, and half a quantum for each code, which is at most 127.
    words->spread = ROUNDED_HALF * (sum_of_eight(sums.size) + 127 * quantum * (float)(int)stride);
}

/// The scores of four candidates, each raised by `spread` times the scale of its codes. If there are but two, the others' are not theirs.
AVX2_INLINE __m128 word_scores(const words_t *words, const int8_t *codes, const training_term_t *terms, size_t stride,
                               const uint32_t *indices, int are_two, float spread) {
#define ROW(j) (codes + (size_t)indices[j] * stride)
    __m128i sums = are_two ? dots_of_four_rows(ROW(0), ROW(1), NULL, NULL, stride, words->numbers)
                           : dots_of_four_rows(ROW(0), ROW(1), ROW(2), ROW(3), stride, words->numbers);
#undef ROW
#define TERM(j) ((const double *)(const void *)(terms + indices[j]))
    __m128 low = _mm_castpd_ps(_mm_loadh_pd(_mm_load_sd(TERM(0)), TERM(1)));
    __m128 high = _mm_castpd_ps(_mm_loadh_pd(_mm_load_sd(TERM(2)), TERM(3)));
#undef TERM
    __m128 scales = _mm_shuffle_ps(low, high, 0x88), biases = _mm_shuffle_ps(low, high, 0xdd);
    __m128 raised = _mm_fmadd_ps(_mm_cvtepi32_ps(sums), _mm_set1_ps(words->quantum), _mm_set1_ps(spread));
    return _mm_fmadd_ps(raised, scales, biases);
}

AVX2_INLINE uint32_t screen_words(const words_t *words, const int8_t *codes, const training_term_t *terms,
                                  size_t stride, const uint32_t *indices, size_t count, const float *factors, float spread,
                                  float limit) {
    uint32_t flagged = 0;
    for (size_t j = 0; j < count; j += 4) {
        __m128 high = word_scores(words, codes, terms, stride, indices + j, count - j <= 2, spread);
        if (factors) high = _mm_mul_ps(high, _mm_loadu_ps(factors + j));
        flagged |= (uint32_t)_mm_movemask_ps(_mm_cmpgt_ps(high, _mm_set1_ps(limit))) << j;
    }
    return count < 32 ? flagged & ((1u << count) - 1) : flagged;
}

AVX2_INLINE uint32_t look_by_words(const float *query, const int8_t *codes, const training_term_t *terms, size_t stride,
                                   const uint32_t *indices, size_t count, const float *factors, int is_exact, float limit) {
    words_t words;
    to_words(query, stride, query_sums(query, NULL, stride), &words);
    return screen_words(&words, codes, terms, stride, indices, count, factors, is_exact ? words.spread : 0, limit);
}

AVX2_INLINE uint32_t look_against_by_words(const float *query, const float *liked, float liked_bias, float margin,
                                           const int8_t *codes, const training_term_t *terms, size_t stride, const uint32_t *indices, size_t count,
                                           const float *factors) {
    query_sums_t sums = query_sums(query, liked, stride);
    words_t words;
    to_words(query, stride, sums, &words);
    float limit = sum_of_eight(sums.products) + liked_bias - margin;
    return screen_words(&words, codes, terms, stride, indices, count, factors, words.spread, limit);
}

// A width known when compiling keeps the query in registers.

AVX2_TARGET static uint32_t screen_avx2(const float *query, const int8_t *codes, const training_term_t *terms, size_t stride,
                                        const uint32_t *indices, size_t count, const float *factors, int is_exact, float limit) {
    if (stride == 16) return look_by_words(query, codes, terms, 16, indices, count, factors, is_exact, limit);
    if (stride == 64) return look_by_words(query, codes, terms, 64, indices, count, factors, is_exact, limit);
    return look_by_words(query, codes, terms, stride, indices, count, factors, is_exact, limit);
}

AVX2_TARGET static uint32_t screen_against_avx2(const float *query, const float *liked, float bias, float margin,
                                                const int8_t *codes, const training_term_t *terms, size_t stride, const uint32_t *indices,
                                                size_t count, const float *factors) {
    if (stride == 16) return look_against_by_words(query, liked, bias, margin, codes, terms, 16, indices, count, factors);
    if (stride == 64) return look_against_by_words(query, liked, bias, margin, codes, terms, 64, indices, count, factors);
    return look_against_by_words(query, liked, bias, margin, codes, terms, stride, indices, count, factors);
}

AVX2_TARGET static void code_scores_avx2(const float *query, const int8_t *codes, const training_term_t *terms, size_t stride,
                                         const uint32_t *indices, size_t count, const float *factors, float *scores) {
    words_t words;
    to_words(query, stride, query_sums(query, NULL, stride), &words);
    for (size_t j = 0; j < count; j += 4) {
        uint32_t four[4];
        for (size_t i = 0; i < 4; i++) four[i] = indices[j + i < count ? j + i : j];
        float found[4];
        _mm_storeu_ps(found, word_scores(&words, codes, terms, stride, four, 0, 0));
        for (size_t i = 0; i < 4 && j + i < count; i++) scores[j + i] = found[i] * (factors ? factors[j + i] : 1);
    }
}

#endif
