/* stop.c - counts characters and lines, and matches the stop strings byte by byte. */
#include "sample/stop.h"

#include <string.h>

void stop_begin(struct stop *e, const struct charnn_limits *limits)
{
    *e = (struct stop){ .limits = limits };
}

/* The number of first bytes of the stop string with which a text ends after byte c, if that
 * number was `matched` before c.  (Knuth, Morris and Pratt 1977, without their table, because
 * stop strings are short.) */
static size_t match_stop(const char *stop, size_t matched, char c)
{
    for (size_t k = matched + 1; k > 0; k--)
        if (stop[k - 1] == c && memcmp(stop, stop + matched + 1 - k, k - 1) == 0)
            return k;
    return 0;
}

/* Matches one byte; returns the length of the longest stop string that it completes, or
 * 0. */
static size_t complete_stop(struct stop *e, char c)
{
    const struct charnn_limits *l = e->limits;
    size_t longest = 0;
    for (size_t k = 0; k < l->n_stops; k++) {
        const struct charnn_stop *s = &l->stops[k];
        if (s->n == 0)
            continue;
        e->matched[k] = match_stop(s->bytes, e->matched[k], c);
        if (e->matched[k] == s->n && s->n > longest)
            longest = s->n;
    }
    return longest;
}

/* Matches the bytes of a character; true when a stop string is complete. */
static bool meets_stop(struct stop *e, const char *bytes, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        const size_t length = complete_stop(e, bytes[i]);
        if (length > 0) {
            e->certain = e->limits->keep_stop ? e->fed + n : e->fed + i + 1 - length;
            return true;
        }
    }
    return false;
}

/* How many of the last bytes may be the beginning of a stop string that is not kept. */
static size_t doubtful_bytes(const struct stop *e)
{
    size_t most = 0;
    for (size_t k = 0; k < e->limits->n_stops && !e->limits->keep_stop; k++)
        most = e->matched[k] > most ? e->matched[k] : most;
    return most;
}

bool stop_feed(struct stop *e, const char *bytes, size_t n)
{
    const struct charnn_limits *l = e->limits;
    const bool met = meets_stop(e, bytes, n);
    e->chars++;
    e->fed += n;
    for (size_t i = 0; i < n; i++)
        e->lines += bytes[i] == '\n';
    if (met) {
        e->end = CHARNN_END_STOP;
        return true;
    }
    e->certain = e->fed - doubtful_bytes(e);
    if (l->length > 0 && e->chars >= l->length)
        stop_finish(e, CHARNN_END_LENGTH);
    else if (l->lines > 0 && e->lines >= l->lines)
        stop_finish(e, CHARNN_END_LINES);
    return e->end != 0;
}

void stop_finish(struct stop *e, int end)
{
    if (!e->end)
        e->certain = e->fed;
    if (!e->end || (end == CHARNN_END_DOCUMENT && e->end != CHARNN_END_STOP))
        e->end = end;
}
