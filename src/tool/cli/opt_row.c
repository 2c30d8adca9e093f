/* opt_row.c - a row of a table of options as text, for --help and the manual page. */
#include "cli/opt_row.h"

const struct field *opt_row_of_key(const struct opt_command *c, int key)
{
    for (size_t i = 0; i < c->n; i++)
        if (c->table[i].type != FIELD_GROUP && c->table[i].key && c->table[i].key == key)
            return &c->table[i];
    return NULL;
}

const char *opt_row_value(const struct field *f)
{
    if (f->type == FIELD_FLAG)
        return NULL;
    return f->arg ? f->arg : f->type == FIELD_CHOICE ? "NAME" : "X";
}

/* Whether the default is a value that users could type, unlike -1 for "random". */
static bool shows_default(const struct field *f, const void *defaults)
{
    const char *member = (const char *)defaults + f->offset;
    if (field_is_auto(f, defaults))
        return true;
    switch (f->type) {
    case FIELD_INT: {
        double v = (double)*(const int64_t *)member;
        return v >= f->lo && v <= f->hi;
    }
    case FIELD_REAL:
    case FIELD_TIME:
    case FIELD_WORK: {
        double v = *(const double *)member;
        return v >= f->lo && v <= f->hi;
    }
    case FIELD_TEXT: {
        const char *s = *(const char *const *)member;
        return s && *s;
    }
    default: return f->type == FIELD_CHOICE;
    }
}

void opt_row_text(const struct opt_command *c, const struct field *f, struct buf *out)
{
    buf_str(out, f->help ? f->help : "");
    if (f->choices)
        buf_printf(out, " (%s)", f->choices);
    if (!c->defaults || !shows_default(f, c->defaults))
        return;
    buf_str(out, " [");
    field_print(f, c->defaults, out);
    buf_str(out, "]");
}
