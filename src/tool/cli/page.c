/* page.c - JSON inside HTML. */
#include "cli/page.h"

/* In JSON, "<" stands only inside strings, and every end of a script begins with one. */
void page_json(struct buf *out, const struct buf *json)
{
    for (size_t i = 0; i < json->len; i++)
        if (json->data[i] == '<')
            buf_str(out, "\\u003c");
        else
            buf_char(out, json->data[i]);
    out->failed |= json->failed;
}
