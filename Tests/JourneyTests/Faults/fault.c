/*
 * Stands between a program and the system's calls that write to a store's file, and fails one of them.
 *
 *   FAULT_MODE=count    let all calls through
 *   FAULT_MODE=kill     end the process with SIGKILL in place of call number FAULT_AT (from 1)
 *   FAULT_MODE=torn     write the first half of call number FAULT_AT, then end the process with SIGKILL
 *   FAULT_MODE=stop     stop the process with SIGSTOP before call number FAULT_AT, until it is continued
 *   FAULT_MODE=full     from call number FAULT_AT on, say that the disk is full
 *   FAULT_MODE=record   let all calls through, and append what each does to a file under FAULT_ROOT to the file FAULT_LOG
 *
 * FAULT_COUNT names a file that gets the number of calls when the process ends by itself. Only calls on files whose path contains
 * FAULT_FILES count, or "/data.mdb" without it, so that the numbers do not depend on what is printed.
 *
 * FAULT_CLOCK adds that many seconds to the time of day.
 *
 * A record is a header (see below) and the bytes of one or two texts: a path, two paths, or what was written.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

static atomic_long calls;
static long failing_call;
static enum { COUNT, KILL, TORN, STOP, FULL, RECORD } mode;
static const char *files = "/data.mdb", *root;
static int log_descriptor = -1;
static long clock_shift;

__attribute__((constructor)) static void read_settings(void) {
    const char *name = getenv("FAULT_MODE"), *at = getenv("FAULT_AT");
    mode = COUNT;
    if (name && !strcmp(name, "kill")) mode = KILL;
    if (name && !strcmp(name, "torn")) mode = TORN;
    if (name && !strcmp(name, "stop")) mode = STOP;
    if (name && !strcmp(name, "full")) mode = FULL;
    if (name && !strcmp(name, "record")) mode = RECORD;
    failing_call = at ? atol(at) : 0;
    if (getenv("FAULT_CLOCK")) clock_shift = atol(getenv("FAULT_CLOCK"));
    if (getenv("FAULT_FILES")) files = getenv("FAULT_FILES");
    root = getenv("FAULT_ROOT");
    if (mode == RECORD && root && getenv("FAULT_LOG"))
        log_descriptor = (int)syscall(SYS_openat, AT_FDCWD, getenv("FAULT_LOG"), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
}

__attribute__((destructor)) static void write_count(void) {
    const char *path = getenv("FAULT_COUNT");
    if (!path) return;
    FILE *file = fopen(path, "w");
    if (!file) return;
    fprintf(file, "%ld\n", (long)atomic_load(&calls));
    fclose(file);
}

int clock_gettime(clockid_t clock, struct timespec *now) {
    int result = (int)syscall(SYS_clock_gettime, clock, now);
    if (result == 0 && clock == CLOCK_REALTIME) now->tv_sec += clock_shift;
    return result;
}

int gettimeofday(struct timeval *restrict now, void *restrict zone) {
    int result = (int)syscall(SYS_gettimeofday, now, zone);
    if (result == 0) now->tv_sec += clock_shift;
    return result;
}

time_t time(time_t *result) {
    struct timespec now = {0};
    clock_gettime(CLOCK_REALTIME, &now);
    if (result) *result = now.tv_sec;
    return now.tv_sec;
}

static const char *path_of(int descriptor, char *path, size_t size) {
    char link[64];
    snprintf(link, sizeof link, "/proc/self/fd/%d", descriptor);
    ssize_t length = readlink(link, path, size - 1);
    path[length < 0 ? 0 : length] = 0;
    return path;
}

static int is_store(int descriptor) {
    char path[4096];
    return strstr(path_of(descriptor, path, sizeof path), files) != NULL;
}

/* What a record is about: the letters of `enum` in the reader. */
struct header {
    uint32_t kind, is_durable;
    uint64_t inode, offset;
    uint32_t first, second;
};

static void append(char kind, int is_durable, uint64_t inode, uint64_t offset, const void *first, size_t first_count, const char *second) {
    struct header header = {(uint32_t)kind, (uint32_t)is_durable, inode, offset, (uint32_t)first_count, second ? (uint32_t)strlen(second) : 0};
    struct iovec parts[] = {{&header, sizeof header}, {(void *)first, first_count}, {(void *)(second ? second : ""), header.second}};
    syscall(SYS_writev, log_descriptor, parts, 3);
}

static int is_recorded(const char *path) {
    return log_descriptor >= 0 && strncmp(path, root, strlen(root)) == 0;
}

static void absolute(const char *path, char *full, size_t size) {
    if (path[0] == '/') {
        snprintf(full, size, "%s", path);
        return;
    }
    char folder[2048];
    if (!getcwd(folder, sizeof folder)) folder[0] = 0;
    while (path[0] == '.' && path[1] == '/') path += 2;
    snprintf(full, size, "%s/%s", folder, path);
}

/* A change of names. */
static void record_names(char kind, const char *first, const char *second) {
    char from[4096], to[4096];
    if (log_descriptor < 0) return;
    absolute(first, from, sizeof from);
    if (second) absolute(second, to, sizeof to);
    if (is_recorded(from)) append(kind, 0, 0, 0, from, strlen(from), second ? to : NULL);
}

/* A change of an open file: W bytes, T length, S sync, D sync of a folder. */
static void record_file(char kind, int descriptor, off64_t offset, const void *bytes, size_t count) {
    char path[4096];
    struct stat status;
    if (log_descriptor < 0 || !is_recorded(path_of(descriptor, path, sizeof path)) || fstat(descriptor, &status)) return;
    int is_durable = kind == 'W' && (fcntl(descriptor, F_GETFL) & O_DSYNC) != 0;
    if (kind == 'S' && S_ISDIR(status.st_mode)) {
        append('D', 0, status.st_ino, 0, path, strlen(path), NULL);
    } else {
        append(kind, is_durable, status.st_ino, (uint64_t)offset, bytes, count, NULL);
    }
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
    case COUNT:
    case RECORD: return 0;
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
    ssize_t done = next(descriptor, bytes, count, offset);
    if (done > 0) record_file('W', descriptor, offset, bytes, (size_t)done);
    return done;
}

static void record_parts(int descriptor, const struct iovec *parts, int count, off64_t offset, ssize_t done) {
    for (int part = 0; part < count && done > 0; part++) {
        size_t bytes = parts[part].iov_len < (size_t)done ? parts[part].iov_len : (size_t)done;
        record_file('W', descriptor, offset, parts[part].iov_base, bytes);
        offset += (off64_t)bytes;
        done -= (ssize_t)bytes;
    }
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
    off64_t offset = log_descriptor >= 0 ? lseek64(descriptor, 0, SEEK_CUR) : 0;
    ssize_t done = NEXT(writev)(descriptor, parts, count);
    record_parts(descriptor, parts, count, offset, done);
    return done;
}

ssize_t pwritev(int descriptor, const struct iovec *parts, int count, off_t offset) {
    int verdict = judge(descriptor);
    if (verdict < 0) return -1;
    if (verdict > 0) {
        NEXT(pwritev64)(descriptor, parts, (count + 1) / 2, offset);
        die();
    }
    ssize_t done = NEXT(pwritev64)(descriptor, parts, count, offset);
    record_parts(descriptor, parts, count, offset, done);
    return done;
}

ssize_t write(int descriptor, const void *bytes, size_t count) {
    int verdict = judge(descriptor);
    if (verdict < 0) return -1;
    if (verdict > 0) {
        NEXT(write)(descriptor, bytes, count / 2);
        die();
    }
    off64_t offset = log_descriptor >= 0 ? lseek64(descriptor, 0, SEEK_CUR) : 0;
    ssize_t done = NEXT(write)(descriptor, bytes, count);
    if (done > 0) record_file('W', descriptor, offset, bytes, (size_t)done);
    return done;
}

static int guarded_length(int (*next)(int, off64_t), int descriptor, off64_t length) {
    int verdict = judge(descriptor);
    if (verdict < 0) return -1;
    if (verdict > 0) die();
    int outcome = next(descriptor, length);
    if (outcome == 0) record_file('T', descriptor, length, NULL, 0);
    return outcome;
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
    int outcome = next(descriptor);
    if (outcome == 0) record_file('S', descriptor, 0, NULL, 0);
    return outcome;
}

int fdatasync(int descriptor) {
    return guarded_sync(NEXT(fdatasync), descriptor);
}

int fsync(int descriptor) {
    return guarded_sync(NEXT(fsync), descriptor);
}

static int recorded_open(int (*next)(const char *, int, ...), const char *path, int flags, mode_t mode) {
    struct stat status;
    int is_new = log_descriptor >= 0 && (flags & O_CREAT) && stat(path, &status) != 0;
    int descriptor = next(path, flags, mode);
    if (descriptor >= 0 && is_new && fstat(descriptor, &status) == 0) {
        char full[4096];
        absolute(path, full, sizeof full);
        if (is_recorded(full)) append('C', 0, status.st_ino, 0, full, strlen(full), NULL);
    }
    return descriptor;
}

int open(const char *path, int flags, ...) {
    va_list list;
    va_start(list, flags);
    mode_t permissions = flags & O_CREAT ? va_arg(list, mode_t) : 0;
    va_end(list);
    return recorded_open(NEXT(open), path, flags, permissions);
}

int open64(const char *path, int flags, ...) {
    va_list list;
    va_start(list, flags);
    mode_t permissions = flags & O_CREAT ? va_arg(list, mode_t) : 0;
    va_end(list);
    return recorded_open(NEXT(open64), path, flags, permissions);
}

int rename(const char *from, const char *to) {
    int outcome = NEXT(rename)(from, to);
    if (outcome == 0) record_names('R', from, to);
    return outcome;
}

int link(const char *from, const char *to) {
    int outcome = NEXT(link)(from, to);
    if (outcome == 0) record_names('L', from, to);
    return outcome;
}

int unlink(const char *path) {
    int outcome = NEXT(unlink)(path);
    if (outcome == 0) record_names('U', path, NULL);
    return outcome;
}

int mkdir(const char *path, mode_t permissions) {
    int outcome = NEXT(mkdir)(path, permissions);
    if (outcome == 0) record_names('M', path, NULL);
    return outcome;
}
