/*
 * escape.h - makes names, metadata and texts safe to show: nothing in them can control a
 * terminal, be invisible, or reverse the text around it.
 *
 * Only this module decides which characters are harmless.  These are not: control characters
 * (C0, DEL, C1), line separators, format characters (bidirectional, zero-width, byte order
 * marks, tags), and bytes that are not UTF-8.
 */
#ifndef CHARNN_BASE_ESCAPE_H
#define CHARNN_BASE_ESCAPE_H

#include "base/buf.h"

/* Appends n bytes of a name, a message, or anything else that is not a text to read.  Each
 * byte of a character that is not harmless becomes \xNN. */
void escape_name(struct buf *out, const char *s, size_t n);

/* Appends n bytes of a text.  U+200C and U+200D are kept, because they are part of the
 * spelling of Persian, Hindi and emoji.  Other characters that are not harmless become
 * <U+202E> (their number), or \xNN if they are ASCII or not UTF-8. */
void escape_text(struct buf *out, const char *s, size_t n);

/* Appends n bytes of JSON.  Characters that are not harmless become \u escapes, which mean
 * the same. */
void escape_json(struct buf *out, const char *s, size_t n);

/* The length in bytes of the first character of s[0..n), n > 0, if it is harmless in a
 * name; else 0. */
size_t escape_harmless(const char *s, size_t n);

#endif
