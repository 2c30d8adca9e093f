/* test_field.c - settings described by a table (base/field.h). */
#include "base/field.h"

#include <float.h>
#include <math.h>

#include "test.h"

struct settings {
    int64_t layers, cell, quiet, big;
    double rate, dropout, time;
    const char *output;
    int64_t size;
    double decay;
    struct field_texts match;
};

#define AT(member) .offset = offsetof(struct settings, member)

// clang-format off
static const struct field table[] = {
    {.name = "model", .type = FIELD_GROUP},
    {.name = "layers", .type = FIELD_INT, AT(layers), .lo = 1, .hi = 64,
     .synonyms = "num-layers"},
    {.name = "cell", .type = FIELD_CHOICE, AT(cell), .choices = "rnn|lstm|gru|char-rnn",
     .synonyms = "model|rnn-type"},
    {.name = "learning-rate", .type = FIELD_REAL, AT(rate), .lo = DBL_MIN, .hi = 10},
    {.name = "dropout", .type = FIELD_REAL, AT(dropout), .lo = 0, .hi = 1},
    {.name = "time", .type = FIELD_TIME, AT(time), .lo = 0, .hi = INFINITY},
    {.key = 'o', .name = "output", .type = FIELD_TEXT, AT(output), .synonyms = "bin"},
    {.name = "quiet", .type = FIELD_FLAG, AT(quiet)},
    {.name = "size", .type = FIELD_INT, AT(size), .lo = 1, .hi = 99, .flags = FIELD_AUTO},
    {.name = "decay", .type = FIELD_REAL, AT(decay), .lo = 0, .hi = 9, .flags = FIELD_AUTO},
    {.name = "match", .type = FIELD_TEXTS, AT(match)},
    {.name = "seed", .type = FIELD_INT, AT(big), .lo = -0x1p63, .hi = 0x1p63},
};
// clang-format on
enum { N = sizeof table / sizeof table[0] };

static const struct field *row(const char *name)
{
    return field_find(table, N, name);
}

static void names_are_found_with_either_dash(void)
{
    CHECK(row("layers") == &table[1] && row("learning-rate") == &table[3]);
    CHECK(row("learning_rate") == &table[3]);
    CHECK(!row("layer") && !row("layersx") && !row(""));
}

static void synonyms_are_found_and_groups_are_not(void)
{
    CHECK(row("num_layers") == &table[1] && row("num-layers") == &table[1]);
    CHECK(row("rnn_type") == &table[2] && row("rnn") == NULL);
    CHECK(row("model") == &table[2]);
}

static void check_nearest(const char *typed, const char *expected)
{
    const char *got = field_nearest(table, N, typed);
    CHECK_MSG(expected ? got && strcmp(got, expected) == 0 : !got, "%s: got %s", typed,
              got ? got : "nothing");
}

static void the_nearest_name_is_suggested(void)
{
    check_nearest("layer", "layers");
    check_nearest("lyaers", "layers");
    check_nearest("learningrate", "learning-rate");
    check_nearest("learn", "learning-rate");
    check_nearest("droput", "dropout");
    check_nearest("numlayers", "layers");
    check_nearest("outptu", "output");
    check_nearest("quite", "quiet");
    check_nearest("sed", "seed");
    check_nearest("bni", "output");
    check_nearest("nib", NULL);
    check_nearest("zebra", NULL);
    check_nearest("", NULL);
    check_nearest("x", NULL);
    check_nearest("a-very-long-name-that-no-table-has-and-that-does-not-fit-in-any-row",
                  NULL);
}

/* Sets `name` to `text`; returns "" if it is accepted, else the message. */
static const char *set(struct settings *s, const char *name, const char *text)
{
    static struct charnn_error e;
    struct settings before = *s;
    e = (struct charnn_error){ 0 };
    if (field_set(row(name), s, text, &e) == 0)
        return "";
    CHECK(e.usage == 1 && strcmp(e.setting, name) == 0);
    CHECK(memcmp(s, &before, sizeof before) == 0);
    return e.message;
}

static void check_refused(const char *name, const char *text, const char *expected)
{
    struct settings s = { 0 };
    const char *message = set(&s, name, text);
    CHECK_MSG(strcmp(message, expected) == 0, "'%s'", message);
}

static void whole_numbers_are_plain_and_in_range(void)
{
    struct settings s = { 0 };
    CHECK(*set(&s, "layers", "64") == 0 && s.layers == 64);
    CHECK(*set(&s, "layers", "+1") == 0 && s.layers == 1);
    CHECK(*set(&s, "seed", "-9223372036854775808") == 0 && s.big == INT64_MIN);
    CHECK(*set(&s, "seed", "9223372036854775807") == 0 && s.big == INT64_MAX);
    check_refused("layers", "0", "`layers` 0: expected a whole number from 1 to 64");
    check_refused("layers", "65", "`layers` 65: expected a whole number from 1 to 64");
    check_refused("layers", "", "`layers` '': expected a whole number from 1 to 64");
    check_refused("seed", "x", "`seed` x: expected a whole number");
    static const char *const bad[] = { " 2", "2 ", "2.0", "1e1", "0x2", "--2", "-", "2k" };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        CHECK_MSG(*set(&s, "layers", bad[i]), "'%s' was accepted", bad[i]);
    CHECK(*set(&s, "seed", "9223372036854775808") != 0);
}

static void real_numbers_are_finite_and_in_range(void)
{
    struct settings s = { 0 };
    CHECK(*set(&s, "dropout", "0.5") == 0 && s.dropout == 0.5);
    CHECK(*set(&s, "dropout", "1") == 0 && s.dropout == 1);
    CHECK(*set(&s, "learning_rate", "2e-3") == 0 && s.rate == 2e-3);
    check_refused("dropout", "1.01", "`dropout` 1.01: expected a number from 0 to 1");
    check_refused("learning-rate", "0",
                  "`learning-rate` 0: expected a number above 0 and up to 10");
    static const char *const bad[] = { "nan",  "inf", "-inf", "1e999", "0x1p-1", "0.5x",
                                       " 0.5", "",    ".",    "e1",    "0.1.2",  "1,0" };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        CHECK_MSG(*set(&s, "dropout", bad[i]), "'%s' was accepted", bad[i]);
}

static void times_have_units(void)
{
    struct settings s = { 0 };
    CHECK(*set(&s, "time", "90") == 0 && s.time == 90);
    CHECK(*set(&s, "time", "90s") == 0 && s.time == 90);
    CHECK(*set(&s, "time", "10m") == 0 && s.time == 600);
    CHECK(*set(&s, "time", "1.5h") == 0 && s.time == 5400);
    check_refused("time", "10x",
                  "`time` 10x: expected a time like 90s, 10m or 1.5h, "
                  "of at least 0 seconds");
    CHECK(*set(&s, "time", "-1") && *set(&s, "time", "h") && *set(&s, "time", "1hm"));
    CHECK(*set(&s, "time", "1e308h") != 0);
}

static void choices_are_listed_and_the_nearest_suggested(void)
{
    struct settings s = { 0 };
    CHECK(*set(&s, "cell", "gru") == 0 && s.cell == 2);
    CHECK(*set(&s, "cell", "char_rnn") == 0 && s.cell == 3);
    CHECK(*set(&s, "cell", "rnn") == 0 && s.cell == 0);
    check_refused("cell", "gruu",
                  "`cell` gruu: expected rnn, lstm, gru or char-rnn; did you mean gru?");
    check_refused("cell", "transformer",
                  "`cell` transformer: expected rnn, lstm, gru or char-rnn");
    CHECK(*set(&s, "cell", "") && *set(&s, "cell", "rnn|lstm") && *set(&s, "cell", "rn"));
}

static void flags_take_no_value_or_a_truth(void)
{
    struct settings s = { 0 };
    CHECK(*set(&s, "quiet", NULL) == 0 && s.quiet == 1);
    CHECK(*set(&s, "quiet", "0") == 0 && s.quiet == 0);
    CHECK(*set(&s, "quiet", "true") == 0 && s.quiet == 1);
    CHECK(*set(&s, "quiet", "false") == 0 && s.quiet == 0);
    check_refused("quiet", "yes", "`quiet` yes: expected 0 or 1");
}

static void texts_are_borrowed_and_values_required(void)
{
    struct settings s = { 0 };
    const char *name = "out.bin";
    CHECK(*set(&s, "output", name) == 0 && s.output == name);
    CHECK(*set(&s, "output", NULL) == 0 && !s.output);
    check_refused("layers", NULL, "`layers` needs a value");
}

static void a_list_of_texts_grows_to_its_end(void)
{
    struct settings s = { 0 }, same = { 0 };
    struct charnn_error e = { 0 };
    for (int i = 0; i < FIELD_TEXTS_MOST; i++) {
        CHECK(field_set(row("match"), &s, i ? "b" : "a", &e) == 0);
        CHECK(!field_equal(row("match"), &s, &same));
        CHECK(field_set(row("match"), &same, i ? "b" : "a", &e) == 0);
        CHECK(field_equal(row("match"), &s, &same));
    }
    CHECK(s.match.n == FIELD_TEXTS_MOST && !strcmp(s.match.text[0], "a"));
    CHECK(field_set(row("match"), &s, "c", &e) < 0 && e.usage &&
          strstr(e.message, "`match`"));
    same.match.text[3] = "x";
    CHECK(!field_equal(row("match"), &s, &same));
    CHECK(field_set(row("match"), &same, NULL, &e) < 0 && e.usage);
}

static void a_long_value_does_not_hide_the_range(void)
{
    struct settings s = { 0 };
    char text[2000];
    memset(text, '9', sizeof text - 1);
    text[sizeof text - 1] = '\0';
    CHECK(strstr(set(&s, "layers", text), "...: expected a whole number from 1 to 64"));
}

static void what_is_printed_reads_back(void)
{
    struct settings a = { 12,      3,     1, INT64_MIN, 0.1 + 0.2,   1.0 / 3,
                          5400.25, "a b", 3, 0.5,       { { 0 }, 0 } };
    struct settings b = { 0 };
    for (size_t i = 0; i < N; i++) {
        struct buf text = { 0 };
        field_print(&table[i], &a, &text);
        if (table[i].type == FIELD_GROUP || table[i].type == FIELD_TEXTS) {
            CHECK(text.len == 0);
        } else {
            CHECK(field_set(&table[i], &b, text.data, NULL) == 0);
            CHECK_MSG(field_equal(&table[i], &a, &b), "%s", table[i].name);
            b.output = NULL; /* borrowed from `text` */
        }
        buf_release(&text);
    }
}

static void printing_is_plain(void)
{
    struct settings s = { .layers = 2, .cell = 1, .dropout = 0.25 };
    struct buf out = { 0 };
    field_print(row("layers"), &s, &out);
    field_print(row("cell"), &s, &out);
    field_print(row("dropout"), &s, &out);
    field_print(row("output"), &s, &out);
    CHECK_MSG(strcmp(out.data, "2lstm0.25") == 0, "'%s'", out.data);
    buf_release(&out);
}

static void equality_looks_at_one_member(void)
{
    char same[] = "x";
    struct settings a = { .layers = 1, .output = "x" }, b = { .layers = 2, .output = same };
    CHECK(!field_equal(row("layers"), &a, &b) && field_equal(row("cell"), &a, &b));
    CHECK(field_equal(row("output"), &a, &b));
    b.output = NULL;
    CHECK(!field_equal(row("output"), &a, &b));
    a.output = NULL;
    CHECK(field_equal(row("output"), &a, &b));
    b.rate = 1;
    CHECK(!field_equal(row("learning-rate"), &a, &b));
}

static void auto_is_read_and_printed_as_a_word(void)
{
    struct settings s = { .size = 5, .decay = 0 };
    static const char *const names[] = { "size", "decay" };
    for (int i = 0; i < 2; i++) {
        const struct field *f = row(names[i]);
        struct buf text = { 0 };
        CHECK(!field_is_auto(f, &s));
        CHECK(field_set(f, &s, "auto", NULL) == 0 && field_is_auto(f, &s));
        field_print(f, &s, &text);
        CHECK(strcmp(text.data, "auto") == 0);
        CHECK(field_set(f, &s, "-1", NULL) < 0 && field_is_auto(f, &s));
        CHECK(field_set(f, &s, "7", NULL) == 0 && !field_is_auto(f, &s));
        buf_release(&text);
    }
    CHECK(field_set(row("layers"), &s, "auto", NULL) < 0);
}

int main(void)
{
    RUN(auto_is_read_and_printed_as_a_word);
    RUN(names_are_found_with_either_dash);
    RUN(synonyms_are_found_and_groups_are_not);
    RUN(the_nearest_name_is_suggested);
    RUN(whole_numbers_are_plain_and_in_range);
    RUN(real_numbers_are_finite_and_in_range);
    RUN(times_have_units);
    RUN(choices_are_listed_and_the_nearest_suggested);
    RUN(flags_take_no_value_or_a_truth);
    RUN(texts_are_borrowed_and_values_required);
    RUN(a_list_of_texts_grows_to_its_end);
    RUN(a_long_value_does_not_hide_the_range);
    RUN(what_is_printed_reads_back);
    RUN(printing_is_plain);
    RUN(equality_looks_at_one_member);
    return test_end();
}
