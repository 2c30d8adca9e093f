/*
 * msg.h - the messages of a command, and its exit.  Messages go to stderr, one line each,
 * with control characters escaped.
 */
#ifndef CHARNN_CLI_MSG_H
#define CHARNN_CLI_MSG_H

#include "base/buf.h"
#include "charnn.h"

enum { EXIT_WORLD = 1, EXIT_USAGE = 2 };

/* Call first in every main, with the prefix of its messages: "charnn train".  After that,
 * writing to a closed pipe, or beyond the file size limit, is an error instead of a signal,
 * and no other file can take the descriptor of a closed standard stream. */
void msg_begin(const char *program);
const char *msg_program(void);

/* "charnn train: message" on stderr. */
void msg_say(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Prints a message of the library, turning the setting `size` into the option --size. */
void msg_relay(const char *message);

/* Print like msg_say, then exit: msg_die and msg_die_memory with 1, msg_die_usage with 2
 * (the command line is wrong), msg_die_error with 2 if e->usage is set, else with 1. */
_Noreturn void msg_die(const char *format, ...) __attribute__((format(printf, 1, 2)));
_Noreturn void msg_die_usage(const char *format, ...) __attribute__((format(printf, 1, 2)));
_Noreturn void msg_die_error(const struct charnn_error *e);
_Noreturn void msg_die_memory(void);

/* Prints the text to stdout and empties it; ends the program if the text is incomplete
 * because memory ran out.  Returns 0 unless writing to stdout has failed. */
int msg_print(struct buf *text);

/* Flushes stdout; a failed write is an error, a closed pipe ends the program quietly with
 * 0.  Call before returning from main.  Returns 0, the exit status. */
int msg_finish(void);

/* Appends a field of a table: newlines, tabs and backslashes are escaped as in C,
 * everything else as in escape_text. */
void msg_field(struct buf *out, const char *text, size_t n);

#endif
