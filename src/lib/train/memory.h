/* memory.h - the most memory that a run has at a time. */
#ifndef CHARNN_TRAIN_MEMORY_H
#define CHARNN_TRAIN_MEMORY_H

#include <stddef.h>

/* Bytes of what is large. */
struct run_memory {
    size_t reading; /* at most, while the texts are read */
    size_t
        checkpoint; /* the file that the run begins with, in memory until the run is built */
    size_t model, step, network; /* model: with the average of its weights */
    size_t evaluator, others; /* for validation; others: for a sample, for the exact loss */
    size_t most;              /* of all that the run has at a time; set by memory_sum */
};

/* Bytes of the ids of a text. */
struct corpus;
size_t memory_text(const struct corpus *c);

/* Sets t->memory.most from the other members; the texts, the plan and the model are known. */
struct charnn_trainer;
void memory_sum(struct charnn_trainer *t);

#endif
