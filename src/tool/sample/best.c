/* best.c - keeps the best text. */
#include "sample/best.h"

#include "cli/msg.h"

static double mean_logprob(const struct charnn_piece *p)
{
    return p->symbols ? p->logprob / (double)p->symbols : 0;
}

void best_offer(struct best *b, const struct charnn_piece *whole)
{
    const bool better = !b->piece.end || mean_logprob(whole) > mean_logprob(&b->piece);
    b->thrown_away += whole->thrown_away;
    b->piece.thrown_away = b->thrown_away;
    if (!better)
        return;
    b->text.len = 0;
    buf_add(&b->text, whole->bytes, whole->n);
    if (b->text.failed)
        msg_die_memory();
    b->piece = *whole;
    b->piece.bytes = b->text.data;
    b->piece.thrown_away = b->thrown_away;
}
