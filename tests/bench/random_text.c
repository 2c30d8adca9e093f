/*
 * random_text.c - `random_text SYMBOLS CHARACTERS` writes uniformly random text to stdout,
 * for measuring speed, which does not depend on the text.  Up to 90 symbols are ASCII, more
 * are Hangul syllables.
 */
#include <stdio.h>
#include <stdlib.h>

#include "base/rng.h"
#include "base/utf8.h"

int main(int argc, char **argv)
{
    const unsigned symbols = argc == 3 ? (unsigned)atoi(argv[1]) : 0;
    struct rng rng;
    if (symbols < 1 || symbols > 60000)
        return 2;
    rng_init(&rng, 1);
    for (long i = atol(argv[2]); i > 0; i--) {
        char bytes[UTF8_MAX];
        const unsigned c = (unsigned)(rng_next(&rng) % symbols);
        const uint32_t first = symbols <= 90 ? '!' : symbols <= 11172 ? 0xAC00 : 0x20000;
        fwrite(bytes, 1, (size_t)utf8_encode(first + c, bytes), stdout);
    }
    return fflush(stdout) != 0;
}
