// Codes: a byte for each number of a row, to look at many candidates with little memory traffic.
//
// A code row is `stride` signed bytes; number i of the row is about scale x code[i], off by at most scale / 2. A row of 64 numbers
// then is one cache line instead of four. What passes the look is judged by the row itself.
#pragma once

#include <stddef.h>
#include <stdint.h>

/// What goes with a code row.
typedef struct {
    float scale;  ///< a code times this is about the number
    float bias;   ///< the bias of the row
} training_term_t;

/// Codes a row of `stride` floats (a multiple of 16, 64-byte aligned). A row that is not finite gets the code 0.
void training_encode(const float *row, float bias, size_t stride, int8_t *code, training_term_t *term);

/// scores[j] = query . row indices[j] + its bias, from the codes. `factors` multiplies each row and its bias; NULL for 1.
void training_code_scores(const float *query, const int8_t *codes, const training_term_t *terms, size_t stride,
                          const uint32_t *indices, size_t count, const float *factors, float *scores);

/// Which of `count` (at most 32) candidates may score above `limit`: bit j is set if the score from codes does. With `is_exact` it is
/// set too if the score from codes is below by no more than codes may be off. `indices` and `factors` are read up to the next multiple
/// of four, where there must be indices of rows too.
///
/// All are looked at, since to stop early costs more, when it is guessed wrong, than a few looks.
uint32_t training_screen(const float *query, const int8_t *codes, const training_term_t *terms, size_t stride,
                         const uint32_t *indices, size_t count, const float *factors, int is_exact, float limit);

/// The exact look with the limit query . liked + liked_bias - margin.
uint32_t training_screen_against(const float *query, const float *liked, float liked_bias, float margin, const int8_t *codes,
                                 const training_term_t *terms, size_t stride, const uint32_t *indices, size_t count,
                                 const float *factors);

/// The same from floats, for processors without AVX2 and for rows of more than 512 numbers.
void training_code_scores_portable(const float *query, const int8_t *codes, const training_term_t *terms, size_t stride,
                                   const uint32_t *indices, size_t count, const float *factors, float *scores);
uint32_t training_screen_portable(const float *query, const int8_t *codes, const training_term_t *terms, size_t stride,
                                  const uint32_t *indices, size_t count, const float *factors, int is_exact, float limit);
