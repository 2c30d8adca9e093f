/* api.h - struct charnn_model, for api.c and api_inspect.c. */
#ifndef CHARNN_API_H
#define CHARNN_API_H

#include "base/pool.h"
#include "charnn.h"
#include "nn/model.h"
#include "score/scoring.h"
#include "text/vocab.h"

struct charnn_model {
    struct vocab vocab;
    struct model model;
    struct pool *pool;
    struct scoring_split split; /* for CHARNN_EVAL_VALID */
};

#endif
