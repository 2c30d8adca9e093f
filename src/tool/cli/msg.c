/*
 * msg.c - messages on stderr, and the exits of a program.
 *
 * A message is composed as a whole, made safe for a terminal (names of files and strings in
 * checkpoints can have any bytes), and written at once, after the live line is removed.
 * Failed writes to stderr are ignored; failed writes to stdout are errors.
 */
#include "cli/msg.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <unistd.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/escape.h"
#include "cli/term.h"

static const char *program_name = "charnn";

void msg_begin(const char *program)
{
    program_name = program;
    signal(SIGPIPE, SIG_IGN);
    signal(SIGXFSZ, SIG_IGN); /* so that reaching the file size limit is an error, like a
                               * full disk */
    /* If a standard stream is closed, the next file opened would take its
     * descriptor.  /dev/null takes it instead, opened in the wrong direction, so that using
     * the stream still fails. */
    for (int fd = 0; fd <= 2; fd++)
        if (fcntl(fd, F_GETFD) == -1 &&
            open("/dev/null", fd == 1 ? O_RDONLY : O_WRONLY) != fd)
            _exit(EXIT_WORLD);
}

const char *msg_program(void)
{
    return program_name;
}

static void __attribute__((format(printf, 1, 0)))
print_message(const char *format, va_list args)
{
    char text[1024];
    struct buf line = { 0 };
    int n = vsnprintf(text, sizeof text, format, args);
    size_t length = n < 0 ? 0 : (size_t)n < sizeof text ? (size_t)n : sizeof text - 1;
    buf_printf(&line, "%s: ", program_name);
    escape_name(&line, text, length);
    buf_char(&line, '\n');
    term_clear();
    if (line.failed)
        fprintf(stderr, "%s: out of memory\n", program_name);
    else
        fwrite(line.data, 1, line.len, stderr);
    buf_release(&line);
}

void msg_say(const char *format, ...)
{
    va_list args;
    va_start(args, format);
    print_message(format, args);
    va_end(args);
}

void msg_die(const char *format, ...)
{
    va_list args;
    va_start(args, format);
    print_message(format, args);
    va_end(args);
    exit(EXIT_WORLD);
}

void msg_die_usage(const char *format, ...)
{
    va_list args;
    va_start(args, format);
    print_message(format, args);
    va_end(args);
    exit(EXIT_USAGE);
}

void msg_relay(const char *message)
{
    struct buf line = { 0 };
    for (const char *s = message; *s;) {
        const size_t n = *s == '`' ? strspn(s + 1, "abcdefghijklmnopqrstuvwxyz-") : 0;
        if (n > 0 && s[1 + n] == '`') {
            buf_printf(&line, "--%.*s", (int)n, s + 1);
            s += n + 2;
        } else {
            buf_char(&line, *s++);
        }
    }
    msg_say("%s", line.failed || !line.data ? message : line.data);
    buf_release(&line);
}

void msg_die_error(const struct charnn_error *e)
{
    msg_relay(e->message);
    exit(e->usage ? EXIT_USAGE : EXIT_WORLD);
}

void msg_die_memory(void)
{
    msg_die("out of memory");
}

int msg_print(struct buf *text)
{
    if (text->failed)
        msg_die_memory();
    if (text->len > 0)
        fwrite(text->data, 1, text->len, stdout);
    text->len = 0;
    return ferror(stdout);
}

int msg_finish(void)
{
    int reason = errno; /* of the write that just failed, if one did */
    bool failed = ferror(stdout) != 0;
    errno = 0;
    if (fflush(stdout) == EOF && errno)
        reason = errno;
    else if (!failed)
        return 0;
    if (reason == EPIPE)
        exit(0);
    msg_die("standard output: %s", reason ? strerror(reason) : "write error");
}

void msg_field(struct buf *out, const char *text, size_t n)
{
    static const char special[] = "\n\t\r\\", letter[] = "ntr\\";
    for (size_t i = 0, plain; i < n; i += plain) {
        const char *which = text[i] ? strchr(special, text[i]) : NULL;
        if (which) {
            buf_char(out, '\\');
            buf_char(out, letter[which - special]);
            plain = 1;
            continue;
        }
        for (plain = 1; i + plain < n; plain++)
            if (text[i + plain] && strchr(special, text[i + plain]))
                break;
        escape_text(out, text + i, plain);
    }
}
