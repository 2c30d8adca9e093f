/* held_out.c - divides a corpus into training and held-out text, as training does. */
#include "mix/held_out.h"

#include <stdlib.h>

#include "base/err.h"
#include "charnn.h"

/* Where the held-out part of stream b begins. */
static size_t border_of(const struct batch_plan *p, size_t b)
{
    return b * p->stream + p->steps_per_epoch * p->T;
}

struct ngram_stretch held_out_of_stream(const struct batch_plan *p, const struct corpus *c,
                                        size_t b)
{
    return (struct ngram_stretch){ c, border_of(p, b), (b + 1) * p->stream + 1 };
}

int held_out_split(struct held_out *h, const struct batch_plan *p, const struct corpus *c,
                   const struct corpus *other, struct charnn_error *e)
{
    const bool streams = p->split == CHARNN_SPLIT_STREAMS;
    const size_t n = streams ? p->B : 1;
    struct ngram_stretch *s = calloc(2 * n, sizeof *s);
    *h = (struct held_out){ s, { s, n }, { s + n, n } };
    if (!s)
        return err_set(e, "out of memory for %zu streams", n);
    if (streams)
        for (size_t b = 0; b < n; b++) {
            s[b] = (struct ngram_stretch){ c, b * p->stream, border_of(p, b) + 1 };
            s[n + b] = held_out_of_stream(p, c, b);
        }
    else
        s[0] = (struct ngram_stretch){ c, 0, p->train_n };
    if (!streams)
        s[n] = other ? (struct ngram_stretch){ other, 0, other->n }
                     : (struct ngram_stretch){ c, p->valid_lo, p->valid_hi };
    return 0;
}

void held_out_release(struct held_out *h)
{
    free(h->stretch);
    *h = (struct held_out){ .stretch = NULL };
}
