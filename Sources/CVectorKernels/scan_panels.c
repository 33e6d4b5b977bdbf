#include "scan_kernels.h"

#include <string.h>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

// The fast path and its reference make the same roundings: what is fused is written so.
#pragma STDC FP_CONTRACT OFF

enum { panel = scan_panel_rows };

void scan_panels_lay(const int8_t *rows, size_t stride, size_t length, const scan_row_terms *terms, size_t count, uint8_t *panels,
                     float *columns) {
    const size_t whole = (count + panel - 1) / panel * panel;
    for (size_t i = 0; i < whole; i++) {
        uint8_t *place = panels + i / panel * panel * length + i % panel * 4;
        for (size_t j = 0; j < length; j += 4) {
            uint32_t four = 0;
            if (i < count) memcpy(&four, rows + i * stride + j, 4);
            four ^= 0x80808080u;
            memcpy(place + j * panel, &four, 4);
        }
        scan_row_terms own = {0, 0, -1, 0};
        if (i < count) memcpy(&own, terms + i, sizeof own);
        columns[i] = own.scale;
        columns[scan_strip_rows + i] = own.error;
        columns[2 * scan_strip_rows + i] = own.norm;
        columns[3 * scan_strip_rows + i] = own.bias;
    }
}

static void select_by_one(const uint8_t *panels, const float *columns, size_t length, size_t count, const int8_t *codes,
                          int32_t correction, const scan_select_test *test, uint32_t *selected, uint32_t *hits) {
    for (size_t i = 0; i < count; i++) {
        const uint8_t *place = panels + i / panel * panel * length + i % panel * 4;
        uint32_t dot = (uint32_t)-correction;
        for (size_t j = 0; j < length; j++) {
            dot += (uint32_t)((int32_t)place[j / 4 * 4 * panel + j % 4] * (int32_t)codes[j]);
        }
        const float scale = columns[i], error = columns[scan_strip_rows + i];
        const float norm = columns[2 * scan_strip_rows + i], bias = columns[3 * scan_strip_rows + i];
        const float part = __builtin_fmaf((float)(int32_t)dot * scale, test->query_scale, error);
        const float bound = __builtin_fmaf(norm + error, test->query_error, part);
        const float needed =
            test->inverse_norm == 0 ? norm * test->norm_threshold : (test->score_threshold - bias) * test->inverse_norm;
        if (norm >= 0 && !(bound < needed)) selected[(*hits)++] = (uint32_t)i;
    }
}

void scan_panels_select_reference(const uint8_t *panels, const float *columns, size_t length, size_t count, const int8_t *codes,
                                  const int32_t *corrections, const scan_select_test *tests, size_t queries, uint32_t *selected,
                                  uint32_t *hits) {
    for (size_t q = 0; q < queries; q++) {
        hits[q] = 0;
        select_by_one(panels, columns, length, count, codes + q * length, corrections[q], tests + q, selected + q * scan_strip_rows,
                      hits + q);
    }
}

#if defined(__x86_64__)

#define AVX512_TARGET __attribute__((target("avx512f,avx512bw,avx512vl,avx512vnni,avx2,fma")))

/// Sixteen rows and `queries` (1, 4 or 8) queries at a time: each lane holds the sum of one row, so that nothing is folded.
AVX512_TARGET __attribute__((always_inline)) static inline void select_by_some(
    const uint8_t *panels, const float *columns, size_t length, size_t count, const int8_t *codes, const int32_t *corrections,
    const scan_select_test *tests, const size_t queries, const int isCosine, uint32_t *selected, uint32_t *hits) {
    const __m512i lanes = _mm512_set_epi32(15, 14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0);
    for (size_t q = 0; q < queries; q++) hits[q] = 0;
    for (size_t i = 0; i < count; i += panel) {
        __m512i sums[8];
#pragma clang loop unroll(full)
        for (size_t q = 0; q < queries; q++) sums[q] = _mm512_set1_epi32(-corrections[q]);
        const uint8_t *place = panels + i * length;
        for (size_t j = 0; j < length; j += 4) {
            const __m512i rows = _mm512_loadu_si512(place + j * panel);
#pragma clang loop unroll(full)
            for (size_t q = 0; q < queries; q++) {
                int32_t four;
                memcpy(&four, codes + q * length + j, 4);
                sums[q] = _mm512_dpbusd_epi32(sums[q], rows, _mm512_set1_epi32(four));
            }
        }
        const __m512 scale = _mm512_loadu_ps(columns + i), error = _mm512_loadu_ps(columns + scan_strip_rows + i);
        const __m512 norm = _mm512_loadu_ps(columns + 2 * scan_strip_rows + i);
        const __m512 bias = _mm512_loadu_ps(columns + 3 * scan_strip_rows + i);
        const __m512 reach = _mm512_add_ps(norm, error);
        const __mmask16 present = _mm512_cmp_ps_mask(norm, _mm512_setzero_ps(), _CMP_GE_OQ);
#pragma clang loop unroll(full)
        for (size_t q = 0; q < queries; q++) {
            const scan_select_test *test = tests + q;
            const __m512 part = _mm512_fmadd_ps(_mm512_mul_ps(_mm512_cvtepi32_ps(sums[q]), scale), _mm512_set1_ps(test->query_scale),
                                                error);
            const __m512 bound = _mm512_fmadd_ps(reach, _mm512_set1_ps(test->query_error), part);
            const __m512 needed =
                isCosine ? _mm512_mul_ps(norm, _mm512_set1_ps(test->norm_threshold))
                         : _mm512_mul_ps(_mm512_sub_ps(_mm512_set1_ps(test->score_threshold), bias), _mm512_set1_ps(test->inverse_norm));
            const __mmask16 reaches = _mm512_mask_cmp_ps_mask(present, bound, needed, _CMP_NLT_UQ);
            if (reaches) {
                _mm512_mask_compressstoreu_epi32(selected + q * scan_strip_rows + hits[q], reaches,
                                                 _mm512_add_epi32(lanes, _mm512_set1_epi32((int32_t)i)));
                hits[q] += (uint32_t)__builtin_popcount(reaches);
            }
        }
    }
}

#define SELECTION(name, queries, isCosine)                                                                                       \
    AVX512_TARGET static void name(const uint8_t *panels, const float *columns, size_t length, size_t count, const int8_t *codes, \
                                   const int32_t *corrections, const scan_select_test *tests, uint32_t *selected,                \
                                   uint32_t *hits) {                                                                             \
        select_by_some(panels, columns, length, count, codes, corrections, tests, queries, isCosine, selected, hits);            \
    }
SELECTION(select_by_cosine_of_eight, 8, 1)
SELECTION(select_by_cosine_of_one, 1, 1)
SELECTION(select_by_product_of_eight, 8, 0)
SELECTION(select_by_product_of_one, 1, 0)
#undef SELECTION

/// Sixteen rows at a time: one instruction multiplies and adds 64 codes, and the sums of sixteen rows are folded together.
AVX512_TARGET static void dot_bytes_of_sixteen(const int8_t *rows, size_t stride, size_t length, const int8_t *query,
                                               int32_t correction, int32_t *out) {
    const __m512i high = _mm512_set1_epi8((char)0x80);
    __m512i sums[16];
#pragma clang loop unroll(full)
    for (size_t r = 0; r < 16; r++) sums[r] = _mm512_setzero_si512();
    for (size_t j = 0; j < length; j += 64) {
        const __m512i codes = _mm512_loadu_si512(query + j);
#pragma clang loop unroll(full)
        for (size_t r = 0; r < 16; r++) {
            sums[r] = _mm512_dpbusd_epi32(sums[r], _mm512_xor_si512(_mm512_loadu_si512(rows + r * stride + j), high), codes);
        }
    }
#define ADDED(low, high, a, b) _mm512_add_epi32(low(a, b), high(a, b))
#define FIRST(a, b) _mm512_shuffle_i32x4(a, b, 0x88)
#define SECOND(a, b) _mm512_shuffle_i32x4(a, b, 0xDD)
#pragma clang loop unroll(full)
    for (size_t r = 0; r < 8; r++) sums[r] = ADDED(_mm512_unpacklo_epi32, _mm512_unpackhi_epi32, sums[2 * r], sums[2 * r + 1]);
#pragma clang loop unroll(full)
    for (size_t r = 0; r < 4; r++) sums[r] = ADDED(_mm512_unpacklo_epi64, _mm512_unpackhi_epi64, sums[2 * r], sums[2 * r + 1]);
#pragma clang loop unroll(full)
    for (size_t r = 0; r < 2; r++) sums[r] = ADDED(FIRST, SECOND, sums[2 * r], sums[2 * r + 1]);
    sums[0] = ADDED(FIRST, SECOND, sums[0], sums[1]);
#undef ADDED
#undef FIRST
#undef SECOND
    _mm512_storeu_si512(out, _mm512_sub_epi32(sums[0], _mm512_set1_epi32(correction)));
}

#endif

bool scan_panels_are_fast(void) {
#if defined(__x86_64__)
    return __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512vnni");
#else
    return false;
#endif
}

void scan_panels_select(const uint8_t *panels, const float *columns, size_t length, size_t count, const int8_t *codes,
                        const int32_t *corrections, const scan_select_test *tests, size_t queries, uint32_t *selected,
                        uint32_t *hits) {
#if defined(__x86_64__)
    if (scan_panels_are_fast()) {
        const int isCosine = queries > 0 && tests->inverse_norm == 0;
        for (size_t q = 0; q < queries;) {
            const size_t size = q + 8 <= queries ? 8 : 1;
            (size == 8 ? isCosine ? select_by_cosine_of_eight : select_by_product_of_eight
                       : isCosine ? select_by_cosine_of_one : select_by_product_of_one)(
                panels, columns, length, count, codes + q * length, corrections + q, tests + q, selected + q * scan_strip_rows, hits + q);
            q += size;
        }
        return;
    }
#endif
    scan_panels_select_reference(panels, columns, length, count, codes, corrections, tests, queries, selected, hits);
}

void scan_dot_bytes(const int8_t *rows, size_t stride, size_t length, size_t count, const int8_t *query, int32_t correction,
                    int32_t *out) {
    size_t i = 0;
#if defined(__x86_64__)
    if (length % 64 == 0 && scan_panels_are_fast()) {
        for (; i + 16 <= count; i += 16) dot_bytes_of_sixteen(rows + i * stride, stride, length, query, correction, out + i);
    }
#endif
    for (; i < count; i++) {
        int32_t sum = 0;
        for (size_t j = 0; j < length; j++) sum += (int32_t)rows[i * stride + j] * (int32_t)query[j];
        out[i] = sum;
    }
}
