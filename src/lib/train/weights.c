/* weights.c - draws weights at random, copies them from another model, or restores them. */
#include "train/weights.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/rng.h"
#include "train/trainer.h"

/* The dimension of a parameter that is the vocabulary: 0 rows, 1 columns, -1 neither. */
static int symbol_dimension(const struct model *m, size_t i)
{
    const struct param *p = &m->set.list[i];
    if (i >= m->head || !strcmp(p->name, "embed.weight"))
        return 0;
    return p->dims == 2 && p->layout == PARAM_GATHER ? 1 : -1;
}

/* Copies a parameter from a checkpoint, symbol by symbol; symbols that the checkpoint does
 * not have keep their initial weights. */
static int map_param(struct charnn_trainer *t, const struct ckpt *from, size_t i,
                     struct charnn_error *e)
{
    const struct param *p = &t->model.set.list[i];
    const int dim = symbol_dimension(&t->model, i);
    const size_t cols = dim == 1 ? from->vocab.size : p->cols;
    float *x = ckpt_tensor(from, p->name, e);
    if (!x)
        return -1;
    for (size_t r = 0; r < p->rows; r++)
        for (size_t c = 0; c < p->cols; c++) {
            const size_t s = dim == 0 ? r : c;
            const int id =
                dim < 0 ? 0 : vocab_id(&from->vocab, t->data.corpus.vocab.symbol[s]);
            const bool known = dim < 0 || (id >= 0 && from->vocab.symbol[id] ==
                                                          t->data.corpus.vocab.symbol[s]);
            const size_t row = dim == 0 ? (size_t)id : r, col = dim == 1 ? (size_t)id : c;
            if (known)
                t->model.weights[param_at(p, r, c)] = x[row * cols + col];
        }
    free(x);
    return 0;
}

int weights_init(struct charnn_trainer *t, const struct ckpt *init, struct charnn_error *e)
{
    struct rng rng;
    rng_init(&rng, (uint64_t)t->config->seed);
    const struct weight_init start = { t->config->init, t->config->input_range,
                                       t->config->forget_bias };
    if (model_init_weights(&t->model, &start, &rng, e) < 0)
        return -1;
    for (size_t i = 0; init && i < t->model.set.n; i++)
        if (map_param(t, init, i, e) < 0)
            return -1;
    weights_begin_average(t);
    return 0;
}

const real *weights_saved(const struct charnn_trainer *t)
{
    return t->optim.average ? t->optim.average : t->model.weights;
}

size_t weights_slots(const struct charnn_trainer *t, struct param_slot slots[WEIGHTS_SLOTS])
{
    size_t n = t->optim.n_slots;
    memcpy(slots, t->optim.slots, n * sizeof *slots);
    if (t->optim.average)
        slots[n++] = (struct param_slot){ "raw", t->model.weights };
    return n;
}

void weights_begin_average(struct charnn_trainer *t)
{
    if (t->optim.average)
        memcpy(t->optim.average, t->model.weights, t->optim.total * sizeof(real));
}

int weights_restore(struct charnn_trainer *t, const struct ckpt *from,
                    struct charnn_error *e)
{
    struct param_slot slots[WEIGHTS_SLOTS];
    const size_t n_slots = weights_slots(t, slots);
    if (ckpt_get_weights(from, t->optim.average ? &t->average : &t->model, e) < 0 ||
        ckpt_get_state(from, &t->net.forward, e) < 0)
        return -1;
    for (size_t i = 0; i < n_slots; i++)
        if (ckpt_get_slot(from, &t->model, &slots[i], e) < 0)
            return -1;
    const size_t n = strlen(from->history);
    if (n > 2)
        buf_add(&t->valid.history, from->history + 1, n - 2);
    return t->valid.history.failed ? err_set(e, "out of memory") : 0;
}

int weights_init_again(struct charnn_trainer *t, struct charnn_error *e)
{
    struct ckpt init;
    if (!t->config->init_from)
        return weights_init(t, NULL, e);
    if (ckpt_read(&init, t->config->init_from, e) < 0)
        return -1;
    const int status = weights_init(t, &init, e);
    ckpt_release(&init);
    return status;
}

static bool all_finite(const real *x, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (!isfinite(x[i]))
            return false;
    return true;
}

/* The optimiser's slots are zero before its first step, and their memory is not used yet:
 * reading it would make the system provide it, which takes seconds for large models. */
static bool slots_finite(const struct charnn_trainer *t)
{
    const bool zero = t->progress.step == t->progress.optim_start;
    for (size_t i = 0; i < t->optim.n_slots && !zero; i++)
        if (!all_finite(t->optim.slots[i].array, t->optim.total))
            return false;
    return true;
}

bool weights_finite(const struct charnn_trainer *t)
{
    const real *average = t->optim.average;
    return all_finite(t->model.weights, t->model.set.total) &&
           (!average || all_finite(average, t->model.set.total)) && slots_finite(t);
}
