/* lock.c - opens the file, locks it, and checks that the name still refers to that file,
 * which may have been replaced before it was locked. */
#include "base/lock.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

/* O_NONBLOCK: opening a pipe or a device must not block; check_regular refuses both. */
static int open_to_append(const char *path, bool *created)
{
    const int flags = O_RDWR | O_APPEND | O_NONBLOCK | O_NOCTTY | O_CLOEXEC;
    int fd;
    do {
        *created = false;
        fd = open(path, flags);
        if (fd < 0 && errno == ENOENT) {
            *created = true;
            fd = open(path, flags | O_CREAT | O_EXCL, 0666);
        }
    } while (fd < 0 && (errno == EEXIST || errno == EINTR));
    return fd;
}

/* Returns 0, or -1 with an error.  If the file system has no locks (ENOLCK, ENOSYS), the
 * file stays unlocked. */
static int lock_file(int fd, const char *path, struct charnn_error *e)
{
    struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
    if (fcntl(fd, F_SETLK, &lock) == 0 || (errno != EACCES && errno != EAGAIN))
        return 0;
    if (fcntl(fd, F_GETLK, &lock) == 0 && lock.l_type != F_UNLCK)
        return err_set(e,
                       "%s: process %ld is writing it: wait until it ends, or choose "
                       "another `output`",
                       path, (long)lock.l_pid);
    return err_set(e, "%s: another process was writing it: try again", path);
}

/* Whether the name still refers to the file that was opened. */
static bool is_same_file(int fd, const char *path)
{
    struct stat opened, named;
    return fstat(fd, &opened) == 0 && stat(path, &named) == 0 &&
           opened.st_dev == named.st_dev && opened.st_ino == named.st_ino;
}

static int check_regular(int fd, const char *path, struct charnn_error *e)
{
    struct stat st;
    if (fstat(fd, &st) < 0)
        return err_sys(e, "%s: cannot open", path);
    return S_ISREG(st.st_mode) ? 0 : err_set(e, "%s: is not a regular file", path);
}

int lock_open(const char *path, bool *created, struct charnn_error *e)
{
    for (;;) {
        const int fd = open_to_append(path, created);
        if (fd < 0)
            return err_sys(e, "%s: cannot open", path);
        if (check_regular(fd, path, e) < 0 || lock_file(fd, path, e) < 0) {
            close(fd);
            return -1;
        }
        if (is_same_file(fd, path))
            return fd;
        close(fd); /* another run created the file, failed before its first step, and
                    * removed it */
    }
}
