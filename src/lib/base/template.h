/*
 * template.h - text with placeholders.  The sources of exported models and pages are
 * templates, with these marks:
 *
 *     @name@          the value of the slot `name`
 *     @if name        keeps the lines up to @else or @end if the slot is set;
 *     @if !name       keeps them if it is not set
 *     @else           begins the lines that are kept in the other case; optional
 *     @end            ends the block
 *
 * The last four are on lines of their own.  Blocks may be nested.  Any other @ is copied.
 */
#ifndef CHARNN_BASE_TEMPLATE_H
#define CHARNN_BASE_TEMPLATE_H

#include <stddef.h>

#include "base/buf.h"

/* The value of a placeholder: a text, or the output of a function.  If both are NULL, the
 * slot is not set. */
struct slot {
    const char *name;
    const char *text;
    void (*put)(void *arg);
};

/* Appends the expanded text to *out; `put` functions get `arg` and append to the same
 * buffer.  Every name in the template must be the name of a slot. */
void template_expand(const char *text, const struct slot *slots, size_t n, void *arg,
                     struct buf *out);

#endif
