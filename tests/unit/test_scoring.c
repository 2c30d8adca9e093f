/* test_scoring.c - scoring a text if the model's logits are not finite. */
#include "charnn.h"
#include "score/scoring.h"

#include <math.h>

#include "net.h"
#include "test.h"

enum { V = 23, H = 18, LENGTH = 200 };

static int told_finite(const struct charnn_prediction *p, void *arg)
{
    (void)arg;
    CHECK(p->given || isfinite(p->nats));
    return 0;
}

/* A model whose states are all 1 and whose head has the weights `odd` for symbol 3 and
 * `others` for all other symbols. */
static void make_net(struct net *n, real others, real odd)
{
    const struct model_shape shape = { CHARNN_CELL_RNN, CHARNN_ACTIVATION_TANH, 2, H, 0, V,
                                       .skip = 0 };
    net_init(n, &shape, (enum isa)isa_choose(), 1, 1, STACK_FORWARD);
    const struct param *head = &n->m.set.list[n->m.head];
    for (size_t i = 0; i < n->m.set.total; i++)
        n->m.weights[i] = 1;
    for (size_t i = 0; i < head->rows; i++)
        for (size_t j = 0; j < head->cols; j++)
            n->m.weights[param_at(head, i, j)] = i == 3 ? odd : others;
    pool_run(n->pool, 1, net_pack_job, n);
}

static void make_text(struct corpus *c, uint8_t ids[LENGTH])
{
    int64_t counts[V];
    uint32_t symbols[V];
    *c = (struct corpus){ .n = LENGTH, .narrow = ids };
    for (size_t i = 0; i < LENGTH; i++)
        ids[i] = (uint8_t)(i % V);
    for (size_t i = 0; i < V; i++) {
        counts[i] = 1;
        symbols[i] = 'a' + (uint32_t)i;
    }
    CHECK(vocab_init(&c->vocab, VOCAB_CHAR, symbols, counts, V, NULL) == 0);
}

/* Checks that scoring a text with the first network, or with a mixture, is refused. */
static void check_refused(struct net *first, const struct mixture *mixture)
{
    const struct charnn_eval_config config = { 0 };
    uint8_t ids[LENGTH];
    struct corpus c;
    struct charnn_score score;
    struct charnn_error e = { 0 };
    make_text(&c, ids);
    struct scoring s = { .model = &first->m,
                         .pool = first->pool,
                         .corpus = &c,
                         .config = &config,
                         .mixture = mixture };
    CHECK(scoring_all(&s, "a.txt", &score, &e) == -1);
    CHECK_MSG(strstr(e.message, "the model's logits are not finite"), "'%s'", e.message);
    s.each = told_finite;
    e.message[0] = 0;
    CHECK(scoring_all(&s, "a.txt", &score, &e) == -1);
    CHECK_MSG(strstr(e.message, "not finite"), "'%s'", e.message);
    vocab_release(&c.vocab);
}

/* Checks the model alone, and mixed with a sound one. */
static void check_not_finite(real others, real odd)
{
    struct net sound, broken;
    make_net(&sound, 0, 0);
    make_net(&broken, others, odd);
    const struct model *const broken_one[] = { &broken.m }, *const sound_one[] = {
        &sound.m
    };
    check_refused(&broken, &(struct mixture){ 0 });
    check_refused(&broken, &(struct mixture){ .others = sound_one, .n_others = 1 });
    check_refused(&sound, &(struct mixture){ .others = broken_one, .n_others = 1 });
    net_release(&sound);
    net_release(&broken);
}

/* Finite weights can make all logits infinite, so that the loss is NaN; or one logit minus
 * infinity, which is a probability of 0 and an infinite loss. */
static void logits_that_are_not_finite_are_an_error(void)
{
    check_not_finite((real)3e38, (real)-3e38);
    check_not_finite(0, (real)-3e38);
}

int main(void)
{
    RUN(logits_that_are_not_finite_are_an_error);
    pool_free(net_pool());
    return test_end();
}
