/*
 * page.h - what the web pages of all commands share.  A page is an .html file beside the command
 * that writes it, with gaps (base/template.h).
 */
#ifndef CHARNN_CLI_PAGE_H
#define CHARNN_CLI_PAGE_H

#include "base/buf.h"

extern const char cli_head_html[]; /* the beginning of every page's head */

/* Adds JSON for an element <script type="application/json">, which it cannot end. */
void page_json(struct buf *out, const struct buf *json);

#endif
