/* test_saves.c - a run whose best checkpoint cannot be written, and what happens when it is
 * resumed. */
#include "charnn.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "ckpt/ckpt.h"
#include "test.h"

static char folder[] = "/tmp/charnn-saves.XXXXXX", best[64], last[64], log_path[64],
            text[64];

static void make_text(void)
{
    if (!mkdtemp(folder))
        abort();
    snprintf(best, sizeof best, "%s/x.bin", folder);
    snprintf(last, sizeof last, "%s/x.last.bin", folder);
    snprintf(log_path, sizeof log_path, "%s/x.jsonl", folder);
    snprintf(text, sizeof text, "%s/x.txt", folder);
    FILE *f = fopen(text, "w");
    for (int i = 0; f && i < 300; i++)
        fprintf(f, "line %d\n", i);
    if (!f || fclose(f) != 0)
        abort();
}

/* If arg is not NULL, makes a folder with the name of the best checkpoint when the run starts, so
 * that the checkpoint cannot be written. */
static void block_best(const struct charnn_event *ev, void *arg)
{
    (void)arg;
    if (ev->kind == CHARNN_EVENT_START)
        CHECK(mkdir(best, 0777) == 0);
}

/* Ends the run after its first step, before any validation, and the process when the first of
 * the two checkpoints is written: as if it were killed then. */
static void kill_between_saves(const struct charnn_event *ev, void *arg)
{
    static int saves;
    struct charnn_trainer *t = *(struct charnn_trainer **)arg;
    if (ev->kind == CHARNN_EVENT_START)
        charnn_trainer_interrupt(t, 1); /* saves after the next step */
    if (ev->kind != CHARNN_EVENT_SAVE)
        return;
    if (saves++ > 0)
        _exit(0);
    CHECK(unlink(last) == 0); /* as if there had been no save in the middle of the run */
    charnn_trainer_interrupt(t, 0);
}

/* Trains until a step, with validations at steps 10, 20, ...; returns the run's status. */
static int train(const char *learning_rate, const char *stop_at, bool resume,
                 charnn_event_fn *on_event, struct charnn_error *e)
{
    const char *const settings[][2] = {
        { "size", "4" },       { "layers", "1" },
        { "batch-size", "2" }, { "seq-length", "8" },
        { "steps", "40" },     { "valid-every", "10" },
        { "threads", "1" },    { "learning-rate", learning_rate },
        { "output", best },
    };
    const char *const files[] = { text };
    struct charnn_config c = charnn_config_default();
    if (resume)
        CHECK(charnn_config_set(&c, "resume", last, e) == 0);
    for (size_t i = 0; !resume && i < sizeof settings / sizeof *settings; i++)
        CHECK_MSG(charnn_config_set(&c, settings[i][0], settings[i][1], e) == 0, "%s",
                  e->message);
    CHECK(charnn_config_set(&c, "stop-at", stop_at, e) == 0);
    struct charnn_trainer *t = NULL;
    t = charnn_trainer_new(&c, files, 1, on_event, &t, e);
    const int status = t ? charnn_trainer_run(t, NULL, e) : -1;
    charnn_trainer_free(t);
    return status;
}

static struct progress read_progress(const char *path)
{
    struct ckpt c;
    struct charnn_error e;
    struct progress p = { 0 };
    CHECK_MSG(ckpt_read(&c, path, &e) == 0, "%s", e.message);
    p = c.progress;
    ckpt_release(&c);
    return p;
}

static void check_stop_at(const char *stop_at)
{
    struct charnn_error e = { 0 };
    CHECK(train("1e-12", stop_at, false, block_best, &e) < 0);
    CHECK_MSG(strstr(e.message, "x.bin"), "%s", e.message);
    CHECK(rmdir(best) == 0);

    /* At this learning rate no later validation is better. */
    CHECK_MSG(train("1e-12", "25", true, NULL, &e) == 0, "%s", e.message);
    CHECK(isfinite(read_progress(last).best_loss) && isfinite(read_progress(best).loss));
    CHECK(unlink(best) == 0 && unlink(last) == 0 && unlink(log_path) == 0);
}

/* The run is stopped at a step with a validation, or between two validations. */
static void a_resumed_run_writes_the_missing_best_checkpoint(void)
{
    static const char *const stops[] = { "10", "13", "20", "23" };
    for (size_t i = 0; i < sizeof stops / sizeof *stops; i++)
        check_stop_at(stops[i]);
}

static void a_run_killed_between_its_last_saves_can_be_resumed(void)
{
    struct charnn_error e = { 0 };
    int status = -1;
    fflush(NULL);
    const pid_t child = fork();
    if (child == 0) {
        train("0.01", "30", false, kill_between_saves, &e);
        _exit(1);
    }
    waitpid(child, &status, 0);
    CHECK(status == 0);
    CHECK_MSG(train("0.01", "1", true, NULL, &e) == 0, "%s", e.message);
    CHECK(read_progress(best).step == 1);
    CHECK(unlink(best) == 0 && unlink(last) == 0 && unlink(log_path) == 0);
}

int main(void)
{
    make_text();
    RUN(a_resumed_run_writes_the_missing_best_checkpoint);
    RUN(a_run_killed_between_its_last_saves_can_be_resumed);
    CHECK(unlink(text) == 0 && rmdir(folder) == 0);
    return test_end();
}
