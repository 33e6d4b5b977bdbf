// Kernels that find a violator and step, on rows without features.
#include "training_plain.h"
#include "training_primitives.h"

INLINE void ask_for_codes(const int8_t *codes, const uint32_t *candidates, size_t count, size_t stride) {
    for (size_t j = 0; j < count; j++) {
        const int8_t *code = codes + candidates[j] * stride;
        for (size_t i = 0; i < stride; i += 64) __builtin_prefetch(code + i);
    }
}

void training_ask_ahead(const training_plain_t *plain, size_t user, size_t liked, const uint32_t *candidates, size_t count) {
    size_t stride = plain->step.stride;
    training_prefetch(plain->users.embeddings + user * stride, stride * 4);
    training_prefetch(plain->items.embeddings + liked * stride, stride * 4);
    training_prefetch(plain->items.biases + liked, 4);
    if (stride == 16) return ask_for_codes(plain->codes, candidates, count, 16);
    if (stride == 64) return ask_for_codes(plain->codes, candidates, count, 64);
    ask_for_codes(plain->codes, candidates, count, stride);
}

/// Asks for what a step moves on an item.
INLINE void ask_for_item(const training_plain_t *plain, size_t item, size_t stride) {
    training_prefetch_to_write(plain->items.embeddings + item * stride, stride * 4);
    training_prefetch_to_write(plain->items.squares + item * stride, stride * 4);
    training_prefetch_to_write(plain->items.biases + item, 4);
    training_prefetch_to_write(plain->items.bias_squares + item, 4);
    training_prefetch_to_write(plain->codes + item * stride, stride);
    training_prefetch_to_write(plain->terms + item, sizeof *plain->terms);
}

/// Asks for all that a step moves, and for the first of what the user has seen.
INLINE void ask_for_step(const training_plain_t *plain, size_t user, size_t liked, size_t negative, size_t stride) {
    ask_for_item(plain, liked, stride);
    ask_for_item(plain, negative, stride);
    training_prefetch_to_write(plain->users.squares + user * stride, stride * 4);
    training_prefetch(plain->seen + plain->seen_starts[user], 64);
}

uint32_t training_look_ahead(const training_plain_t *plain, size_t user, size_t liked, const uint32_t *candidates, size_t count) {
    size_t stride = plain->step.stride;
    uint32_t flagged = training_screen_against(
        plain->users.embeddings + user * stride, plain->items.embeddings + liked * stride, plain->items.biases[liked], plain->margin,
        plain->codes, plain->terms, stride, candidates, count, NULL);
    if (!flagged) return 0;
    size_t negative = candidates[__builtin_ctz(flagged)];
    if (stride == 16) {
        ask_for_step(plain, user, liked, negative, 16);
    } else if (stride == 64) {
        ask_for_step(plain, user, liked, negative, 64);
    } else {
        ask_for_step(plain, user, liked, negative, stride);
    }
    return flagged;
}

INLINE void step_embeddings(const training_plain_t *plain, size_t user, size_t liked, size_t negative, float loss, size_t stride,
                            training_rates_t *rates) {
    float *u = plain->users.embeddings + user * stride, *u_squares = plain->users.squares + user * stride;
    float *p = plain->items.embeddings + liked * stride, *p_squares = plain->items.squares + liked * stride;
    float *n = plain->items.embeddings + negative * stride, *n_squares = plain->items.squares + negative * stride;
    float rate = plain->step.rate;
    lanes_t user_rates = 0, item_rates = 0;
    for (size_t i = 0; i < stride; i += LANES) {
        lanes_t user_gradient = loss * (load(n + i) - load(p + i));
        lanes_t item_gradient = loss * load(u + i);
        lanes_t squared = item_gradient * item_gradient;
        lanes_t up = move_by_adagrad(p + i, p_squares + i, -item_gradient, squared, rate);
        lanes_t down = move_by_adagrad(n + i, n_squares + i, item_gradient, squared, rate);
        lanes_t across = move_by_adagrad(u + i, u_squares + i, user_gradient, user_gradient * user_gradient, rate);
        if (rates) {
            item_rates += rates_in(up + down, i, plain->step.components);
            user_rates += rates_in(across, i, plain->step.components);
        }
    }
    if (rates) *rates = (training_rates_t){.user = sum(user_rates), .item = sum(item_rates)};
}

INLINE float step_bias(const training_side_t *side, size_t row, float gradient, float rate) {
// Rounded as the same step is in Swift.
#pragma clang fp contract(off)
    float squares = side->bias_squares[row];
    float own = rate / __builtin_elementwise_sqrt(squares);
    side->biases[row] = side->biases[row] - own * gradient;
    side->bias_squares[row] = squares + gradient * gradient;
    return own;
}

INLINE void step_pair(const training_plain_t *plain, size_t user, size_t liked, size_t negative, float loss, size_t stride,
                      training_rates_t *rates) {
    step_embeddings(plain, user, liked, negative, loss, stride, rates);
    float used = step_bias(&plain->items, liked, -loss, plain->step.rate);
    used += step_bias(&plain->items, negative, loss, plain->step.rate);
    if (rates) rates->item += used;
    if (!plain->codes) return;
    for (int which = 0; which < 2; which++) {
        size_t item = which ? negative : liked;
        encode(plain->items.embeddings + item * stride, plain->items.biases[item], stride, plain->codes + item * stride,
               plain->terms + item);
    }
}

TRAINING_KERNEL
void training_step_pair(const training_plain_t *plain, size_t user, size_t liked, size_t negative, float loss,
                        training_rates_t *rates) {
    size_t stride = plain->step.stride;
    step_pair(plain, user, liked, negative, loss, stride, plain->step.sums ? rates : NULL);
}

INLINE training_violator_t step_on_violator(const training_plain_t *plain, size_t user, size_t liked, float weight,
                                            const uint32_t *candidates, uint32_t flagged, size_t stride) {
    const float *query = plain->users.embeddings + user * stride;
    float score = dot(query, plain->items.embeddings + liked * stride, stride) + plain->items.biases[liked];
    float margin = plain->margin;
    const uint32_t *seen = plain->seen + plain->seen_starts[user];
    size_t seen_count = (size_t)(plain->seen_starts[user + 1] - plain->seen_starts[user]);
    for (; flagged; flagged &= flagged - 1) {
        int place = __builtin_ctz(flagged);
        uint32_t item = candidates[place];
        float found = dot(query, plain->items.embeddings + item * stride, stride) + plain->items.biases[item];
        if (!(found > score - margin) || contains(seen, seen_count, item)) continue;
        float loss = weight * plain->rank_losses[place];
        loss = loss < TRAINING_MOST_LOSS ? loss : TRAINING_MOST_LOSS;
        step_pair(plain, user, liked, item, loss, stride, NULL);
        return (training_violator_t){.place = place, .loss = loss, .excess = margin - score + found};
    }
    return (training_violator_t){.place = -1};
}

TRAINING_KERNEL
training_violator_t training_step_on_violator(const training_plain_t *plain, size_t user, size_t liked, float weight,
                                              const uint32_t *candidates, uint32_t flagged) {
    // A width known when compiling keeps rows in registers.
    if (plain->step.stride == 16) return step_on_violator(plain, user, liked, weight, candidates, flagged, 16);
    if (plain->step.stride == 64) return step_on_violator(plain, user, liked, weight, candidates, flagged, 64);
    return step_on_violator(plain, user, liked, weight, candidates, flagged, plain->step.stride);
}
