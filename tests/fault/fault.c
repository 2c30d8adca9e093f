/*
 * fault.c - a library to preload, which makes one call of the C library fail.
 *
 *     LD_PRELOAD=fault.so CHARNN_FAULT=write:3:28 CHARNN_FAULT_LOG=calls charnn-info x.bin
 *
 * Here the third call of the kind `write` fails with errno 28.  With `write:3+:28` all later
 * calls of this kind fail too; with `none:0:0` no call fails.  The program writes these lines to
 * the file `calls`: `failed NAME` if a call was made to fail; at the end, `KIND CALLS` for each
 * kind, the number of its calls; and with `none:0:0` also `site KIND N`, with the numbers of the
 * first and the last call from each stack of callers.
 *
 * The table WRAPPED has the functions.  A function that releases something (close, fclose)
 * releases it and then fails, like the system's.  Calls inside the C library cannot be wrapped,
 * so the functions of buffered streams fail instead.  Writing to stderr never fails, because
 * failures are reported there.
 */
#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <regex.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <unistd.h>

#ifdef __GLIBC__
#include <execinfo.h>

// clang-format off
enum kind { MEMORY, OPEN, READ, WRITE, SYNC, RENAME, CLOSE, UNLINK, MAP, THREAD, STAT, KINDS };
// clang-format on
static const char *const kind_name[KINDS] = { "memory", "open",   "read",  "write",
                                              "sync",   "rename", "close", "unlink",
                                              "map",    "thread", "stat" };

static atomic_long calls[KINDS];
static int ready, chosen = -1, code, all_after, lists_sites;
static long at;
static int log_fd = -1;

/* A call site: the hash of the stack of callers, and the numbers of the first and the last
 * call made from it. */
struct site {
    unsigned long hash;
    enum kind kind;
    long first, last;
};
enum { SITES = 4096, CALLERS = 6 };
static struct site site[SITES];
static atomic_flag site_lock = ATOMIC_FLAG_INIT;

static void log_line(const char *word, const char *name, long n)
{
    char line[64];
    int length = name ? snprintf(line, sizeof line, "%s %s\n", word, name)
                      : snprintf(line, sizeof line, "%s %ld\n", word, n);
    if (log_fd >= 0 && syscall(SYS_write, log_fd, line, (size_t)length) < 0)
        abort();
}

/* The regcomp of glibc 2.36 frees twice if it runs out of memory, which no caller can
 * prevent, so within it nothing fails. */
static _Thread_local int in_regcomp;

static void site_add(enum kind kind, long n)
{
    void *caller[CALLERS] = { NULL };
    unsigned long hash = kind + 1;
    const int depth = backtrace(caller, CALLERS);
    for (int i = 0; i < depth; i++)
        hash = (hash ^ (unsigned long)caller[i]) * 0x100000001b3ul;
    while (atomic_flag_test_and_set(&site_lock))
        ;
    size_t i = 0;
    while (i < SITES - 1 && site[i].first > 0 && site[i].hash != hash)
        i++;
    site[i] = (struct site){ hash, kind, site[i].first > 0 ? site[i].first : n, n };
    atomic_flag_clear(&site_lock);
}

static void log_sites(void)
{
    char kind[16];
    for (const struct site *s = site; s < site + SITES && s->first > 0; s++) {
        snprintf(kind, sizeof kind, "site %s", kind_name[s->kind]);
        log_line(kind, NULL, s->first);
        if (s->last > s->first)
            log_line(kind, NULL, s->last);
    }
}

/* Counts a call.  Returns 1 if the call is to fail, with errno set; otherwise 0. */
static int fails(enum kind kind, const char *name)
{
    if (!ready || in_regcomp)
        return 0;
    const long n = atomic_fetch_add(&calls[kind], 1) + 1;
    if (lists_sites)
        site_add(kind, n);
    if ((int)kind != chosen || n < at || (n > at && !all_after))
        return 0;
    if (n == at)
        log_line("failed", name, 0);
    errno = code;
    return 1;
}

__attribute__((constructor)) static void fault_begin(void)
{
    const char *path = getenv("CHARNN_FAULT_LOG"), *fault = getenv("CHARNN_FAULT");
    char name[16], plus = 0;
    if (path)
        log_fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    if (fault && (sscanf(fault, "%15[a-z]:%ld:%d", name, &at, &code) == 3 ||
                  sscanf(fault, "%15[a-z]:%ld%c:%d", name, &at, &plus, &code) == 4))
        for (int i = 0; i < KINDS; i++)
            if (strcmp(kind_name[i], name) == 0)
                chosen = i;
    all_after = plus == '+';
    lists_sites = fault && strcmp(fault, "none:0:0") == 0;
    if (lists_sites)
        backtrace(&(void *){ NULL }, 1); /* the first call of backtrace allocates memory */
    ready = 1;
}

__attribute__((destructor)) static void fault_end(void)
{
    ready = 0;
    for (int i = 0; i < KINDS; i++)
        log_line(kind_name[i], NULL, atomic_load(&calls[i]));
    log_sites();
}

/* ------------------------------------------------------------------- allocation */

/* The functions that dlsym itself may need; glibc has a second name for each. */
void *__libc_malloc(size_t n);
void *__libc_calloc(size_t n, size_t each);
void *__libc_realloc(void *p, size_t n);
void *__libc_memalign(size_t align, size_t n);

// clang-format off
void *malloc(size_t n) { return fails(MEMORY, "malloc") ? NULL : __libc_malloc(n); }
void *calloc(size_t n, size_t each) { return fails(MEMORY, "calloc") ? NULL : __libc_calloc(n, each); }
void *realloc(void *p, size_t n) { return fails(MEMORY, "realloc") ? NULL : __libc_realloc(p, n); }
void *aligned_alloc(size_t align, size_t n) { return fails(MEMORY, "aligned_alloc") ? NULL : __libc_memalign(align, n); }
// clang-format on

/* ------------------------------------------------------------------ everything else */

/* Sets the error flag of a stream, which ferror reads. */
static int stream_failed(FILE *f)
{
    f->_flags |= 0x20; /* _IO_ERR_SEEN */
    return EOF;
}

// clang-format off
/* kind, type, name, parameters, arguments, what a failed call returns, whether it may fail */
#define WRAPPED(X) \
    X(OPEN, FILE *, fopen, (const char *path, const char *mode), (path, mode), NULL, 1) \
    X(OPEN, FILE *, fdopen, (int fd, const char *mode), (fd, mode), NULL, 1) \
    X(OPEN, DIR *, opendir, (const char *path), (path), NULL, 1) \
    X(READ, ssize_t, read, (int fd, void *to, size_t n), (fd, to, n), -1, 1) \
    X(READ, int, getc, (FILE *f), (f), stream_failed(f), 1) \
    X(READ, struct dirent *, readdir, (DIR *d), (d), NULL, 1) \
    X(WRITE, ssize_t, write, (int fd, const void *from, size_t n), (fd, from, n), -1, fd != 2) \
    X(WRITE, size_t, fwrite, (const void *from, size_t each, size_t n, FILE *f), (from, each, n, f), (stream_failed(f), 0), f != stderr) \
    X(WRITE, int, fflush, (FILE *f), (f), stream_failed(f), f != stderr) \
    X(WRITE, int, ftruncate, (int fd, off_t n), (fd, n), -1, 1) \
    X(SYNC, int, fsync, (int fd), (fd), -1, 1) \
    X(RENAME, int, rename, (const char *from, const char *to), (from, to), -1, 1) \
    X(CLOSE, int, close, (int fd), (fd), (real(fd), errno = code, -1), 1) \
    X(CLOSE, int, fclose, (FILE *f), (f), (real(f), errno = code, EOF), 1) \
    X(UNLINK, int, unlink, (const char *path), (path), -1, 1) \
    X(UNLINK, int, unlinkat, (int fd, const char *path, int flags), (fd, path, flags), -1, 1) \
    X(MAP, void *, mmap, (void *p, size_t n, int prot, int flags, int fd, off_t offset), (p, n, prot, flags, fd, offset), MAP_FAILED, 1) \
    X(MAP, int, madvise, (void *p, size_t n, int advice), (p, n, advice), -1, 1) \
    X(THREAD, int, pthread_create, (pthread_t *t, const pthread_attr_t *a, void *(*fn)(void *), void *arg), (t, a, fn, arg), code, 1) \
    X(STAT, int, stat, (const char *path, struct stat *st), (path, st), -1, 1) \
    X(STAT, int, fstat, (int fd, struct stat *st), (fd, st), -1, 1) \
    X(STAT, int, lstat, (const char *path, struct stat *st), (path, st), -1, 1) \
    X(STAT, int, access, (const char *path, int mode), (path, mode), -1, 1) \
    X(STAT, int, statvfs, (const char *path, struct statvfs *st), (path, st), -1, 1) \
    X(STAT, off_t, lseek, (int fd, off_t to, int from), (fd, to, from), -1, 1) \
    X(STAT, char *, realpath, (const char *path, char *to), (path, to), NULL, 1)

#define WRAP(kind, type, name, parameters, arguments, bad, may) \
    type name parameters; \
    type name parameters \
    { \
        static type(*real) parameters; \
        if (!real) \
            *(void **)&real = dlsym(RTLD_NEXT, #name); \
        return (may) && fails(kind, #name) ? (bad) : real arguments; \
    }
// clang-format on

WRAPPED(WRAP)

int regcomp(regex_t *r, const char *pattern, int flags)
{
    static int (*real)(regex_t *, const char *, int);
    if (!real)
        *(void **)&real = dlsym(RTLD_NEXT, "regcomp");
    in_regcomp = 1;
    const int status = real(r, pattern, flags);
    in_regcomp = 0;
    return status;
}

int open(const char *path, int flags, ...)
{
    va_list args;
    va_start(args, flags);
    const mode_t mode = flags & O_CREAT ? va_arg(args, mode_t) : 0;
    va_end(args);
    return fails(OPEN, "open") ? -1 : (int)syscall(SYS_openat, AT_FDCWD, path, flags, mode);
}

#endif
