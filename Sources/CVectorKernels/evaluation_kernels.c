#include "evaluation_kernels.h"

#include <math.h>
#include <string.h>

// One function, several targets: the loader picks the clone that the processor runs best.
#if defined(__x86_64__) && defined(__linux__)
#define EVALUATION_KERNEL __attribute__((target_clones("default", "arch=x86-64-v3", "arch=x86-64-v4")))
#else
#define EVALUATION_KERNEL
#endif

typedef float evaluation_lanes __attribute__((ext_vector_type(16), aligned(4)));
typedef int32_t evaluation_marks __attribute__((ext_vector_type(16), aligned(4)));
#define LOAD(address) (*(const evaluation_lanes *)(address))
#define STORE(address, lanes) (*(evaluation_lanes *)(address) = (lanes))

typedef float evaluation_quad __attribute__((ext_vector_type(4), aligned(4)));

// Four rows' next four values, turned into four columns.
static inline void turn(const float *const *rows, size_t c, float *to) {
    evaluation_quad a = *(const evaluation_quad *)(rows[0] + c), b = *(const evaluation_quad *)(rows[1] + c);
    evaluation_quad d = *(const evaluation_quad *)(rows[2] + c), e = *(const evaluation_quad *)(rows[3] + c);
    evaluation_quad ab0 = __builtin_shufflevector(a, b, 0, 4, 1, 5), ab1 = __builtin_shufflevector(a, b, 2, 6, 3, 7);
    evaluation_quad de0 = __builtin_shufflevector(d, e, 0, 4, 1, 5), de1 = __builtin_shufflevector(d, e, 2, 6, 3, 7);
    *(evaluation_quad *)to = __builtin_shufflevector(ab0, de0, 0, 1, 4, 5);
    *(evaluation_quad *)(to + evaluation_panel) = __builtin_shufflevector(ab0, de0, 2, 3, 6, 7);
    *(evaluation_quad *)(to + 2 * evaluation_panel) = __builtin_shufflevector(ab1, de1, 0, 1, 4, 5);
    *(evaluation_quad *)(to + 3 * evaluation_panel) = __builtin_shufflevector(ab1, de1, 2, 3, 6, 7);
}

void evaluation_pack(const float *const *rows, size_t components, size_t count, float *panels) {
    for (size_t first = 0; first < count; first += evaluation_panel) {
        float *panel = panels + first * components;
        size_t lanes = count - first < evaluation_panel ? count - first : evaluation_panel;
        size_t turned = 0;
        if (lanes < evaluation_panel) {
            memset(panel, 0, sizeof(float) * evaluation_panel * components);
        } else {
            for (; turned + 4 <= components; turned += 4) {
                for (size_t lane = 0; lane < evaluation_panel; lane += 4) {
                    turn(rows + first + lane, turned, panel + turned * evaluation_panel + lane);
                }
            }
        }
        for (size_t lane = 0; lane < lanes; lane++) {
            for (size_t c = turned; c < components; c++) panel[c * evaluation_panel + lane] = rows[first + lane][c];
        }
    }
}

EVALUATION_KERNEL
void evaluation_scores(const float *panels, const float *biases, size_t panel_count, size_t components,
                       const float *const *users, const float *user_biases, float *out, size_t out_stride) {
    const float *u0 = users[0], *u1 = users[1], *u2 = users[2], *u3 = users[3], *u4 = users[4], *u5 = users[5];
    for (size_t p = 0; p < panel_count; p++) {
        const float *panel = panels + p * evaluation_panel * components;
        evaluation_lanes v = LOAD(biases + p * evaluation_panel);
        evaluation_lanes s0 = v + user_biases[0], s1 = v + user_biases[1], s2 = v + user_biases[2];
        evaluation_lanes s3 = v + user_biases[3], s4 = v + user_biases[4], s5 = v + user_biases[5];
        for (size_t c = 0; c < components; c++) {
            v = LOAD(panel + c * evaluation_panel);
            s0 += u0[c] * v, s1 += u1[c] * v, s2 += u2[c] * v;
            s3 += u3[c] * v, s4 += u4[c] * v, s5 += u5[c] * v;
        }
        float *to = out + p * evaluation_panel;
        STORE(to, s0), STORE(to + out_stride, s1), STORE(to + 2 * out_stride, s2);
        STORE(to + 3 * out_stride, s3), STORE(to + 4 * out_stride, s4), STORE(to + 5 * out_stride, s5);
    }
}

void evaluation_scores_reference(const float *panels, const float *biases, size_t panel_count, size_t components,
                                 const float *const *users, const float *user_biases, float *out, size_t out_stride) {
    for (size_t k = 0; k < evaluation_users; k++) {
        for (size_t j = 0; j < panel_count * evaluation_panel; j++) {
            const float *panel = panels + j / evaluation_panel * evaluation_panel * components;
            float score = user_biases[k] + biases[j];
            for (size_t c = 0; c < components; c++) {
                score += users[k][c] * panel[c * evaluation_panel + j % evaluation_panel];
            }
            out[k * out_stride + j] = score;
        }
    }
}

// Compares each score with `group` cells, a constant where this is inlined, so that the counts stay in registers.
static inline __attribute__((always_inline)) void count_group(const float *scores, size_t count, const float *cells,
                                                              size_t group, uint32_t *counts) {
    evaluation_marks below[8] = {0};
    for (size_t i = 0; i < count; i += 16) {
        evaluation_lanes s = LOAD(scores + i);
        // A mark is −1. What is not below counts, so that a score that is not a number ranks before all cells.
#pragma clang loop unroll(full)
        for (size_t j = 0; j < group; j++) below[j] += s < cells[j];
    }
    for (size_t j = 0; j < group; j++) counts[j] += (uint32_t)((int32_t)count + __builtin_reduce_add(below[j]));
}

EVALUATION_KERNEL
void evaluation_count(const float *scores, size_t count, const float *cells, size_t cell_count, uint32_t *counts) {
    for (; cell_count > 8; cell_count -= 6, cells += 6, counts += 6) count_group(scores, count, cells, 6, counts);
    switch (cell_count) {
    case 8: count_group(scores, count, cells, 8, counts); break;
    case 7: count_group(scores, count, cells, 7, counts); break;
    case 6: count_group(scores, count, cells, 6, counts); break;
    case 5: count_group(scores, count, cells, 5, counts); break;
    case 4: count_group(scores, count, cells, 4, counts); break;
    case 3: count_group(scores, count, cells, 3, counts); break;
    case 2: count_group(scores, count, cells, 2, counts); break;
    case 1: count_group(scores, count, cells, 1, counts); break;
    }
}

void evaluation_histogram(const float *scores, size_t count, const float *cells, size_t cell_count, uint32_t *histogram) {
    for (size_t i = 0; i < count; i++) {
        // Halves the range without a branch that could be mispredicted.
        const float *base = cells;
        size_t length = cell_count;
        while (length > 1) {
            size_t half = length / 2;
            base = scores[i] < base[half - 1] ? base : base + half;
            length -= half;
        }
        histogram[(size_t)(base - cells) + (length == 1 && !(scores[i] < *base))]++;
    }
}

EVALUATION_KERNEL
size_t evaluation_next_above(const float *scores, size_t from, size_t count, float threshold) {
    size_t i = from;
    for (; i + 16 <= count; i += 16) {
        if (__builtin_reduce_min(LOAD(scores + i) > threshold) != 0) break;
    }
    while (i < count && !(scores[i] > threshold)) i++;
    return i;
}

EVALUATION_KERNEL
size_t evaluation_first_not_finite(const float *values, size_t count) {
    size_t i = 0;
    for (; i + 16 <= count; i += 16) {
        evaluation_lanes v = LOAD(values + i);
        // x − x is 0 for a finite x and not a number for any other.
        if (__builtin_reduce_min(v - v == 0.0f) == 0 || __builtin_reduce_max(v - v == 0.0f) == 0) break;
    }
    while (i < count && isfinite(values[i])) i++;
    return i;
}
