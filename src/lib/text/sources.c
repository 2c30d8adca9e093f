/* sources.c - lists texts, and leaves out binary files. */
#include "text/sources.h"

#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/buf.h"
#include "base/file.h"

enum {
    SNIFFED = 8192, /* number of bytes of a file that are searched for a zero byte, the sign
                     * of a binary file */
    SKIPPED_NAMED = 10,
};

/* Whether there is a zero byte among the first SNIFFED: 1, 0, or -1 with an error. */
static int is_binary(const char *path, struct charnn_error *e)
{
    struct buf head = { 0 };
    int found = file_head(path, SNIFFED, &head, e);
    if (found == 0)
        found = head.len > 0 && memchr(head.data, 0, head.len) != NULL;
    buf_release(&head);
    return found;
}

static void note_binary(const struct sources *s, const char *name, size_t n)
{
    struct buf note = { 0 };
    if (name)
        buf_printf(&note, "%s: binary, not a text: skipped", name);
    else
        buf_printf(&note, "%zu more binary file%s skipped", n, n == 1 ? "" : "s");
    if (!note.failed)
        s->skipped(s->arg, note.data);
    buf_release(&note);
}

/* Names the first few binary files of a folder, and counts the others. */
static void note_all_binary(const struct sources *s, const char *const *named, size_t n)
{
    if (!s->skipped)
        return;
    for (size_t i = 0; i < n && i < SKIPPED_NAMED; i++)
        note_binary(s, named[i], 0);
    if (n > SKIPPED_NAMED)
        note_binary(s, NULL, n - SKIPPED_NAMED);
}

static int append_source(struct sources *s, const struct source *text,
                         struct charnn_error *e)
{
    if (!array_room(&s->list, s->n, sizeof *s->list))
        return err_set(e, "out of memory for %zu files", s->n + 1);
    s->list[s->n++] = *text;
    return 0;
}

/* Appends the files below a folder, each as a source. */
static int add_folder(struct sources *s, const char *path, struct charnn_error *e)
{
    const size_t first = s->found.n, before = s->n;
    const char *named[SKIPPED_NAMED];
    size_t skipped = 0;
    if (folder_list(&s->found, path, e) < 0)
        return -1;
    for (size_t i = first; i < s->found.n; i++) {
        const char *name = s->found.name[i];
        const int binary = is_binary(name, e);
        if (binary < 0)
            return -1;
        if (binary && skipped < SKIPPED_NAMED)
            named[skipped] = name;
        skipped += (size_t)binary;
        if (!binary &&
            append_source(s, &(struct source){ .name = name, .path = name }, e) < 0)
            return -1;
    }
    s->binary += skipped;
    if (s->n > before) {
        note_all_binary(s, named, skipped);
        return 0;
    }
    return err_set(e,
                   skipped ? "%s: there is no text in this folder: %zu binary file%s"
                           : "%s: there is no file in this folder",
                   path, skipped, skipped == 1 ? "" : "s");
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
