/*
 * replay.c - runs a fuzz target over the files given as arguments.
 *
 * Linked with one fuzz_*.c, it runs a corpus without a fuzzer; a fuzzer has its own
 * main.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/file.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Gives the target a block of exactly the size of the file, so that a sanitizer detects
 * reads beyond it. */
static int replay(const char *path)
{
    struct charnn_error e = { 0 };
    struct buf b = { 0 };
    if (file_read(path, &b, &e) < 0) {
        fprintf(stderr, "replay: %s\n", e.message);
        buf_release(&b);
        return 1;
    }
    uint8_t *exact = malloc(b.len ? b.len : 1);
    if (exact) {
        for (size_t i = 0; i < b.len; i++)
            exact[i] = (uint8_t)b.data[i];
        LLVMFuzzerTestOneInput(exact, b.len);
    }
    free(exact);
    buf_release(&b);
    return exact == NULL;
}

int main(int argc, char **argv)
{
    int failed = 0;
    for (int i = 1; i < argc; i++)
        failed |= replay(argv[i]);
    printf("replayed %d inputs\n", argc - 1);
    return failed;
}
