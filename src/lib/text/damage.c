/* damage.c - finds, counts and repairs invalid sequences. */
#include "text/damage.h"

#include <string.h>

#include "charnn.h"
#include "base/utf8.h"
#include "text/encoding.h"

/* U+FFFD and U+FEFF */
static const char replacement[] = "\xEF\xBF\xBD", mark[] = "\xEF\xBB\xBF";

/* The length of the damaged sequence at the beginning of s[0..n), n > 0. */
static size_t damage_length(const unsigned char *s, size_t n)
{
    size_t k = 1;
    while (k < n && k < UTF8_MAX && utf8_is_begun(s, k) && utf8_is_begun(s, k + 1))
        k++;
    return k;
}

/* Adds valid text without byte order marks; one at offset 0 of the whole text is kept. */
static void add_without_boms(size_t at, const unsigned char *s, size_t n, struct buf *out)
{
    size_t i = at == 0 ? utf8_bom(s, n) : 0;
    buf_add(out, (const char *)s, i);
    while (i < n) {
        const unsigned char *bom = memmem(s + i, n - i, mark, strlen(mark));
        const size_t plain = bom ? (size_t)(bom - s) - i : n - i;
        buf_add(out, (const char *)s + i, plain);
        i += plain + (bom ? strlen(mark) : 0);
    }
}

void damage_repair(const struct repair *how, size_t at, const unsigned char *s, size_t n,
                   struct buf *out)
{
    for (size_t i = 0; i < n;) {
        const size_t valid = utf8_check(s + i, n - i);
        if (how->drop_boms)
            add_without_boms(at + i, s + i, valid, out);
        else
            buf_add(out, (const char *)s + i, valid);
        i += valid;
        if (i == n)
            break;
        const size_t length = damage_length(s + i, n - i);
        if (how->damaged == CHARNN_DAMAGED_REPLACE)
            buf_str(out, replacement);
        else if (how->damaged != CHARNN_DAMAGED_DROP)
            buf_add(out, (const char *)s + i, length);
        i += length;
    }
}

/* Keeps the text from the first byte that is not ASCII on, as much as encoding_advise needs. */
static void keep_sample(struct buf *sample, const unsigned char *s, size_t n)
{
    size_t i = 0;
    while (sample->len == 0 && i < n && s[i] < 0x80)
        i++;
    if (sample->len < ENCODING_SAMPLE)
        buf_add(sample, (const char *)s + i,
                size_min(n - i, ENCODING_SAMPLE - sample->len));
}

void damage_count(struct damage *d, const unsigned char *s, size_t n)
{
    for (size_t i = 0; i < n;) {
        uint32_t c;
        const size_t length = s[i] < 0x80 ? 1 : (size_t)utf8_decode(s + i, n - i, &c);
        d->wide += length > 1 ? length - 1 : 0;
        if (length > 0) {
            i += length;
            continue;
        }
        const size_t bad = damage_length(s + i, n - i);
        if (d->sequences++ == 0)
            d->first = d->bytes + i;
        d->damaged += bad;
        d->cut = i + bad == n && utf8_is_begun(s + i, bad);
        i += bad;
    }
    d->bytes += n;
    if (d->sample)
        keep_sample(d->sample, s, n);
}

bool damage_is_utf8(const struct damage *d)
{
    return d->wide > d->sequences || (d->sequences == 1 && d->cut && d->damaged > 1);
}
