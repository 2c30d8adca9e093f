/* signature.c - a table of first bytes, and where the zero bytes of UTF-16 and UTF-32 are. */
#include "text/signature.h"

#include <stdint.h>
#include <string.h>

/* Bytes at an offset; `inside`, if not NULL, occurs somewhere in the first SIGNATURE_HEAD
 * bytes. */
struct signature {
    size_t at;
    const char *bytes;
    size_t length;
    const char *inside, *advice;
};

#define BYTES(s) s, sizeof s - 1

/* The first entry that matches is used, so more specific entries come first.  The first N_WIDE
 * entries are texts in UTF-32 and UTF-16. */
enum { N_WIDE = 4 };
// clang-format off
static const struct signature signatures[] = {
    { 0, BYTES("\xFF\xFE\0\0"), NULL, "it is UTF-32LE: try iconv -f UTF-32 -t UTF-8" },
    { 0, BYTES("\0\0\xFE\xFF"), NULL, "it is UTF-32BE: try iconv -f UTF-32 -t UTF-8" },
    { 0, BYTES("\xFF\xFE"), NULL, "it is UTF-16LE: try iconv -f UTF-16 -t UTF-8" },
    { 0, BYTES("\xFE\xFF"), NULL, "it is UTF-16BE: try iconv -f UTF-16 -t UTF-8" },
    { 0, BYTES("\x1F\x8B"), NULL, "it is gzip: unpack it first, with gunzip" },
    { 0, BYTES("PK\3\4"), "word/", "it is a Word document (docx): save it as plain text first" },
    { 0, BYTES("PK\3\4"), "[Content_Types].xml",
      "it is an Office document (docx, xlsx, pptx): save it as plain text first" },
    { 0, BYTES("PK\3\4"), "application/epub", "it is an EPUB book: convert it to plain text first" },
    { 0, BYTES("PK\3\4"), "opendocument", "it is an OpenDocument file: save it as plain text first" },
    { 0, BYTES("PK\3\4"), NULL, "it is zip (or docx): unpack it first, with unzip" },
    { 0, BYTES("%PDF-"), NULL, "it is PDF: extract its text first, with pdftotext" },
    { 0, BYTES("\xFD" "7zXZ\0"), NULL, "it is xz: unpack it first, with xz -d" },
    { 0, BYTES("BZh"), "1AY&SY", "it is bzip2: unpack it first, with bunzip2" },
    { 0, BYTES("\x28\xB5\x2F\xFD"), NULL, "it is zstd: unpack it first, with zstd -d" },
    { 0, BYTES("7z\xBC\xAF\x27\x1C"), NULL, "it is 7z: unpack it first, with 7z x" },
    { 257, BYTES("ustar"), NULL, "it is a tar archive: unpack it first, with tar -xf" },
    { 0, BYTES("\x7F" "ELF"), NULL, "it is an ELF program, not a text" },
    { 8, BYTES("{\""), "\"dtype\"", "it is a safetensors file (weights), not a text" },
    { 8, BYTES("{\""), "data_offsets", "it is a safetensors file (weights), not a text" },
    { 8, BYTES("{\""), "__metadata__", "it is a safetensors file (weights), not a text" },
    { 0, BYTES("{\\rtf"), NULL, "it is RTF: save it as plain text first" },
    { 0, BYTES("\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1"), NULL,
      "it is an old Office document (doc, xls): save it as plain text first" },
    { 0, BYTES("\x89PNG"), NULL, "it is a PNG picture, not a text" },
    { 0, BYTES("\xFF\xD8\xFF"), NULL, "it is a JPEG picture, not a text" },
    { 0, BYTES("SQLite format 3"), NULL, "it is an SQLite database: export its text first" },
    { 0, BYTES("PAR1\x15"), NULL, "it is Parquet: export its text first" },
};
// clang-format on

static bool has_inside(const unsigned char *s, size_t n, const char *word)
{
    return !word || memmem(s, n, word, strlen(word)) != NULL;
}

static const char *unmarked_utf32(const unsigned char *s, size_t n)
{
    bool little = n >= 8, big = n >= 8;
    for (size_t i = 0; i + 4 <= n; i += 4) {
        little = little && s[i + 3] == 0 && s[i + 2] <= 0x10;
        big = big && s[i] == 0 && s[i + 1] <= 0x10;
    }
    return little ? "it is UTF-32LE: try iconv -f UTF-32LE -t UTF-8"
           : big  ? "it is UTF-32BE: try iconv -f UTF-32BE -t UTF-8"
                  : NULL;
}

/* Whether s is UTF-16 with the high bytes of characters at even (high 0) or odd (high 1)
 * offsets.  Enough high bytes must be 0, because even Chinese text has spaces and newlines,
 * and no character may be a control character. */
static bool is_utf16(const unsigned char *s, size_t n, size_t high)
{
    size_t ascii = 0, zeros = 0;
    for (size_t i = 0; i + 2 <= n; i += 2) {
        const unsigned char low = s[i + 1 - high];
        if (s[i + high] == 0 && low < 0x20 && !strchr("\t\n\f\r", low ? low : 1))
            return false;
        ascii += s[i + high] == 0;
        zeros += low == 0; /* a few characters have a low byte that is zero */
    }
    return ascii >= 2 + n / 100 && zeros * 4 <= ascii;
}

static const char *unmarked_utf16(const unsigned char *s, size_t n)
{
    return is_utf16(s, n, 1)   ? "it is UTF-16LE: try iconv -f UTF-16LE -t UTF-8"
           : is_utf16(s, n, 0) ? "it is UTF-16BE: try iconv -f UTF-16BE -t UTF-8"
                               : NULL;
}

const char *signature_advice(const unsigned char *s, size_t n, bool *wide)
{
    n = n < SIGNATURE_HEAD ? n : SIGNATURE_HEAD;
    *wide = true;
    for (size_t i = 0; i < sizeof signatures / sizeof *signatures; i++) {
        const struct signature *k = &signatures[i];
        if (n >= k->at + k->length && memcmp(s + k->at, k->bytes, k->length) == 0 &&
            has_inside(s, n, k->inside)) {
            *wide = i < N_WIDE;
            return k->advice;
        }
    }
    if (n == 0 || !memchr(s, 0, n))
        return NULL;
    const char *utf32 = unmarked_utf32(s, n);
    return utf32 ? utf32 : unmarked_utf16(s, n);
}
