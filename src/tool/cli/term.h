/* term.h - the terminal: whether there is one, its width, and a live line at its bottom. */
#ifndef CHARNN_CLI_TERM_H
#define CHARNN_CLI_TERM_H

#include <stdbool.h>
#include <stddef.h>

bool term_is_tty(int fd);

/* Whether to colour standard output by default: it is a terminal with colours, and NO_COLOR
 * is not set. */
bool term_wants_color(void);

int term_width(int fd); /* in columns; 80 if unknown */

/* term_live replaces the live line on stderr (cut to the width); term_clear removes it, so
 * that an ordinary line can be printed.  Both do nothing if stderr is not a terminal. */
void term_live(const char *line);
void term_clear(void);

/* term_count: "1,115,394".  term_duration: "2h 03m", "4m 10s", "38 s".  Both write to out
 * and return it. */
char *term_count(long long n, char out[32]);
char *term_duration(double seconds, char out[32]);

#endif
