/* sources.c - lists texts, and leaves out binary files. */
#include "text/sources.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/buf.h"
#include "base/file.h"
#include "text/signature.h"

enum {
    SNIFFED = 8192, /* number of bytes of a file that are searched for a zero byte, the sign
                     * of a binary file */
    SKIPPED_NAMED = 10,
};

/* Reads the first SNIFFED bytes.  Returns 1 if the file is binary (it has a zero byte, or
 * is not a text), 0 if it is a text, or -1 with an error.  Sets *advice to what it is and
 * what to do first, or to NULL if that is not known. */
static int is_binary(const char *path, const char **advice, struct charnn_error *e)
{
    struct buf head = { 0 };
    bool wide;
    *advice = NULL;
    if (file_head(path, SNIFFED, &head, e) < 0)
        return -1;
    const unsigned char *s = (const unsigned char *)head.data;
    if (head.len > 0)
        *advice = signature_advice(s, head.len, &wide);
    const bool binary =
        head.len > 0 && (memchr(s, 0, head.len) != NULL || (*advice && !wide));
    buf_release(&head);
    return binary;
}

/* The binary files of a folder. */
struct binary_files {
    const char *name[SKIPPED_NAMED], *advice[SKIPPED_NAMED]; /* of the first few */
    size_t n;
};

/* Reports that a binary file is skipped; `advice` comes from is_binary. */
static void note_binary(const struct sources *s, const char *name, const char *advice)
{
    struct buf note = { 0 };
    buf_printf(&note, "%s: skipped: %s", name, advice ? advice : "binary, not a text");
    if (!note.failed)
        s->skipped(s->arg, note.data);
    buf_release(&note);
}

/* Reports the first few binary files of a folder by name, and the number of all others. */
static void note_all_binary(const struct sources *s, const struct binary_files *b)
{
    char more[64];
    if (!s->skipped)
        return;
    for (size_t i = 0; i < b->n && i < SKIPPED_NAMED; i++)
        note_binary(s, b->name[i], b->advice[i]);
    if (b->n == SKIPPED_NAMED + 1)
        s->skipped(s->arg, "1 more binary file skipped");
    else if (b->n > SKIPPED_NAMED) {
        snprintf(more, sizeof more, "%zu more binary files skipped", b->n - SKIPPED_NAMED);
        s->skipped(s->arg, more);
    }
}

static int append_source(struct sources *s, const struct source *text,
                         struct charnn_error *e)
{
    if (!array_room(&s->list, s->n, sizeof *s->list))
        return err_set(e, "out of memory for %zu files", s->n + 1);
    s->list[s->n++] = *text;
    return 0;
}

/* Says why a folder has no text. */
static int refuse_folder(const char *path, const struct binary_files *b,
                         struct charnn_error *e)
{
    if (b->n == 0)
        return err_set(e, "%s: there is no file in this folder", path);
    if (!b->advice[0])
        return err_set(e, "%s: there is no text in this folder: %zu binary file%s", path,
                       b->n, b->n == 1 ? "" : "s");
    return err_set(e, "%s: there is no text in this folder; %s: %s", path, b->name[0],
                   b->advice[0]);
}

/* Appends the files below a folder, each as a source. */
static int add_folder(struct sources *s, const char *path, struct charnn_error *e)
{
    const size_t first = s->found.n, before = s->n;
    struct binary_files skipped = { .n = 0 };
    if (folder_list(&s->found, path, e) < 0)
        return -1;
    for (size_t i = first; i < s->found.n; i++) {
        const char *name = s->found.name[i], *advice;
        const int binary = is_binary(name, &advice, e);
        if (binary < 0)
            return -1;
        if (binary && skipped.n < SKIPPED_NAMED) {
            skipped.name[skipped.n] = name;
            skipped.advice[skipped.n] = advice;
        }
        skipped.n += (size_t)binary;
        if (!binary &&
            append_source(s, &(struct source){ .name = name, .path = name }, e) < 0)
            return -1;
    }
    s->binary += skipped.n;
    if (s->n > before) {
        note_all_binary(s, &skipped);
        return 0;
    }
    return refuse_folder(path, &skipped, e);
}

int sources_add(struct sources *s, const struct source *text, struct charnn_error *e)
{
    struct source one = *text;
    if (one.text)
        return append_source(s, &one, e);
    one.path = one.name;
    if (strcmp(one.path, "-") == 0)
        one.name = "standard input";
    else if (folder_exists(one.path))
        return add_folder(s, one.path, e);
    return append_source(s, &one, e);
}

size_t sources_bytes(const struct sources *s)
{
    size_t total = 0;
    for (size_t k = 0; k < s->n; k++) {
        const int64_t size = s->list[k].text ? 0 : file_size(s->list[k].path);
        if (size < 0)
            return 0;
        total += (size_t)size;
    }
    return total;
}

size_t sources_memory(const struct sources *s)
{
    enum { OVERHEAD = 16 }; /* of an allocation */
    size_t bytes = s->n * sizeof *s->list + s->found.n * sizeof *s->found.name;
    for (size_t i = 0; i < s->found.n; i++)
        bytes += strlen(s->found.name[i]) + 1 + OVERHEAD;
    return bytes;
}

void sources_release(struct sources *s)
{
    for (size_t k = 0; k < s->n; k++)
        reader_release_source(&s->list[k]);
    folder_release(&s->found);
    free(s->list);
    *s = (struct sources){ 0 };
}
