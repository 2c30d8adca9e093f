/* report_page.h - the page of `charnn report`, made from a log. */
#ifndef CHARNN_REPORT_REPORT_PAGE_H
#define CHARNN_REPORT_REPORT_PAGE_H

#include "base/buf.h"
#include "runlog/runs.h"

/* Appends the page.  `command` is the command that repeats the run; NULL: unknown. */
void report_page(const struct run *r, const char *command, struct buf *out);

#endif
