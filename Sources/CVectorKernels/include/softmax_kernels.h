// The vector primitives of softmax training: dense products of a batch, and the softmax itself.
#pragma once

#include <stddef.h>

/// out[k] = rows[k] x the matrix of the panels, depth x columns, for `count` rows, a multiple of 6; rows of `out` are `columns` floats, a
/// multiple of 16. panels[(j / 16 x depth + c) x 16 + j % 16] is the matrix's element (c, j). All memory is on 64-byte boundaries.
void softmax_product(const float *rows, size_t count, size_t depth, const float *panels, size_t columns, float *out);
void softmax_product_reference(const float *rows, size_t count, size_t depth, const float *panels, size_t columns, float *out);

/// Lays `depth` rows of `columns` floats out as panels.
void softmax_pack(const float *rows, size_t depth, size_t columns, float *panels);
/// Lays the transpose out: `count` rows, a multiple of 16, of `depth` floats become `count` columns.
void softmax_pack_transposed(const float *rows, size_t count, size_t depth, float *panels);

/// The softmax of one positive and `count` scores, a multiple of 16: scores become sharpness x their probabilities, and those of a score of
/// -infinity 0. Sets `positive` to sharpness x (its probability - 1), and returns -ln of its probability. `sharpness` is 1 / temperature.
float softmax_probabilities(float *positive, float *scores, size_t count, float sharpness);
