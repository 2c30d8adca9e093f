/*
 * page.h - what the pages of all commands have in common: where they go and how data gets
 * into them.  The pages themselves stand in src/viz/NAME.html as they will read, with gaps
 * (base/template.h).
 */
#ifndef CHARNN_CLI_PAGE_H
#define CHARNN_CLI_PAGE_H

#include "base/buf.h"
#include "base/err.h"

extern const char cli_head_html[]; /* the beginning of every page's head */

/* A usage error unless the name ends in .html, or is "-", and is not that of the file that
 * will be read: so that nothing is written over a checkpoint, a log or a text.  An error if
 * its folder takes no files: so that it is said before the work, not after. */
int page_check(const char *path, const char *read, struct charnn_error *e);

/* Writes the page, whole or not at all; "-" is standard output. */
int page_write(const char *path, const struct buf *page, struct charnn_error *e);

/* Adds JSON for an element <script type="application/json">, which it cannot end. */
void page_json(struct buf *out, const struct buf *json);

#endif
