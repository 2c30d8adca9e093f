/* api.h - what stands behind a handle that two files of the API open. */
#ifndef CHARNN_API_H
#define CHARNN_API_H

#include "base/pool.h"
#include "charnn.h"
#include "nn/model.h"
#include "text/vocab.h"

struct charnn_model {
    struct vocab vocab;
    struct model model;
    struct pool *pool;
    double valid; /* for charnn_evaluate: what training held out */
    int split;
    size_t B, T;
    uint64_t fingerprint;
};

#endif
