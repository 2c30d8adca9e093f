/*
 * msg.h - what a command says and how it ends.  Talk goes to stderr, one line each, control
 * characters made harmless.
 */
#ifndef CHARNN_CLI_MSG_H
#define CHARNN_CLI_MSG_H

#include "base/buf.h"
#include "charnn.h"

enum { EXIT_WORLD = 1, EXIT_USAGE = 2 };

/* First call of every main, with the name that stands before messages: "charnn train".  A
 * reader who leaves is a failed write from now on, not a signal. */
void msg_begin(const char *program);
const char *msg_program(void);

/* "charnn train: message" on stderr. */
void msg_say(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* A message of the library, in which the setting `size` is the option --size. */
void msg_relay(const char *message);

/* The same as msg_say, and exits: with 1 when a file, a text or memory failed, with 2 when the command
 * line is wrong. */
_Noreturn void msg_die(const char *format, ...) __attribute__((format(printf, 1, 2)));
_Noreturn void msg_die_usage(const char *format, ...) __attribute__((format(printf, 1, 2)));
_Noreturn void msg_die_error(const struct charnn_error *e);
_Noreturn void msg_die_memory(void);

/* Prints the text and empties it; memory that ran out ends the program.  0 while stdout
 * takes it. */
int msg_print(struct buf *text);

/* Flushes stdout; a failed write is an error, a closed pipe ends the program quietly with
 * 0.  Call before returning from main.  Returns 0, the exit status. */
int msg_finish(void);

/* Adds a field of a table, which is text: newlines, tabs and backslashes as in C, the rest as
 * escape_text does. */
void msg_field(struct buf *out, const char *text, size_t n);

#endif
