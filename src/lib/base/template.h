/*
 * template.h - text with gaps.  The files that charnn writes for others stand in the source
 * as they will read, and these are the marks in them:
 *
 *     @name@              the value of the slot
 *     @if name, @if !name  on a line of its own: what follows, to its @end, is left out
 *     @end                 unless the slot is (not) set
 *
 * Pieces may be nested.  An @ that begins none of these stands for itself.
 */
#ifndef CHARNN_BASE_TEMPLATE_H
#define CHARNN_BASE_TEMPLATE_H

#include <stddef.h>

#include "base/buf.h"

/* What goes into a gap: a text, or what a function writes.  A slot with neither is not set.
 */
struct slot {
    const char *name;
    const char *text;
    void (*put)(void *arg);
};

/* Appends the text to *out; put functions get `arg` and append to the same buffer.  A name
 * in @if or between two @ that no slot has is our own mistake. */
void template_expand(const char *text, const struct slot *slots, size_t n, void *arg,
                     struct buf *out);

#endif
