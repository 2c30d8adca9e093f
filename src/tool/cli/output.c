/* output.c - checks the names of outputs; writes files or standard output. */
#include "cli/output.h"

#include <stdio.h>
#include <string.h>

#include "base/file.h"
#include "base/folder.h"

bool output_is_stdout(const char *path)
{
    return strcmp(path, "-") == 0;
}

/* Refuses an output in a folder that is read, or linked to a file in it. */
static int check_folder(const char *path, const char *folder, struct charnn_error *e)
{
    if (strcmp(folder, "-") == 0 || !folder_exists(folder))
        return 0;
    if (folder_holds(folder, path))
        return err_usage(
            e,
            "%s would be in %s, a folder that is read: choose another name for "
            "the output",
            path, folder);
    const int linked = file_exists(path) ? folder_links(folder, path, e) : 0;
    if (linked > 0)
        return err_usage(e,
                         "%s is a file of %s, which is read: choose another name for the "
                         "output",
                         path, folder);
    return linked;
}

int output_check(const char *path, const char *suffix, const char *input,
                 struct charnn_error *e)
{
    if (output_is_stdout(path))
        return 0;
    if (!file_has_suffix(path, suffix))
        return err_usage(e, "%s: the name of this output must end in %s", path, suffix);
    if (file_same(path, input))
        return err_usage(e, "%s is also an input: choose another name for the output",
                         path);
    if (check_folder(path, input, e) < 0)
        return -1;
    return file_check_folder(path, e);
}

int output_write(const char *path, const struct buf *text, struct charnn_error *e)
{
    if (!output_is_stdout(path) || text->failed)
        return file_write(path, text, e);
    fwrite(text->data, 1, text->len, stdout);
    return 0;
}
