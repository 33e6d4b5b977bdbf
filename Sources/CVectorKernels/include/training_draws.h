// Random candidates, and whether a user has seen them.
#pragma once

#include <stddef.h>
#include <stdint.h>

/// Fills 16 places with numbers in 0 ..< bound that `seed` decides: an avalanche of 32 bits in each lane (the finisher "lowbias32" of
/// Wellons' search), then the upper half of a product with the bound. The chance of a number is off by at most bound / 2^32 of itself.
void training_draw(uint64_t seed, uint32_t bound, uint32_t *out);

/// Whether `count` sorted numbers hold one. Up to 15 numbers behind them are read and do not count.
int training_contains(const uint32_t *sorted, size_t count, uint32_t wanted);
