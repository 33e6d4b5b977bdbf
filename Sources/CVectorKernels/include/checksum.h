// The processor's own instructions for checksums.
#ifndef LIKENESS_CHECKSUM_H
#define LIKENESS_CHECKSUM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/// Whether this processor has instructions for CRC-32C.
bool checksum_crc32c_is_available(void);

/// The CRC-32C register after `count` more bytes, without the inversions at start and end. Only where it is available.
uint32_t checksum_crc32c(const void *bytes, size_t count, uint32_t crc);

#ifdef __cplusplus
}
#endif
#endif
