/* fill_text.h - fills the masked characters of a text, for charnn_fill. */
#ifndef CHARNN_FILL_FILL_TEXT_H
#define CHARNN_FILL_FILL_TEXT_H

#include "charnn.h"
#include "fill/fill.h"

struct fill_text {
    const struct model *model;
    const struct vocab *vocab;
    struct pool *pool;
    const struct charnn_fill_config *config;
    charnn_filled_fn *each; /* called for each run; or NULL */
    void *arg;
};

/* Does what charnn_fill (charnn.h) says. */
int fill_text(const struct fill_text *t, const char *text, size_t n,
              struct charnn_fill_result *result, struct charnn_error *e);

#endif
