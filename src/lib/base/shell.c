/* shell.c - quotes words for a POSIX shell. */
#include "base/shell.h"

#include <string.h>

void shell_word(struct buf *out, const char *word)
{
    static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                "0123456789_-+=:,./@%";
    if (*word && !word[strspn(word, plain)]) {
        buf_str(out, word);
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
