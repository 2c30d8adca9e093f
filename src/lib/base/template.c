/* template.c - expands a template line by line; counts the open blocks, and remembers the
 * outermost one that is left out. */
#include "base/template.h"

#include <assert.h>
#include <string.h>

static const struct slot *find_slot(const struct slot *slots, size_t n, const char *name,
                                    size_t length)
{
    for (size_t i = 0; i < n; i++)
        if (strlen(slots[i].name) == length && !memcmp(slots[i].name, name, length))
            return &slots[i];
    return NULL;
}

static bool begins_with(const char *line, const char *with)
{
    return !strncmp(line, with, strlen(with));
}

/* Whether the condition of a line "@if [!]name" holds. */
static bool condition_holds(const char *line, const struct slot *slots, size_t n)
{
    const char *name = line + strlen("@if ");
    const bool negated = *name == '!';
    name += negated;
    const struct slot *s = find_slot(slots, n, name, strcspn(name, "\n"));
    assert(s);
    return (s->text || s->put) != negated;
}

/* Length of the name between at[0] and the next @; 0: no placeholder begins here. */
static size_t placeholder_length(const char *at)
{
    const size_t length =
        strspn(at + 1, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ");
    return at[0] == '@' && at[length + 1] == '@' ? length : 0;
}

static void expand_line(const char *line, const char *end, const struct slot *slots,
                        size_t n, void *arg, struct buf *out)
{
    while (line < end) {
        const size_t length = placeholder_length(line);
        const struct slot *s = length ? find_slot(slots, n, line + 1, length) : NULL;
        assert(s || !length);
        if (!s) {
            buf_char(out, *line++);
            continue;
        }
        if (s->put)
            s->put(arg);
        else
            buf_str(out, s->text);
        line += length + 2;
    }
}

void template_expand(const char *text, const struct slot *slots, size_t n, void *arg,
                     struct buf *out)
{
    int open = 0, left_out = 0; /* block depth; depth of the outermost block left out, or
                                   0 */
    while (*text) {
        const char *end = text + strcspn(text, "\n");
        end += *end == '\n';
        if (begins_with(text, "@if ")) {
            open++;
            if (!left_out && !condition_holds(text, slots, n))
                left_out = open;
        } else if (begins_with(text, "@else\n")) {
            if (!left_out || left_out == open)
                left_out = left_out ? 0 : open;
        } else if (begins_with(text, "@end\n")) {
            if (left_out == open)
                left_out = 0;
            open--;
        } else if (!left_out) {
            expand_line(text, end, slots, n, arg, out);
        }
        text = end;
    }
    assert(open == 0);
}
