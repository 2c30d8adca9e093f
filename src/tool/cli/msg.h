/*
 * msg.h - what a command says and how it ends.  Talk goes to stderr, one line each, control
 * characters made harmless.
 */
#ifndef CHARNN_CLI_MSG_H
#define CHARNN_CLI_MSG_H

#include "base/buf.h"
#include "charnn.h"

enum { EXIT_WORLD = 1, EXIT_USAGE = 2 };

/* First call of every main: a reader who leaves is a failed write, not a signal. */
void msg_begin(void);

/* "program: message" on stderr. */
void msg_say(const char *program, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Says it and exits with status. */
_Noreturn void msg_die(const char *program, int status, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Says the error and exits 2 for a usage error, 1 otherwise. */
_Noreturn void msg_die_error(const char *program, const struct charnn_error *e);

/* Prints the text and empties it; memory that ran out ends the program.  0 while stdout
 * takes it. */
int msg_print(const char *program, struct buf *text);

/* Flushes stdout; a failed write is an error, a closed pipe ends the program quietly with
 * 0.  Call before returning from main.  Returns 0, the exit status. */
int msg_finish(const char *program);

/* Adds n bytes of text as a terminal may safely show them: control characters and bytes
 * that are not UTF-8 become \xNN. */
void msg_escape(struct buf *out, const char *text, size_t n);

/* Adds a field of a table: newlines, tabs and backslashes as in C, other control characters
 * and bytes that are not UTF-8 as \xNN. */
void msg_field(struct buf *out, const char *text, size_t n);

#endif
