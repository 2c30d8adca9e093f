/* test_log.c - the .jsonl file: the content of its lines, and which lines of an old log are
 * kept when a run is resumed. */
#include "train/log.h"

#include <math.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/file.h"
#include "base/json.h"
#include "config/config.h"
#include "test.h"

static char folder[512], path[600];

static void write_text(const char *text)
{
    FILE *f = fopen(path, "wb");
    if (!f || fwrite(text, 1, strlen(text), f) != strlen(text) || fclose(f) != 0)
        abort();
}

static struct buf read_text(void)
{
    struct buf b = { 0 };
    CHECK(file_read(path, &b, NULL) == 0);
    buf_str(&b, "");
    return b;
}

/* Writes a STEP event for each step from first to last. */
static void write_steps(struct log *l, int64_t first, int64_t last)
{
    for (int64_t i = first; i <= last; i++)
        log_event(l, &(struct charnn_event){ .kind = CHARNN_EVENT_STEP, .step = i });
}

/* Checks the steps of all lines, "1 2 3 "; each line must be a JSON object that ends with
 * }\n. */
static void check_steps(const char *expected)
{
    struct buf b = read_text(), got = { 0 };
    buf_str(&got, "");
    for (char *line = b.data; *line;) {
        char *end = strchr(line, '\n');
        struct json j;
        struct buf key = { 0 };
        int64_t step = -1;
        CHECK(end);
        if (!end)
            break;
        json_init(&j, line, (size_t)(end - line));
        json_enter(&j, '{');
        while (json_next(&j) && json_key(&j, &key))
            if (strcmp(key.data, "step") != 0)
                json_skip(&j);
            else
                json_int(&j, &step);
        CHECK_MSG(json_end(&j), "%s", line);
        buf_printf(&got, "%d ", (int)step);
        buf_release(&key);
        line = end + 1;
    }
    CHECK_MSG(strcmp(got.data, expected) == 0, "'%s', not '%s'", got.data, expected);
    buf_release(&b);
    buf_release(&got);
}

static void open_log(struct log *l, int64_t step)
{
    struct charnn_error e = { 0 };
    CHECK_MSG(log_open(l, path, &e) == 0 && log_begin(l, step, &e) == 0, "%s", e.message);
}

static void close_log(struct log *l)
{
    CHECK(log_close(l, NULL) == 0);
}

static void a_new_log_replaces_an_old_one(void)
{
    struct log l;
    write_text("something else\n");
    open_log(&l, -1);
    write_steps(&l, 1, 3);
    close_log(&l);
    check_steps("1 2 3 ");
}

static void resuming_cuts_back_to_the_step_and_appends(void)
{
    struct log l;
    open_log(&l, -1);
    write_steps(&l, 1, 9);
    close_log(&l);
    open_log(&l, 5);
    check_steps("1 2 3 4 5 ");
    write_steps(&l, 6, 7);
    close_log(&l);
    check_steps("1 2 3 4 5 6 7 ");
    open_log(&l, 0);
    close_log(&l);
    check_steps("");
}

static void several_lines_of_the_last_step_stay(void)
{
    struct log l;
    open_log(&l, -1);
    write_steps(&l, 4, 4);
    write_steps(&l, 4, 5);
    close_log(&l);
    open_log(&l, 4);
    close_log(&l);
    check_steps("4 4 ");
}

static void a_line_cut_short_by_a_kill_is_dropped(void)
{
    static const char whole[] =
        "{\"event\":\"step\",\"step\":1}\n{\"event\":\"step\",\"step\":2}\n";
    const size_t first = 26; /* the length of the first line */
    char text[sizeof whole];
    CHECK(whole[first - 1] == '\n');
    for (size_t n = 0; n < sizeof whole; n++) {
        struct log l;
        memcpy(text, whole, n);
        text[n] = 0;
        write_text(text);
        open_log(&l, 100);
        write_steps(&l, 7, 7);
        close_log(&l);
        check_steps(n < first ? "7 " : n < sizeof whole - 1 ? "1 7 " : "1 2 7 ");
    }
}

static void lines_that_are_not_ours_end_the_old_log(void)
{
    static const char *const bad[] = {
        "no json",
        "{\"event\":\"step\"}",
        "[1]",
        "{\"step\":\"3\"}",
        "{\"step\":1.5}",
        "{\"step\":-2}",
        "{\"step\":3} x",
        "",
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct log l;
        char text[200];
        snprintf(text, sizeof text, "{\"step\":1}\n%s\n{\"step\":2}\n", bad[i]);
        write_text(text);
        open_log(&l, 10);
        close_log(&l);
        check_steps("1 ");
    }
}

static void a_log_that_is_gone_or_empty_begins_again(void)
{
    struct log l;
    remove(path);
    open_log(&l, 10);
    write_steps(&l, 11, 11);
    close_log(&l);
    check_steps("11 ");
    write_text("");
    open_log(&l, 10);
    write_steps(&l, 12, 12);
    close_log(&l);
    check_steps("12 ");
}

static void numbers_that_are_not_finite_are_null(void)
{
    struct log l;
    struct charnn_event ev = {
        .kind = CHARNN_EVENT_STEP,
        .step = 1,
        .train_loss = NAN,
        .grad_norm = INFINITY,
        .learning_rate = -INFINITY,
        .chars_per_second = 1.5,
        .epoch = 0.25,
    };
    open_log(&l, -1);
    log_event(&l, &ev);
    ev = (struct charnn_event){ .kind = CHARNN_EVENT_VALID,
                                .valid_loss = 2,
                                .split = "tail",
                                .text = "a\nb",
                                .text_length = 3,
                                .best_loss = NAN };
    log_event(&l, &ev);
    ev = (struct charnn_event){ .kind = CHARNN_EVENT_END,
                                .valid_loss = NAN,
                                .best_loss = NAN,
                                .exact_loss = NAN,
                                .status = CHARNN_STATUS_INTERRUPTED };
    log_event(&l, &ev);
    close_log(&l);
    struct buf b = read_text();
    CHECK(strstr(b.data, "\"train_loss\":null") && strstr(b.data, "\"grad_norm\":null"));
    CHECK(strstr(b.data, "\"learning_rate\":null") &&
          strstr(b.data, "\"chars_per_second\":1.5"));
    CHECK(strstr(b.data, "\"epoch\":0.25"));
    CHECK(strstr(b.data, "\"valid_loss\":2,\"best_loss\":null,\"train_loss\":0,"
                         "\"split\":\"tail\",\"sample\":\"a\\nb\"}"));
    CHECK(strstr(b.data, "\"status\":\"interrupted\"") &&
          strstr(b.data, "\"exact_loss\":null"));
    CHECK(!strstr(b.data, "nan") && !strstr(b.data, "inf"));
    buf_release(&b);
    check_steps("1 0 0 ");
}

static void the_first_line_says_what_the_run_is(void)
{
    struct log l;
    struct charnn_config c = config_plain();
    const struct charnn_summary s = {
        .steps = 77, .symbols = 65, .unit = "char", .isa = "ref"
    };
    const struct charnn_event ev = { .kind = CHARNN_EVENT_START, .steps = 77 };
    c.valid_file = "b\xFF\"\\.txt";
    open_log(&l, -1);
    log_start(&l, &c, &s, &ev);
    close_log(&l);
    struct buf b = read_text();
    CHECK(strncmp(b.data, "{\"event\":\"start\",\"step\":0,", 26) == 0);
    CHECK(strstr(b.data, "\"steps\":77") && strstr(b.data, "\"isa\":\"ref\""));
    CHECK(strstr(b.data, "\"cell\":\"lstm\""));
    buf_release(&b);
    check_steps("0 ");
}

static void every_event_is_a_line(void)
{
    struct log l;
    open_log(&l, -1);
    for (int kind = CHARNN_EVENT_NOTE; kind <= CHARNN_EVENT_END; kind++)
        log_event(&l, &(struct charnn_event){ .kind = (enum charnn_event_kind)kind,
                                              .step = kind,
                                              .path = "x\xFE.bin",
                                              .note = "note",
                                              .split = "tail",
                                              .text = "" });
    close_log(&l);
    check_steps("1 2 3 4 5 6 ");
    struct buf b = read_text();
    CHECK(strstr(b.data, "\"baselines\"") && strstr(b.data, "\"note\":\"note\""));
    CHECK(strstr(b.data, "{\"event\":\"save\",\"step\":5,"));
    CHECK(strstr(b.data, "{\"event\":\"end\",\"step\":6,"));
    buf_release(&b);
}

static void a_log_that_cannot_be_opened_names_the_file(void)
{
    struct log l;
    struct charnn_error e = { 0 };
    CHECK(log_open(&l, "/nonexistent/x.jsonl", &e) == -1);
    CHECK_MSG(strstr(e.message, "/nonexistent/x.jsonl"), "%s", e.message);
    log_close(&l, NULL);
}

/* A limit on the file size acts like a full disk. */
static void a_full_disk_is_told_at_the_end(void)
{
    struct log l;
    struct charnn_error e = { 0 };
    struct rlimit old, small;
    signal(SIGXFSZ, SIG_IGN);
    getrlimit(RLIMIT_FSIZE, &old);
    small = old;
    small.rlim_cur = 50;
    open_log(&l, -1);
    fflush(stdout);
    CHECK(setrlimit(RLIMIT_FSIZE, &small) == 0);
    write_steps(&l, 1, 3);
    const int status = log_close(&l, &e);
    setrlimit(RLIMIT_FSIZE, &old);
    CHECK_MSG(status == -1 && strstr(e.message, path), "'%s'", e.message);
}

/* Runs `fn` in a child process; returns whether it returned 0. */
static int holds_in_child(int (*fn)(void))
{
    fflush(stdout);
    const pid_t child = fork();
    int status = -1;
    if (child == 0)
        _exit(fn());
    waitpid(child, &status, 0);
    return status == 0;
}

static int is_refused_by_name(void)
{
    struct log l;
    struct charnn_error e = { 0 };
    char name[64];
    snprintf(name, sizeof name, "process %ld ", (long)getppid());
    return log_open(&l, path, &e) == 0 || !strstr(e.message, name);
}

static int is_granted(void)
{
    struct log l;
    return log_open(&l, path, NULL) < 0 || log_close(&l, NULL) < 0;
}

static void a_second_process_is_refused_until_the_log_is_closed(void)
{
    struct log l;
    open_log(&l, -1);
    write_steps(&l, 1, 9);
    CHECK(holds_in_child(is_refused_by_name));
    close_log(&l);
    CHECK(holds_in_child(is_granted));
    open_log(&l, 5); /* dropping lines must not release the lock */
    write_steps(&l, 6, 7);
    CHECK(holds_in_child(is_refused_by_name));
    close_log(&l);
    check_steps("1 2 3 4 5 6 7 ");
}

static void a_log_that_never_began_leaves_no_trace(void)
{
    struct log l;
    unlink(path);
    CHECK(log_open(&l, path, NULL) == 0 && log_is_empty(&l));
    CHECK(access(path, F_OK) == 0);
    close_log(&l);
    CHECK(access(path, F_OK) != 0);
    write_text("old\n");
    CHECK(log_open(&l, path, NULL) == 0 && !log_is_empty(&l));
    close_log(&l);
    struct buf b = read_text();
    CHECK(!strcmp(b.data, "old\n"));
    buf_release(&b);
}

static void a_pipe_is_refused_and_not_waited_for(void)
{
    struct log l;
    struct charnn_error e = { 0 };
    unlink(path);
    CHECK(mkfifo(path, 0600) == 0);
    CHECK(log_open(&l, path, &e) == -1 && strstr(e.message, "not a regular file"));
    CHECK(log_open(&l, "/dev/null", &e) == -1 && strstr(e.message, "not a regular file"));
}

int main(void)
{
    const char *tmp = getenv("TMPDIR");
    snprintf(folder, sizeof folder, "%s/charnn-log.XXXXXX", tmp && *tmp ? tmp : "/tmp");
    if (!mkdtemp(folder))
        return 1;
    snprintf(path, sizeof path, "%s/x.jsonl", folder);
    RUN(a_new_log_replaces_an_old_one);
    RUN(resuming_cuts_back_to_the_step_and_appends);
    RUN(several_lines_of_the_last_step_stay);
    RUN(a_line_cut_short_by_a_kill_is_dropped);
    RUN(lines_that_are_not_ours_end_the_old_log);
    RUN(a_log_that_is_gone_or_empty_begins_again);
    RUN(numbers_that_are_not_finite_are_null);
    RUN(the_first_line_says_what_the_run_is);
    RUN(every_event_is_a_line);
    RUN(a_log_that_cannot_be_opened_names_the_file);
    RUN(a_full_disk_is_told_at_the_end);
    RUN(a_second_process_is_refused_until_the_log_is_closed);
    RUN(a_log_that_never_began_leaves_no_trace);
    RUN(a_pipe_is_refused_and_not_waited_for);
    remove(path);
    CHECK(rmdir(folder) == 0);
    return test_end();
}
