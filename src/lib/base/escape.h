/*
 * escape.h - names, metadata and texts on their way to people: nothing in them controls a
 * terminal, hides, or turns around what stands beside it.
 *
 * The one place that decides it.  What is not harmless is shown as \xNN, byte by byte: control
 * characters (C0, DEL, C1), line separators, format characters (bidirectional, zero-width, byte
 * order marks, tags), and bytes that are not UTF-8.
 */
#ifndef CHARNN_BASE_ESCAPE_H
#define CHARNN_BASE_ESCAPE_H

#include "base/buf.h"

/* Adds n bytes of a name, a message, or anything else that is not a text. */
void escape_name(struct buf *out, const char *s, size_t n);

/* Adds n bytes of a text, in which U+200C and U+200D are spelling (Persian, Hindi, emoji). */
void escape_text(struct buf *out, const char *s, size_t n);

/* How many of the n > 0 bytes at s are its first character: 0 if that is not harmless in a
 * name. */
size_t escape_harmless(const char *s, size_t n);

#endif
