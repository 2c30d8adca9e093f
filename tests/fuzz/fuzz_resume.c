/*
 * fuzz_resume.c - reads any bytes as a checkpoint and resumes its run, as `charnn train
 * --resume` does.
 *
 * A file that is refused must give a message.  A run that begins is interrupted before its
 * first step, and must leave a checkpoint that can be read.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "charnn.h"
#include "charnn_inspect.h"
#include "ckpt/ckpt.h"
#include "seal.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static char folder[] = "/tmp/charnn-fuzz.XXXXXX";

static void require(int condition)
{
    if (!condition)
        abort();
}

static char *in_folder(const char *name)
{
    static char path[4][64];
    static int next;
    char *p = path[next++ % 4];
    snprintf(p, sizeof *path, "%s/%s", folder, name);
    return p;
}

static void write_file(const char *path, const void *bytes, size_t n)
{
    FILE *f = fopen(path, "wb");
    require(f && fwrite(bytes, 1, n, f) == n && fclose(f) == 0);
}

/* A run with large chunks is too slow for this test, and a run with a time limit or a validation
 * file depends on more than the bytes. */
static int is_suitable(const uint8_t *data, size_t size)
{
    struct ckpt c;
    struct charnn_error e;
    struct buf raw = { .data = (char *)sealed(data, size), .len = size, .cap = size };
    if (ckpt_parse(&c, "fuzz", &raw, &e) < 0)
        return 1; /* the run must refuse it too */
    const int suitable = c.config.batch_size <= 64 && c.config.seq_length <= 64 &&
                         !c.config.valid_file && !c.config.time;
    ckpt_release(&c);
    return suitable;
}

static void resume(const char *path, const char *text)
{
    struct charnn_config config = charnn_config_default();
    struct charnn_error e = { 0 };
    config.resume = path;
    config.threads = 1;
    struct charnn_trainer *t = charnn_trainer_new(&config, &text, 1, NULL, NULL, &e);
    require(t || e.message[0] != 0);
    if (!t)
        return;
    charnn_trainer_interrupt(t, 0);
    const int status = charnn_trainer_run(t, NULL, &e);
    charnn_trainer_free(t);
    require(status == 0 || e.message[0] != 0);
    char *info = charnn_info_text(path, &e);
    require(info != NULL);
    free(info);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char text[] = "to be or not to be, that is the question\n"
                               "to be or not to be, that is the question\n";
    static const char *const files[] = { "c.txt", "r.last.bin", "r.bin", "r.jsonl" };
    if (!is_suitable(data, size))
        return 0;
    uint8_t *checkpoint = sealed(data, size);
    require(mkdtemp(folder) != NULL);
    write_file(in_folder("c.txt"), text, sizeof text - 1);
    write_file(in_folder("r.last.bin"), checkpoint, size);
    free(checkpoint);
    resume(in_folder("r.last.bin"), in_folder("c.txt"));
    for (size_t i = 0; i < sizeof files / sizeof *files; i++)
        unlink(in_folder(files[i]));
    rmdir(folder);
    memcpy(strrchr(folder, '.') + 1, "XXXXXX", 6);
    return 0;
}
