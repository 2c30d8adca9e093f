/*
 * test_features.c - the automata of features, on difficult text.
 *
 * Each row has a text, and below it the value of the feature after each character.
 */
#include "charnn.h"
#include "inspect/features.h"

#include <stdlib.h>

#include "test.h"

static struct corpus corpus_of(const char *text, size_t n, int unit)
{
    const struct corpus_part part = { "text", (const unsigned char *)text, n };
    struct corpus c;
    struct charnn_error e = { 0 };
    if (corpus_read_parts(&c, &part, 1, &(struct corpus_options){ .unit = unit }, &e) < 0) {
        printf("Bail out! %s\n", e.message);
        exit(1);
    }
    return c;
}

static size_t find(const struct features *f, const char *name)
{
    size_t i = 0;
    while (i < f->count && strcmp(f->list[i].name, name) != 0)
        i++;
    CHECK_MSG(i < f->count, "no feature %s", name);
    return i;
}

/* The values of the feature as digits; z for more than 9. */
static void values(const char *name, int is_match, const char *text, size_t n, int unit,
                   char *out)
{
    struct corpus c = corpus_of(text, n, unit);
    struct features f;
    struct charnn_error e = { 0 };
    if (features_read(&f, &c, c.n, &name, is_match ? 1 : 0, &e) == 0) {
        const size_t i = find(&f, name);
        for (size_t at = 0; at < c.n; at++) {
            const double v = features_at(&f, i, at);
            *out++ = v > 9 ? 'z' : (char)('0' + (int)v);
        }
    } else {
        CHECK_MSG(0, "%s", e.message);
    }
    *out = '\0';
    features_release(&f);
    corpus_release(&c);
}

static void expect(const char *name, const char *text, const char *want)
{
    char got[9000];
    values(name, 0, text, strlen(text), CHARNN_UNIT_CHAR, got);
    CHECK_MSG(strcmp(got, want) == 0, "%s of\n#   %s\n#   %s, not\n#   %s", name, text, got,
              want);
}

static void expect_match(const char *pattern, const char *text, const char *want)
{
    char got[9000];
    values(pattern, 1, text, strlen(text), CHARNN_UNIT_CHAR, got);
    CHECK_MSG(strcmp(got, want) == 0, "'%s' in\n#   %s\n#   %s, not\n#   %s", pattern, text,
              got, want);
}

static void an_opening_quote_is_inside_and_a_closing_one_not(void)
{
    expect("quotes", "a \"b c\" d \"e\"", "0011110000110");
}

static void an_escaped_quote_does_not_close(void)
{
    expect("quotes", "\"a\\\"b\" c", "11111000");
    expect("quotes", "\"a\\\\\" c", "1111000");
    expect("quotes", "a\\\"b", "0011");
}

static void quotes_end_with_the_text_or_a_blank_line(void)
{
    expect("quotes", "\"ab\nc\n\nd", "11111100");
    expect("quotes", "\"a\r\n\r\nb", "1111100");
    expect("quotes", "\"ab", "111");
}

static void a_quote_in_a_character_constant_is_none(void)
{
    expect("quotes", "c == '\"' x", "0000000000");
}

static void typographic_quotes_count(void)
{
    expect("quotes",
           "a \xe2\x80\x9c"
           "b\xe2\x80\x9d c",
           "001100"
           "0");
    expect("single-quotes",
           "a \xe2\x80\x98"
           "b\xe2\x80\x99s c\xe2\x80\x99 d",
           "00111111000");
}

static void an_apostrophe_is_no_quote(void)
{
    expect("single-quotes", "don't 'say so' I", "0000001111111000");
    expect("single-quotes", "'it isn't so' x", "111111111111000");
}

static void an_unpaired_quotation_mark_opens_no_quote(void)
{
    expect("single-quotes", "a ' b", "00000");
    expect("single-quotes", "the boys' b", "00000000000");
}

static void brackets_nest(void)
{
    expect("parentheses", "a(b(c)d)e)f", "01111110000");
    expect("brackets", "a[b[c]d]e]f[", "011111100001");
    expect("braces", "a{b{c}d}e}f", "01111110000");
    expect("depth", "({[a]})b)", "123321000");
}

static void a_blank_line_closes_round_and_square_but_not_curly(void)
{
    expect("parentheses", "(a\n\nb", "11100");
    expect("brackets", "[a\n\nb", "11100");
    expect("braces", "{a\n\nb", "11111");
    expect("braces", "{{a\n}\nb", "1111000");
}

static void both_kinds_of_comments_are_found(void)
{
    expect("comment", "a /* b */ c",
           "00011111"
           "000");
    expect("comment", "a // b\nc", "00011100");
    expect("comment", "/*/ a */b", "011111100");
    expect("comment", "/***/a/b", "01110000");
    expect("comment", "/* a", "0111");
    expect("comment", "// a \\\nb\nc", "0111111100");
    expect("comment", "// a \\\r\nb\nc", "01111111100");
}

static void comments_and_strings_exclude_each_other(void)
{
    expect("comment", "\"/* a\" b", "00000000");
    expect("string", "/* \"a\" */ b", "00000000000");
    expect("string", "// it's \"a\n\"b\"",
           "0000000000"
           "0110");
    expect("string", "'\"' \"a\"", "0000110");
    expect("comment", "'\\'' /* a", "000000111");
}

static void strings_have_escapes_and_end_with_the_line(void)
{
    expect("string", "x \"a\\\"b\" y", "0011111000");
    expect("string", "\"\\\\\" y", "111000");
    expect("string", "\"ab\nc", "11100");
    expect("string", "\"a\\\nc\" d", "11111000");
}

static void the_condition_of_an_if_is_found(void)
{
    expect("if-condition", "if (a(b) && c) d", "0001111111111000");
    expect("if-condition", "if(a) (b)", "001100000");
    expect("if-condition", "elif (a) xif (b) if_ (c)", "000000000000000000000000");
    expect("if-condition", "if x (a)", "00000000");
    expect("if-condition", "if (a == ')' || \")\") b", "0001111111111111111000");
    expect("if-condition", "if /* if ( */ (", "000000000000000");
    expect("if-condition", "\"if (a\" /* if (b */ c", "000000000000000000000");
    expect("if-condition", "if\n(a", "00011");
    expect("if-condition", "if", "00");
}

static void indents_and_positions_in_lines_are_measured(void)
{
    expect("indent", "  a  b\n\t c\n \n", "1100000110010");
    expect("indent-depth", "  a  b\n\t c\n \tx",
           "1222220"
           "899"
           "0"
           "188");
    expect("line-position", "ab\ncd\r\n\ne", "120123001");
    expect("word-position", "ab c1_d, e", "1201201001");
    expect("sentence-position", "A b. C d.\" E f! G", "12340123450123401");
}

static void the_last_letter_of_a_word_is_found(void)
{
    expect("word-end", "ab c1 d-e", "010100101");
    expect("word-end", "na\xc3\xafve x", "0000101");
}

static void speakers_and_urls_are_found(void)
{
    expect("speaker", "KING LEAR:\nNo: A\nI:\n",
           "11111111110"
           "000000"
           "110");
    expect("speaker", "LEAR:\r\nA", "11111000");
    expect("url", "(http://a.b/c) https://d", "011111111111100111111111");
}

static void a_regular_expression_of_the_user_is_matched(void)
{
    expect_match("[0-9]+", "a12b3\n4", "0110101");
    expect_match("^b", "ab\nb b", "000100");
    expect_match("b$", "bb\r\nb", "01001");
    expect_match("a.c", "a\nc abc", "0000111");
    expect_match("ab", "ababa", "11110");
}

static void empty_matches_end(void)
{
    expect_match("x*", "axxb", "0110");
    expect_match("^", "ab\nc", "0000");
    expect_match("$", "ab\nc", "0000");
}

static void matches_cover_whole_characters(void)
{
    expect_match("\xc3\xa9",
                 "a\xc3\xa9"
                 "b",
                 "010");
}

static void nul_and_stray_bytes_are_text(void)
{
    char got[20];
    values("b+", 1,
           "a\0bb\xff"
           "b",
           6, CHARNN_UNIT_BYTE, got);
    CHECK_MSG(strcmp(got, "001101") == 0, "%s", got);
}

/* The line is longer than the pieces in which lines are read. */
static void long_lines_are_read_to_their_end(void)
{
    enum { LONG = 8800 };
    static char text[LONG + 1], got[LONG + 1];
    memset(text, 'a', LONG);
    memset(text + LONG - 3, 'b', 2);
    values("ba$", 1, text, LONG, CHARNN_UNIT_CHAR, got);
    CHECK(strspn(got, "0") == LONG - 2 && strcmp(got + LONG - 2, "11") == 0);
    values("a$", 1, text, LONG - 1, CHARNN_UNIT_CHAR, got);
    CHECK(strspn(got, "0") == LONG - 1);
    values("^a", 1, text, LONG, CHARNN_UNIT_CHAR, got);
    CHECK(got[0] == '1' && strspn(got + 1, "0") == LONG - 1);
}

static void a_bad_expression_is_refused(void)
{
    const char *const bad[] = { "a(b", "[z-a]", "*[" };
    struct corpus c = corpus_of("abc", 3, CHARNN_UNIT_CHAR);
    for (size_t i = 0; i < 3; i++) {
        struct features f;
        struct charnn_error e = { 0 };
        CHECK(features_read(&f, &c, c.n, bad + i, 1, &e) < 0 && e.usage);
        CHECK(strstr(e.message, bad[i]));
        features_release(&f);
    }
    corpus_release(&c);
}

int main(void)
{
    RUN(an_opening_quote_is_inside_and_a_closing_one_not);
    RUN(an_escaped_quote_does_not_close);
    RUN(quotes_end_with_the_text_or_a_blank_line);
    RUN(a_quote_in_a_character_constant_is_none);
    RUN(typographic_quotes_count);
    RUN(an_apostrophe_is_no_quote);
    RUN(an_unpaired_quotation_mark_opens_no_quote);
    RUN(brackets_nest);
    RUN(a_blank_line_closes_round_and_square_but_not_curly);
    RUN(both_kinds_of_comments_are_found);
    RUN(comments_and_strings_exclude_each_other);
    RUN(strings_have_escapes_and_end_with_the_line);
    RUN(the_condition_of_an_if_is_found);
    RUN(indents_and_positions_in_lines_are_measured);
    RUN(the_last_letter_of_a_word_is_found);
    RUN(speakers_and_urls_are_found);
    RUN(a_regular_expression_of_the_user_is_matched);
    RUN(empty_matches_end);
    RUN(matches_cover_whole_characters);
    RUN(nul_and_stray_bytes_are_text);
    RUN(long_lines_are_read_to_their_end);
    RUN(a_bad_expression_is_refused);
    return test_end();
}
