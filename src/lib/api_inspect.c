/* api_inspect.c - implements charnn_inspect.h by calling the modules. */
#include "api.h"

#include <stdlib.h>

#include "inspect/gradflow.h"
#include "inspect/trace.h"
#include "inspect/units.h"
#include "math/peak.h"
#include "train/trainer.h"

static int check_one_sided(const struct model *m, const char *what, struct charnn_error *e)
{
    if (!m->shape.bidirectional)
        return 0;
    return err_usage(e, "%s cannot be shown for a bidirectional model", what);
}

struct charnn_cell_kind charnn_cell_kind(int cell)
{
    const struct cell_kind *k = &cell_kinds[cell];
    return (struct charnn_cell_kind){ k->name, k->title, k->with_article };
}

/* ----------------------------------------------------------------- gradient flow */

struct charnn_gradflow_config charnn_gradflow_default(void)
{
    return (struct charnn_gradflow_config){ .length = 80,
                                            .rows = 32,
                                            .unknown = CHARNN_UNKNOWN_AUTO };
}

int charnn_gradflow(struct charnn_model *m, const char *path,
                    const struct charnn_gradflow_config *config, struct charnn_gradflow *g,
                    struct charnn_error *e)
{
    struct corpus c;
    const struct charnn_gradflow_config defaults = charnn_gradflow_default();
    config = config ? config : &defaults;
    *g = (struct charnn_gradflow){ 0 };
    if (check_one_sided(&m->model, "gradients", e) < 0 ||
        corpus_read_part(&c, (struct corpus_part){ .name = path }, &m->vocab,
                         (int)config->unknown, e) < 0)
        return -1;
    const int status = gradflow_measure(&m->model, m->pool, &c, path, config, g, e);
    corpus_release(&c);
    return status;
}

int charnn_trainer_gradflow(struct charnn_trainer *t,
                            const struct charnn_gradflow_config *config,
                            struct charnn_gradflow *g, struct charnn_error *e)
{
    const struct charnn_gradflow_config defaults = charnn_gradflow_default();
    *g = (struct charnn_gradflow){ 0 };
    if (check_one_sided(&t->model, "gradients", e) < 0)
        return -1;
    return gradflow_measure(&t->model, t->pool, &t->data.corpus, t->files.inputs[0],
                            config ? config : &defaults, g, e);
}

/* ------------------------------------------------------------------ hidden units */

struct charnn_shape charnn_model_shape(const struct charnn_model *m)
{
    return trace_shape(&m->model);
}

struct charnn_trace_config charnn_trace_default(void)
{
    return (struct charnn_trace_config){ .limit = 1000000, .unknown = CHARNN_UNKNOWN_AUTO };
}

static int check_limit(int64_t limit, struct charnn_error *e)
{
    if (limit >= 1 && limit <= CHARNN_TRACE_MAX)
        return 0;
    return err_usage(e, "`limit` has to be 1 to %d characters", CHARNN_TRACE_MAX);
}

int charnn_trace(struct charnn_model *m, const char *path,
                 const struct charnn_trace_config *config, charnn_trace_fn *on_step,
                 void *arg, struct charnn_traced *traced, struct charnn_error *e)
{
    const struct charnn_trace_config defaults = charnn_trace_default();
    struct corpus c;
    config = config ? config : &defaults;
    if (check_one_sided(&m->model, "cells", e) < 0 || check_limit(config->limit, e) < 0)
        return -1;
    if (config->next < 0 || config->next > CHARNN_ALTERNATIVES_MAX)
        return err_usage(e, "`next` has to be 0 to %d characters", CHARNN_ALTERNATIVES_MAX);
    struct corpus_options alike = corpus_options_of(&m->vocab);
    alike.unknown = (int)config->unknown;
    alike.in_order = alike.lines = true;
    if (corpus_read_parts(&c, &(struct corpus_part){ .name = path }, 1, &alike, e) < 0)
        return -1;
    const int status = trace_text(&m->model, m->pool, &c, config, on_step, arg, traced, e);
    corpus_release(&c);
    return status;
}

struct charnn_units_config charnn_units_default(void)
{
    return (struct charnn_units_config){
        .limit = 1000000, .top = 3, .held_out = 0.25, .unknown = CHARNN_UNKNOWN_AUTO
    };
}

static int check_units(const struct charnn_units_config *c, struct charnn_error *e)
{
    if (check_limit(c->limit, e) < 0)
        return -1;
    if (c->layer < 0)
        return err_usage(e, "`layer` has to be 0 or more");
    if (c->what < 0 || c->what > CHARNN_STATE_C)
        return err_usage(e, "`what` has to be both, h or c");
    if (c->top < 1 || c->top > CHARNN_UNITS_TOP_MAX)
        return err_usage(e, "`top` has to be 1 to %d units", CHARNN_UNITS_TOP_MAX);
    if (!(c->held_out > 0 && c->held_out < 1))
        return err_usage(e, "`held-out` has to be above 0 and below 1");
    if (c->n_match > CHARNN_UNITS_MATCH_MAX)
        return err_usage(e, "`match` may be given at most %d times",
                         CHARNN_UNITS_MATCH_MAX);
    return 0;
}

int charnn_units_find(struct charnn_model *m, const char *path,
                      const struct charnn_units_config *config, struct charnn_units *units,
                      struct charnn_error *e)
{
    const struct charnn_units_config defaults = charnn_units_default();
    struct corpus c;
    config = config ? config : &defaults;
    if (check_one_sided(&m->model, "cells", e) < 0 || check_units(config, e) < 0 ||
        corpus_read_part(&c, (struct corpus_part){ .name = path }, &m->vocab,
                         (int)config->unknown, e) < 0)
        return -1;
    const int status = units_find(&m->model, m->pool, &c, config, units, e);
    corpus_release(&c);
    return status;
}

/* -------------------------------------------------------------------- inspection */

typedef void info_fn(const struct ckpt *c, struct buf *out);

static char *info(const char *path, info_fn *say, struct charnn_error *e)
{
    struct ckpt c;
    struct buf out = { 0 };
    if (ckpt_read(&c, path, e) < 0)
        return NULL;
    say(&c, &out);
    ckpt_release(&c);
    if (out.failed)
        err_set(e, "out of memory");
    else if (!out.data)
        err_set(e, "%s was saved by another program: no charnn command can reproduce it",
                path);
    return buf_take(&out);
}

char *charnn_info_json(const char *path, struct charnn_error *e)
{
    return info(path, ckpt_json, e);
}

char *charnn_info_text(const char *path, struct charnn_error *e)
{
    return info(path, ckpt_describe, e);
}

char *charnn_info_command(const char *path, struct charnn_error *e)
{
    return info(path, ckpt_command, e);
}

/* Adds a line with the peak of an instruction set, or "not on this machine". */
static void describe_isa(struct buf *out, struct pool *pool, enum isa isa, int used)
{
    const struct kernels *k = kernels_of(isa);
    const int n = pool_size(pool);
    buf_printf(out, "\n%c %-8s", used ? '*' : ' ', k->name);
    if (!isa_present(isa)) {
        buf_str(out, "not on this machine");
        return;
    }
    buf_printf(out, "peak %.1f GFLOP/s with one thread", peak_flops(pool, 1, k) / 1e9);
    if (n > 1)
        buf_printf(out, ", %.1f with %d", peak_flops(pool, n, k) / 1e9, n);
}

/* Adds the read bandwidth from arrays that fit into the second-level caches, into the
 * last-level cache of most machines, and into neither. */
static void describe_bandwidth(struct buf *out, struct pool *pool, const struct kernels *k)
{
    const int n = pool_size(pool);
    const size_t sizes[] = { (size_t)n << 19, (size_t)8 << 20, (size_t)256 << 20 };
    buf_printf(out, "\nread bandwidth with %d thread%s:", n, n == 1 ? "" : "s");
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        const double speed = peak_bandwidth(pool, k, sizes[i]);
        if (speed > 0)
            buf_printf(out, "%s %.1f GB/s from %.1f MiB", i ? "," : "", speed / 1e9,
                       (double)sizes[i] / 0x1p20);
    }
}

char *charnn_info_machine(struct charnn_error *e)
{
    struct buf out = { 0 };
    const int used = isa_choose();
    if (used < 0) {
        err_usage(e, "%s", isa_complaint());
        return NULL;
    }
    struct pool *pool = pool_new(0);
    if (pool) {
        buf_printf(&out,
                   "cores this process may use: %d\nkernels (* in use; CHARNN_ISA=NAME "
                   "forces one):",
                   pool_size(pool));
        for (int i = ISA_COUNT - 1; i >= 0; i--)
            describe_isa(&out, pool, (enum isa)i, i == used);
        describe_bandwidth(&out, pool, kernels_of((enum isa)used));
    }
    if (!pool || out.failed)
        err_set(e, "out of memory");
    pool_free(pool);
    return buf_take(&out);
}
