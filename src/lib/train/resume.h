/* resume.h - the settings of a run that is resumed. */
#ifndef CHARNN_TRAIN_RESUME_H
#define CHARNN_TRAIN_RESUME_H

#include "charnn.h"

struct ckpt;

/* The saved run's settings, except for those given beside --resume; those that cannot
 * change are an error.  The strings of *c are borrowed from `asked`, `from` and *output, which is
 * allocated (free it in any case). */
int resume_config(struct charnn_config *c, const struct charnn_config *asked,
                  const struct ckpt *from, char **output, struct charnn_error *e);

#endif
