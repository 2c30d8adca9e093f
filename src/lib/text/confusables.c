/* confusables.c - small tables from The Unicode Standard: Latin up to U+017F, Greek, Cyrillic
 * and punctuation. */
#include "text/confusables.h"

#include <string.h>

/* The letters from U+00C0 to U+017F without their accents; '*' stands for other characters. */
static const char letters[] =
    "AAAAAAACEEEEIIIIDNOOOOO*OUUUUYTsaaaaaaaceeeeiiiidnooooo*ouuuuyty"
    "AaAaAaCcCcCcCcDdDdEeEeEeEeEeGgGgGgGgHhHhIiIiIiIiIiIiJjKkkLlLlLlLl"
    "LlNnNnNnnNnOoOoOoOoRrRrRrSsSsSsSsTtTtTtUuUuUuUuUuUuWwYyYZzZzZzs";

/* Marks, each with a similar mark in ASCII. */
static const struct {
    uint32_t from;
    char to;
} marks[] = {
    { 0x00A0, ' ' },  { 0x00AB, '"' },  { 0x00B4, '\'' }, { 0x00BB, '"' }, { 0x2018, '\'' },
    { 0x2019, '\'' }, { 0x201A, '\'' }, { 0x201C, '"' },  { 0x201D, '"' }, { 0x201E, '"' },
    { 0x2022, '*' },  { 0x2026, '.' },  { 0x2032, '\'' }, { 0x2033, '"' }, { 0x2212, '-' },
    { 0x3000, ' ' },  { '\t', ' ' },    { '\n', ' ' },    { '\r', '\n' },  { '"', '\'' },
    { '`', '\'' },    { '[', '(' },     { ']', ')' },     { ';', ',' },
};

static bool is_within(uint32_t c, uint32_t lo, uint32_t hi)
{
    return c >= lo && c <= hi;
}

/* The letter in the other case; c itself if there is none. */
static uint32_t other_case(uint32_t c)
{
    if (is_within(c, 'A', 'Z') || (is_within(c, 0xC0, 0xDE) && c != 0xD7) ||
        (is_within(c, 0x391, 0x3A9) && c != 0x3A2) || is_within(c, 0x410, 0x42F))
        return c + 32;
    if (is_within(c, 'a', 'z') || (is_within(c, 0xE0, 0xFE) && c != 0xF7) ||
        (is_within(c, 0x3B1, 0x3C9) && c != 0x3C2) || is_within(c, 0x430, 0x44F))
        return c - 32;
    if (is_within(c, 0x400, 0x40F))
        return c + 80;
    if (is_within(c, 0x450, 0x45F))
        return c - 80;
    if (is_within(c, 0x100, 0x137) || is_within(c, 0x14A, 0x177)) /* letters in pairs; the
                                                                   * capital is even */
        return c ^ 1;
    if (is_within(c, 0x139, 0x148) || is_within(c, 0x179, 0x17E)) /* letters in pairs; the
                                                                   * capital is odd */
        return ((c - 1) ^ 1) + 1;
    return c;
}

/* The letter without its accent, or the plain form of a mark; c itself if there is none. */
static uint32_t plain_form(uint32_t c)
{
    if (is_within(c, 0xC0, 0x17F) && letters[c - 0xC0] != '*')
        return (unsigned char)letters[c - 0xC0];
    if (is_within(c, 0x2000, 0x200A))
        return ' ';
    if (is_within(c, 0x2010, 0x2015))
        return '-';
    for (size_t i = 0; i < sizeof marks / sizeof *marks; i++)
        if (marks[i].from == c)
            return (unsigned char)marks[i].to;
    return c;
}

static size_t add_unless_same(uint32_t c, uint32_t *similar, size_t n, uint32_t self)
{
    if (c == self)
        return n;
    similar[n] = c;
    return n + 1;
}

size_t confusables_of(uint32_t c, uint32_t similar[CONFUSABLES_MAX])
{
    size_t n = add_unless_same(other_case(c), similar, 0, c);
    n = add_unless_same(plain_form(c), similar, n, c);
    return add_unless_same(other_case(plain_form(c)), similar, n, c);
}

bool confusables_is_accent(uint32_t c)
{
    return is_within(c, 0x300, 0x36F);
}
