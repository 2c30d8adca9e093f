/*
 * features.c - the table of features and their automata.
 *
 * Text is seldom well-formed: a quotation mark or bracket that is never closed must not
 * affect the rest of the text.  So a blank line closes quotation marks and round and square
 * brackets, and a } at the beginning of a line, where programs close their outermost block,
 * closes all braces.
 */
#include "inspect/features.h"

#include <stdlib.h>

#include "inspect/regex_feature.h"

/* An automaton's input and state. */
struct reader {
    uint32_t before, c, next; /* code points or bytes; 0 before and after the text */
    int newlines;             /* newlines since the last character that is not white
                               * space */
    int state;
    long depth[3];
    uint32_t word; /* the last four characters of the identifier being read */
    double count;
};

/* -------------------------------------------------------------------- characters */

static bool is_digit(uint32_t c)
{
    return c >= '0' && c <= '9';
}

/* Everything above ASCII counts as a letter, except two blocks of punctuation.  In a model of
 * bytes, every byte above ASCII does. */
static bool is_letter(uint32_t c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
           (c >= 0x80 && !(c >= 0x2010 && c <= 0x206F) && !(c >= 0x3000 && c <= 0x303F));
}

static bool is_blank(uint32_t c)
{
    return c == ' ' || c == '\t';
}

static bool is_space(uint32_t c)
{
    return is_blank(c) || c == '\n' || c == '\r';
}

static bool in_word(uint32_t c)
{
    return is_letter(c) || is_digit(c);
}

static bool after_blank_line(const struct reader *r)
{
    return r->c == '\n' && r->newlines >= 2;
}

/* ------------------------------------------------------------ quotation, brackets */

enum { LEFT_SINGLE = 0x2018, RIGHT_SINGLE, LEFT_DOUBLE = 0x201C, RIGHT_DOUBLE };

/* state: 0 outside, 1 inside, 2 inside after a backslash.  The character literal '"' in C
 * does not begin a quotation. */
static double double_quotes(struct reader *r)
{
    const bool is_literal = r->before == '\'' && r->next == '\'';
    if (after_blank_line(r) || r->c == RIGHT_DOUBLE)
        r->state = 0;
    else if (r->c == LEFT_DOUBLE)
        r->state = 1;
    else if (r->state == 2)
        r->state = 1;
    else if (r->c == '\\' && r->state)
        r->state = 2;
    else if (r->c == '"' && !is_literal)
        r->state = !r->state;
    return r->state > 0;
}

/* A mark between letters is an apostrophe.  Any other mark opens a quotation if no letter
 * comes before it and no space after it; it closes one if no space comes before it. */
static double single_quotes(struct reader *r)
{
    const bool is_mark = r->c == '\'', is_right = is_mark || r->c == RIGHT_SINGLE;
    if (after_blank_line(r))
        r->state = 0;
    else if (r->c == LEFT_SINGLE ||
             (is_mark && !in_word(r->before) && r->next && !is_space(r->next) && !r->state))
        r->state = 1;
    else if (is_right && !is_space(r->before) && !in_word(r->next))
        r->state = 0;
    return r->state;
}

enum { ROUND, SQUARE, CURLY, BRACKETS };

static void count_bracket(struct reader *r, int kind)
{
    static const char marks[BRACKETS][3] = { "()", "[]", "{}" };
    if (r->c == (uint32_t)marks[kind][0])
        r->depth[kind]++;
    else if (r->c == (uint32_t)marks[kind][1] && r->depth[kind] > 0)
        r->depth[kind]--;
}

static long bracket_depth(struct reader *r, int kind)
{
    const bool begins_line = r->before == '\n' || r->before == 0;
    count_bracket(r, kind);
    if (kind == CURLY ? r->c == '}' && begins_line : after_blank_line(r))
        r->depth[kind] = 0;
    return r->depth[kind];
}

static double parentheses(struct reader *r)
{
    return bracket_depth(r, ROUND) > 0;
}

static double brackets(struct reader *r)
{
    return bracket_depth(r, SQUARE) > 0;
}

static double braces(struct reader *r)
{
    return bracket_depth(r, CURLY) > 0;
}

static double depth(struct reader *r)
{
    double sum = 0;
    for (int kind = 0; kind < BRACKETS; kind++)
        sum += (double)bracket_depth(r, kind);
    return sum;
}

/* ------------------------------------------------------------------ programs in C */

enum { CODE, SLASH, BLOCK, STAR, LINE, STRING, LITERAL, ESCAPE = 8 };

/* Reads one character in a comment or a literal.  After a backslash in a literal or a line
 * comment, ESCAPE is added to the state. */
static int lex_within(int state, uint32_t c)
{
    const bool ends = (state == STRING && c == '"') || (state == LITERAL && c == '\'');
    if (state == BLOCK || state == STAR)
        return c == '*' ? STAR : state == STAR && c == '/' ? CODE : BLOCK;
    if (c == '\n' || ends)
        return CODE;
    return c == '\\' ? state + ESCAPE : state;
}

static int lex_code(int state, uint32_t c)
{
    if (state == SLASH && (c == '*' || c == '/'))
        return c == '*' ? BLOCK : LINE;
    return c == '/' ? SLASH : c == '"' ? STRING : c == '\'' ? LITERAL : CODE;
}

/* A backslash before CR LF continues the line, just as before LF. */
static void lex(struct reader *r)
{
    if (r->state >= ESCAPE)
        r->state -= r->c == '\r' ? 0 : ESCAPE;
    else
        r->state =
            r->state <= SLASH ? lex_code(r->state, r->c) : lex_within(r->state, r->c);
}

static int lexical(const struct reader *r)
{
    return r->state & (ESCAPE - 1);
}

static double c_comment(struct reader *r)
{
    lex(r);
    return lexical(r) >= BLOCK && lexical(r) <= LINE;
}

static double c_string(struct reader *r)
{
    lex(r);
    return lexical(r) == STRING;
}

/* Appends r->c to r->word if it is a part of an identifier. */
static void read_identifier(struct reader *r)
{
    const bool goes_on = in_word(r->before) || r->before == '_';
    if (!in_word(r->c) && r->c != '_')
        return;
    r->word = (goes_on ? r->word << 8 : 0) | (r->c & 0xFF);
}

/* depth[ROUND] counts open brackets in the condition; count is 1 between `if` and its
 * bracket. */
static double c_if(struct reader *r)
{
    const bool was_code = r->state <= SLASH;
    lex(r);
    if (!was_code || r->state > SLASH)
        return r->depth[ROUND] > 0;
    if (r->depth[ROUND] > 0) {
        count_bracket(r, ROUND);
        return r->depth[ROUND] > 0;
    }
    read_identifier(r);
    if (in_word(r->c) || r->c == '_') {
        const bool ends = !in_word(r->next) && r->next != '_';
        r->count = ends && r->word == ('i' << 8 | 'f');
    } else if (!is_space(r->c)) {
        r->depth[ROUND] = r->count > 0 && r->c == '(';
        r->count = 0;
    }
    return r->depth[ROUND] > 0;
}

/* --------------------------------------------------------------------- positions */

static double line_position(struct reader *r)
{
    return r->count = r->c == '\n' ? 0 : r->count + 1;
}

/* state: 1 once the line has a character that is not white space. */
static double indent(struct reader *r)
{
    r->state = r->c != '\n' && (r->state || !is_blank(r->c));
    return !r->state && is_blank(r->c);
}

enum { TAB = 8 };

static double indent_depth(struct reader *r)
{
    indent(r);
    if (r->c == '\n')
        r->count = 0;
    else if (!r->state && is_blank(r->c))
        r->count += r->c == ' ' ? 1 : TAB - (double)((long)r->count % TAB);
    return r->count;
}

static double word_position(struct reader *r)
{
    return r->count = in_word(r->c) ? r->count + 1 : 0;
}

/* state: 1 after a mark that ends a sentence; white space after it begins a new one. */
static double sentence_position(struct reader *r)
{
    const bool is_stop = r->c == '.' || r->c == '!' || r->c == '?';
    const bool closes = r->c == '"' || r->c == '\'' || r->c == ')' || r->c == RIGHT_DOUBLE;
    const bool ends = after_blank_line(r) || (r->state && is_space(r->c));
    r->state = is_stop || (r->state && closes);
    return r->count = ends ? 0 : r->count + 1;
}

static double word_end(struct reader *r)
{
    return is_letter(r->c) && !is_letter(r->next);
}

/* --------------------------------------------------------------------- the table */

static const struct automaton {
    const char *name, *help;
    double (*read)(struct reader *r);
    bool numeric;
    const char *pattern; /* a regular expression, instead of `read` */
} automata[] = {
    { "quotes", "inside double quotation marks", double_quotes, false, NULL },
    { "single-quotes", "inside single quotation marks", single_quotes, false, NULL },
    { "parentheses", "inside ( )", parentheses, false, NULL },
    { "brackets", "inside [ ]", brackets, false, NULL },
    { "braces", "inside { }", braces, false, NULL },
    { "comment", "inside a C comment", c_comment, false, NULL },
    { "string", "inside a C string", c_string, false, NULL },
    { "if-condition", "inside the condition of an if", c_if, false, NULL },
    { "indent", "in the white space at the beginning of a line", indent, false, NULL },
    { "speaker", "a speaker's line, as in plays", NULL, false, "^[A-Z][A-Z .'-]*:$" },
    { "word-end", "the last letter of a word", word_end, false, NULL },
    { "url", "inside a URL", NULL, false, "(https?|ftp)://[^][ \t<>(){}\"']+" },
    { "line-position", "characters since the beginning of the line", line_position, true,
      NULL },
    { "indent-depth", "columns by which the line is indented", indent_depth, true, NULL },
    { "depth", "depth of brackets of all kinds", depth, true, NULL },
    { "word-position", "characters since the word began", word_position, true, NULL },
    { "sentence-position", "characters since the sentence began", sentence_position, true,
      NULL },
};
enum { AUTOMATA = sizeof automata / sizeof *automata };

static void add_feature(struct features *f, const char *name, const char *help,
                        bool numeric)
{
    unsigned row = 0;
    for (size_t i = 0; i < f->count; i++)
        row += f->list[i].numeric == numeric;
    f->list[f->count++] = (struct feature){ name, help, numeric, row };
}

static void put_value(struct features *f, const struct feature *x, size_t at, double value)
{
    if (x->numeric)
        f->numbers[x->row * f->n + at] = (float)value;
    else if (value != 0)
        f->bits[at] |= (uint64_t)1 << x->row;
}

double features_at(const struct features *f, size_t i, size_t at)
{
    const struct feature *x = &f->list[i];
    return x->numeric ? (double)f->numbers[x->row * f->n + at]
                      : (double)(f->bits[at] >> x->row & 1);
}

/* Runs the automaton of feature i over the text. */
static void run_lexer(struct features *f, size_t i, const struct corpus *c)
{
    struct reader r = { .newlines = 1 };
    for (size_t at = 0; at < f->n; at++) {
        r.c = regex_symbol(c, at);
        r.next = at + 1 < c->n ? regex_symbol(c, at + 1) : 0;
        r.newlines = r.c == '\n' ? r.newlines + 1 : is_space(r.c) ? r.newlines : 0;
        put_value(f, &f->list[i], at, automata[i].read(&r));
        r.before = r.c;
    }
}

static int alloc_features(struct features *f, struct charnn_error *e)
{
    size_t numeric = 0;
    for (size_t i = 0; i < f->count; i++)
        numeric += f->list[i].numeric;
    f->bits = calloc(f->n, sizeof *f->bits);
    f->numbers = calloc(f->n, numeric * sizeof *f->numbers);
    return f->bits && f->numbers ? 0 : err_set(e, "out of memory for the features");
}

int features_read(struct features *f, const struct corpus *c, size_t n,
                  const char *const *match, size_t n_match, struct charnn_error *e)
{
    *f = (struct features){ .n = n };
    for (size_t i = 0; i < AUTOMATA; i++)
        add_feature(f, automata[i].name, automata[i].help, automata[i].numeric);
    for (size_t i = 0; i < n_match; i++)
        add_feature(f, match[i], match[i], false);
    if (alloc_features(f, e) < 0)
        return -1;
    for (size_t i = 0; i < f->count; i++) {
        const char *pattern = i >= AUTOMATA ? match[i - AUTOMATA] : automata[i].pattern;
        if (!pattern)
            run_lexer(f, i, c);
        else if (regex_mark(c, n, pattern, f->bits, f->list[i].row, e) < 0)
            return -1;
    }
    return 0;
}

void features_release(struct features *f)
{
    free(f->bits);
    free(f->numbers);
    *f = (struct features){ 0 };
}
