/*
 * cells_page.h - the page of `charnn cells --html`: an excerpt of a text, coloured by any
 * unit of the network, with the predictions after every character.
 *
 * The page contains everything: all states and gates of all units for every character, in
 * eight bits each.  A page has at most about CELLS_PAGE_MOST bytes, and writing it takes
 * four times its size in memory.
 */
#ifndef CHARNN_CELLS_CELLS_PAGE_H
#define CHARNN_CELLS_CELLS_PAGE_H

#include "charnn_inspect.h"

enum { CELLS_PAGE_MOST = 64000000, CELLS_PAGE_EXCERPT = 5000 };

struct cells_page {
    struct charnn_model *model;
    const char *checkpoint, *text; /* paths of both files; the text is read again */
    int64_t excerpt;               /* characters at the beginning of the text; CHARNN_AUTO:
                      * CELLS_PAGE_EXCERPT, or as many as fit */
    int64_t limit;                 /* the most characters to read; 0: no limit */
    int64_t unknown;               /* CHARNN_UNKNOWN_* */
    const struct charnn_units *found; /* units to list; NULL: none */
};

/* Checks that the page can be written to `path` (output_check).  If the excerpt is too
 * long, a usage error says how many characters fit. */
int cells_page_check(const struct cells_page *page, const char *path,
                     struct charnn_error *e);

/* Writes the page, after the same checks. */
int cells_page_write(const struct cells_page *page, const char *path,
                     struct charnn_error *e);

#endif
