/*
 * bytes.h - file names in JSON.  A name is bytes, JSON wants UTF-8: a byte that is not
 * valid UTF-8 becomes \xNN, and a backslash two of them.
 */
#ifndef CHARNN_CKPT_BYTES_H
#define CHARNN_CKPT_BYTES_H

#include "base/buf.h"

void bytes_escape(const char *s, struct buf *out);

/* In place; what is not an escape stays. */
void bytes_unescape(char *s);

#endif
