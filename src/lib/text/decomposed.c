/* decomposed.c - the canonical compositions of The Unicode Standard (UnicodeData.txt), without
 * those of letters that are composed already, and of rare scripts. */
#include "text/decomposed.h"

#include <string.h>

#include "base/utf8.h"

enum { READ = 1 << 20 };

// clang-format off
static const struct {
    uint32_t mark;
    const char *letters;
} latin[] = {
    { 0x300, "AEINOUWYaeinouwy" },
    { 0x301, "ACEGIKLMNOPRSUWYZacegiklmnoprsuwyz" },
    { 0x302, "ACEGHIJOSUWYZaceghijosuwyz" },
    { 0x303, "AEINOUVYaeinouvy" },
    { 0x304, "AEGIOUYaegiouy" },
    { 0x306, "AEGIOUaegiou" },
    { 0x307, "ABCDEFGHIMNOPRSTWXYZabcdefghmnoprstwxyz" },
    { 0x308, "AEHIOUWXYaehiotuwxy" },
    { 0x309, "AEIOUYaeiouy" },
    { 0x30A, "AUauwy" },
    { 0x30B, "OUou" },
    { 0x30C, "ACDEGHIKLNORSTUZacdeghijklnorstuz" },
    { 0x31B, "OUou" },
    { 0x323, "ABDEHIKLMNORSTUVWYZabdehiklmnorstuvwyz" },
    { 0x326, "STst" },
    { 0x327, "CDEGHKLNRSTcdeghklnrst" },
    { 0x328, "AEIOUaeiou" },
};

/* Ranges of letters and of marks.  For each pair of a letter and a mark, Unicode has one
 * character, or the pair does not occur in texts. */
static const struct {
    uint32_t first_letter, last_letter, first_mark, last_mark;
} others[] = {
    { 0x391, 0x3C9, 0x300, 0x301 }, { 0x391, 0x3C9, 0x308, 0x308 }, /* Greek */
    { 0x391, 0x3C9, 0x313, 0x314 }, { 0x391, 0x3C9, 0x342, 0x345 },
    { 0x413, 0x413, 0x301, 0x301 }, { 0x433, 0x433, 0x301, 0x301 }, /* Cyrillic */
    { 0x41A, 0x41A, 0x301, 0x301 }, { 0x43A, 0x43A, 0x301, 0x301 },
    { 0x410, 0x44F, 0x306, 0x306 }, { 0x410, 0x456, 0x308, 0x308 },
    { 0x406, 0x406, 0x308, 0x308 },
    { 0x627, 0x627, 0x653, 0x655 }, { 0x648, 0x648, 0x654, 0x654 }, /* Arabic */
    { 0x64A, 0x64A, 0x654, 0x654 }, { 0x6C1, 0x6D5, 0x654, 0x654 },
    { 0x928, 0x928, 0x93C, 0x93C }, { 0x930, 0x933, 0x93C, 0x93C }, /* Devanagari */
    { 0x9C7, 0x9C7, 0x9BE, 0x9BE }, { 0x9C7, 0x9C7, 0x9D7, 0x9D7 }, /* Bengali */
    { 0xB47, 0xB47, 0xB3E, 0xB3E }, { 0xB47, 0xB47, 0xB56, 0xB57 }, /* Odia */
    { 0xBC6, 0xBC7, 0xBBE, 0xBBE }, { 0xBC6, 0xBC6, 0xBD7, 0xBD7 }, /* Tamil */
    { 0xC46, 0xC46, 0xC56, 0xC56 },                                 /* Telugu */
    { 0xCC6, 0xCC6, 0xCC2, 0xCC2 }, { 0xCBF, 0xCC6, 0xCD5, 0xCD6 }, /* Kannada */
    { 0xD46, 0xD47, 0xD3E, 0xD3E }, { 0xD46, 0xD46, 0xD57, 0xD57 }, /* Malayalam */
    { 0xDD9, 0xDD9, 0xDCA, 0xDCA }, { 0xDD9, 0xDD9, 0xDCF, 0xDDF }, /* Sinhala */
    { 0x1025, 0x1025, 0x102E, 0x102E },                             /* Myanmar */
    { 0x3046, 0x307B, 0x3099, 0x309A }, { 0x30A6, 0x30F2, 0x3099, 0x309A }, /* kana */
};
// clang-format on

enum { N_LATIN = sizeof latin / sizeof *latin, N_OTHERS = sizeof others / sizeof *others };

bool decomposed_pair(uint32_t letter, uint32_t mark)
{
    for (size_t i = 0; i < N_LATIN && letter < 0x80; i++)
        if (mark == latin[i].mark)
            return letter && strchr(latin[i].letters, (int)letter);
    for (size_t i = 0; i < N_OTHERS; i++)
        if (letter >= others[i].first_letter && letter <= others[i].last_letter &&
            mark >= others[i].first_mark && mark <= others[i].last_mark)
            return true;
    return false;
}

bool decomposed_mark(uint32_t mark)
{
    for (size_t i = 0; i < N_LATIN; i++)
        if (mark == latin[i].mark)
            return true;
    for (size_t i = 0; i < N_OTHERS; i++)
        if (mark >= others[i].first_mark && mark <= others[i].last_mark)
            return true;
    return false;
}

static void find_pairs(struct decomposed *d, const unsigned char *s, size_t n)
{
    uint32_t before = 0, c = 0;
    for (size_t i = 0, length; i < n; i += length ? length : 1, before = c) {
        length = (size_t)utf8_decode(s + i, n - i, &c);
        if (c < 0x300 || !decomposed_pair(before, c))
            continue;
        if (d->pairs++ == 0) {
            d->letter = before;
            d->mark = c;
        }
    }
}

int decomposed_find(struct decomposed *d, struct sources *s, struct reader *r,
                    struct charnn_error *e)
{
    size_t done = 0;
    *d = (struct decomposed){ 0 };
    for (size_t k = 0; k < s->n && done < READ; k++) {
        int got = reader_open(r, &s->list[k], e);
        while (got >= 0 && done < READ && (got = reader_next(r, e)) > 0) {
            find_pairs(d, r->piece, r->n);
            done += r->n;
        }
        reader_close(r);
        if (got < 0)
            return -1;
    }
    return 0;
}
