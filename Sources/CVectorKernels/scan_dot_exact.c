#include "scan_dispatch.h"
#include "scan_kernels.h"

#include <string.h>

// A product of two floats is exact in double, so a fused multiply-add rounds as a multiplication and an addition do:
// only the order of the additions matters, and it is fixed.

typedef float float8 __attribute__((ext_vector_type(8)));
typedef double double8 __attribute__((ext_vector_type(8)));

static inline double tree(const double *lanes) {
    double eight[8], four[4];
    for (int i = 0; i < 8; i++) eight[i] = lanes[i] + lanes[i + 8];
    for (int i = 0; i < 4; i++) four[i] = eight[i] + eight[i + 4];
    return (four[0] + four[2]) + (four[1] + four[3]);
}

double scan_dot_exact_reference(const float *a, const float *b, size_t length) {
    double lanes[16] = {0};
    for (size_t i = 0; i < length; i++) lanes[i & 15] += (double)a[i] * (double)b[i];
    return tree(lanes);
}

SCAN_CLONES double scan_dot_exact(const float *a, const float *b, size_t length) {
    double8 low = 0, high = 0;
    size_t i = 0;
    for (; i + 16 <= length; i += 16) {
        float8 x0, x1, y0, y1;
        memcpy(&x0, a + i, sizeof x0);
        memcpy(&x1, a + i + 8, sizeof x1);
        memcpy(&y0, b + i, sizeof y0);
        memcpy(&y1, b + i + 8, sizeof y1);
        low += __builtin_convertvector(x0, double8) * __builtin_convertvector(y0, double8);
        high += __builtin_convertvector(x1, double8) * __builtin_convertvector(y1, double8);
    }
    double lanes[16];
    memcpy(lanes, &low, sizeof low);
    memcpy(lanes + 8, &high, sizeof high);
    for (; i < length; i++) lanes[i & 15] += (double)a[i] * (double)b[i];
    return tree(lanes);
}
