/* run_line.h - reads one line of a log. */
#ifndef CHARNN_RUNLOG_RUN_LINE_H
#define CHARNN_RUNLOG_RUN_LINE_H

#include "base/buf.h"
#include "runlog/runs.h"

/* The values of a line of any event.  Absent values are NaN, NULL or 0. */
struct run_line {
    double step, steps, epoch, seconds;
    double train_loss, grad_norm, learning_rate, chars_per_second;
    double valid_loss, exact_loss, skipped, rollbacks;
    double characters, symbols, parameters;
    double ngram[CHARNN_NGRAM_ORDERS];
    struct buf event, sample, status, note;
    struct run_gradients gradients; /* its `at` is not set */
    struct run_setting *settings;   /* [n_settings] */
    size_t n_settings;
    bool failed; /* out of memory */
};

/* False: this is not a complete line of a log.  Release *l even then. */
bool run_line_read(struct run_line *l, const char *text, size_t n);
void run_line_release(struct run_line *l);

void run_settings_free(struct run_setting *s, size_t n);

#endif
