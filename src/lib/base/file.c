/* file.c - reads into the free room of a growing buffer, in large blocks.  Writes under a
 * temporary name, which exists only between open and commit (or abort). */
#include "base/file.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/rng.h"

enum { BLOCK = 1 << 16, LONGEST_READ = 1 << 30 };

/* ----------------------------------------------------------------- reading */

/* Reads once into the free room of the buffer: returns the number of bytes, 0 at the end,
 * or -1 with errno. */
static ssize_t read_some(int fd, struct buf *b)
{
    size_t room = b->cap > b->len + 1 ? b->cap - b->len - 1 : 0;
    if (room == 0) {
        if (!buf_reserve(b, BLOCK)) {
            errno = ENOMEM;
            return -1;
        }
        room = b->cap - b->len - 1;
    }
    if (room > LONGEST_READ)
        room = LONGEST_READ;
    ssize_t got;
    do
        got = read(fd, b->data + b->len, room);
    while (got < 0 && errno == EINTR);
    if (got > 0)
        b->len += (size_t)got;
    return got;
}

int file_read_fd(int fd, const char *name, struct buf *b, struct charnn_error *e)
{
    struct stat st;
    if (fstat(fd, &st) < 0)
        return err_sys(e, "%s: cannot read", name);
    if (S_ISDIR(st.st_mode))
        return err_set(e, "%s: is a directory", name);
    /* One byte more than the file has, so that its end is found without growing the
     * buffer. */
    if (S_ISREG(st.st_mode) && st.st_size > 0 && !buf_reserve(b, (size_t)st.st_size + 1))
        return err_set(e, "%s: out of memory for %lld bytes", name, (long long)st.st_size);
    ssize_t got;
    while ((got = read_some(fd, b)) > 0)
        ;
    if (got < 0)
        return err_sys(e, "%s: cannot read", name);
    b->data[b->len] = '\0';
    return 0;
}

/* Returns a file descriptor, or -1 with an error.  Some files of the kernel, such as
 * /proc/kmsg, look like empty regular files but read like pipes; reading them must not
 * block. */
static int open_to_read(const char *path, struct charnn_error *e)
{
    const int how = file_size(path) == 0 ? O_NONBLOCK : 0;
    int fd;
    do
        fd = open(path, O_RDONLY | O_CLOEXEC | how);
    while (fd < 0 && errno == EINTR);
    return fd < 0 ? err_sys(e, "%s: cannot open", path) : fd;
}

int file_read(const char *path, struct buf *b, struct charnn_error *e)
{
    if (strcmp(path, "-") == 0)
        return file_read_fd(STDIN_FILENO, "standard input", b, e);
    const int fd = open_to_read(path, e);
    if (fd < 0)
        return -1;
    int status = file_read_fd(fd, path, b, e);
    close(fd);
    return status;
}

int file_head(const char *path, size_t n, struct buf *b, struct charnn_error *e)
{
    const int fd = open_to_read(path, e);
    if (fd < 0)
        return -1;
    ssize_t got = 0;
    const bool room = buf_reserve(b, n);
    if (room)
        do
            got = read(fd, b->data + b->len, n);
        while (got < 0 && errno == EINTR);
    const int status = !room     ? err_set(e, "%s: out of memory", path)
                       : got < 0 ? err_sys(e, "%s: cannot read", path)
                                 : 0;
    if (status == 0) {
        b->len += (size_t)got;
        b->data[b->len] = '\0';
    }
    close(fd);
    return status;
}

int file_pieces(const char *path, file_piece_fn *fn, void *arg, struct charnn_error *e)
{
    const bool is_stdin = strcmp(path, "-") == 0;
    const int fd = is_stdin ? STDIN_FILENO : open_to_read(path, e);
    if (fd < 0)
        return -1;
    unsigned char *piece = malloc(BLOCK); /* sets errno on failure */
    ssize_t got = piece ? 1 : -1;
    while (got > 0) {
        got = read(fd, piece, BLOCK);
        if (got > 0)
            fn(arg, piece, (size_t)got);
        else if (got < 0 && errno == EINTR)
            got = 1;
    }
    if (got < 0)
        err_sys(e, "%s: cannot read", is_stdin ? "standard input" : path);
    free(piece);
    if (!is_stdin)
        close(fd);
    return got < 0 ? -1 : 0;
}

bool file_has_suffix(const char *path, const char *suffix)
{
    const size_t n = strlen(path), m = strlen(suffix);
    return n > m && !strcmp(path + n - m, suffix);
}

int file_check_folder(const char *path, struct charnn_error *e)
{
    char *folder = file_folder(path);
    const int failed = !folder ? ENOMEM : access(folder, W_OK | X_OK) < 0 ? errno : 0;
    free(folder);
    return failed ? err_set(e, "%s: cannot write: %s", path, strerror(failed)) : 0;
}

struct file_version file_version(const char *path)
{
    struct stat st;
    if ((strcmp(path, "-") == 0 ? fstat(STDIN_FILENO, &st) : stat(path, &st)) < 0)
        return (struct file_version){ 0 };
    return (struct file_version){ st.st_dev, st.st_ino, st.st_mtim.tv_sec,
                                  st.st_mtim.tv_nsec };
}

bool file_version_equal(const struct file_version *a, const struct file_version *b)
{
    return a->device == b->device && a->inode == b->inode && a->seconds == b->seconds &&
           a->nanoseconds == b->nanoseconds;
}

bool file_same(const char *a, const char *b)
{
    const struct file_version x = file_version(a), y = file_version(b);
    return x.inode != 0 && x.inode == y.inode && x.device == y.device;
}

bool file_exists(const char *path)
{
    struct stat st;
    return stat(path, &st) == 0;
}

int64_t file_size(const char *path)
{
    struct stat st;
    return stat(path, &st) == 0 && S_ISREG(st.st_mode) ? (int64_t)st.st_size : -1;
}

bool file_is_special(const char *path)
{
    struct stat st;
    return stat(path, &st) == 0 && !S_ISREG(st.st_mode) && !S_ISDIR(st.st_mode);
}

bool file_is_device(const char *path)
{
    struct stat st;
    return stat(path, &st) == 0 && (S_ISCHR(st.st_mode) || S_ISBLK(st.st_mode));
}

/* ------------------------------------------------------------------ naming */

/* The first n bytes of path, followed by suffix; allocated. */
static char *file_join(const char *path, size_t n, const char *suffix)
{
    struct buf b = { 0 };
    buf_add(&b, path, n);
    buf_str(&b, suffix);
    return buf_take(&b);
}

char *file_sibling(const char *path, const char *suffix)
{
    size_t n = strlen(path);
    if (n >= 4 && strcmp(path + n - 4, ".bin") == 0)
        n -= 4;
    return file_join(path, n, suffix);
}

const char *file_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

char *file_folder(const char *path)
{
    const char *slash = strrchr(path, '/');
    if (!slash)
        return strdup(".");
    return file_join(path, slash == path ? 1 : (size_t)(slash - path),
                     ""); /* the folder of "/file" is "/" */
}

/* ----------------------------------------------------------------- writing */

void file_out_abort(struct file_out *o)
{
    if (o->f) {
        fclose(o->f);
        unlink(o->tmp);
    }
    free(o->path);
    free(o->tmp);
    *o = (struct file_out){ 0 };
}

size_t file_temporary_of(const char *name)
{
    static const char suffix[] = ".12345678.tmp";
    const size_t n = strlen(name), m = strlen(suffix);
    if (n <= m || strcmp(name + n - 4, ".tmp") != 0)
        return 0;
    const char *random = name + n - m;
    return *random == '.' && strspn(random + 1, "0123456789abcdef") == 8 ? n - m : 0;
}

/* Creates a file with a new name: PATH, a dot, 8 hex digits and .tmp.  Returns its
 * descriptor, or -1 with errno. */
static int create_tmp(struct file_out *o)
{
    const int flags = O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW;
    int fd;
    do {
        struct buf name = { 0 };
        buf_printf(&name, "%s.%08x.tmp", o->path, (unsigned)rng_entropy());
        free(o->tmp);
        o->tmp = buf_take(&name);
        if (!o->tmp) {
            errno = ENOMEM;
            return -1;
        }
        fd = open(o->tmp, flags, 0666);
    } while (fd < 0 && (errno == EEXIST || errno == EINTR));
    return fd;
}

/* Opens the temporary file, with the permissions of the old file, if there is one. */
static int open_tmp(struct file_out *o, const struct stat *old, struct charnn_error *e)
{
    const int fd = create_tmp(o);
    if (fd < 0)
        return err_sys(e, "%s: cannot write a temporary file beside it", o->path);
    if (old) /* may fail on file systems without permissions, which is harmless */
        fchmod(fd, old->st_mode & 0777);
    o->f = fdopen(fd, "wb");
    if (o->f)
        return 0;
    err_sys(e, "%s: cannot write", o->path);
    close(fd);
    unlink(o->tmp);
    return -1;
}

int file_out_open(struct file_out *o, const char *path, struct charnn_error *e)
{
    struct stat st;
    *o = (struct file_out){ 0 };
    bool there = stat(path, &st) == 0;
    if (there && S_ISDIR(st.st_mode))
        return err_set(e, "%s: is a directory", path);
    if (there && !S_ISREG(st.st_mode))
        return err_set(e, "%s: is not a regular file", path);
    if (!*path)
        return err_set(e, "cannot write to a file without a name");
    o->path = file_join(path, strlen(path), "");
    if (!o->path)
        err_set(e, "%s: out of memory", path);
    else if (open_tmp(o, there ? &st : NULL, e) == 0)
        return 0;
    file_out_abort(o);
    return -1;
}

void file_out_write(struct file_out *o, const void *bytes, size_t n)
{
    if (o->failed || n == 0)
        return;
    errno = 0;
    if (fwrite(bytes, 1, n, o->f) != n)
        o->failed = errno ? errno : EIO;
}

/* Syncs a rename to the disk.  On systems where folders cannot be opened or synced it does
 * nothing; there too, the file is complete under its old or its new name. */
static void sync_folder(const char *path)
{
    char *folder = file_folder(path);
    int fd = folder ? open(folder, O_RDONLY | O_CLOEXEC) : -1;
    free(folder);
    if (fd < 0)
        return;
    fsync(fd);
    close(fd);
}

/* Syncs the content to the disk, then renames; returns 0, or the errno of the call that
 * failed. */
static int close_and_rename(struct file_out *o)
{
    int failed = o->failed;
    if (!failed && (fflush(o->f) == EOF || (fsync(fileno(o->f)) < 0 && errno != EINVAL)))
        failed = errno;
    if (fclose(o->f) == EOF && !failed)
        failed = errno;
    o->f = NULL;
    if (!failed && rename(o->tmp, o->path) < 0)
        failed = errno;
    if (failed)
        unlink(o->tmp);
    return failed;
}

void file_out_patch(struct file_out *o, size_t offset, const void *bytes, size_t n)
{
    if (!o->failed && fseeko(o->f, (off_t)offset, SEEK_SET) != 0)
        o->failed = errno;
    file_out_write(o, bytes, n);
}

int file_out_commit(struct file_out *o, struct charnn_error *e)
{
    assert(o->f);
    int failed = close_and_rename(o);
    if (!failed)
        sync_folder(o->path);
    errno = failed;
    int status = failed ? err_sys(e, "%s: cannot write", o->path) : 0;
    file_out_abort(o);
    return status;
}

int file_write(const char *path, const struct buf *text, struct charnn_error *e)
{
    struct file_out out;
    if (text->failed)
        return err_set(e, "%s: out of memory", path);
    if (file_out_open(&out, path, e) < 0)
        return -1;
    file_out_write(&out, text->data, text->len);
    return file_out_commit(&out, e);
}
