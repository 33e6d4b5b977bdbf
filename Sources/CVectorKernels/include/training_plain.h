// Steps on rows that are their own embeddings and nothing else, by adagrad: all that a step reads and moves in one call.
//
// Put together from what the other kernels are made of, so that the outcome is the same to the bit. One call instead of nine takes a
// third less time where rows are short.
#pragma once

#include "training_codes.h"
#include "training_kernels.h"

/// No step of WARP is for more than this (LightFM's MAX_LOSS).
#define TRAINING_MOST_LOSS 10.0f

/// The rows of one side.
typedef struct {
    float *embeddings;    ///< rows x stride
    float *squares;       ///< the accumulators of the embeddings, rows x stride
    float *biases;        ///< one a row
    float *bias_squares;  ///< the accumulators of the biases
} training_side_t;

/// What steps read and move.
typedef struct {
    training_side_t users;
    training_side_t items;
    int8_t *codes;                ///< codes of the items, kept current; NULL if there are none
    training_term_t *terms;       ///< what goes with the codes
    const uint32_t *seen;         ///< what users have seen: items, sorted for each user
    const intptr_t *seen_starts;  ///< where each user's are in `seen`; one more than there are users
    const float *rank_losses;     ///< the rank loss after so many tries in vain
    float margin;                 ///< how far the liked item is to be above others
    training_adagrad_t step;
} training_plain_t;

/// Asks the processor for what a look at `count` candidates reads.
void training_ask_ahead(const training_plain_t *plain, size_t user, size_t liked, const uint32_t *candidates, size_t count);

/// Which of `count` (at most 32) candidates may rank within the margin of the liked item, as ``training_screen_against`` has it. If there are
/// any, asks the processor for all that a step on the first of them moves.
uint32_t training_look_ahead(const training_plain_t *plain, size_t user, size_t liked, const uint32_t *candidates, size_t count);

/// One pairwise step: the liked item's embedding and bias up, the other's down, the user's embedding towards the difference, with all
/// gradients taken before anything moves; then the codes of both items anew. `loss` is the derivative; `growth` is not used. Sums of
/// rates, those of biases included, are found only if the step wants them.
void training_step_pair(const training_plain_t *plain, size_t user, size_t liked, size_t negative, float loss,
                        training_rates_t *rates);

/// What came of a search for a violator.
typedef struct {
    int place;     ///< which candidate it was; -1 if none
    float loss;    ///< the rank loss, times the weight, at most 10
    float excess;  ///< how far it is above the liked item's score less the margin
} training_violator_t;

/// Judges the flagged candidates in their order by their exact scores, and steps on the first that ranks within the margin of the liked item and
/// that the user has not seen.
training_violator_t training_step_on_violator(const training_plain_t *plain, size_t user, size_t liked, float weight,
                                              const uint32_t *candidates, uint32_t flagged);
