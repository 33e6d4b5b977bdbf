// Primitives of ranking evaluation: scores of many items for a few users, and counts of scores above a few others.
#ifndef LIKENESS_EVALUATION_KERNELS_H
#define LIKENESS_EVALUATION_KERNELS_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/// Items of a panel, and users scored at once.
/// Six sums of sixteen lanes fill the registers of AVX2 without spilling.
enum { evaluation_panel = 16, evaluation_users = 6 };

/// Lays rows out by column, `evaluation_panel` rows to a panel: panels[(p · components + c) · 16 + lane] is
/// rows[16 p + lane][c]. Lanes after the last row are zero.
void evaluation_pack(const float *const *rows, size_t components, size_t count, float *panels);

/// out[k · out_stride + j] = user_biases[k] + biases[j] + Σ_c users[k][c] · item j's c-th value, for six users and all
/// items of the panels, with the sum taken in ascending c. An item's score is the same in whichever panel and lane it lies.
void evaluation_scores(const float *panels, const float *biases, size_t panel_count, size_t components,
                       const float *const *users, const float *user_biases, float *out, size_t out_stride);
void evaluation_scores_reference(const float *panels, const float *biases, size_t panel_count, size_t components,
                                 const float *const *users, const float *user_biases, float *out, size_t out_stride);

/// counts[j] += how many of the scores are not below cells[j]; `count` is a multiple of 16.
void evaluation_count(const float *scores, size_t count, const float *cells, size_t cell_count, uint32_t *counts);

/// histogram[m]++ for each score, where m is how many of the ascending cells the score is not below.
void evaluation_histogram(const float *scores, size_t count, const float *cells, size_t cell_count, uint32_t *histogram);

/// The first position from `from` on whose score is greater than `threshold`, or `count`.
size_t evaluation_next_above(const float *scores, size_t from, size_t count, float threshold);

/// The position of the first value that is infinite or not a number, or `count`.
size_t evaluation_first_not_finite(const float *values, size_t count);

#ifdef __cplusplus
}
#endif
#endif
