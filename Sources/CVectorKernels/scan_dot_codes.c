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

/// What a kernel leaves of four rows: the numbers from `whole` on.
static void add_rest(const int8_t *row, size_t stride, size_t whole, size_t length, const int16_t *query, int32_t *out) {
    for (size_t j = whole; j < length; j++) {
        for (size_t r = 0; r < 4; r++) out[r] += (int32_t)row[r * stride + j] * (int32_t)query[j];
    }
}

AVX2_TARGET static void dot_codes_avx2(const int8_t *rows, size_t stride, size_t length, size_t count, const int16_t *query,
                                       int32_t *out) {
    const size_t whole = length & ~(size_t)15;
    size_t i = 0;
    for (; i + 4 <= count; i += 4) {
        const int8_t *row = rows + i * stride;
        const __m128i sums = dots_of_four_rows(row, row + stride, row + 2 * stride, row + 3 * stride, whole, query);
        _mm_storeu_si128((__m128i *)(out + i), sums);
        add_rest(row, stride, whole, length, query, out + i);
    }
    scan_dot_codes_reference(rows + i * stride, stride, length, count - i, query, out + i);
}

#define AVX512_TARGET __attribute__((target("avx512f,avx512bw,avx512vl,avx512vnni,avx2,fma")))

/// The sums of the 16 numbers of each of four vectors.
AVX512_TARGET static inline __m128i fold_four(__m512i a, __m512i b, __m512i c, __m512i d) {
#define HALVED(x) _mm256_add_epi32(_mm512_castsi512_si256(x), _mm512_extracti64x4_epi64(x, 1))
    const __m256i folded =
        _mm256_hadd_epi32(_mm256_hadd_epi32(HALVED(a), HALVED(b)), _mm256_hadd_epi32(HALVED(c), HALVED(d)));
#undef HALVED
    return _mm_add_epi32(_mm256_castsi256_si128(folded), _mm256_extracti128_si256(folded, 1));
}

/// Four rows and `queries` (1, 2 or 4) queries at a time: 32 codes are widened once for all queries, and one instruction multiplies
/// and adds in pairs to 16 sums.
AVX512_TARGET __attribute__((always_inline)) static inline void dot_codes_avx512(
    const int8_t *rows, size_t stride, size_t length, size_t count, const int16_t *codes, size_t query_stride,
    const size_t queries, int32_t *out, size_t out_stride) {
    const size_t whole = length & ~(size_t)31;
    size_t i = 0;
    for (; i + 4 <= count; i += 4) {
        const int8_t *row = rows + i * stride;
        __m512i sums[4][4];
#pragma clang loop unroll(full)
        for (size_t q = 0; q < queries; q++) {
#pragma clang loop unroll(full)
            for (size_t r = 0; r < 4; r++) sums[q][r] = _mm512_setzero_si512();
        }
        for (size_t j = 0; j < whole; j += 32) {
            __m512i wide[4];
#pragma clang loop unroll(full)
            for (size_t r = 0; r < 4; r++) {
                wide[r] = _mm512_cvtepi8_epi16(_mm256_loadu_si256((const __m256i *)(row + r * stride + j)));
            }
#pragma clang loop unroll(full)
            for (size_t q = 0; q < queries; q++) {
                const __m512i query = _mm512_loadu_si512(codes + q * query_stride + j);
#pragma clang loop unroll(full)
                for (size_t r = 0; r < 4; r++) sums[q][r] = _mm512_dpwssd_epi32(sums[q][r], wide[r], query);
            }
        }
#pragma clang loop unroll(full)
        for (size_t q = 0; q < queries; q++) {
            int32_t *place = out + q * out_stride + i;
            _mm_storeu_si128((__m128i *)place, fold_four(sums[q][0], sums[q][1], sums[q][2], sums[q][3]));
            add_rest(row, stride, whole, length, codes + q * query_stride, place);
        }
    }
    for (size_t q = 0; q < queries; q++) {
        scan_dot_codes_reference(rows + i * stride, stride, length, count - i, codes + q * query_stride,
                                 out + q * out_stride + i);
    }
}

AVX512_TARGET static void dot_codes_of_one(const int8_t *rows, size_t stride, size_t length, size_t count,
                                           const int16_t *query, int32_t *out) {
    dot_codes_avx512(rows, stride, length, count, query, 0, 1, out, 0);
}

AVX512_TARGET static void dot_codes_of_four(const int8_t *rows, size_t stride, size_t length, size_t count,
                                            const int16_t *codes, size_t query_stride, int32_t *out, size_t out_stride) {
    dot_codes_avx512(rows, stride, length, count, codes, query_stride, 4, out, out_stride);
}

static int has_avx512(void) {
    return __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512vnni");
}

#endif

void scan_dot_codes(const int8_t *rows, size_t stride, size_t length, size_t count, const int16_t *query,
                    int32_t *out) {
#if defined(__x86_64__)
    if (has_avx512()) {
        dot_codes_of_one(rows, stride, length, count, query, out);
        return;
    }
    if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) {
        dot_codes_avx2(rows, stride, length, count, query, out);
        return;
    }
#endif
    scan_dot_codes_reference(rows, stride, length, count, query, out);
}

void scan_dot_codes_many(const int8_t *rows, size_t stride, size_t length, size_t count, const int16_t *codes,
                         size_t query_stride, size_t queries, int32_t *out, size_t out_stride) {
    size_t q = 0;
#if defined(__x86_64__)
    if (has_avx512()) {
        for (; q + 4 <= queries; q += 4) {
            dot_codes_of_four(rows, stride, length, count, codes + q * query_stride, query_stride, out + q * out_stride, out_stride);
        }
    }
#endif
    for (; q < queries; q++) scan_dot_codes(rows, stride, length, count, codes + q * query_stride, out + q * out_stride);
}
