/* compare.h - samples against a corpus: what charnn_copied does. */
#ifndef CHARNN_SCORE_COMPARE_H
#define CHARNN_SCORE_COMPARE_H

#include "base/err.h"
#include "charnn.h"

int compare_texts(const char *corpus, const char *const *samples, size_t n,
                  struct charnn_copied *found, struct charnn_error *e);

#endif
