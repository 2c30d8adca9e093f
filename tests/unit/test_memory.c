/*
 * test_memory.c - if memory runs out, the whole operation fails: a result is never
 * incomplete.
 *
 * For each allocation there are two cases: it fails alone, and it fails together with all
 * that follow.
 */
#include <errno.h>
#include <unistd.h>

#include "allocator.h"
#include "charnn_inspect.h"
#include "report/report_page.h"
#include "test.h"

static long left = -1; /* how many allocations still succeed; below 0: all */
static int failed;     /* an allocation has failed */
static int alone;      /* only that one fails, later ones succeed */

static int allocation_fails(void)
{
    if (left < 0 || left-- > 0)
        return 0;
    left = alone ? -1 : 0;
    failed = 1;
    errno = ENOMEM;
    return 1;
}

static char folder[] = "/tmp/charnn-memory.XXXXXX", checkpoint[64], log_path[64], text[64];

/* Trains a run with checkpoints and a log, which have everything that a page can show. */
static int train(struct charnn_error *e)
{
    static const char *const settings[][2] = {
        { "size", "4" },       { "layers", "1" },        { "batch-size", "2" },
        { "seq-length", "8" }, { "steps", "6" },         { "valid-every", "3" },
        { "threads", "1" },    { "log-gradients", "2" }, { "output", checkpoint },
    };
    struct charnn_config c = charnn_config_default();
    const char *const files[] = { text };
    FILE *f = fopen(text, "w");
    for (int i = 0; f && i < 999; i++)
        fprintf(f, "line %d\n", i);
    if (!f || fclose(f) != 0)
        return -1;
    for (size_t i = 0; i < sizeof settings / sizeof *settings; i++)
        if (charnn_config_set(&c, settings[i][0], settings[i][1], e) < 0)
            return -1;
    struct charnn_trainer *t = charnn_trainer_new(&c, files, 1, NULL, NULL, e);
    const int status = t ? charnn_trainer_run(t, NULL, e) : -1;
    charnn_trainer_free(t);
    return status;
}

/* Returns an allocated text, or NULL after a failure. */
typedef char *make_fn(struct charnn_error *e);

static void check_without_memory(make_fn *make, const char *whole, const char *what)
{
    struct charnn_error e = { 0 };
    failed = ALLOCATOR;
    for (long n = 0; failed; n++) {
        left = n;
        failed = 0;
        char *again = make(&e);
        left = -1;
        CHECK_MSG(again ? !strcmp(again, whole) : failed,
                  "%s with %ld allocations%s: %.60s", what, n, alone ? " and more" : "",
                  again ? again : e.message);
        CHECK(alone || !failed || !again);
        free(again);
    }
}

static void check_whole_or_failed(make_fn *make, const char *what)
{
    struct charnn_error e = { 0 };
    char *whole = make(&e);
    CHECK_MSG(whole, "%s: %s", what, e.message);
    for (alone = 0; whole && alone < 2; alone++)
        check_without_memory(make, whole, what);
    free(whole);
    if (!ALLOCATOR)
        SKIP("allocations cannot be made to fail in this build");
}

static char *make_text(struct charnn_error *e)
{
    return charnn_info_text(checkpoint, e);
}

static char *make_json(struct charnn_error *e)
{
    return charnn_info_json(checkpoint, e);
}

static char *make_command(struct charnn_error *e)
{
    return charnn_info_command(checkpoint, e);
}

static void a_description_is_whole_or_fails(void)
{
    check_whole_or_failed(make_text, "info");
    check_whole_or_failed(make_json, "info --json");
    check_whole_or_failed(make_command, "info --command");
}

static char *make_page(struct charnn_error *e)
{
    struct run r;
    struct buf page = { 0 };
    if (run_read(&r, log_path, e) < 0)
        return NULL;
    report_page(&r, "charnn train a.txt", &page);
    run_release(&r);
    return buf_take(&page);
}

static void a_report_is_whole_or_fails(void)
{
    check_whole_or_failed(make_page, "report");
}

int main(void)
{
    struct charnn_error e = { 0 };
    if (!mkdtemp(folder))
        return 1;
    snprintf(checkpoint, sizeof checkpoint, "%s/x.bin", folder);
    snprintf(log_path, sizeof log_path, "%s/x.jsonl", folder);
    snprintf(text, sizeof text, "%s/x.txt", folder);
    if (train(&e) < 0) {
        puts(e.message);
        return 1;
    }
    RUN(a_description_is_whole_or_fails);
    RUN(a_report_is_whole_or_fails);
    unlink(checkpoint);
    unlink(log_path);
    unlink(text);
    strcpy(checkpoint + strlen(checkpoint) - 4, ".last.bin");
    unlink(checkpoint);
    CHECK(rmdir(folder) == 0);
    return test_end();
}
