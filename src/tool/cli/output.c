/* output.c - checks the names of outputs; writes files or standard output. */
#include "cli/output.h"

#include <stdio.h>
#include <string.h>

#include "base/file.h"

bool output_is_stdout(const char *path)
{
    return strcmp(path, "-") == 0;
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
    return file_check_folder(path, e);
}

int output_write(const char *path, const struct buf *text, struct charnn_error *e)
{
    if (!output_is_stdout(path) || text->failed)
        return file_write(path, text, e);
    fwrite(text->data, 1, text->len, stdout);
    return 0;
}
