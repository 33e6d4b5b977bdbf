// Kernels that draw candidates, look them up and rank scores.
#include "training_draws.h"
#include "training_primitives.h"

typedef uint64_t wide_t __attribute__((ext_vector_type(8)));

TRAINING_KERNEL
void training_draw(uint64_t seed, uint32_t bound, uint32_t *out) {
    bits_t x = (bits_t)(uint32_t)(seed >> 32) + lane_numbers * 0x9e3779b9u;
    x ^= (bits_t)(uint32_t)seed;
    x = (x ^ (x >> 16)) * 0x7feb352du;
    x = (x ^ (x >> 15)) * 0x846ca68bu;
    x ^= x >> 16;
    wide_t pairs;
    memcpy(&pairs, &x, sizeof pairs);
    // The lower of each pair of numbers by itself, then the upper, as processors multiply.
    wide_t lower = ((pairs & 0xffffffffu) * (uint64_t)bound) >> 32;
    wide_t upper = ((pairs >> 32) * (uint64_t)bound) & 0xffffffff00000000u;
    wide_t drawn = lower | upper;
    memcpy(out, &drawn, sizeof drawn);
}

TRAINING_KERNEL
int training_contains(const uint32_t *sorted, size_t count, uint32_t wanted) {
    return contains(sorted, count, wanted);
}

TRAINING_KERNEL
size_t training_kth_best(const float *scores, size_t count, size_t k) {
    for (size_t start = 0; start < count; start += LANES) {
        size_t here = count - start < LANES ? count - start : LANES;
        lanes_t own = 0;
        for (size_t lane = 0; lane < here; lane++) own[lane] = scores[start + lane];
        bits_t places = lane_numbers + (uint32_t)start, better = 0;
        for (size_t other = 0; other < count; other++) {
            lanes_t score = scores[other];
            bits_t is_before = (bits_t)(score > own) | ((bits_t)(score == own) & (bits_t)((bits_t)(uint32_t)other < places));
            better -= is_before;
        }
        // A score that is no number is neither above nor below another, which would make it the best.
        bits_t is_wanted = (bits_t)(better == (bits_t)(uint32_t)(k - 1)) & (bits_t)(own == own);
        is_wanted &= (bits_t)(lane_numbers < (bits_t)(uint32_t)here);
        uint32_t place = __builtin_reduce_min(is_wanted ? places : (bits_t)UINT32_MAX);
        if (place != UINT32_MAX) return place;
    }
    return 0;
}
