#ifndef LIKENESS_CLMDB_SHIM_H
#define LIKENESS_CLMDB_SHIM_H
#include <lmdb.h>
#endif
