/* opt_man.c - a table of options as a manual page, and as a list for completion. */
#include <string.h>

#include "cli/man.h"
#include "cli/opt.h"
#include "cli/opt_row.h"

/* Adds "charnn-train" for the usage "charnn train [options] ...". */
static void add_name(const char *usage, struct buf *out)
{
    const size_t program = strcspn(usage, " ");
    const size_t command = strcspn(usage + program + 1, " ");
    buf_printf(out, "%.*s-%.*s", (int)program, usage, (int)command, usage + program + 1);
}

static void add_option(const char *key, const char *name, const char *value,
                       const char *text, struct buf *out)
{
    buf_str(out, ".TP\n");
    if (*key)
        buf_printf(out, "\\fB\\-%s\\fR, ", key);
    buf_str(out, "\\fB\\-\\-");
    man_text(name, out);
    buf_str(out, "\\fR");
    if (value) {
        buf_str(out, " \\fI");
        man_text(value, out);
        buf_str(out, "\\fR");
    }
    buf_char(out, '\n');
    man_text(text, out);
    buf_char(out, '\n');
}

static void add_page_row(const struct opt_command *c, const struct field *f,
                         struct buf *out)
{
    const char key[2] = { f->key };
    struct buf text = { 0 };
    if (f->type == FIELD_GROUP) {
        buf_printf(out, ".SS %s\n", f->name);
        return;
    }
    opt_row_text(c, f, &text);
    out->failed |= text.failed;
    if (!out->failed)
        add_option(key, f->name, opt_row_value(f), text.data ? text.data : "", out);
    buf_release(&text);
}

void opt_man(const struct opt_command *c, struct buf *out)
{
    static const char title[] = "examples:\n";
    struct buf name = { 0 };
    add_name(c->usage, &name);
    if (name.failed) {
        out->failed = true;
        return;
    }
    man_begin(name.data, c->about, out);
    man_lines("SYNOPSIS", c->usage, out);
    buf_str(out, ".SH DESCRIPTION\n");
    man_text(c->about, out);
    buf_str(out, "\n.SH OPTIONS\n");
    for (size_t i = 0; i < c->n; i++)
        add_page_row(c, &c->table[i], out);
    buf_str(out, ".SS Others\n");
    add_option(opt_row_of_key(c, 'h') ? "" : "h", "help", NULL, "print the help and exit",
               out);
    add_option("", "version", NULL, "print the version and exit", out);
    if (c->epilogue) {
        const bool titled = strncmp(c->epilogue, title, strlen(title)) == 0;
        man_lines("EXAMPLES", c->epilogue + (titled ? strlen(title) : 0), out);
    }
    man_end(".BR charnn (1)", out);
    buf_release(&name);
}

void opt_list(const struct opt_command *c, struct buf *out)
{
    for (size_t i = 0; i < c->n; i++) {
        const struct field *f = &c->table[i];
        if (f->type == FIELD_GROUP)
            continue;
        const char *value = opt_row_value(f);
        buf_printf(out, "--%s\t%s\t%s\n", f->name,
                   f->type == FIELD_CHOICE && f->choices ? f->choices
                   : value                               ? value
                                                         : "",
                   f->help ? f->help : "");
    }
    buf_str(out, "--help\t\tprint the help and exit\n");
}
