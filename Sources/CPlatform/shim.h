#ifndef LIKENESS_CPLATFORM_SHIM_H
#define LIKENESS_CPLATFORM_SHIM_H
#ifdef __linux__
#include <sys/vfs.h> /* statfs: which kind of file system a file lies on; Swift's own module of the C library leaves it out */
#endif
#endif
