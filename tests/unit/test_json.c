/* test_json.c - the strict JSON reader, and the writer (base/json.h). */
#include "base/json.h"

#include <math.h>
#include <stdlib.h>

#include "test.h"

/* Whether the text is one JSON value.  It is copied to a block of exactly its size, so that
 * a sanitizer detects reads beyond it. */
static bool valid(const char *text, size_t n)
{
    struct json j;
    char *exact = malloc(n ? n : 1);
    if (!exact)
        return false;
    memcpy(exact, text, n);
    json_init(&j, exact, n);
    bool ok = json_skip(&j) && json_end(&j);
    if (ok != !j.fault)
        CHECK(!"the verdict and the fault differ");
    free(exact);
    return ok;
}

static void valid_values_are_accepted(void)
{
    // clang-format off
    static const char *const good[] = {
        "0", "-0", "-1", "10", "1.5", "1e5", "1E+5", "1e-05", "0.0",
        "123456789012345678901",
        "\"\"", "\"a\"", "\"\\\"\\\\\\/\\b\\f\\n\\r\\t\\u00e9\"", "\"\x7f\"",
        "\"\xed\x95\x9c\"", "\"\\ud83d\\ude00\"", "true", "false", "null", "[]", "{}",
        " [ ] ",
        "[1]", "[1,2]", "[[],[[]],{}]", "{\"a\":1}",
        " { \"a\" : [ 1 , { } ] , \"b\" : null }\n",
        "{\"a\":1,\"a\":2}",
    };
    // clang-format on
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++)
        CHECK_MSG(valid(good[i], strlen(good[i])), "%s", good[i]);
}

static void faults_are_refused(void)
{
    // clang-format off
    static const char *const bad[] = {
        "", " ", "[", "]", "{", "}", "[1", "[1,", "[1,]", "[,1]", "[1 2]", "[1}", "{1}",
        "{\"a\"}", "{\"a\":}", "{\"a\":1,}", "{\"a\" 1}", "{a:1}", "{'a':1}", "{\"a\":1]",
        "{,}", "{\"a\":1 \"b\":2}", "01", "-", "+1", ".5", "1.", "1.e5", "1e", "1e+", "0x1",
        "NaN", "Infinity", "-Infinity", "1e999", "--1", "tru", "truee", "nul", "nulll",
        "True",
        "\"", "\"a", "\"\\", "\"\\x\"", "\"\\u12\"", "\"\\u123g\"", "\"\\ud800\"",
        "\"\\udc00\"", "\"\\ud800\\u0041\"", "\"\\ud800\\ud800\"", "\"\\ud800x\"",
        "\"\\ud800\\ue000\"",
        "\"\n\"", "\"\t\"", "\"\x1f\"", "\"\xff\"", "\"\xc0\x80\"", "\"\xed\xa0\x80\"",
        "\"\xc3\"", "1 2", "[] []", "{} x", "[1]]", "/**/1", "\xef\xbb\xbf[]", "\v1",
    };
    // clang-format on
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        CHECK_MSG(!valid(bad[i], strlen(bad[i])), "%s was accepted", bad[i]);
}

static void nul_bytes_are_refused_everywhere(void)
{
    CHECK(!valid("\0", 1) && !valid("1\0", 2) && !valid("\"\0\"", 3));
    CHECK(!valid("[\0]", 3) && !valid("{\"a\"\0:1}", 8));
    CHECK(valid("\"\\u0000\"", 8) && !valid("\"\\\0\"", 4) && !valid("\"\\u000\0\"", 8));
}

static bool valid_at_depth(int depth)
{
    struct buf b = { 0 };
    for (int i = 0; i < depth; i++)
        buf_str(&b, i % 2 ? "[" : "{\"a\":");
    buf_char(&b, '1');
    for (int i = depth; i-- > 0;)
        buf_char(&b, i % 2 ? ']' : '}');
    bool ok = valid(b.data, b.len);
    buf_release(&b);
    return ok;
}

static void nesting_is_bounded(void)
{
    CHECK(valid_at_depth(JSON_DEPTH - 1) && valid_at_depth(JSON_DEPTH));
    CHECK(!valid_at_depth(JSON_DEPTH + 1) && !valid_at_depth(100000));
}

static void an_object_is_pulled_member_by_member(void)
{
    const char *s =
        "{\"n\": -7, \"x\":1.5,\"s\":\"a\\u0000b\",\"l\":[true,false,null],\"o\":{}}";
    struct json j;
    struct buf key = { 0 }, value = { 0 };
    int64_t n = 0;
    double x = 0;
    json_init(&j, s, strlen(s));
    CHECK(json_enter(&j, '{'));
    CHECK(json_next(&j) && json_key(&j, &key) && strcmp(key.data, "n") == 0);
    CHECK(json_int(&j, &n) && n == -7);
    CHECK(json_next(&j) && json_key(&j, &key) && json_number(&j, &x) && x == 1.5);
    CHECK(json_next(&j) && json_key(&j, &key) && json_peek(&j) == '"');
    CHECK(json_string(&j, &value) && value.len == 3 && memcmp(value.data, "a\0b", 4) == 0);
    CHECK(json_next(&j) && json_key(&j, &key) && json_enter(&j, '['));
    CHECK(json_next(&j) && json_skip(&j));
    CHECK(json_next(&j) && json_skip(&j));
    CHECK(!json_null(&j) && json_next(&j) && json_null(&j));
    CHECK(!json_next(&j) && !j.fault);
    CHECK(json_next(&j) && json_key(&j, &key) && strcmp(key.data, "o") == 0);
    CHECK(json_enter(&j, '{') && !json_next(&j) && !json_next(&j) && json_end(&j));
    buf_release(&key);
    buf_release(&value);
}

static void escapes_become_characters(void)
{
    const char *s = "\"\\n\\u00e9\\uD55C\\ud83d\\ude00\\/\"";
    struct json j;
    struct buf value = { 0 };
    json_init(&j, s, strlen(s));
    CHECK(json_string(&j, &value) && json_end(&j));
    CHECK_MSG(strcmp(value.data, "\n\xc3\xa9\xed\x95\x9c\xf0\x9f\x98\x80/") == 0, "%s",
              value.data);
    buf_release(&value);
}

static bool reads_int(const char *text, int64_t *value)
{
    struct json j;
    json_init(&j, text, strlen(text));
    return json_int(&j, value) && json_end(&j);
}

static void integers_are_exact_or_refused(void)
{
    int64_t v = 0;
    CHECK(reads_int("9223372036854775807", &v) && v == INT64_MAX);
    CHECK(reads_int("-9223372036854775808", &v) && v == INT64_MIN);
    CHECK(!reads_int("9223372036854775808", &v) && !reads_int("1.0", &v));
    CHECK(!reads_int("1e3", &v) && !reads_int("\"1\"", &v) && !reads_int("01", &v));
    CHECK(v == INT64_MIN);
}

static void a_fault_stays_where_it_was_found(void)
{
    struct json j;
    double x;
    json_init(&j, "[1,x,2]", 7);
    CHECK(json_enter(&j, '[') && json_next(&j) && json_number(&j, &x) && json_next(&j));
    CHECK(!json_number(&j, &x) && j.fault && j.at == 3);
    const char *first = j.fault;
    CHECK(!json_next(&j) && !json_null(&j) && json_peek(&j) == 0);
    CHECK(!json_skip(&j) && !json_end(&j) && !json_enter(&j, '['));
    CHECK(!json_string(&j, NULL));
    CHECK(j.fault == first && j.at == 3);
}

static void the_writer_adds_commas_and_escapes(void)
{
    struct buf b = { 0 };
    struct json_out o = { &b, true };
    json_open(&o, NULL, '{');
    json_put_string(&o, "s", "q\" b\\ n\n \x01 \x7f \xff\xc3\xa9", 16);
    json_put_int(&o, "i\n", INT64_MIN);
    json_put_real(&o, "x", 0.1);
    json_put_real(&o, "nan", NAN);
    json_put_real(&o, "inf", -INFINITY);
    json_open(&o, "l", '[');
    json_put_bool(&o, NULL, true);
    json_open(&o, NULL, '{');
    json_close(&o, '}');
    json_put_int(&o, NULL, 2);
    json_close(&o, ']');
    json_put_bool(&o, "b", false);
    json_close(&o, '}');
    CHECK_MSG(strcmp(b.data, "{\"s\":\"q\\\" b\\\\ n\\n \\u0001 "
                             "\x7f \xef\xbf\xbd\xc3\xa9\","
                             "\"i\\n\":-9223372036854775808,\"x\":0.1,\"nan\":null,"
                             "\"inf\":null,\"l\":[true,{},2],\"b\":false}") == 0,
              "%s", b.data);
    CHECK(valid(b.data, b.len));
    buf_release(&b);
}

static void every_byte_string_can_be_written_and_read(void)
{
    struct buf b = { 0 }, back = { 0 };
    struct json_out o = { &b, true };
    struct json j;
    char bytes[128];
    for (int i = 0; i < 128; i++)
        bytes[i] = (char)i;
    json_put_string(&o, NULL, bytes, sizeof bytes);
    json_init(&j, b.data, b.len);
    CHECK(json_string(&j, &back) && json_end(&j));
    CHECK(back.len == sizeof bytes && memcmp(back.data, bytes, sizeof bytes) == 0);
    buf_release(&b);
    buf_release(&back);
}

static void reals_round_trip(void)
{
    uint64_t bits = 88172645463325252u;
    int bad = 0;
    for (int i = 0; i < 20000; i++) {
        struct buf b = { 0 };
        struct json_out o = { &b, true };
        struct json j;
        double v, back = 0;
        bits ^= bits << 13, bits ^= bits >> 7, bits ^= bits << 17;
        memcpy(&v, &bits, sizeof v);
        if (!isfinite(v))
            continue;
        json_put_real(&o, NULL, v);
        json_init(&j, b.data, b.len);
        bad += !json_number(&j, &back) || !json_end(&j) || back != v;
        buf_release(&b);
    }
    CHECK_MSG(bad == 0, "%d numbers", bad);
}

int main(void)
{
    RUN(valid_values_are_accepted);
    RUN(faults_are_refused);
    RUN(nul_bytes_are_refused_everywhere);
    RUN(nesting_is_bounded);
    RUN(an_object_is_pulled_member_by_member);
    RUN(escapes_become_characters);
    RUN(integers_are_exact_or_refused);
    RUN(a_fault_stays_where_it_was_found);
    RUN(the_writer_adds_commas_and_escapes);
    RUN(every_byte_string_can_be_written_and_read);
    RUN(reals_round_trip);
    return test_end();
}
