/*
 * cells_page.h - the page of `charnn cells --html`: an excerpt of a text, coloured by any
 * unit of the network, with the predictions after every character.
 *
 * The page contains everything: all states and gates of all units for every character, in
 * eight bits each.  A page is at most CELLS_PAGE_MOST bytes or so, and writing it takes
 * four times that memory.
 */
#ifndef CHARNN_CELLS_CELLS_PAGE_H
#define CHARNN_CELLS_CELLS_PAGE_H

#include "charnn_inspect.h"

enum { CELLS_PAGE_MOST = 64000000, CELLS_PAGE_EXCERPT = 5000 };

struct cells_page {
    struct charnn_model *model;
    const char *checkpoint, *text; /* their paths; the text is read again */
    int64_t excerpt; /* characters from the beginning of the text; CHARNN_AUTO: as many of
                        CELLS_PAGE_EXCERPT as fit */
    int64_t limit;   /* never more than these; 0: no limit */
    const struct charnn_units *found; /* units to list; NULL: none */
};

/* Whether the page can be written to `path` (output_check).  If the excerpt does not fit,
 * the usage error says how many characters would. */
int cells_page_check(const struct cells_page *page, const char *path,
                     struct charnn_error *e);

/* Writes the page, after the same checks. */
int cells_page_write(const struct cells_page *page, const char *path,
                     struct charnn_error *e);

#endif
