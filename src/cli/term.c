/*
 * term.c - the one live line, and numbers for people.
 *
 * The live line is rewritten with a carriage return and overwritten with spaces, so any
 * terminal understands it.  `live` is how many columns it takes now, 0 when there is none;
 * it never reaches the last column, where terminals differ about wrapping.
 */
#include "cli/term.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/utf8.h"

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

/* ----------------------------------------------------------------- columns */

struct range {
    uint32_t first, last;
};

static const struct range wide[] = {
    {0x1100, 0x115f},  {0x2e80, 0x303e},   {0x3041, 0xa4cf},   {0xa960, 0xa97c},
    {0xac00, 0xd7a3},  {0xf900, 0xfaff},   {0xfe30, 0xfe6f},   {0xff00, 0xff60},
    {0xffe0, 0xffe6},  {0x1f300, 0x1f64f}, {0x1f680, 0x1f6ff}, {0x1f7e0, 0x1f7eb},
    {0x1f900, 0x1f9ff}, {0x1fa70, 0x1faff}, {0x20000, 0x3fffd},
};

/* Combining marks, the vowels and finals of decomposed Hangul, joiners and selectors. */
static const struct range narrow[] = {
    {0x0300, 0x036f}, {0x1160, 0x11ff}, {0x1ab0, 0x1aff}, {0x1dc0, 0x1dff},
    {0x200b, 0x200f}, {0x20d0, 0x20ff}, {0xfe00, 0xfe0f}, {0xfe20, 0xfe2f},
};

static bool among(const struct range *ranges, size_t n, uint32_t c)
{
    for (size_t i = 0; i < n; i++)
        if (c >= ranges[i].first && c <= ranges[i].last)
            return true;
    return false;
}

/* The character at s[0..n), n > 0: its bytes (1 for a stray byte) and its columns. */
static size_t measure(const char *s, size_t n, int *columns)
{
    uint32_t c;
    int length = utf8_decode((const unsigned char *)s, n, &c);
    *columns = 1;
    if (length <= 0)
        return 1;
    if (among(wide, sizeof wide / sizeof *wide, c))
        *columns = 2;
    else if (among(narrow, sizeof narrow / sizeof *narrow, c))
        *columns = 0;
    return (size_t)length;
}

int term_columns(const char *s, size_t n)
{
    int sum = 0;
    for (size_t i = 0; i < n;) {
        int columns;
        i += measure(s + i, n - i, &columns);
        sum += columns;
    }
    return sum;
}

size_t term_fit(const char *s, int columns)
{
    size_t n = strlen(s), i = 0;
    while (i < n) {
        int taken;
        size_t length = measure(s + i, n - i, &taken);
        if (taken > columns)
            break;
        columns -= taken;
        i += length;
    }
    return i;
}

/* --------------------------------------------------------------- live line */

void term_live(const char *line)
{
    if (!term_is_tty(STDERR_FILENO))
        return;
    size_t n = term_fit(line, term_width(STDERR_FILENO) - 1);
    int columns = term_columns(line, n);
    int rest = live > columns ? live - columns : 0;  /* of the longer line before */
    struct buf out = {0};
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

/* ----------------------------------------------------------------- numbers */

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
