// The vector primitives of softmax training: dense products of a batch, and the softmax itself.
//
// Rows are as in training_kernels.h: `stride` floats, a multiple of 16, zeros after the components. All memory is on 64-byte boundaries.
// Every sum is taken in one fixed order.
#pragma once

#include <stddef.h>
#include <stdint.h>

/// out[k] = rows[k] x the matrix of the panels, depth x columns, for `count` rows, a multiple of 6; rows of `out` are `columns` floats, a
/// multiple of 16. panels[(j / 16 x depth + c) x 16 + j % 16] is the matrix's element (c, j).
void softmax_product(const float *rows, size_t count, size_t depth, const float *panels, size_t columns, float *out);
void softmax_product_reference(const float *rows, size_t count, size_t depth, const float *panels, size_t columns, float *out);

/// out = the transpose of `rows`, which are `depth` rows of `count` floats, a multiple of 4, x the matrix of the panels, depth x columns.
void softmax_product_transposed(const float *rows, size_t depth, size_t count, const float *panels, size_t columns, float *out);
void softmax_product_transposed_reference(const float *rows, size_t depth, size_t count, const float *panels, size_t columns,
                                          float *out);

/// Lays `depth` rows of `columns` floats out as panels.
void softmax_pack(const float *rows, size_t depth, size_t columns, float *panels);
/// Lays the transpose out: `count` rows, a multiple of 16, of `depth` floats become `count` columns.
void softmax_pack_transposed(const float *rows, size_t count, size_t depth, float *panels);

/// What rows are made of beside their own: row r has the entries offsets[r] ..< offsets[r + 1].
typedef struct {
    const size_t *offsets;
    const uint32_t *columns;
    const float *weights;
    float *rows;  ///< the features' vectors
} softmax_features_t;

/// out[k] = row indices[k], with its features if there are any, at length 1, and inverses[k] = 1 / its length; 0 for a row of zeros, which stays.
void softmax_unit_rows(float *out, float *inverses, const float *rows, const uint32_t *indices, size_t count, size_t stride,
                       const softmax_features_t *features);

/// Makes gradients of unit vectors those of the vectors that they were made from: (g - (g . u) u) / length, after factors[k] x others[k] was
/// added to g unless `factors` is NULL.
void softmax_project(float *gradients, const float *units, const float *inverses, const float *factors, const float *others,
                     size_t count, size_t stride);

/// Makes the scores -infinity of what was seen: slots[row] is the first place of a row among the scores, or -1, and next[place] the one after.
void softmax_mask(float *scores, const int32_t *slots, const int32_t *next, const uint32_t *seen, size_t count);

/// The softmax of one positive and `count` scores, a multiple of 16: scores become sharpness x their probabilities, and those of a score of
/// -infinity 0. Sets `positive` to sharpness x (its probability - 1), and returns -ln of its probability. `sharpness` is 1 / temperature.
float softmax_probabilities(float *positive, float *scores, size_t count, float sharpness);

/// What steps of adagrad need to know beside their rows.
typedef struct {
    float rate;     ///< the learning rate
    float scale;    ///< what gradients are multiplied by
    size_t stride;  ///< floats from one row to the next
    size_t from;    ///< the first number of each row that moves, a multiple of 16
    size_t to;      ///< the first after them that does not
} softmax_step_t;

/// A step of adagrad on each of the rows indices[k], one after the other, by gradients[k], and on its features by their weights x that.
void softmax_step(float *rows, float *squares, const uint32_t *indices, const float *gradients, size_t count,
                  const softmax_step_t *step, const softmax_features_t *features, float *feature_squares);
