#include "checksum.h"

#include <string.h>

#if defined(__x86_64__)
#define HAS_CRC32C 1
#define CRC32C_TARGET __attribute__((target("sse4.2")))
#define CRC32C_BYTE(crc, byte) __builtin_ia32_crc32qi(crc, byte)
#define CRC32C_WORD(crc, word) ((uint32_t)__builtin_ia32_crc32di(crc, word))
#elif defined(__aarch64__) && defined(__ARM_FEATURE_CRC32)
#include <arm_acle.h>
#define HAS_CRC32C 1
#define CRC32C_TARGET
#define CRC32C_BYTE(crc, byte) __crc32cb(crc, byte)
#define CRC32C_WORD(crc, word) __crc32cd(crc, word)
#else
#define HAS_CRC32C 0
#endif

bool checksum_crc32c_is_available(void) {
#if defined(__x86_64__)
    return __builtin_cpu_supports("sse4.2");
#else
    return HAS_CRC32C;
#endif
}

#if HAS_CRC32C
CRC32C_TARGET uint32_t checksum_crc32c(const void *bytes, size_t count, uint32_t crc) {
    const unsigned char *next = bytes;
    for (; count >= 8; next += 8, count -= 8) {
        uint64_t word;
        memcpy(&word, next, 8);
        crc = CRC32C_WORD(crc, word);
    }
    for (; count > 0; next++, count--) crc = CRC32C_BYTE(crc, *next);
    return crc;
}
#else
uint32_t checksum_crc32c(const void *bytes, size_t count, uint32_t crc) {
    (void)bytes, (void)count;
    return crc;
}
#endif
