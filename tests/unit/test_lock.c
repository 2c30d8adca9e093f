/* test_lock.c - a file that is replaced between its opening and its locking. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "test.h"

static char folder[] = "/tmp/charnn-lock.XXXXXX", log_path[64], other[64];
static int
    replacements; /* how many more times the file is replaced just before it is locked */

static void write_file(const char *name)
{
    FILE *f = fopen(name, "w");
    CHECK(f && fclose(f) == 0);
}

/* Replaces the file, as another process that begins a run of the same name can. */
static void replace_file(void)
{
    if (replacements == 0)
        return;
    replacements--;
    write_file(other);
    CHECK(rename(other, log_path) == 0);
}

#define fcntl(fd, command, lock) (replace_file(), (fcntl)(fd, command, lock))
#include "base/lock.c"
#undef fcntl

static void the_lock_is_on_the_file_that_has_the_name(void)
{
    for (int n = 0; n <= 3; n++) {
        struct charnn_error e;
        bool created;
        replacements = n;
        const int fd = lock_open(log_path, &created, &e);
        CHECK(fd >= 0 && replacements == 0);
        CHECK_MSG(is_same_file(fd, log_path), "after %d replacements", n);
        CHECK(created == (n == 0));
        struct stat st;
        CHECK(fstat(fd, &st) == 0 && st.st_nlink == 1);
        close(fd);
        unlink(log_path);
    }
}

static void a_file_that_was_removed_is_made_again(void)
{
    struct charnn_error e;
    bool created;
    write_file(log_path);
    replacements = 0;
    const int fd = lock_open(log_path, &created, &e);
    CHECK(fd >= 0 && !created);
    unlink(log_path);
    CHECK(!is_same_file(fd, log_path));
    const int again = lock_open(log_path, &created, &e);
    CHECK(again >= 0 && created && is_same_file(again, log_path));
    close(fd);
    close(again);
    unlink(log_path);
}

int main(void)
{
    if (!mkdtemp(folder))
        return 1;
    snprintf(log_path, sizeof log_path, "%s/log", folder);
    snprintf(other, sizeof other, "%s/other", folder);
    RUN(the_lock_is_on_the_file_that_has_the_name);
    RUN(a_file_that_was_removed_is_made_again);
    CHECK(rmdir(folder) == 0);
    return test_end();
}
