#ifndef LIKENESS_CLMDB_SHIM_H
#define LIKENESS_CLMDB_SHIM_H
#include <lmdb.h>
#ifdef __linux__
#include <sys/vfs.h> /* statfs: which kind of file system a store lies on */
#endif
#endif
