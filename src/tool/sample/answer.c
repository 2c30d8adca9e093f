/* answer.c - writes texts into JSON. */
#include "sample/answer.h"

#include <stdio.h>

#include "base/base64.h"
#include "base/utf8.h"
#include "cli/msg.h"

void answer_put_bytes(struct json_out *o, const char *key, const char *bytes, size_t n)
{
    struct buf text = { 0 };
    struct base64 encoder = { .out = &text };
    char name[64];
    if (utf8_check((const unsigned char *)bytes, n) == n) {
        json_put_string(o, key, n ? bytes : "", n);
        return;
    }
    for (size_t i = 0; i < n; i++)
        base64_byte(&encoder, (unsigned char)bytes[i]);
    base64_end(&encoder);
    if (text.failed)
        msg_die_memory();
    snprintf(name, sizeof name, "%s_base64", key);
    json_put_string(o, name, text.data, text.len);
    buf_release(&text);
}

static const char *name_of_end(int end)
{
    static const char *const names[] = {
        [CHARNN_END_LENGTH] = "length", [CHARNN_END_LINES] = "lines",
        [CHARNN_END_STOP] = "stop",     [CHARNN_END_DOCUMENT] = "document",
        [CHARNN_END_STUCK] = "stuck",   [CHARNN_END_INTERRUPTED] = "interrupted"
    };
    return names[end];
}

void answer_put_text(struct json_out *o, const char *bytes, size_t n, int64_t seed,
                     const struct charnn_piece *last)
{
    answer_put_bytes(o, "text", bytes, n);
    if (seed >= 0)
        json_put_int(o, "seed", seed);
    json_put_real(o, "logprob", last->logprob);
    json_put_int(o, "chars", last->chars);
    json_put_text(o, "end", name_of_end(last->end));
    if (last->thrown_away > 0)
        json_put_int(o, "thrown_away", last->thrown_away);
}
