/* test_progress.c - the progress that a run reports while it reads and counts, and how the
 * live line shows it. */
#include "train/progress.h"

#include <fcntl.h>
#include <math.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/clock.h"
#include "test.h"

/* ------------------------------------------------------------------ what a run reports */

static char folder[] = "/tmp/charnn-progress.XXXXXX", checkpoint[64], text[64];

/* The reports about one kind of work. */
struct work {
    const char *what;
    int64_t n, done, total;
    bool back; /* `done` decreased, or was more than `total` */
};

static void count_work(const struct charnn_event *e, void *arg)
{
    if (e->kind != CHARNN_EVENT_WORK)
        return;
    for (struct work *w = arg; w->what; w++)
        if (!strcmp(w->what, e->note)) {
            w->n++;
            w->back |= e->done < w->done || e->done > e->total;
            w->done = e->done;
            w->total = e->total;
        }
}

static void train(struct work *work)
{
    static const char *const settings[][2] = {
        { "size", "4" },          { "layers", "1" }, { "batch-size", "2" },
        { "seq-length", "8" },    { "steps", "1" },  { "threads", "1" },
        { "output", checkpoint },
    };
    struct charnn_config c = charnn_config_default();
    struct charnn_error e = { 0 };
    const char *const files[] = { text };
    for (size_t i = 0; i < sizeof settings / sizeof *settings; i++)
        CHECK(charnn_config_set(&c, settings[i][0], settings[i][1], &e) == 0);
    struct charnn_trainer *t = charnn_trainer_new(&c, files, 1, count_work, work, &e);
    CHECK_MSG(t && charnn_trainer_run(t, NULL, &e) == 0, "%s", e.message);
    charnn_trainer_free(t);
}

static void make_names(void)
{
    if (!mkdtemp(folder))
        abort();
    snprintf(checkpoint, sizeof checkpoint, "%s/x.bin", folder);
    snprintf(text, sizeof text, "%s/x.txt", folder);
    FILE *f = fopen(text, "w");
    for (int i = 0; f && i < 99999; i++)
        fprintf(f, "line %d\n", i);
    if (!f || fclose(f) != 0)
        abort();
}

static void remove_all(void)
{
    static const char *const ends[] = { ".bin", ".last.bin", ".jsonl", ".txt" };
    char name[80];
    for (size_t i = 0; i < sizeof ends / sizeof *ends; i++) {
        snprintf(name, sizeof name, "%s/x%s", folder, ends[i]);
        unlink(name);
    }
    CHECK(rmdir(folder) == 0);
}

static void reading_and_counting_are_reported_up_to_their_end(void)
{
    struct work work[] = { { "reading the text", 0, 0, 0, false },
                           { "counting n-grams", 0, 0, 0, false },
                           { NULL, 0, 0, 0, false } };
    make_names();
    train(work);
    for (struct work *w = work; w->what; w++)
        CHECK_MSG(w->n > 9 && !w->back && w->done == w->total, "%s: %lld, %lld of %lld",
                  w->what, (long long)w->n, (long long)w->done, (long long)w->total);
    remove_all();
}

/* ------------------------------------------------------------------------ the live line */

static int terminal; /* the other end of the terminal to which stderr is connected */

/* Makes stderr a terminal; false if there are no pseudo-terminals. */
static bool open_terminal(void)
{
    terminal = posix_openpt(O_RDWR | O_NOCTTY);
    const char *name = terminal >= 0 && grantpt(terminal) == 0 && unlockpt(terminal) == 0
                           ? ptsname(terminal)
                           : NULL;
    const int fd = name ? open(name, O_RDWR | O_NOCTTY) : -1;
    if (fd < 0)
        return false;
    fflush(stderr);
    return dup2(fd, STDERR_FILENO) == STDERR_FILENO && close(fd) == 0 &&
           fcntl(terminal, F_SETFL, O_NONBLOCK) == 0;
}

/* The output to the terminal; "" if there is none. */
static const char *shown(void)
{
    static char out[999];
    fflush(stderr);
    const ssize_t n = read(terminal, out, sizeof out - 1);
    out[n > 0 ? n : 0] = 0;
    return out;
}

static void report(struct progress_display *p, enum charnn_event_kind kind,
                   const char *note, int64_t done, int64_t total)
{
    progress_event(
        &(struct charnn_event){ .kind = kind, .note = note, .done = done, .total = total },
        p);
}

static void work_shows_a_live_line_after_a_second(void)
{
    struct progress_display p = { .is_tty = true };
    if (!open_terminal()) {
        SKIP("there are no pseudo-terminals");
        return;
    }
    report(&p, CHARNN_EVENT_WORK, "counting n-grams", 1, 8);
    CHECK(!*shown());
    p.work_began = clock_seconds() - 0.9;
    report(&p, CHARNN_EVENT_WORK, "counting n-grams", 2, 8);
    CHECK(!*shown());
    p.work_began = clock_seconds() - 1;
    report(&p, CHARNN_EVENT_WORK, "counting n-grams", 3, 8);
    CHECK(!strcmp(shown(), "\rcounting n-grams  37%"));
    report(&p, CHARNN_EVENT_WORK, "reading the text", 12345, 0);
    CHECK(!strcmp(shown(), "\rreading the text  12,345 bytes"));

    /* An ordinary line removes the live line; other work is shown only after one more
     * second. */
    report(&p, CHARNN_EVENT_NOTE, "a note", 0, 0);
    const char *note = shown();
    CHECK_MSG(!strncmp(note, "\r      ", 7) && strstr(note, "a note\r\n"), "%s", note);
    report(&p, CHARNN_EVENT_WORK, "reading the text", 1, 2);
    CHECK(!*shown());

    p = (struct progress_display){ .is_tty = true, .quiet = true, .work_began = 1 };
    report(&p, CHARNN_EVENT_WORK, "reading the text", 1, 2);
    p = (struct progress_display){ .work_began = 1 };
    report(&p, CHARNN_EVENT_WORK, "reading the text", 1, 2);
    CHECK(!*shown());
}

int main(void)
{
    RUN(reading_and_counting_are_reported_up_to_their_end);
    RUN(work_shows_a_live_line_after_a_second);
    return test_end();
}
