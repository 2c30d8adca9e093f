/* opt_help.c - lays out the text of --help. */
#include <string.h>

#include "cli/opt.h"
#include "cli/opt_row.h"

enum { LEFT_MOST = 30 }; /* largest column at which help texts begin */

/* Adds "  -t, --temperature X". */
static void add_left(const struct field *f, struct buf *out)
{
    const char *value = opt_row_value(f);
    if (f->key)
        buf_printf(out, "  -%c, --%s", f->key, f->name);
    else
        buf_printf(out, "      --%s", f->name);
    if (value)
        buf_printf(out, " %s", value);
}

/* Appends text from column `at` on, with lines broken at spaces. */
static void add_wrapped(const char *text, int at, struct buf *out)
{
    int column = at;
    while (*text) {
        int n = (int)strcspn(text, " ");
        if (column > at && column + 1 + n > OPT_COLUMNS) {
            buf_printf(out, "\n%*s", at, "");
            column = at;
        } else if (column > at) {
            buf_char(out, ' ');
            column++;
        }
        buf_add(out, text, (size_t)n);
        column += n;
        text += n;
        text += strspn(text, " ");
    }
    buf_char(out, '\n');
}

static void add_row(const char *left, const char *right, int at, struct buf *out)
{
    int n = (int)strlen(left);
    if (n + 2 > at)
        buf_printf(out, "%s\n%*s", left, at, "");
    else
        buf_printf(out, "%-*s", at, left);
    add_wrapped(right, at, out);
}

/* The column at which help texts begin. */
static int help_column(const struct opt_command *c)
{
    int at = 0;
    for (size_t i = 0; i < c->n; i++) {
        struct buf left = { 0 };
        if (c->table[i].type != FIELD_GROUP)
            add_left(&c->table[i], &left);
        int n = (int)left.len + 2;
        at = n > at && n <= LEFT_MOST ? n : at;
        buf_release(&left);
    }
    return at > 16 ? at : 16;
}

/* Adds the forms of the command line below each other. */
static void add_usage(const char *usage, struct buf *out)
{
    buf_str(out, "usage: ");
    for (; *usage; usage++) {
        buf_char(out, *usage);
        if (*usage == '\n')
            buf_str(out, "       ");
    }
    buf_char(out, '\n');
}

void opt_help(const struct opt_command *c, struct buf *out)
{
    int at = help_column(c);
    add_usage(c->usage, out);
    if (c->about)
        buf_printf(out, "\n%s\n", c->about);
    for (size_t i = 0; i < c->n; i++) {
        const struct field *f = &c->table[i];
        struct buf left = { 0 }, right = { 0 };
        if (f->type == FIELD_GROUP) {
            buf_printf(out, "\n%s:\n", f->name);
            continue;
        }
        add_left(f, &left);
        opt_row_text(c, f, &right);
        out->failed |= left.failed || right.failed;
        if (!out->failed)
            add_row(left.data, right.data ? right.data : "", at, out);
        buf_release(&left);
        buf_release(&right);
    }
    buf_str(out, "\n");
    add_row(opt_row_of_key(c, 'h') ? "      --help" : "  -h, --help",
            "print this help and exit", at, out);
    add_row("      --version", "print the version and exit", at, out);
    if (c->epilogue)
        buf_printf(out, "\n%s\n", c->epilogue);
}
