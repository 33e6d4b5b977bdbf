// One function, several targets: the loader picks the clone that the processor runs best.
#ifndef LIKENESS_SCAN_DISPATCH_H
#define LIKENESS_SCAN_DISPATCH_H

#if defined(__x86_64__) && defined(__linux__)
#define SCAN_CLONES __attribute__((target_clones("default", "arch=x86-64-v3", "arch=x86-64-v4")))
#else
#define SCAN_CLONES
#endif

#endif
