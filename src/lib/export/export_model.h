/* export_model.h - a model as one file that needs no charnn: C99 source or a web page. */
#ifndef CHARNN_EXPORT_EXPORT_MODEL_H
#define CHARNN_EXPORT_EXPORT_MODEL_H

#include "charnn.h"
#include "ckpt/ckpt.h"

/* Writes the checkpoint's model in the format and under the name of the settings. */
int export_model(const struct ckpt *c, const struct charnn_export_config *config,
                 charnn_write_fn *write, void *arg, struct charnn_error *e);

#endif
