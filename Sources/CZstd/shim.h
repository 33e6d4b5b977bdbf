#ifndef LIKENESS_CZSTD_SHIM_H
#define LIKENESS_CZSTD_SHIM_H
#include <zstd.h>
#endif
