/* test_runs.c - logs of runs: finished, unfinished, resumed and damaged. */
#include "runlog/runs.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "test.h"

static char path[] = "/tmp/charnn-runs.XXXXXX";

static int read_bytes(struct run *r, const char *text, size_t n, struct charnn_error *e)
{
    FILE *f = fopen(path, "w");
    if (!f || fwrite(text, 1, n, f) != n || fclose(f) != 0)
        abort();
    memset(e, 0, sizeof *e);
    return run_read(r, path, e);
}

static int read_text(struct run *r, const char *text)
{
    struct charnn_error e;
    return read_bytes(r, text, strlen(text), &e);
}

#define START                                                                              \
    "{\"event\":\"start\",\"step\":0,\"steps\":90,\"epoch\":0,\"seconds\":0,"              \
    "\"steps_per_epoch\":30,\"characters\":500,\"symbols\":7,\"parameters\":99,"           \
    "\"threads\":2,\"isa\":\"avx2\",\"config\":{\"cell\":\"gru\",\"size\":48,"             \
    "\"batch-size\":8,\"seq-length\":32,\"valid-file\":null}}\n"
#define STEP(n, loss)                                                                      \
    "{\"event\":\"step\",\"step\":" #n ",\"steps\":90,\"epoch\":0.5,\"seconds\":1.5,"      \
    "\"train_loss\":" #loss ",\"grad_norm\":0.25,\"learning_rate\":0.01,"                  \
    "\"chars_per_second\":1e5}\n"
#define VALID(n, loss, sample)                                                             \
    "{\"event\":\"valid\",\"step\":" #n ",\"valid_loss\":" #loss ",\"best_loss\":1.5,"     \
    "\"train_loss\":2.25,\"sample\":\"" sample "\"}\n"

static void a_log_becomes_arrays(void)
{
    struct run r;
    CHECK(read_text(&r, START STEP(10, 3.5) STEP(20, null) VALID(20, 1.75, "a\\nb")
                            VALID(30, 1.5, "\\u0000z")) == 0);
    CHECK(r.n_steps == 2 && r.n_valids == 2 && r.sessions == 1 && r.damaged == 0);
    CHECK(r.steps[0].at.step == 10 && r.steps[0].at.epoch == 0.5 &&
          r.steps[0].at.seconds == 1.5);
    CHECK(r.steps[0].train_loss == 3.5 && isnan(r.steps[1].train_loss));
    CHECK(r.steps[0].grad_norm == 0.25 && r.steps[0].learning_rate == 0.01 &&
          r.steps[0].chars_per_second == 1e5);
    CHECK(r.valids[0].valid_loss == 1.75 && r.valids[0].train_loss == 2.25);
    CHECK(!strcmp(r.valids[0].sample, "a\nb"));
    CHECK(r.valids[1].sample_length == 2 && !memcmp(r.valids[1].sample, "\0z", 3));
    CHECK(run_best(&r) == 1);
    CHECK(r.planned == 90 && r.end.step == 30 && !r.status);
    run_release(&r);
}

static void the_start_tells_the_settings(void)
{
    struct run r;
    CHECK(read_text(&r, START) == 0);
    CHECK(r.n_settings == 5 && !strcmp(run_setting(&r, "cell"), "gru") &&
          !strcmp(run_setting(&r, "size"), "48") && !run_setting(&r, "layers"));
    CHECK(run_chars_per_step(&r) == 8 * 32);
    CHECK(r.characters == 500 && r.symbols == 7 && r.parameters == 99);
    CHECK(run_best(&r) == 0 && r.n_valids == 0);
    run_release(&r);
    CHECK(read_text(&r, STEP(1, 2)) == 0);
    CHECK(isnan(run_chars_per_step(&r)) && isnan(r.characters));
    run_release(&r);
}

static void a_later_session_undoes_what_it_did_not_see(void)
{
    struct run r;
    CHECK(read_text(&r,
                    START STEP(10, 3) STEP(20, 2) VALID(
                        20, 2,
                        "x") "{\"event\":\"end\",\"step\":20,\"status\":\"interrupted\"}\n"
                             "{\"event\":\"start\",\"step\":10,\"steps\":95}\n" STEP(21,
                                                                                     1)) ==
          0);
    CHECK(r.sessions == 2 && r.n_steps == 2 && r.n_valids == 0);
    CHECK(r.steps[0].at.step == 10 && r.steps[1].at.step == 21);
    CHECK(r.n_settings == 5 && !r.status && isnan(r.characters));
    run_release(&r);
}

static void baselines_and_the_end_are_kept(void)
{
    struct run r;
    CHECK(read_text(&r,
                    "{\"event\":\"baselines\",\"step\":5,\"ngram\":[3,2.5,null,1]}\n"
                    "{\"event\":\"end\",\"step\":9,\"status\":\"done\",\"best_loss\":1.25,"
                    "\"exact_loss\":1.5,\"best_step\":7,\"later\":{\"a\":[1]}}\n") == 0);
    CHECK(r.ngram[0] == 3 && r.ngram[1] == 2.5 && isnan(r.ngram[2]) && r.ngram[3] == 1 &&
          isnan(r.ngram[4]));
    CHECK(!strcmp(r.status, "done") && r.exact_loss == 1.5);
    run_release(&r);
}

static void notes_are_kept_and_those_of_steps_undone_are_not(void)
{
    struct run r;
    CHECK(read_text(&r, "{\"event\":\"note\",\"step\":3,\"note\":\"back to step 2\"}\n"
                        "{\"event\":\"note\",\"step\":8,\"note\":\"undone\"}\n"
                        "{\"event\":\"start\",\"step\":5}\n"
                        "{\"event\":\"end\",\"step\":9,\"status\":\"failed\",\"skipped\":4,"
                        "\"rewinds\":2,\"note\":\"try again\"}\n") == 0);
    CHECK(r.n_notes == 2 && r.skipped == 4 && r.rollbacks == 2);
    CHECK(r.notes[0].at.step == 3 && !strcmp(r.notes[0].text, "back to step 2"));
    CHECK(r.notes[1].at.step == 9 && !strcmp(r.notes[1].text, "try again"));
    run_release(&r);
    CHECK(read_text(&r, "{\"event\":\"end\",\"step\":9,\"status\":\"done\"}\n") == 0);
    CHECK(r.n_notes == 0 && isnan(r.skipped));
    run_release(&r);
}

static void gradients_are_matrices(void)
{
    struct run r;
    CHECK(read_text(&r,
                    "{\"event\":\"gradients\",\"step\":5,\"dh\":[[1,0.5],[2,null]],"
                    "\"dc\":null}\n"
                    "{\"event\":\"gradients\",\"step\":6,\"dh\":[[1]],\"dc\":[[4]]}\n") ==
          0);
    CHECK(r.n_gradients == 2 && r.gradients[0].layers == 2 && r.gradients[0].depth == 2);
    CHECK(r.gradients[0].dh[1] == 0.5 && r.gradients[0].dh[2] == 2 &&
          isnan(r.gradients[0].dh[3]) && !r.gradients[0].dc);
    CHECK(r.gradients[1].at.step == 6 && r.gradients[1].dc[0] == 4);
    run_release(&r);
}

static void what_is_no_line_of_a_log_is_counted(void)
{
    static const char *const damaged[] = {
        "nonsense",
        "{}",
        "[1]",
        "{\"event\":\"step\"}",
        "{\"step\":1}",
        "{\"event\":\"step\",\"step\":-1}",
        "{\"event\":3,\"step\":1}",
        "{\"event\":\"step\",\"step\":\"1\"}",
        "{\"event\":\"step\",\"step\":1e999}",
        "{\"event\":\"step\",\"step\":1,\"train_loss\":2",
        "{\"event\":\"step\",\"step\":1} 2",
        "{\"event\":\"gradients\",\"step\":1,\"dh\":[[1,2],[3]]}",
        "{\"event\":\"gradients\",\"step\":1,\"dh\":[[1]],\"dc\":[[1,2]]}",
        "{\"event\":\"gradients\",\"step\":1,\"dh\":[[1]],\"dh\":[[1]]}",
        "{\"event\":\"gradients\",\"step\":1,\"dh\":[]}",
        "{\"event\":\"gradients\",\"step\":1,\"dh\":[1]}",
        "{\"event\":\"valid\",\"step\":1,\"sample\":\"\xff\"}",
        "{\"event\":\"start\",\"step\":1,\"config\":[]}",
        "{\"event\":\"baselines\",\"step\":1,\"ngram\":[nul]}",
        "\x01\x02",
    };
    for (size_t i = 0; i < sizeof damaged / sizeof *damaged; i++) {
        struct run r;
        char text[600];
        snprintf(text, sizeof text, STEP(1, 2) "%s\n\n\r\n" STEP(2, 1), damaged[i]);
        CHECK(read_text(&r, text) == 0);
        CHECK(r.n_steps == 2 && r.damaged == 2); /* the line with a carriage return also
                                                  * counts as damaged */
        run_release(&r);
    }
}

static void a_last_line_cut_short_is_one_of_them(void)
{
    struct run r;
    const char *whole = STEP(1, 2) STEP(2, 1);
    for (size_t n = strlen(STEP(1, 2)); n < strlen(whole) - 1; n++) {
        struct charnn_error e;
        CHECK(read_bytes(&r, whole, n, &e) == 0);
        CHECK(r.n_steps == 1 && r.damaged == (n > strlen(STEP(1, 2))));
        run_release(&r);
    }
    CHECK(read_text(&r, "{\"event\":\"step\",\"step\":1}") == 0); /* only the newline is
                                                                   * missing */
    CHECK(r.n_steps == 1 && r.damaged == 0);
    run_release(&r);
}

static void what_is_no_log_is_an_error(void)
{
    struct run r;
    struct charnn_error e;
    CHECK(read_bytes(&r, "", 0, &e) < 0 && strstr(e.message, "empty") && !e.usage);
    CHECK(read_bytes(&r, "hello\nworld\n", 12, &e) < 0 && strstr(e.message, "not a log"));
    CHECK(read_bytes(&r, "\0\0\0", 3, &e) < 0 && strstr(e.message, "not a log"));
    CHECK(run_read(&r, "/nowhere/x.jsonl", &e) < 0 &&
          strstr(e.message, "/nowhere/x.jsonl"));
}

int main(void)
{
    if (close(mkstemp(path)) < 0)
        return 1;
    RUN(a_log_becomes_arrays);
    RUN(the_start_tells_the_settings);
    RUN(a_later_session_undoes_what_it_did_not_see);
    RUN(baselines_and_the_end_are_kept);
    RUN(notes_are_kept_and_those_of_steps_undone_are_not);
    RUN(gradients_are_matrices);
    RUN(what_is_no_line_of_a_log_is_counted);
    RUN(a_last_line_cut_short_is_one_of_them);
    RUN(what_is_no_log_is_an_error);
    unlink(path);
    return test_end();
}
