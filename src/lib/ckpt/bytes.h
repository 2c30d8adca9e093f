/*
 * bytes.h - file names in JSON.  A name may be any bytes, but JSON must be UTF-8: bytes
 * that are not become \xNN, and backslashes are doubled.
 */
#ifndef CHARNN_CKPT_BYTES_H
#define CHARNN_CKPT_BYTES_H

#include "base/buf.h"

void bytes_escape(const char *s, struct buf *out);

/* In place; whatever is not an escape is kept. */
void bytes_unescape(char *s);

#endif
