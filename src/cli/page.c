/* page.c - pages into files. */
#include "cli/page.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"

static int is_stdout(const char *path)
{
    return !strcmp(path, "-");
}

static int check_folder(const char *path, struct charnn_error *e)
{
    char *folder = file_folder(path);
    const int failed = !folder ? ENOMEM : access(folder, W_OK | X_OK) < 0 ? errno : 0;
    free(folder);
    return failed ? err_set(e, "%s: cannot write: %s", path, strerror(failed)) : 0;
}

int page_check(const char *path, const char *read, struct charnn_error *e)
{
    static const char end[] = ".html";
    const size_t n = strlen(path), m = strlen(end);
    if (is_stdout(path))
        return 0;
    if (n <= m || strcmp(path + n - m, end) != 0)
        return err_usage(e, "%s: a page is written: its name must end in .html", path);
    if (file_same(path, read))
        return err_usage(e, "%s is read: choose another name for the page", path);
    return check_folder(path, e);
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
