#include "scan_dispatch.h"
#include "scan_kernels.h"

// Upper bound of (row · query) / length of the query: the product of the codes, plus what coding lost of the row, plus
// what coding lost of the query. A comparison with a value that is not a number keeps the row.
static inline int reaches(int32_t dot, const scan_row_terms *row, const scan_select_test *test) {
    const float bound = (float)dot * test->query_scale * row->scale + row->error +
                        (row->norm + row->error) * test->query_error;
    const float needed =
        row->norm * test->norm_threshold + (test->score_threshold - row->bias) * test->inverse_norm;
    return (row->norm >= 0) & !(bound < needed);
}

size_t scan_select_reference(const int32_t *dots, const scan_row_terms *terms, size_t count,
                             const scan_select_test *test, uint32_t *selected) {
    size_t found = 0;
    for (size_t i = 0; i < count; i++) {
        if (reaches(dots[i], terms + i, test)) selected[found++] = (uint32_t)i;
    }
    return found;
}

// Once the threshold stands, hardly any row reaches it: groups are tested without a branch, and only a group with a hit
// is walked.
SCAN_CLONES size_t scan_select(const int32_t *dots, const scan_row_terms *terms, size_t count,
                               const scan_select_test *test, uint32_t *selected) {
    enum { group = 32 };
    const scan_select_test local = *test;
    size_t found = 0;
    size_t i = 0;
    for (; i + group <= count; i += group) {
        int32_t hits[group];
        int32_t any = 0;
        for (size_t j = 0; j < group; j++) {
            hits[j] = reaches(dots[i + j], terms + i + j, &local);
            any |= hits[j];
        }
        if (!any) continue;
        for (size_t j = 0; j < group; j++) {
            selected[found] = (uint32_t)(i + j);
            found += (size_t)hits[j];
        }
    }
    for (; i < count; i++) {
        if (reaches(dots[i], terms + i, &local)) selected[found++] = (uint32_t)i;
    }
    return found;
}
