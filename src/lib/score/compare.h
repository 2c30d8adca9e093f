/* compare.h - how much of each sample a corpus has word for word: charnn_copied. */
#ifndef CHARNN_SCORE_COMPARE_H
#define CHARNN_SCORE_COMPARE_H

#include "base/err.h"
#include "charnn.h"

/* As charnn_copied (charnn.h). */
int compare_texts(const char *corpus, const char *const *samples, size_t n,
                  struct charnn_copied *found, struct charnn_error *e);

#endif
