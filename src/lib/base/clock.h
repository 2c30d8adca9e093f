/* clock.h - a monotonic clock. */
#ifndef CHARNN_BASE_CLOCK_H
#define CHARNN_BASE_CLOCK_H

double clock_seconds(void); /* seconds since an arbitrary start */

#endif
