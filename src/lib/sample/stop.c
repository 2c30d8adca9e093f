/* stop.c - counts characters and lines, and matches the stop string byte by byte. */
#include "sample/stop.h"

#include <string.h>

void stop_begin(struct stop *e, const struct charnn_limits *limits)
{
    *e = (struct stop){ .limits = limits };
}

/* How many first bytes of the stop string a text ends with after byte c, if it ended with
 * `matched` of them before. (Knuth, Morris and Pratt 1977, without their table, because
 * stop strings are short.) */
static size_t match_stop(const char *stop, size_t matched, char c)
{
    for (size_t k = matched + 1; k > 0; k--)
        if (stop[k - 1] == c && memcmp(stop, stop + matched + 1 - k, k - 1) == 0)
            return k;
    return 0;
}

/* Matches the bytes of a character; true when the stop string is complete. */
static bool meets_stop(struct stop *e, const char *bytes, size_t n)
{
    const struct charnn_limits *l = e->limits;
    for (size_t i = 0; i < n; i++) {
        e->matched = match_stop(l->stop, e->matched, bytes[i]);
        if (e->matched == l->stop_length) {
            e->certain = e->fed + i + 1 - l->stop_length;
            return true;
        }
    }
    return false;
}

bool stop_feed(struct stop *e, const char *bytes, size_t n)
{
    const struct charnn_limits *l = e->limits;
    e->chars++;
    if (l->stop_length > 0 && meets_stop(e, bytes, n)) {
        e->fed += n;
        return e->over = true;
    }
    e->fed += n;
    for (size_t i = 0; i < n; i++)
        e->lines += bytes[i] == '\n';
    e->certain = e->fed - e->matched;
    if ((l->length > 0 && e->chars >= l->length) || (l->lines > 0 && e->lines >= l->lines))
        stop_finish(e);
    return e->over;
}

void stop_finish(struct stop *e)
{
    if (!e->over)
        e->certain = e->fed;
    e->over = true;
}
