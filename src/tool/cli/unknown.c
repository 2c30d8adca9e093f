/* unknown.c - says how many characters a model did not know. */
#include "cli/unknown.h"

#include <string.h>

#include "base/escape.h"
#include "cli/msg.h"
#include "cli/term.h"

/* Adds "3 left out", after a comma if *some is true, and sets *some; adds nothing if n is 0. */
static void add_fate(struct buf *out, bool *some, int64_t n, const char *fate)
{
    char count[32];
    if (n == 0)
        return;
    buf_printf(out, "%s %s %s", *some ? "," : "", term_count(n, count), fate);
    *some = true;
}

void unknown_describe(struct buf *out, const struct charnn_unknown *u)
{
    const int64_t similar = u->met - u->left_out - u->folded;
    char count[32];
    bool some = false;
    buf_printf(out, "%s unknown to the model", term_count(u->met, count));
    if (u->left_out == u->met || u->folded == u->met || similar == u->met) {
        buf_str(out, u->left_out ? ", left out"
                     : u->folded ? ", read as U+FFFD"
                                 : ", read as similar ones");
        return;
    }
    buf_char(out, ':');
    add_fate(out, &some, u->left_out, "left out");
    add_fate(out, &some, u->folded, "read as U+FFFD");
    add_fate(out, &some, similar, "read as similar ones");
}

void unknown_say(const char *path, const struct charnn_unknown *u)
{
    struct buf line = { 0 };
    if (u->met == 0)
        return;
    escape_name(&line, path, strlen(path));
    buf_str(&line, ": characters: ");
    unknown_describe(&line, u);
    if (line.failed)
        msg_die_memory();
    msg_say("%s", line.data);
    buf_release(&line);
}

void unknown_json(struct json_out *o, const struct charnn_unknown *u)
{
    json_put_int(o, "unknown", u->met);
    json_put_int(o, "left_out", u->left_out);
    json_put_int(o, "folded", u->folded);
}
