/* test_base64.c - bytes encoded as text (base/base64.h). */
#include "base/base64.h"

#include "test.h"

/* Whether `bytes` is encoded as `text`, with the right numbers of characters returned. */
static int becomes(const char *bytes, size_t n, const char *text)
{
    struct buf out = { 0 };
    struct base64 b = { .out = &out };
    int count = 0;
    buf_str(&out, "");
    for (size_t i = 0; i < n; i++)
        count += base64_byte(&b, (unsigned char)bytes[i]);
    count += base64_end(&b);
    const int same = !strcmp(out.data, text) && count == (int)strlen(text);
    buf_release(&out);
    return same;
}

static void the_examples_of_the_standard_hold(void)
{
    CHECK(becomes("", 0, ""));
    CHECK(becomes("f", 1, "Zg=="));
    CHECK(becomes("fo", 2, "Zm8="));
    CHECK(becomes("foo", 3, "Zm9v"));
    CHECK(becomes("foobar", 6, "Zm9vYmFy"));
}

static void every_bit_has_its_place(void)
{
    CHECK(becomes("\0\0\0", 3, "AAAA"));
    CHECK(becomes("\xff\xff\xff", 3, "////"));
    CHECK(becomes("\xfb\xef\xbe", 3, "++++"));
    CHECK(becomes("\x80\x01", 2, "gAE="));
}

static void a_negative_number_is_a_byte(void)
{
    struct buf out = { 0 };
    struct base64 b = { .out = &out };
    base64_byte(&b, (unsigned)-1);
    base64_end(&b);
    CHECK(!strcmp(out.data, "/w=="));
    buf_release(&out);
}

static void after_the_end_a_new_encoding_begins(void)
{
    struct buf out = { 0 };
    struct base64 b = { .out = &out };
    base64_byte(&b, 'f');
    base64_end(&b);
    base64_byte(&b, 'f');
    base64_end(&b);
    CHECK(base64_end(&b) == 0);
    CHECK(!strcmp(out.data, "Zg==Zg=="));
    buf_release(&out);
}

static bool decodes_to(const char *text, const char *bytes, size_t n)
{
    struct buf out = { 0 };
    const bool valid = base64_decode(&out, text, strlen(text));
    const bool same = valid && out.len == n && (n == 0 || memcmp(out.data, bytes, n) == 0);
    buf_release(&out);
    return same;
}

static void decoding_undoes_encoding(void)
{
    unsigned char all[256];
    for (int i = 0; i < 256; i++)
        all[i] = (unsigned char)(i * 167);
    for (size_t n = 0; n <= 256; n++) {
        struct buf text = { 0 };
        struct base64 b = { .out = &text };
        for (size_t i = 0; i < n; i++)
            base64_byte(&b, all[i]);
        base64_end(&b);
        CHECK(decodes_to(n ? text.data : "", (const char *)all, n));
        buf_release(&text);
    }
}

static void what_is_no_base64_is_refused(void)
{
    static const char *const bad[] = {
        "Z",    "Zg",       "Zg=",      "Zg=a", "=g==", "Z===", "====", "Zm 9",
        "Zm9*", "Zg==Zg==", "Zm9vZ===", "Zh==", "Zv==", "Zm9=", "Zmd="
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        CHECK_MSG(!decodes_to(bad[i], "", 0) && !decodes_to(bad[i], "f", 1) &&
                      !decodes_to(bad[i], "ff", 2),
                  "%s", bad[i]);
}

int main(void)
{
    RUN(decoding_undoes_encoding);
    RUN(what_is_no_base64_is_refused);
    RUN(the_examples_of_the_standard_hold);
    RUN(every_bit_has_its_place);
    RUN(a_negative_number_is_a_byte);
    RUN(after_the_end_a_new_encoding_begins);
    return test_end();
}
