/* fill_text.c - sets up the search, and turns its results into text. */
#include "fill/fill_text.h"

#include <stdlib.h>
#include <string.h>

static int check_search(const struct charnn_fill_config *c, struct charnn_error *e)
{
    if (c->beam < 1 || c->beam > CHARNN_FILL_BEAM_MAX || c->near < 0 ||
        c->near > CHARNN_FILL_NEAR_MAX || c->rounds < 1 ||
        c->rounds > CHARNN_FILL_ROUNDS_MAX)
        return err_usage(e, "`beam` has to be 1 to %d, `near` 0 to %d, `rounds` 1 to %d",
                         CHARNN_FILL_BEAM_MAX, CHARNN_FILL_NEAR_MAX,
                         CHARNN_FILL_ROUNDS_MAX);
    if (!(c->test >= 0 && c->test <= 0.5) || (c->test == 0 && !c->mask))
        return err_usage(e,
                         "`test` has to be from 0 to 0.5; without `test`, give a `mask`");
    return 0;
}

/* The argument of emit_run: the settings and the text. */
struct run_output {
    const struct fill_text *t;
    const struct gaps *g;
};

static int emit_run(void *arg, size_t lo, size_t hi, const struct fill_proposal *p,
                    size_t n)
{
    enum { ROOM = FILL_MOST * CHARNN_CHARACTER_MAX };
    const struct run_output *out = arg;
    const struct gap_place *place = out->g->place;
    struct charnn_proposal proposals[CHARNN_FILL_BEAM_MAX];
    char text[CHARNN_FILL_BEAM_MAX][ROOM];
    if (!out->t->each)
        return 0;
    for (size_t i = 0; i < n; i++) {
        size_t used = 0;
        for (size_t k = 0; k < hi - lo; k++)
            used += (size_t)vocab_decode(out->g->v, p[i].id[k], text[i] + used);
        proposals[i] = (struct charnn_proposal){ text[i], used, p[i].score };
    }
    const struct charnn_filled run = { place[lo].at,
                                       place[hi - 1].at + place[hi - 1].n - place[lo].at,
                                       proposals, n };
    return out->t->each(&run, out->t->arg);
}

static void count_restored(const struct gaps *g, int test, struct charnn_fill_result *r)
{
    for (size_t i = 0, hi; gaps_run(g, i, &i, &hi); i = hi) {
        size_t same = 0;
        if (test)
            for (size_t k = i; k < hi; k++)
                same += g->place[k].id == g->place[k].was;
        r->runs++;
        r->masked += (int64_t)(hi - i);
        r->restored += (int64_t)same;
        r->runs_restored += same == hi - i;
    }
}

static int write_filled(const struct gaps *g, struct charnn_fill_result *r,
                        struct charnn_error *e)
{
    struct buf out = { 0 };
    gaps_write(g, &out);
    r->text = buf_take(&out);
    r->bytes = out.len;
    return r->text ? 0 : err_set(e, "out of memory for a text of %zu bytes", g->bytes);
}

static int fill_gaps(const struct fill_text *t, struct gaps *g,
                     struct charnn_fill_result *result, struct charnn_error *e)
{
    const struct charnn_fill_config *c = t->config;
    const struct fill_search how = { t->model, t->pool, (size_t)c->beam, (size_t)c->near,
                                     (size_t)c->rounds };
    struct run_output out = { t, g };
    size_t lo, hi;
    if (c->test > 0) {
        struct rng rng;
        rng_init(&rng, (uint64_t)c->seed);
        gaps_hide(g, c->test, &rng);
    }
    const bool some = gaps_run(g, 0, &lo, &hi);
    if (!some && c->test > 0)
        return err_set(e, "nothing was masked: the text is too short for this test");
    if (some && fill(g, &how, emit_run, &out, e) < 0)
        return -1;
    count_restored(g, c->test > 0, result);
    return write_filled(g, result, e);
}

int fill_text(const struct fill_text *t, const char *text, size_t n,
              struct charnn_fill_result *result, struct charnn_error *e)
{
    struct gaps g;
    *result = (struct charnn_fill_result){ 0 };
    if (check_search(t->config, e) < 0 ||
        gaps_init(&g, t->vocab, text, n, t->config->test > 0 ? NULL : t->config->mask,
                  (int)t->config->unknown, e) < 0)
        return -1;
    result->unknown = g.unknown.n;
    const int status = fill_gaps(t, &g, result, e);
    gaps_release(&g);
    return status;
}
