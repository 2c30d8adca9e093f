/* folder.c - walks through a folder level by level, without recursion. */
#include "base/folder.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/array.h"
#include "base/buf.h"
#include "base/file.h"

bool folder_exists(const char *path)
{
    struct stat st;
    return stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

void folder_release(struct folder_files *f)
{
    for (size_t i = 0; i < f->n; i++)
        free(f->name[i]);
    free(f->name);
    *f = (struct folder_files){ 0 };
}

/* Appends a name and takes ownership of it, even after a failure. */
static int add_name(struct folder_files *f, char *name, struct charnn_error *e)
{
    if (name && array_room(&f->name, f->n, sizeof *f->name)) {
        f->name[f->n++] = name;
        return 0;
    }
    free(name);
    return err_set(e, "out of memory for the names of %zu files", f->n + 1);
}

static char *join_path(const char *folder, const char *name)
{
    struct buf b = { 0 };
    const size_t n = strlen(folder);
    buf_reserve(&b, n + 1 + strlen(name)); /* no spare room: there may be many paths */
    buf_add(&b, folder, n);
    if (n == 0 || folder[n - 1] != '/')
        buf_char(&b, '/');
    buf_str(&b, name);
    return buf_take(&b);
}

/* Appends an entry of a folder to the files, or to the folders to be read later. */
static int add_entry(struct folder_files *files, struct folder_files *folders,
                     const char *folder, const char *name, struct charnn_error *e)
{
    struct stat st;
    if (name[0] == '.')
        return 0;
    char *path = join_path(folder, name);
    const bool known = path && lstat(path, &st) == 0;
    if (!path || (known && S_ISREG(st.st_mode)))
        return add_name(files, path, e);
    if (known && S_ISDIR(st.st_mode))
        return add_name(folders, path, e);
    const int status = known ? 0 : err_sys(e, "%s: cannot read", path);
    free(path);
    return status;
}

static int read_folder(struct folder_files *files, struct folder_files *folders,
                       const char *folder, struct charnn_error *e)
{
    DIR *d = opendir(folder);
    struct dirent *entry = NULL;
    int status = 0;
    if (!d)
        return err_sys(e, "%s: cannot open", folder);
    do {
        errno = 0;
        entry = readdir(d);
        if (entry)
            status = add_entry(files, folders, folder, entry->d_name, e);
        else if (errno)
            status = err_sys(e, "%s: cannot read", folder);
    } while (entry && status == 0);
    closedir(d);
    return status;
}

static int compare_names(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

int folder_list(struct folder_files *f, const char *path, struct charnn_error *e)
{
    struct folder_files folders = { 0 };
    const size_t first = f->n;
    int status = add_name(&folders, strdup(path), e);
    for (size_t i = 0; status == 0 && i < folders.n; i++)
        status = read_folder(f, &folders, folders.name[i], e);
    folder_release(&folders);
    if (f->n > first)
        qsort(f->name + first, f->n - first, sizeof *f->name, compare_names);
    return status;
}

bool folder_holds(const char *folder, const char *path)
{
    char *beside = file_folder(path);
    char *inner = beside ? realpath(beside, NULL) : NULL, *outer = realpath(folder, NULL);
    const size_t n = outer ? strlen(outer) : 0;
    const bool holds = inner && outer && !strncmp(inner, outer, n) &&
                       (outer[n - 1] == '/' || inner[n] == '/' || inner[n] == '\0');
    free(beside);
    free(inner);
    free(outer);
    return holds;
}

int folder_links(const char *folder, const char *path, struct charnn_error *e)
{
    struct folder_files below = { 0 };
    int found = folder_list(&below, folder, e);
    for (size_t i = 0; i < below.n && found == 0; i++)
        found = file_same(path, below.name[i]);
    folder_release(&below);
    return found;
}
