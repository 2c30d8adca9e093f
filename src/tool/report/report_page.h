/* report_page.h - the page of `charnn report`: a run as its log tells it. */
#ifndef CHARNN_REPORT_REPORT_PAGE_H
#define CHARNN_REPORT_REPORT_PAGE_H

#include "base/buf.h"
#include "runlog/runs.h"

/* Adds the page.  `command` makes the run again; NULL: it is not known. */
void report_page(const struct run *r, const char *command, struct buf *out);

#endif
