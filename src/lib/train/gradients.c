/* gradients.c - one more backward pass, for the log. */
#include "train/gradients.h"

#include "nn/flow.h"

static void job(void *arg, const struct team *team)
{
    struct charnn_trainer *t = arg;
    network_forward(&t->net, t->ids, team);
    network_backward(&t->net, t->ids, t->targets, 1, t->gradient, team);
}

void log_gradients_when_due(struct charnn_trainer *t)
{
    const struct progress *p = &t->progress;
    struct stack *s = &t->net.forward;
    const int64_t every = t->config.log_gradients;
    if (every == 0 || p->step % every != 0)
        return;
    const struct dropout kept = s->dropout;
    const struct charnn_event ev = trainer_event(t, CHARNN_EVENT_STEP);
    batch_train(&t->plan, &t->corpus, (uint64_t)p->step, t->ids, t->targets);
    flow_targets(t->targets, t->plan.T, t->plan.B);
    s->dropout.p = 0;
    flow_watch(&t->flow, s);
    pool_run(t->pool, network_team(&t->net), job, t);
    flow_watch(NULL, s);
    s->dropout = kept;
    log_flow(&t->log, &ev, &t->flow, t->model.shape.layers);
}
