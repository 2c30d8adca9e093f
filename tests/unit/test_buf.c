/* test_buf.c - the growing byte string, arithmetic of sizes, and error messages
 * (base/buf.h, err.h). */
#include "base/buf.h"

#include <errno.h>
#include <math.h>
#include <stdint.h>
#include <stdlib.h>

#include "base/err.h"
#include "base/utf8.h"
#include "test.h"

static void adding_nothing_makes_an_empty_string(void)
{
    struct buf b = { 0 };
    buf_add(&b, NULL, 0);
    CHECK(b.len == 0 && b.data && b.data[0] == '\0');
    buf_release(&b);
    CHECK(!b.data && !b.len && !b.cap);
}

static void bytes_arrive_in_order_and_end_with_a_zero(void)
{
    struct buf b = { 0 };
    for (int i = 0; i < 5000; i++)
        buf_char(&b, (char)('a' + i % 26));
    CHECK(b.len == 5000 && b.data[5000] == '\0');
    for (int i = 0; i < 5000; i++)
        if (b.data[i] != 'a' + i % 26)
            CHECK(!"a byte differs");
    buf_release(&b);
}

static void bytes_may_be_zero(void)
{
    struct buf b = { 0 };
    buf_add(&b, "a\0b", 3);
    buf_str(&b, "c");
    CHECK(b.len == 4 && memcmp(b.data, "a\0bc", 5) == 0);
    buf_release(&b);
}

static void printf_appends_and_grows(void)
{
    struct buf b = { 0 };
    buf_str(&b, "x");
    buf_printf(&b, "%0200d|%s", 7, "end");
    CHECK(b.len == 205 && strcmp(b.data + 200, "7|end") == 0);
    buf_release(&b);
}

static void a_size_that_overflows_fails_for_good(void)
{
    struct buf b = { 0 };
    buf_str(&b, "kept");
    CHECK(!buf_reserve(&b, SIZE_MAX));
    CHECK(b.failed);
    buf_str(&b, "more");
    CHECK(b.len == 4);
    buf_release(&b);
    CHECK(!b.failed);
}

static void size_arithmetic_is_checked(void)
{
    size_t out = 1;
    CHECK(size_mul(3, 5, &out) && out == 15);
    CHECK(size_mul(0, SIZE_MAX, &out) && out == 0);
    CHECK(size_mul(SIZE_MAX, 0, &out) && out == 0);
    CHECK(size_mul(SIZE_MAX, 1, &out) && out == SIZE_MAX);
    CHECK(!size_mul(SIZE_MAX / 2 + 1, 2, &out) && out == SIZE_MAX);
    CHECK(size_add(SIZE_MAX - 1, 1, &out) && out == SIZE_MAX);
    CHECK(!size_add(SIZE_MAX, 1, &out) && out == SIZE_MAX);
}

static void check_real(double v, const char *text)
{
    struct buf b = { 0 };
    buf_real(&b, v);
    CHECK_MSG(!text || strcmp(b.data, text) == 0, "'%s', not '%s'", b.data, text);
    CHECK_MSG(strtod(b.data, NULL) == v, "'%s' reads back differently", b.data);
    buf_release(&b);
}

static void reals_are_short_and_read_back(void)
{
    check_real(0.1, "0.1");
    check_real(0.002, "0.002");
    check_real(5, "5");
    check_real(-1e22, "-1e+22");
    check_real(0.1 + 0.2, NULL);
    check_real(1.0 / 3, NULL);
    check_real(5e-324, NULL);
    check_real(1.7976931348623157e308, NULL);
}

static void a_message_is_one_line(void)
{
    struct charnn_error e;
    CHECK(err_set(&e, "%s: line %d", "a\nb\tc\x1b[0m\x7f", 3) == -1);
    CHECK_MSG(strcmp(e.message, "a\\x0ab\\x09c\\x1b[0m\\x7f: line 3") == 0, "'%s'",
              e.message);
    CHECK(e.usage == 0);
    err_set(&e, "%s", "caf\xe9 caf\xc3\xa9 \xc2\x85");
    CHECK_MSG(strcmp(e.message, "caf\\xe9 caf\xc3\xa9 \\xc2\\x85") == 0, "'%s'", e.message);
}

static void a_usage_error_says_so(void)
{
    struct charnn_error e;
    CHECK(err_usage(&e, "no") == -1 && e.usage == 1 && strcmp(e.message, "no") == 0);
}

static void a_null_error_is_allowed(void)
{
    errno = ENOENT;
    CHECK(err_set(NULL, "x") == -1 && err_usage(NULL, "x") == -1);
    CHECK(err_sys(NULL, "x") == -1);
}

static void a_message_may_quote_the_one_it_replaces(void)
{
    struct charnn_error e;
    err_set(&e, "inner");
    err_set(&e, "outer (%s)", e.message);
    CHECK_MSG(strcmp(e.message, "outer (inner)") == 0, "'%s'", e.message);
}

static void a_long_message_is_cut_between_characters(void)
{
    struct charnn_error e;
    char text[2001];
    for (int lead = 0; lead < 4; lead++) {
        memset(text, 'x', sizeof text - 1);
        for (int i = lead; i + 3 < 2000; i += 3)
            memcpy(text + i, "\xe2\x82\xac", 3);
        text[2000] = '\0';
        err_set(&e, "%s", text);
        size_t n = strlen(e.message);
        CHECK_MSG(n > sizeof e.message - 5 && n < sizeof e.message, "length %zu", n);
        CHECK(utf8_check((unsigned char *)e.message, n) == n && !strchr(e.message, '?'));
    }
}

static void a_message_that_just_fits_is_kept_and_the_next_is_cut(void)
{
    struct charnn_error e;
    for (size_t n = sizeof e.message - 10; n < sizeof e.message + 20; n++) {
        size_t most = sizeof e.message - 1;
        err_set(&e, "%*s", (int)n, "end");
        CHECK_MSG(strlen(e.message) == (n < most ? n : most), "length %zu of %zu",
                  strlen(e.message), n);
    }
}

static void a_long_name_does_not_push_out_the_reason(void)
{
    struct charnn_error e;
    char name[3000];
    memset(name, 'n', sizeof name - 1);
    name[sizeof name - 1] = '\0';
    errno = ENOENT;
    err_sys(&e, "%s: cannot open", name);
    CHECK(strstr(e.message, ": No such file") != NULL);
    errno = ENOENT;
    err_sys(&e, "f: cannot open");
    CHECK(strstr(e.message, "f: cannot open: No such file") == e.message);
}

static void sentences_of_a_note_are_joined_and_cut_at_its_end(void)
{
    char note[20] = "";
    buf_note(note, sizeof note, "%d lines", 3);
    CHECK_MSG(strcmp(note, "3 lines") == 0, "%s", note);
    buf_note(note, sizeof note, "%s", "a word");
    CHECK_MSG(strcmp(note, "3 lines; a word") == 0, "%s", note);
    buf_note(note, sizeof note, "%s", "too long");
    CHECK_MSG(strcmp(note, "3 lines; a word; to") == 0, "%s", note);
    buf_note(note, sizeof note, "%s", "full");
    CHECK_MSG(strcmp(note, "3 lines; a word; to") == 0, "%s", note);
}

int main(void)
{
    RUN(adding_nothing_makes_an_empty_string);
    RUN(bytes_arrive_in_order_and_end_with_a_zero);
    RUN(bytes_may_be_zero);
    RUN(printf_appends_and_grows);
    RUN(a_size_that_overflows_fails_for_good);
    RUN(size_arithmetic_is_checked);
    RUN(reals_are_short_and_read_back);
    RUN(a_message_is_one_line);
    RUN(a_usage_error_says_so);
    RUN(a_null_error_is_allowed);
    RUN(a_message_may_quote_the_one_it_replaces);
    RUN(a_long_message_is_cut_between_characters);
    RUN(a_message_that_just_fits_is_kept_and_the_next_is_cut);
    RUN(a_long_name_does_not_push_out_the_reason);
    RUN(sentences_of_a_note_are_joined_and_cut_at_its_end);
    return test_end();
}
