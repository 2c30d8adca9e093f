/* page.c - pages into files. */
#include "cli/page.h"

#include <stdio.h>
#include <string.h>

#include "base/file.h"

static int is_stdout(const char *path)
{
    return !strcmp(path, "-");
}

int page_check(const char *path, const char *read, struct charnn_error *e)
{
    if (is_stdout(path))
        return 0;
    if (!file_has_suffix(path, ".html"))
        return err_usage(e, "%s: a page is written: its name must end in .html", path);
    if (file_same(path, read))
        return err_usage(e, "%s is read: choose another name for the page", path);
    return file_check_folder(path, e);
}

int page_write(const char *path, const struct buf *page, struct charnn_error *e)
{
    if (!is_stdout(path) || page->failed)
        return file_write(path, page, e);
    fwrite(page->data, 1, page->len, stdout); /* msg_finish says what went wrong */
    return 0;
}

/* In JSON < stands in strings alone, and every script ends with one. */
void page_json(struct buf *out, const struct buf *json)
{
    for (size_t i = 0; i < json->len; i++)
        if (json->data[i] == '<')
            buf_str(out, "\\u003c");
        else
            buf_char(out, json->data[i]);
    out->failed |= json->failed;
}
