/*
 * memory.c - adds up what a run holds at the same time.
 *
 * A run goes through phases: it reads texts, is built, counts n-grams, trains, and
 * validates and saves.  Allocated memory takes no space before its first use, so each phase
 * has a sum of its own, and the largest sum is the memory that the run takes.
 */
#include "train/memory.h"

#include "score/ngram.h"
#include "train/trainer.h"

/* The program, its libraries and stacks, and all small allocations: measured with the
 * smallest runs. */
enum { PROGRAM_BYTES = 5 << 20 };

static size_t larger(size_t a, size_t b)
{
    return a > b ? a : b;
}

size_t memory_text(const struct corpus *c)
{
    return c->n * (c->narrow ? sizeof *c->narrow : sizeof *c->wide);
}

/* The bytes of the largest tensor; a checkpoint is written one tensor at a time. */
static size_t tensor_bytes(const struct model *m)
{
    size_t most = 0;
    for (size_t i = 0; i < m->set.n; i++)
        most = larger(most, m->set.list[i].rows * m->set.list[i].cols);
    return most * sizeof(float);
}

static size_t counting_bytes(const struct charnn_trainer *t)
{
    const size_t held = plan_held_out(t);
    if (t->memory.evaluator == 0 || t->config->bidirectional)
        return 0;
    return ngram_sort_bytes(t->plan.batch.train_n, held, t->data.corpus.vocab.size,
                            NGRAM_ORDERS - 1) +
           size_min(held, NGRAM_HELD_MOST) * sizeof(double);
}

void memory_sum(struct charnn_trainer *t)
{
    struct run_memory *m = &t->memory;
    const size_t gradient = t->model.set.total * sizeof(real);
    const size_t texts = memory_text(&t->data.corpus) + memory_text(&t->data.held_out);
    const size_t training = texts + m->model + m->step + m->network;
    const size_t reading = m->checkpoint + m->reading;
    /* m->step is the gradient and the optimiser's slots; before training, only a resumed
     * run fills the slots */
    const size_t building =
        texts + m->checkpoint + m->model + (t->resumed ? m->step - gradient : 0);
    /* n-grams are counted before the first step if the run has a time budget, otherwise
     * before the first validation */
    const size_t counting =
        (t->plan.budget > 0 ? texts + m->model : training) + counting_bytes(t);
    const size_t validating =
        training + m->evaluator + larger(m->others, tensor_bytes(&t->model));
    m->most =
        PROGRAM_BYTES + larger(larger(reading, building), larger(counting, validating));
}
