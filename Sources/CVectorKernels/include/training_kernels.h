// The vector primitives of training. The algorithm itself is written in Swift, but for the innermost steps on rows without features
// (training_plain.h).
//
// Rows. A row holds `components` floats followed by zeros up to `stride` floats; the stride is a multiple of 16 and every row
// starts on a 64-byte boundary. Every function below reads and writes whole groups of 16 floats and keeps the padding at zero.
//
// Threads. Several threads may step the same item rows at the same time without locks; a lost update is accepted there
// (Niu and others, "HOGWILD!", 2011).
#pragma once

#include <stddef.h>
#include <stdint.h>

/// What an adagrad step needs to know beside its rows.
typedef struct {
    float rate;         ///< the learning rate
    float growth;       ///< each parameter is multiplied by 1 + growth x its own rate after its step; 0 for none
    size_t components;  ///< numbers in a row that are not padding
    size_t stride;      ///< floats from one row to the next
    int sums;           ///< whether sums of rates are wanted
} training_adagrad_t;

/// What an adadelta step needs to know beside its rows.
typedef struct {
    float rho;          ///< how much of the running means is kept
    float epsilon;      ///< added to both running means
    float growth;       ///< as in training_adagrad_t
    size_t components;  ///< numbers in a row that are not padding
    size_t stride;      ///< floats from one row to the next
    int sums;           ///< whether sums of rates are wanted
} training_adadelta_t;

/// The sums of the rates that a step used, for the mean rate that regularisation needs.
typedef struct {
    float user;
    float item;
} training_rates_t;

/// The inner product of two rows of `stride` floats.
float training_dot(const float *a, const float *b, size_t stride);

/// Asks the processor to bring the lines of `bytes` bytes near.
static inline void training_prefetch(const void *start, size_t bytes) {
    for (size_t i = 0; i < bytes; i += 64) __builtin_prefetch((const char *)start + i);
}

/// The same for lines that will be written, so that other processors give them up at once and not only when they are written.
static inline void training_prefetch_to_write(const void *start, size_t bytes) {
#if defined(__x86_64__)
    // The builtin becomes this only where the build asks for newer processors; older ones take it for no operation.
    for (size_t i = 0; i < bytes; i += 64) __asm__ volatile("prefetchw %0" : : "m"(*((const char *)start + i)));
#else
    for (size_t i = 0; i < bytes; i += 64) __builtin_prefetch((const char *)start + i, 1);
#endif
}

/// out = weight x own + sum over j of weights[j] x rows[columns[j]]. `own` may be NULL.
void training_sum_rows(float *out, const float *own, float weight, const float *rows, const uint32_t *columns,
                       const float *weights, size_t count, size_t stride);

/// Moves the numbers `from` ..< `to` (multiples of 16) of the rows columns[j], each by weights[j] / the sum of squared weights, so that
/// the part `rate` of the difference weight x own - missing_part x (the sum over j of weights[j] x rows[columns[j]]) goes into the sum.
void training_map_row(const float *own, float weight, float *rows, const uint32_t *columns, const float *weights, size_t count,
                      float missing_part, float rate, size_t from, size_t to, size_t stride);

/// Multiplies a row by a factor.
void training_scale_row(float *row, float factor, size_t stride);

/// out = a - b.
void training_difference(float *out, const float *a, const float *b, size_t stride);

/// Whether all of `count` floats (any count, any alignment) are finite.
int training_all_finite(const float *values, size_t count);

/// One pointwise adagrad step on one user row and one item row, both with weight 1 and both gradients taken before either row moves.
/// `loss` is the derivative. Rates are summed only if the step wants it. `growth` is not used.
void training_pointwise_adagrad(float *user, float *user_squares, float *item, float *item_squares, float loss,
                                const training_adagrad_t *step, training_rates_t *rates);

/// An adagrad step on `count` rows of a table: the gradient of row columns[j] is scale x weights[j] x direction, and row
/// columns[j] after its step, times weights[j], is added to `refreshed` unless that is NULL. Returns the sum of the rates used if
/// the step wants it, else 0.
float training_adagrad_rows(float *rows, float *squares, const uint32_t *columns, const float *weights, size_t count,
                            const float *direction, float scale, const training_adagrad_t *step, float *refreshed);

/// The same with adadelta, which also keeps the running mean of squared moves in `moves`.
float training_adadelta_rows(float *rows, float *squares, float *moves, const uint32_t *columns, const float *weights,
                             size_t count, const float *direction, float scale, const training_adadelta_t *step,
                             float *refreshed);
