/* gradients.c - implements --log-gradients: an extra backward pass and its norms. */
#include "train/trainer.h"

#include "nn/flow.h"

static void gradients_job(void *arg, const struct team *team)
{
    struct charnn_trainer *t = arg;
    network_forward(&t->net, t->step.ids, team);
    network_backward(&t->net, t->step.ids, t->step.targets, 1, t->step.gradient, team);
}

void gradients_log(struct charnn_trainer *t)
{
    const struct progress *p = &t->progress;
    struct stack *s = &t->net.forward;
    const int64_t every = t->config->log_gradients;
    if (every == 0 || p->step % every != 0)
        return;
    const double dropout = s->dropout.p, weight_drop = s->weight_drop.p;
    const struct charnn_event ev = events_make(t, CHARNN_EVENT_STEP);
    batch_train(&t->plan.batch, &t->data.corpus, (uint64_t)p->step, t->step.ids,
                t->step.targets);
    flow_targets(t->step.targets, t->plan.batch.T, t->plan.batch.B);
    s->dropout.p = s->weight_drop.p = 0;
    flow_watch(&t->flow, s);
    pool_run_until(t->pool, network_team(&t->net), gradients_job, t, &t->stop_asked);
    flow_watch(NULL, s);
    s->dropout.p = dropout;
    s->weight_drop.p = weight_drop;
    if (atomic_load(&t->stop_asked))
        return; /* the norms are incomplete; a resumed run measures them before its first step */
    log_flow(&t->events.log, &ev, &t->flow, t->model.shape.layers);
}
