/*
 * Stands between a program and the system's calls that write to a store's file, and fails one of them.
 *
 *   FAULT_MODE=count    let all calls through
 *   FAULT_MODE=kill     end the process with SIGKILL in place of call number FAULT_AT (from 1)
 *   FAULT_MODE=torn     write the first half of call number FAULT_AT, then end the process with SIGKILL
 *   FAULT_MODE=stop     stop the process with SIGSTOP before call number FAULT_AT, until it is continued
 *   FAULT_MODE=full     from call number FAULT_AT on, say that the disk is full
 *
 * FAULT_COUNT names a file that gets the number of calls when the process ends by itself. Only calls on files whose name starts
 * with data.mdb count, so that the numbers do not depend on what is printed.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <unistd.h>

static atomic_long calls;
static long failing_call;
static enum { COUNT, KILL, TORN, STOP, FULL } mode;

__attribute__((constructor)) static void read_settings(void) {
    const char *name = getenv("FAULT_MODE"), *at = getenv("FAULT_AT");
    mode = COUNT;
    if (name && !strcmp(name, "kill")) mode = KILL;
    if (name && !strcmp(name, "torn")) mode = TORN;
    if (name && !strcmp(name, "stop")) mode = STOP;
    if (name && !strcmp(name, "full")) mode = FULL;
    failing_call = at ? atol(at) : 0;
}

__attribute__((destructor)) static void write_count(void) {
    const char *path = getenv("FAULT_COUNT");
    if (!path) return;
    FILE *file = fopen(path, "w");
    if (!file) return;
    fprintf(file, "%ld\n", (long)atomic_load(&calls));
    fclose(file);
}

static int is_store(int descriptor) {
    char link[64], path[4096];
    snprintf(link, sizeof link, "/proc/self/fd/%d", descriptor);
    ssize_t length = readlink(link, path, sizeof path - 1);
    if (length < 0) return 0;
    path[length] = 0;
    return strstr(path, "/data.mdb") != NULL;
}

static void die(void) {
    kill(getpid(), SIGKILL);
    for (;;) pause();
}

/* Counts a call. Returns 0 to let it through, 1 to write its first half only and die, -1 to fail it with errno set. */
static int judge(int descriptor) {
    if (!is_store(descriptor)) return 0;
    long number = atomic_fetch_add(&calls, 1) + 1;
    switch (mode) {
    case COUNT: return 0;
    case KILL:
        if (number == failing_call) die();
        return 0;
    case TORN: return number == failing_call;
    case STOP:
        if (number == failing_call) kill(getpid(), SIGSTOP);
        return 0;
    case FULL:
        if (number < failing_call) return 0;
        errno = ENOSPC;
        return -1;
    }
    return 0;
}

#define NEXT(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

static ssize_t guarded_pwrite(
    ssize_t (*next)(int, const void *, size_t, off64_t), int descriptor, const void *bytes, size_t count, off64_t offset) {
    int verdict = judge(descriptor);
    if (verdict < 0) return -1;
    if (verdict > 0) {
        next(descriptor, bytes, count / 2, offset);
        die();
    }
    return next(descriptor, bytes, count, offset);
}

ssize_t pwrite(int descriptor, const void *bytes, size_t count, off_t offset) {
    return guarded_pwrite((ssize_t(*)(int, const void *, size_t, off64_t))NEXT(pwrite64), descriptor, bytes, count, offset);
}

ssize_t pwrite64(int descriptor, const void *bytes, size_t count, off64_t offset) {
    return guarded_pwrite((ssize_t(*)(int, const void *, size_t, off64_t))NEXT(pwrite64), descriptor, bytes, count, offset);
}

ssize_t writev(int descriptor, const struct iovec *parts, int count) {
    int verdict = judge(descriptor);
    if (verdict < 0) return -1;
    if (verdict > 0) {
        NEXT(writev)(descriptor, parts, (count + 1) / 2);
        die();
    }
    return NEXT(writev)(descriptor, parts, count);
}

ssize_t pwritev(int descriptor, const struct iovec *parts, int count, off_t offset) {
    int verdict = judge(descriptor);
    if (verdict < 0) return -1;
    if (verdict > 0) {
        NEXT(pwritev64)(descriptor, parts, (count + 1) / 2, offset);
        die();
    }
    return NEXT(pwritev64)(descriptor, parts, count, offset);
}

ssize_t write(int descriptor, const void *bytes, size_t count) {
    int verdict = judge(descriptor);
    if (verdict < 0) return -1;
    if (verdict > 0) {
        NEXT(write)(descriptor, bytes, count / 2);
        die();
    }
    return NEXT(write)(descriptor, bytes, count);
}

static int guarded_length(int (*next)(int, off64_t), int descriptor, off64_t length) {
    int verdict = judge(descriptor);
    if (verdict < 0) return -1;
    if (verdict > 0) die();
    return next(descriptor, length);
}

int ftruncate(int descriptor, off_t length) {
    return guarded_length((int (*)(int, off64_t))NEXT(ftruncate64), descriptor, length);
}

int ftruncate64(int descriptor, off64_t length) {
    return guarded_length((int (*)(int, off64_t))NEXT(ftruncate64), descriptor, length);
}

/* A sync that fails after a full disk is no extra news, so only writes are failed for that. */
static int guarded_sync(int (*next)(int), int descriptor) {
    int verdict = judge(descriptor);
    if (verdict > 0) die();
    return next(descriptor);
}

int fdatasync(int descriptor) {
    return guarded_sync(NEXT(fdatasync), descriptor);
}

int fsync(int descriptor) {
    return guarded_sync(NEXT(fsync), descriptor);
}
