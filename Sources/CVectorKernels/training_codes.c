// Kernels for code rows.
#include "training_primitives.h"

TRAINING_KERNEL
void training_encode(const float *row, float bias, size_t stride, int8_t *code, training_term_t *term) {
    encode(row, bias, stride, code, term);
}
