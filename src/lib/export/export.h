/*
 * export.h - a checkpoint's model as one file that needs no charnn: C99 source or a web
 * page.
 *
 * The frames of both stand as they will read in model.c.in and page.html (template.h); here
 * is what fills their gaps.  A file is handed out in pieces as it grows, because the
 * numbers of a large model are hundreds of megabytes of text.
 */
#ifndef CHARNN_EXPORT_EXPORT_H
#define CHARNN_EXPORT_EXPORT_H

#include "base/template.h"
#include "ckpt/ckpt.h"

struct export
{
    const struct ckpt *ckpt;
    const struct param_set *set; /* names and shapes of its parameters */
    size_t gates;
    const char *name; /* of the functions, or the title */
    int int8;
    struct buf out; /* what has not been handed out yet */
    charnn_write_fn *write;
    void *arg;
    struct charnn_error *e;
    int failed; /* sticky; e says why */
};

/* Writes the model in the format and under the name that the settings say. */
int export_model(const struct ckpt *c, const struct charnn_export_config *config,
                 charnn_write_fn *write, void *arg, struct charnn_error *e);

/* The two formats (export_c.c, export_html.c). */
void export_c(struct export *x);
void export_html(struct export *x);

/* Hands out what has gathered, when that is much. */
void export_flush(struct export *x);

/* The values of a parameter, row after row (allocated), or NULL (x->failed). */
float *export_values(struct export *x, const struct param *p);

/* A matrix of `rows` rows as whole numbers from -127 to 127 times a scale for each row,
 * which is its largest value / 127: the numbers go to q [rows x cols], the scales to scale
 * [rows].
 */
void export_quantize(const float *w, size_t rows, size_t cols, signed char *q,
                     float *scale);

/* "an LSTM of 2 layers of 128 units with 65 characters, 0.3 million weights" */
void export_describe(const struct export *x, struct buf *out);

#endif
