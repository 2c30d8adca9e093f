/* shell.c - quotes words for a POSIX shell. */
#include "base/shell.h"

#include <stdbool.h>
#include <string.h>

#include "base/escape.h"

static bool is_harmless_word(const char *word)
{
    const char *end = word + strlen(word);
    while (word < end) {
        const size_t n = escape_harmless(word, (size_t)(end - word));
        if (n == 0)
            return false;
        word += n;
    }
    return true;
}

/* Appends "$(printf '...')", which every shell understands, with octal escapes for bytes
 * that must not reach a terminal.  The shell drops newlines at the end of printf's output,
 * so a name that ends in a newline loses it. */
static void put_printed_word(struct buf *out, const char *word)
{
    const char *end = word + strlen(word);
    buf_str(out, "\"$(printf '");
    for (size_t n; word < end; word += n) {
        const size_t harmless = escape_harmless(word, (size_t)(end - word));
        n = harmless ? harmless : 1;
        if (harmless == 0 || *word == '\'')
            buf_printf(out, "\\%03o", (unsigned)(unsigned char)*word);
        else if (*word == '\\' || *word == '%')
            buf_printf(out, "%c%c", *word, *word);
        else
            buf_add(out, word, n);
    }
    buf_str(out, "')\"");
}

void shell_word(struct buf *out, const char *word)
{
    static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                "0123456789_-+=:,./@%";
    if (*word && !word[strspn(word, plain)]) {
        buf_str(out, word);
        return;
    }
    if (!is_harmless_word(word)) {
        put_printed_word(out, word);
        return;
    }
    buf_char(out, '\'');
    for (const char *s = word; *s; s++)
        if (*s == '\'')
            buf_str(out, "'\\''");
        else
            buf_char(out, *s);
    buf_char(out, '\'');
}

void shell_path(struct buf *out, const char *path)
{
    if (path[0] == '-' && path[1])
        buf_str(out, "./");
    shell_word(out, path);
}
