/* test_file.c - reading and replacing whole files (base/file.h), in a folder of its own. */
#include "base/file.h"

#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "test.h"

static char folder[512];

/* The name of a temporary file in the folder; NULL if there is none. */
static const char *temporary(void)
{
    static char found[300];
    DIR *dir = opendir(folder);
    const struct dirent *entry;
    *found = 0;
    while (dir && (entry = readdir(dir)))
        if (file_temporary_of(entry->d_name))
            snprintf(found, sizeof found, "%s", entry->d_name);
    closedir(dir);
    return *found ? found : NULL;
}

/* The path folder/name, in one of several buffers that are used in turn. */
static const char *in_folder(const char *name)
{
    static char paths[4][600];
    static int turn;
    char *path = paths[turn++ % 4];
    snprintf(path, sizeof paths[0], "%s/%s", folder, name);
    return path;
}

static int put(const char *path, const void *bytes, size_t n, struct charnn_error *e)
{
    struct file_out o;
    if (file_out_open(&o, path, e) < 0)
        return -1;
    file_out_write(&o, bytes, n);
    return file_out_commit(&o, e);
}

static int holds(const char *path, const char *expected)
{
    struct buf b = { 0 };
    int same = file_read(path, &b, NULL) == 0 && b.len == strlen(expected) &&
               memcmp(b.data, expected, b.len) == 0;
    buf_release(&b);
    return same;
}

static void a_file_comes_back_as_it_was_written(void)
{
    enum { N = 1 << 20 };
    struct buf b = { 0 };
    unsigned char *bytes = malloc(N + 7);
    CHECK(bytes != NULL);
    if (!bytes)
        return;
    for (int i = 0; i < N + 7; i++)
        bytes[i] = (unsigned char)((unsigned)i * 2654435761u >> 13);
    CHECK(put(in_folder("big"), bytes, N + 7, NULL) == 0);
    CHECK(!temporary());
    buf_str(&b, "ab");
    CHECK(file_read(in_folder("big"), &b, NULL) == 0);
    CHECK(b.len == N + 9 && memcmp(b.data, "ab", 2) == 0 && b.data[b.len] == '\0');
    CHECK(b.len == N + 9 && memcmp(b.data + 2, bytes, N + 7) == 0);
    buf_release(&b);
    free(bytes);
    unlink(in_folder("big"));
}

static void an_empty_file_is_an_empty_string(void)
{
    struct buf b = { 0 };
    CHECK(put(in_folder("empty"), "", 0, NULL) == 0);
    CHECK(file_read(in_folder("empty"), &b, NULL) == 0 && b.len == 0 && b.data);
    buf_release(&b);
    unlink(in_folder("empty"));
}

static void check_unreadable(const char *path, const char *reason)
{
    struct charnn_error e = { 0 };
    struct buf b = { 0 };
    CHECK(file_read(path, &b, &e) == -1 && e.usage == 0);
    CHECK_MSG(strncmp(e.message, path, strlen(path)) == 0, "'%s'", e.message);
    CHECK_MSG(strstr(e.message, reason), "'%s'", e.message);
    buf_release(&b);
}

static void what_cannot_be_read_is_named(void)
{
    check_unreadable(folder, ": is a directory");
    check_unreadable(in_folder("nothing"), ": cannot open: No such file");
}

/* Makes a pipe that a child fills slowly; returns its read end. */
static int fed_pipe(int pieces, pid_t *child)
{
    int ends[2];
    if (pipe(ends) != 0)
        return -1;
    fflush(stdout);
    *child = fork();
    if (*child == 0) {
        int bad = 0;
        close(ends[0]);
        while (pieces--)
            bad |= write(ends[1], "0123456789", 10) != 10;
        _exit(bad);
    }
    close(ends[1]);
    return ends[0];
}

static void standard_input_is_read_from_a_pipe_to_its_end(void)
{
    enum { PIECES = 30000 };
    pid_t child = -1;
    struct buf b = { 0 };
    int saved = dup(STDIN_FILENO), fd = fed_pipe(PIECES, &child);
    CHECK(fd >= 0 && dup2(fd, STDIN_FILENO) == STDIN_FILENO);
    close(fd);
    CHECK(file_read("-", &b, NULL) == 0);
    CHECK_MSG(b.len == PIECES * 10, "%zu bytes", b.len);
    CHECK(b.len > 10 && memcmp(b.data + b.len - 10, "0123456789", 11) == 0);
    buf_release(&b);
    dup2(saved, STDIN_FILENO); /* before waiting, so that a child that is still writing is
                                * not blocked */
    close(saved);
    waitpid(child, NULL, 0);
}

static void nothing_changes_before_the_commit(void)
{
    struct file_out o;
    const char *path = in_folder("f");
    CHECK(put(path, "old", 3, NULL) == 0);
    CHECK(file_out_open(&o, path, NULL) == 0);
    file_out_write(&o, "new", 3);
    CHECK(holds(path, "old") && temporary());
    CHECK(file_out_commit(&o, NULL) == 0);
    CHECK(holds(path, "new") && !temporary());
    file_out_abort(&o);
    CHECK(holds(path, "new"));
    unlink(path);
}

static void giving_up_leaves_the_old_file_alone(void)
{
    struct file_out o;
    CHECK(put(in_folder("f"), "old", 3, NULL) == 0);
    CHECK(file_out_open(&o, in_folder("f"), NULL) == 0);
    file_out_write(&o, "new", 3);
    file_out_abort(&o);
    CHECK(holds(in_folder("f"), "old") && !temporary());
    file_out_abort(&o);
    unlink(in_folder("f"));
}

static void two_writers_of_one_name_do_not_meet(void)
{
    struct file_out a, b;
    const char *path = in_folder("f");
    CHECK(file_out_open(&a, path, NULL) == 0 && file_out_open(&b, path, NULL) == 0);
    file_out_write(&a, "first", 5);
    file_out_write(&b, "second", 6);
    CHECK(file_out_commit(&a, NULL) == 0 && holds(path, "first"));
    CHECK(file_out_commit(&b, NULL) == 0 && holds(path, "second") && !temporary());
    unlink(path);
}

static void a_temporary_is_told_by_its_name(void)
{
    struct file_out o;
    CHECK(file_out_open(&o, in_folder("f.bin"), NULL) == 0);
    CHECK_MSG(temporary() && file_temporary_of(temporary()) == 5, "%s", temporary());
    file_out_abort(&o);
    CHECK(file_temporary_of("f.bin.0123cdef.tmp") == 5);
    CHECK(!file_temporary_of("f.bin.tmp") && !file_temporary_of(".0123cdef.tmp"));
    CHECK(!file_temporary_of("f.bin.0123cdeg.tmp") &&
          !file_temporary_of("f.bin.0123cdef.tm"));
}

/* A limit on the file size acts like a full disk. */
static void a_full_disk_leaves_the_old_file_and_no_temporary(void)
{
    static char bytes[100000];
    struct charnn_error e = { 0 };
    struct rlimit old, small;
    const char *path = in_folder("f");
    CHECK(put(path, "old", 3, NULL) == 0);
    signal(SIGXFSZ, SIG_IGN);
    getrlimit(RLIMIT_FSIZE, &old);
    small = old;
    small.rlim_cur = 50000;
    CHECK(setrlimit(RLIMIT_FSIZE, &small) == 0);
    fflush(stdout);
    int status = put(path, bytes, sizeof bytes, &e);
    setrlimit(RLIMIT_FSIZE, &old);
    CHECK(status == -1);
    CHECK_MSG(strstr(e.message, path) == e.message, "'%s'", e.message);
    CHECK_MSG(strstr(e.message, ": cannot write: "), "'%s'", e.message);
    CHECK(holds(path, "old") && !temporary());
    unlink(path);
}

/* Writing what is left in the buffer fails in commit, and commit reports the error. */
static void a_small_write_to_a_full_disk_fails_too(void)
{
    struct rlimit old, small;
    struct charnn_error e = { 0 };
    getrlimit(RLIMIT_FSIZE, &old);
    small = old;
    small.rlim_cur = 2;
    fflush(stdout);
    CHECK(setrlimit(RLIMIT_FSIZE, &small) == 0);
    int status = put(in_folder("f"), "abc", 3, &e);
    setrlimit(RLIMIT_FSIZE, &old);
    CHECK(status == -1 && !file_exists(in_folder("f")) && !temporary());
}

static void check_unwritable(const char *path, const char *reason)
{
    struct charnn_error e = { 0 };
    CHECK(put(path, "x", 1, &e) == -1);
    CHECK_MSG(strncmp(e.message, path, strlen(path)) == 0, "'%s'", e.message);
    CHECK_MSG(strstr(e.message, reason), "'%s'", e.message);
}

static void what_cannot_be_written_is_named(void)
{
    struct charnn_error e;
    check_unwritable(folder, ": is a directory");
    check_unwritable(in_folder("no/such"), "No such file");
    CHECK(put("", "x", 1, &e) == -1);
}

static void what_is_not_a_regular_file_is_not_replaced(void)
{
    struct stat st;
    CHECK(mkfifo(in_folder("pipe"), 0600) == 0);
    check_unwritable(in_folder("pipe"), ": is not a regular file");
    CHECK(stat(in_folder("pipe"), &st) == 0 && S_ISFIFO(st.st_mode));
    unlink(in_folder("pipe"));
}

/* It looks like an empty regular file, but reading it waits for the kernel's next
 * message. */
static void a_file_of_the_kernel_is_not_waited_for(void)
{
    const char *path = "/proc/kmsg";
    struct charnn_error e;
    struct buf b = { 0 };
    alarm(20);
    CHECK(file_read(path, &b, &e) == -1);
    CHECK_MSG(strncmp(e.message, path, strlen(path)) == 0, "'%s'", e.message);
    alarm(0);
    buf_release(&b);
}

static void permissions_of_the_old_file_are_kept(void)
{
    struct stat st;
    CHECK(put(in_folder("f"), "a", 1, NULL) == 0);
    chmod(in_folder("f"), 0600);
    CHECK(put(in_folder("f"), "b", 1, NULL) == 0);
    CHECK(stat(in_folder("f"), &st) == 0 && (st.st_mode & 0777) == 0600);
    unlink(in_folder("f"));
}

static void a_file_in_the_current_folder_works(void)
{
    int here = open(".", O_RDONLY);
    CHECK(here >= 0 && chdir(folder) == 0);
    CHECK(put("plain", "x", 1, NULL) == 0 && holds("plain", "x"));
    unlink("plain");
    CHECK(fchdir(here) == 0);
    close(here);
}

static void check_sibling(const char *path, const char *suffix, const char *expected)
{
    char *got = file_sibling(path, suffix);
    CHECK_MSG(got && strcmp(got, expected) == 0, "%s: '%s'", path, got ? got : "nothing");
    free(got);
}

static void siblings_replace_a_final_bin(void)
{
    check_sibling("ckpt.bin", ".last.bin", "ckpt.last.bin");
    check_sibling("ckpt.bin", ".jsonl", "ckpt.jsonl");
    check_sibling("a.bin/b", ".jsonl", "a.bin/b.jsonl");
    check_sibling("bin", ".jsonl", "bin.jsonl");
    check_sibling("x.bin.bin", ".jsonl", "x.bin.jsonl");
    check_sibling("", ".jsonl", ".jsonl");
}

static void a_text_is_written_at_once_or_says_why_not(void)
{
    struct charnn_error e = { 0 };
    struct buf text = { 0 }, back = { 0 };
    buf_str(&text, "all of it");
    CHECK(file_write(in_folder("text"), &text, &e) == 0);
    CHECK(file_read(in_folder("text"), &back, NULL) == 0 &&
          !strcmp(back.data, "all of it"));
    text.failed = true;
    CHECK(file_write(in_folder("text"), &text, &e) < 0 &&
          strstr(e.message, "out of memory"));
    buf_release(&text);
    buf_release(&back);
    unlink(in_folder("text"));
}

static void a_folder_that_is_not_there_takes_no_file(void)
{
    struct charnn_error e = { 0 };
    CHECK(file_check_folder(in_folder("new"), &e) == 0);
    CHECK(file_check_folder("new", &e) == 0);
    CHECK(file_check_folder(in_folder("nowhere/new"), &e) < 0 && e.usage == 0);
    CHECK_MSG(strstr(e.message, "cannot write: No such file"), "'%s'", e.message);
}

static void a_suffix_is_not_the_whole_name(void)
{
    CHECK(file_has_suffix("a.svg", ".svg") && file_has_suffix("b/a.svg.svg", ".svg"));
    CHECK(!file_has_suffix(".svg", ".svg") && !file_has_suffix("a.svg2", ".svg"));
    CHECK(!file_has_suffix("vg", ".svg"));
}

int main(void)
{
    const char *tmp = getenv("TMPDIR");
    snprintf(folder, sizeof folder, "%s/charnn-test-XXXXXX", tmp && *tmp ? tmp : "/tmp");
    if (!mkdtemp(folder)) {
        printf("Bail out! cannot make a folder for the test\n");
        return 1;
    }
    RUN(a_file_comes_back_as_it_was_written);
    RUN(an_empty_file_is_an_empty_string);
    RUN(what_cannot_be_read_is_named);
    RUN(standard_input_is_read_from_a_pipe_to_its_end);
    RUN(nothing_changes_before_the_commit);
    RUN(giving_up_leaves_the_old_file_alone);
    RUN(two_writers_of_one_name_do_not_meet);
    RUN(a_temporary_is_told_by_its_name);
    RUN(a_full_disk_leaves_the_old_file_and_no_temporary);
    RUN(a_small_write_to_a_full_disk_fails_too);
    RUN(what_cannot_be_written_is_named);
    RUN(what_is_not_a_regular_file_is_not_replaced);
    RUN(a_file_of_the_kernel_is_not_waited_for);
    RUN(permissions_of_the_old_file_are_kept);
    RUN(a_file_in_the_current_folder_works);
    RUN(siblings_replace_a_final_bin);
    RUN(a_text_is_written_at_once_or_says_why_not);
    RUN(a_folder_that_is_not_there_takes_no_file);
    RUN(a_suffix_is_not_the_whole_name);
    if (rmdir(folder) != 0) {
        printf("Bail out! something was left in %s\n", folder);
        return 1;
    }
    return test_end();
}
