// The vector primitives of alternating least squares.
//
// Rows are as in training_kernels.h: `stride` floats, a multiple of 16, zeros after the components, every row on a 64-byte boundary.
// Every sum is taken in one fixed order, so that a row's result does not depend on which others are computed with it.
#pragma once

#include <stddef.h>
#include <stdint.h>

/// Rows of a tile of a product. Six sums of sixteen lanes fill the registers of AVX2 without spilling.
enum { least_squares_tile = 6 };

/// Rows that one call of the Gram kernel copies at a time.
enum { least_squares_block = 64 };

/// Lays `factor` x a square matrix out by column panels: panels[(j / 16 x stride + c) x 16 + j % 16] = factor x matrix[c x stride + j].
void least_squares_pack(const float *matrix, float factor, float *panels, size_t stride);

/// out[k] = rows[k] x the matrix of the panels, for `count` rows, a multiple of `least_squares_tile`.
void least_squares_product(const float *rows, size_t count, const float *panels, float *out, size_t stride);
void least_squares_product_reference(const float *rows, size_t count, const float *panels, float *out, size_t stride);

/// out[i][j] += sum over k of |weights[k]| x row[i] x row[j] of the row indices[k], for j / 16 >= i / 16: the upper triangle and no less.
/// `out` has stride + 5 rows of `stride` floats; those past `stride` are of no meaning. `indices` may be NULL for rows 0 ..< count, and
/// `weights` for 1. `scratch` has 64 x (stride + 16) floats.
void least_squares_gram(const float *rows, const uint32_t *indices, const float *weights, size_t count, float *out,
                        float *scratch, size_t stride);
void least_squares_gram_reference(const float *rows, const uint32_t *indices, const float *weights, size_t count, float *out,
                                  size_t stride);

/// The likes of a row: numbers of rows of the other side, and a weight of each, below 0 for a dislike; NULL for 1.
typedef struct {
    const uint32_t *indices;
    const float *weights;
    size_t count;
} least_squares_likes_t;

/// out = M v, with M = P + shift x I + sum over likes of |w| y y^T, where `out` holds P v before.
void least_squares_apply(const float *rows, least_squares_likes_t likes, float shift, const float *v, float *out, size_t stride);
void least_squares_apply_reference(const float *rows, least_squares_likes_t likes, float shift, const float *v, float *out,
                                   size_t stride);

/// out = sum over likes (not dislikes) of w y, + extra, - M v, where `out` holds P v before; `extra` may be NULL.
void least_squares_residual(const float *rows, least_squares_likes_t likes, float shift, const float *extra, const float *v,
                            float *out, size_t stride);
void least_squares_residual_reference(const float *rows, least_squares_likes_t likes, float shift, const float *extra,
                                      const float *v, float *out, size_t stride);

/// One step of conjugate gradients: x, the residual and the direction move; `product` is M x direction. Returns the squared length of
/// the residual. Nothing moves where the direction has no curvature.
float least_squares_step(float *x, float *residual, float *direction, const float *product, float squared, size_t stride);

/// The sum over likes of |w| (target - y . v)^2, where the target is 1 of a like and 0 of a dislike.
double least_squares_misfit(const float *rows, least_squares_likes_t likes, const float *v, size_t stride);

/// One pass of the normal equations of features over sixteen columns: out[f] += weights[e] x scale[row] x (sum over the row's features of
/// weight x in[feature]), for all entries e of feature f. Rows of `in` and `out` are 16 floats.
void least_squares_features(const size_t *offsets, const uint32_t *columns, const float *weights, const float *scales, size_t rows,
                            const float *in, float *out);
/// out[f] += weights[e] x scale[row] x rows[row x stride + start ..< + 16], likewise.
void least_squares_features_right(const size_t *offsets, const uint32_t *columns, const float *weights, const float *scales,
                                  size_t count, const float *rows, size_t stride, size_t start, float *out);
/// One preconditioned conjugate-gradient step of sixteen independent systems; `ratios` has their residual x preconditioned residual,
/// and gets the new one.
void least_squares_features_step(float *x, float *residual, float *direction, const float *product, const float *inverse,
                                 float *ratios, size_t count, int isFirst);
