// Random candidates, whether a user has seen them, and which of some scores is the k-th best.
#pragma once

#include <stddef.h>
#include <stdint.h>

/// Fills 16 places with numbers in 0 ..< bound that `seed` decides: an avalanche of 32 bits in each lane (the finisher "lowbias32" of
/// Wellons' search), then the upper half of a product with the bound. The chance of a number is off by at most bound / 2^32 of itself.
void training_draw(uint64_t seed, uint32_t bound, uint32_t *out);

/// Whether `count` sorted numbers hold one. The 16 numbers behind them may be read and do not count.
int training_contains(const uint32_t *sorted, size_t count, uint32_t wanted);

/// The position of the k-th best (counted from 1, at most `count`) of at most 64 scores; of equal scores the earlier is better. Scores
/// that are no numbers have no rank; if none has the wanted one, 0.
size_t training_kth_best(const float *scores, size_t count, size_t k);
