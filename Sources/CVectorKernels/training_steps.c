// Kernels that move rows: the optimiser steps.
#include "training_primitives.h"

INLINE void pointwise(float *user, float *user_squares, float *item, float *item_squares, float loss, float rate,
                      size_t components, size_t stride, training_rates_t *rates) {
    lanes_t user_rates = 0, item_rates = 0;
    for (size_t i = 0; i < stride; i += LANES) {
        lanes_t item_gradient = loss * load(user + i);
        lanes_t user_gradient = loss * load(item + i);
        lanes_t p = move_by_adagrad(item + i, item_squares + i, item_gradient, item_gradient * item_gradient, rate);
        lanes_t m = move_by_adagrad(user + i, user_squares + i, user_gradient, user_gradient * user_gradient, rate);
        if (rates) {
            item_rates += rates_in(p, i, components);
            user_rates += rates_in(m, i, components);
        }
    }
    if (rates) *rates = (training_rates_t){.user = sum(user_rates), .item = sum(item_rates)};
}

TRAINING_KERNEL
void training_pointwise_adagrad(float *user, float *user_squares, float *item, float *item_squares, float loss,
                                const training_adagrad_t *step, training_rates_t *rates) {
    if (step->sums) {
        pointwise(user, user_squares, item, item_squares, loss, step->rate, step->components, step->stride, rates);
    } else {
        pointwise(user, user_squares, item, item_squares, loss, step->rate, step->components, step->stride, NULL);
    }
}

TRAINING_KERNEL
float training_adagrad_rows(float *rows, float *squares, const uint32_t *columns, const float *weights, size_t count,
                            const float *direction, float scale, const training_adagrad_t *step, float *refreshed) {
    size_t stride = step->stride;
    int sums = step->sums;
    lanes_t used = 0;
    for (size_t i = 0; i < stride; i += LANES) {
        lanes_t full = scale * load(direction + i);
        lanes_t fresh = refreshed ? load(refreshed + i) : (lanes_t)0.0f;
        lanes_t group = 0;
        for (size_t j = 0; j < count; j++) {
            size_t at = (size_t)columns[j] * stride + i;
            lanes_t gradient = weights[j] * full;
            lanes_t before = load(squares + at);
            lanes_t rates = step->rate * inverse_root(before);
            lanes_t value = (load(rows + at) - rates * gradient) * (1.0f + step->growth * rates);
            store(rows + at, value);
            store(squares + at, before + gradient * gradient);
            fresh += weights[j] * value;
            if (sums) group += rates;
        }
        if (refreshed) store(refreshed + i, fresh);
        if (sums) used += rates_in(group, i, step->components);
    }
    return sums ? sum(used) : 0;
}

TRAINING_KERNEL
float training_adadelta_rows(float *rows, float *squares, float *moves, const uint32_t *columns, const float *weights,
                             size_t count, const float *direction, float scale, const training_adadelta_t *step,
                             float *refreshed) {
    size_t stride = step->stride;
    float keep = step->rho, take = 1.0f - step->rho;
    int sums = step->sums;
    lanes_t used = 0;
    for (size_t i = 0; i < stride; i += LANES) {
        lanes_t full = scale * load(direction + i);
        lanes_t fresh = refreshed ? load(refreshed + i) : (lanes_t)0.0f;
        lanes_t group = 0;
        for (size_t j = 0; j < count; j++) {
            size_t at = (size_t)columns[j] * stride + i;
            lanes_t gradient = weights[j] * full;
            lanes_t mean = keep * load(squares + at) + take * (gradient * gradient);
            lanes_t moved = load(moves + at);
            lanes_t rates = __builtin_elementwise_sqrt((moved + step->epsilon) / (mean + step->epsilon));
            lanes_t move = rates * gradient;
            lanes_t value = (load(rows + at) - move) * (1.0f + step->growth * rates);
            store(squares + at, mean);
            store(moves + at, keep * moved + take * (move * move));
            store(rows + at, value);
            fresh += weights[j] * value;
            if (sums) group += rates;
        }
        if (refreshed) store(refreshed + i, fresh);
        if (sums) used += rates_in(group, i, step->components);
    }
    return sums ? sum(used) : 0;
}
