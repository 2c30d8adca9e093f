/*
 * fuzz_regex.c - searches a text for any regular expression, as `charnn cells --match` does.
 *
 * The first line is the expression and the rest the text.  An expression that is refused must
 * give a message.
 */
#include <ctype.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "inspect/features.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { LENGTH_MOST = 60 };

static void require(int condition)
{
    if (!condition)
        abort();
}

/* Whether an expression may need too much memory or time, because it has back references, a
 * number of two digits or many repetitions.  regcomp and regexec do not limit what they use. */
static int is_costly(const char *pattern)
{
    int repetitions = 0;
    for (const char *s = pattern; *s; s++) {
        repetitions += *s == '{' || *s == '*' || *s == '+';
        if ((*s == '\\' && isdigit((unsigned char)s[1])) ||
            (isdigit((unsigned char)s[0]) && isdigit((unsigned char)s[1])))
            return 1;
    }
    return repetitions > 3;
}

static void search(const char *pattern, const struct corpus_part *text)
{
    struct corpus c;
    struct features f;
    struct charnn_error e = { 0 };
    const struct corpus_options options = { .unit = CHARNN_UNIT_BYTE };
    if (corpus_read_parts(&c, text, 1, &options, &e) < 0)
        return;
    if (features_read(&f, &c, c.n, &pattern, 1, &e) < 0) {
        require(e.usage && e.message[0] == '\'');
    } else {
        require(f.count > 0 && f.n == c.n);
        for (size_t at = 0; at < f.n; at++)
            require(features_at(&f, f.count - 1, at) <= 1);
    }
    features_release(&f);
    corpus_release(&c);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char pattern[LENGTH_MOST + 1] = "";
    const uint8_t *end = size ? memchr(data, '\n', size) : NULL;
    if (!end || end - data > LENGTH_MOST)
        return 0;
    memcpy(pattern, data, (size_t)(end - data));
    if (!is_costly(pattern))
        search(pattern,
               &(struct corpus_part){ "fuzz", end + 1, size - 1 - (size_t)(end - data) });
    return 0;
}
