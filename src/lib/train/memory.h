/* memory.h - the peak memory of a run. */
#ifndef CHARNN_TRAIN_MEMORY_H
#define CHARNN_TRAIN_MEMORY_H

#include <stddef.h>

/* Bytes of the large allocations. */
struct run_memory {
    size_t reading;    /* peak while the texts are read */
    size_t checkpoint; /* of the file that the run starts from, until the run is built */
    size_t model, step, network; /* `model` includes the average of the weights (--ema) */
    size_t evaluator, others;    /* networks: for validation; for samples and the exact
                                  * loss */
    size_t most;                 /* the peak over all phases; set by memory_sum */
};

/* Bytes of the symbol ids of a text. */
struct corpus;
size_t memory_text(const struct corpus *c);

/* Sets t->memory.most from the other members.  Call once the texts, the plan and the model
 * are known. */
struct charnn_trainer;
void memory_sum(struct charnn_trainer *t);

#endif
