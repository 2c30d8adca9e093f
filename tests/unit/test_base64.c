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

static void the_end_begins_anew(void)
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

int main(void)
{
    RUN(the_examples_of_the_standard_hold);
    RUN(every_bit_has_its_place);
    RUN(a_negative_number_is_a_byte);
    RUN(the_end_begins_anew);
    return test_end();
}
