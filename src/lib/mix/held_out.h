/* held_out.h - the stretches of text that a run trains on, and the stretches that it holds
 * out. */
#ifndef CHARNN_MIX_HELD_OUT_H
#define CHARNN_MIX_HELD_OUT_H

#include "mix/ngram_count.h"
#include "text/batch.h"

struct held_out {
    struct ngram_stretch *stretch; /* owned [2 * n] */
    struct ngram_text train, held; /* n stretches each; they point into `stretch` */
};

/* Divides a corpus as the plan says.  If `other` is not NULL, it is the held-out text, and
 * no part of the corpus is held out.  *h refers to both corpora.  Fails only when out of
 * memory. */
int held_out_split(struct held_out *h, const struct batch_plan *p, const struct corpus *c,
                   const struct corpus *other, struct charnn_error *e);
/* The held-out part at the end of stream b, in a streams split. */
struct ngram_stretch held_out_of_stream(const struct batch_plan *p, const struct corpus *c,
                                        size_t b);
void held_out_release(struct held_out *h);

#endif
