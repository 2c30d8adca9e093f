/*
 * term.c - the live line, and readable numbers.
 *
 * The live line is erased with a carriage return and spaces, which work in any terminal.
 * `live` is its current width in columns, 0 if there is none.  It never reaches the last
 * column, where terminals differ in wrapping.
 */
#include "cli/term.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/width.h"

static int live;

bool term_is_tty(int fd)
{
    return isatty(fd) == 1;
}

bool term_wants_color(void)
{
    const char *term = getenv("TERM");
    return term_is_tty(STDOUT_FILENO) && !getenv("NO_COLOR") && term &&
           strcmp(term, "dumb") != 0;
}

int term_width(int fd)
{
    struct winsize size;
    if (ioctl(fd, TIOCGWINSZ, &size) == 0 && size.ws_col > 0)
        return size.ws_col;
    const char *columns = getenv("COLUMNS");
    int n = columns ? atoi(columns) : 0;
    return n > 0 && n < 10000 ? n : 80;
}

void term_live(const char *line)
{
    if (!term_is_tty(STDERR_FILENO))
        return;
    size_t n = width_fit(line, term_width(STDERR_FILENO) - 1);
    int columns = width_of(line, n);
    int rest = live > columns ? live - columns : 0; /* columns to clear, if the previous
                                                     * line was longer */
    struct buf out = { 0 };
    buf_char(&out, '\r');
    buf_add(&out, line, n);
    buf_printf(&out, "%*s", rest, "");
    if (!out.failed)
        fwrite(out.data, 1, out.len, stderr);
    buf_release(&out);
    live = columns;
}

void term_clear(void)
{
    if (live == 0)
        return;
    fprintf(stderr, "\r%*s\r", live, "");
    live = 0;
}

char *term_count(long long n, char out[32])
{
    char digits[32];
    int length = snprintf(digits, sizeof digits, "%lld", n);
    int sign = digits[0] == '-', k = 0;
    for (int i = 0; i < length; i++) {
        if (i > sign && (length - i) % 3 == 0)
            out[k++] = ',';
        out[k++] = digits[i];
    }
    out[k] = '\0';
    return out;
}

char *term_duration(double seconds, char out[32])
{
    if (!(seconds >= 0 && seconds < 1e10)) {
        snprintf(out, 32, "?");
        return out;
    }
    long long s = llround(seconds), m = s / 60, h = m / 60;
    if (h >= 48)
        snprintf(out, 32, "%lldd %02lldh", h / 24, h % 24);
    else if (h > 0)
        snprintf(out, 32, "%lldh %02lldm", h, m % 60);
    else if (m > 0)
        snprintf(out, 32, "%lldm %02llds", m, s % 60);
    else
        snprintf(out, 32, "%lld s", s);
    return out;
}
