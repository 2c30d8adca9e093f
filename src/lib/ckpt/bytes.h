/*
 * bytes.h - file names in JSON.  A name is any bytes, but JSON must be UTF-8: a byte that is
 * not becomes \xNN, and a backslash is doubled.
 */
#ifndef CHARNN_CKPT_BYTES_H
#define CHARNN_CKPT_BYTES_H

#include "base/buf.h"

void bytes_escape(const char *s, struct buf *out);

/* In place; what is not an escape stays. */
void bytes_unescape(char *s);

#endif
