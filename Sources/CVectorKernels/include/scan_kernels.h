// Primitives of exact search. Each has a scalar reference that gives the same bits; no pointer needs any alignment.
#ifndef LIKENESS_SCAN_KERNELS_H
#define LIKENESS_SCAN_KERNELS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/// What a stored row says of itself beside its code. Four floats, as they lie on disk.
typedef struct {
    float scale;  ///< what one step of the code stands for
    float error;  ///< at least the length of row − scale·code
    float norm;   ///< length of the row; below zero: the row is not in this version
    float bias;   ///< added to the inner product
} scan_row_terms;

/// The test that `scan_select` makes of every row, in terms of the query scaled to unit length.
typedef struct {
    float query_scale;      ///< what one step of the query's code stands for, divided by the query's length
    float query_error;      ///< length of the query's coding error divided by the query's length, plus slack
    float norm_threshold;   ///< cosine: the lowest score wanted; inner product: 0
    float score_threshold;  ///< inner product: the lowest score wanted; cosine: 0
    float inverse_norm;     ///< inner product: 1 / length of the query; cosine: 0
} scan_select_test;

/// out[i] = Σ_j rows[i·stride + j] · query[j] for j < length. The caller keeps the sum within 32 bits.
void scan_dot_codes(const int8_t *rows, size_t stride, size_t length, size_t count, const int16_t *query, int32_t *out);
void scan_dot_codes_reference(const int8_t *rows, size_t stride, size_t length, size_t count, const int16_t *query,
                              int32_t *out);
/// The same for several queries: query q is at codes + q · query_stride, and its products go to out + q · out_stride. The rows are read
/// once for four queries where the processor has the registers for it.
void scan_dot_codes_many(const int8_t *rows, size_t stride, size_t length, size_t count, const int16_t *codes,
                         size_t query_stride, size_t queries, int32_t *out, size_t out_stride);

/// Writes the positions i < count of the rows whose upper bound reaches the threshold, ascending, and returns how many.
/// `selected` has room for `count` positions.
size_t scan_select(const int32_t *dots, const scan_row_terms *terms, size_t count, const scan_select_test *test,
                   uint32_t *selected);
size_t scan_select_reference(const int32_t *dots, const scan_row_terms *terms, size_t count,
                             const scan_select_test *test, uint32_t *selected);

/// The same with a query of 8 bits; `correction` is 128 times the sum of its codes, and 255 · 127 · length must fit in 31 bits. Faster than with
/// 16 bits only where `scan_panels_are_fast`.
void scan_dot_bytes(const int8_t *rows, size_t stride, size_t length, size_t count, const int8_t *query, int32_t correction,
                    int32_t *out);

/// Rows that a panel interleaves, rows of a strip at the most, and queries whose products with a panel are taken together.
enum { scan_panel_rows = 16, scan_strip_rows = 256, scan_panel_queries = 8 };

/// Whether this processor has the instructions that make panels and queries of 8 bits faster than rows and queries of 16.
bool scan_panels_are_fast(void);

/// Lays at most `scan_strip_rows` rows out in panels, four codes of each of 16 rows beside each other and 128 more than they are, and their
/// terms in four columns (scale, error, norm, bias) of `scan_strip_rows` floats.
///
///     panels[(i / 16 · length + j − j mod 4) · 16 + i mod 16 · 4 + j mod 4] = rows[i·stride + j] + 128
///
/// `length` is a multiple of 4. What is missing of the last panel becomes rows that are not in the version.
void scan_panels_lay(const int8_t *rows, size_t stride, size_t length, const scan_row_terms *terms, size_t count, uint8_t *panels,
                     float *columns);

/// For each query the positions of the rows that pass its test, as `scan_select` finds them with queries of 8 bits: those of query q are
/// the hits[q] first of selected + q · scan_strip_rows, ascending. Query q is at codes + q · length, and corrections[q] is 128 times the
/// sum of its codes. 255 · 127 · length must fit in 31 bits, and all tests must be of one similarity.
void scan_panels_select(const uint8_t *panels, const float *columns, size_t length, size_t count, const int8_t *codes,
                        const int32_t *corrections, const scan_select_test *tests, size_t queries, uint32_t *selected,
                        uint32_t *hits);
void scan_panels_select_reference(const uint8_t *panels, const float *columns, size_t length, size_t count, const int8_t *codes,
                                  const int32_t *corrections, const scan_select_test *tests, size_t queries, uint32_t *selected,
                                  uint32_t *hits);

/// Σ a[i]·b[i] in double, in one fixed order, so that every machine and path gives the same bits: lane i mod 16 adds up
/// its products in ascending i, then the 16 lanes are added as a binary tree (i with i + 8, + 4, + 2, + 1).
double scan_dot_exact(const float *a, const float *b, size_t length);
double scan_dot_exact_reference(const float *a, const float *b, size_t length);

/// Asks the processor for bytes that will be read soon.
static inline void scan_ask_ahead(const void *bytes, size_t count) {
    for (size_t i = 0; i < count; i += 64) __builtin_prefetch((const char *)bytes + i);
}

/// Largest |row[i]| as the bits of a float; 0x7F800000 or more if a value is infinite or not a number.
uint32_t scan_largest_magnitude(const float *row, size_t length);
uint32_t scan_largest_magnitude_reference(const float *row, size_t length);

/// code[i] = row[i] / scale rounded half to even, and the returned Σ (row[i] − scale·code[i])² in double, in the order
/// of `scan_dot_exact`. |row[i]| ≤ 127.49·scale.
double scan_code_row(const float *row, size_t length, float scale, int8_t *code);
double scan_code_row_reference(const float *row, size_t length, float scale, int8_t *code);

#ifdef __cplusplus
}
#endif
#endif
