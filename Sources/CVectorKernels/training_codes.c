// Kernels that code rows, and score candidates by their codes.
#include "training_primitives.h"
#include "training_words.h"

TRAINING_KERNEL
void training_encode(const float *row, float bias, size_t stride, int8_t *code, training_term_t *term) {
    encode(row, bias, stride, code, term);
}

INLINE float code_score(const float *query, const int8_t *code, training_term_t term, size_t stride, float spread) {
    lanes_t total = 0;
    for (size_t i = 0; i < stride; i += LANES) {
        bytes_t bytes = *(const bytes_t *)__builtin_assume_aligned(code + i, 16);
        total += load(query + i) * __builtin_convertvector(bytes, lanes_t);
    }
    return (sum(total) + spread) * term.scale + term.bias;
}

TRAINING_KERNEL
void training_code_scores_portable(const float *query, const int8_t *codes, const training_term_t *terms, size_t stride,
                                   const uint32_t *indices, size_t count, const float *factors, float *scores) {
    for (size_t j = 0; j < count; j++) {
        size_t row = indices[j];
        scores[j] = code_score(query, codes + row * stride, terms[row], stride, 0) * (factors ? factors[j] : 1);
    }
}

TRAINING_KERNEL
uint32_t training_screen_portable(const float *query, const int8_t *codes, const training_term_t *terms, size_t stride,
                                  const uint32_t *indices, size_t count, const float *factors, int is_exact, float limit) {
    lanes_t size = 0;
    for (size_t i = 0; is_exact && i < stride; i += LANES) size += __builtin_elementwise_abs(load(query + i));
    float spread = ROUNDED_HALF * sum(size);
    uint32_t flagged = 0;
    for (size_t j = 0; j < count; j++) {
        size_t row = indices[j];
        float high = code_score(query, codes + row * stride, terms[row], stride, spread) * (factors ? factors[j] : 1);
        flagged |= (uint32_t)(high > limit) << j;
    }
    return flagged;
}

void training_code_scores(const float *query, const int8_t *codes, const training_term_t *terms, size_t stride,
                          const uint32_t *indices, size_t count, const float *factors, float *scores) {
#if defined(__x86_64__)
    if (has_words(stride)) return code_scores_avx2(query, codes, terms, stride, indices, count, factors, scores);
#endif
    training_code_scores_portable(query, codes, terms, stride, indices, count, factors, scores);
}

uint32_t training_screen(const float *query, const int8_t *codes, const training_term_t *terms, size_t stride,
                         const uint32_t *indices, size_t count, const float *factors, int is_exact, float limit) {
#if defined(__x86_64__)
    if (has_words(stride)) return screen_avx2(query, codes, terms, stride, indices, count, factors, is_exact, limit);
#endif
    return training_screen_portable(query, codes, terms, stride, indices, count, factors, is_exact, limit);
}

uint32_t training_screen_against(const float *query, const float *liked, float liked_bias, float margin, const int8_t *codes,
                                 const training_term_t *terms, size_t stride, const uint32_t *indices, size_t count,
                                 const float *factors) {
#if defined(__x86_64__)
    if (has_words(stride))
        return screen_against_avx2(query, liked, liked_bias, margin, codes, terms, stride, indices, count, factors);
#endif
    lanes_t total = 0;
    for (size_t i = 0; i < stride; i += LANES) total += load(query + i) * load(liked + i);
    return training_screen_portable(query, codes, terms, stride, indices, count, factors, 1, sum(total) + liked_bias - margin);
}
