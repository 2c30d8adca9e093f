/* test_corpus.c - reading texts: units, notes, rare characters, fingerprints. */
#include <stdlib.h>
#include <unistd.h>

#include "charnn.h"
#include "text/corpus.h"
#include "test.h"

static struct charnn_error err;

static struct corpus_part part(const char *name, const char *text)
{
    return (struct corpus_part){ name, (const unsigned char *)text, strlen(text) };
}

static int parse(struct corpus *c, const char *text, int unit, int64_t min_count)
{
    struct corpus_part p = part("text.txt", text);
    err.message[0] = 0;
    return corpus_read_parts(
        c, &p, 1, &(struct corpus_options){ .unit = unit, .min_count = min_count }, &err);
}

static int parse_with(struct corpus *c, const struct corpus_part *p, const struct vocab *v)
{
    const struct corpus_options alike = corpus_options_of(v);
    return corpus_read_parts(c, p, 1, &alike, &err);
}

/* The symbol of character i. */
static uint32_t symbol_at(const struct corpus *c, size_t i)
{
    return c->vocab.symbol[corpus_at(c, i)];
}

static int64_t count_of(const struct corpus *c, uint32_t symbol)
{
    int id = vocab_id(&c->vocab, symbol);
    return id < 0 ? 0 : c->vocab.count[id];
}

static void refused(const char *text, int unit, int64_t min_count, int usage,
                    const char *word)
{
    struct corpus c;
    err.usage = -1;
    CHECK(parse(&c, text, unit, min_count) == -1);
    CHECK_MSG(strstr(err.message, word) != NULL, "%s", err.message);
    CHECK(err.usage == usage);
    CHECK(c.n == 0 && !c.narrow && !c.wide && !c.vocab.symbol);
    corpus_release(&c);
}

static void noted(const char *text, int unit, const char *word)
{
    struct corpus c;
    CHECK(parse(&c, text, unit, 1) == 0);
    CHECK_MSG(strstr(c.note, word) != NULL, "'%s' lacks '%s'", c.note, word);
    corpus_release(&c);
}

static void valid_utf8_is_read_as_characters(void)
{
    struct corpus c;
    CHECK(parse(&c,
                "b\xEA\xB0\x80"
                "ab",
                CHARNN_UNIT_AUTO, 1) == 0);
    CHECK(c.vocab.unit == VOCAB_CHAR && c.n == 4 && c.vocab.size == 3);
    CHECK(symbol_at(&c, 0) == 'b' && symbol_at(&c, 1) == 0xAC00);
    CHECK(count_of(&c, 'b') == 2 && count_of(&c, 0xAC00) == 1);
    CHECK(c.narrow && !c.wide && c.folded == 0);
    CHECK_MSG(c.note[0] == 0, "%s", c.note);
    corpus_release(&c);
}

static void invalid_utf8_is_read_as_bytes_and_said(void)
{
    struct corpus c;
    CHECK(parse(&c, "d\xE9j\xE0 vu", CHARNN_UNIT_AUTO, 1) == 0);
    CHECK(c.vocab.unit == VOCAB_BYTE && c.n == 7 && c.vocab.size == 7);
    CHECK(symbol_at(&c, 1) == 0xE9 && symbol_at(&c, 3) == 0xE0);
    CHECK_MSG(strstr(c.note, "text.txt: byte 1 is not valid UTF-8"), "%s", c.note);
    CHECK_MSG(strstr(c.note, "iconv -f WINDOWS-1252 -t UTF-8"), "%s", c.note);
    corpus_release(&c);
}

/* Reads a text of n Hangul syllables, one damaged byte, and n more syllables. */
static int parse_damaged(struct corpus *c, size_t n, int damaged)
{
    static char text[1 << 19];
    size_t length = 0;
    for (size_t i = 0; i < 2 * n; i++) {
        memcpy(text + length, "\xEA\xB0\x80", 3);
        length += 3;
        if (i == n - 1)
            text[length++] = '\xEA';
    }
    const struct corpus_part p = { "text.txt", (const unsigned char *)text, length };
    return corpus_read_parts(c, &p, 1, &(struct corpus_options){ .damaged = damaged },
                             &err);
}

static void damaged_utf8_stays_characters(void)
{
    static const size_t sizes[] = { 200, 43690, 43691,
                                    60000 }; /* also where a block ends */
    struct corpus c;
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        const size_t n = sizes[i];
        CHECK(parse_damaged(&c, n, CHARNN_DAMAGED_AUTO) == 0);
        CHECK(c.vocab.unit == VOCAB_CHAR && c.n == 2 * n + 1 && count_of(&c, 0xFFFD) == 1);
        CHECK(symbol_at(&c, n) == 0xFFFD);
        CHECK_MSG(strstr(c.note, "damaged UTF-8: 1 byte at byte"), "%s", c.note);
        corpus_release(&c);
        CHECK(parse_damaged(&c, n, CHARNN_DAMAGED_DROP) == 0);
        CHECK(c.n == 2 * n && c.vocab.size == 1);
        corpus_release(&c);
    }
    CHECK(parse_damaged(&c, 100, CHARNN_DAMAGED_AUTO) == -1);
    CHECK_MSG(strstr(err.message,
                     "1 of 601 bytes, more than one in 1000 (the first is byte 300)"),
              "%s", err.message);
    CHECK(parse_damaged(&c, 100, CHARNN_DAMAGED_REPLACE) == 0 && c.n == 201);
    corpus_release(&c);
}

static void utf16_is_recognised_by_its_mark(void)
{
    noted("\xFF\xFEh", CHARNN_UNIT_AUTO, "iconv -f UTF-16 -t UTF-8");
    noted("\xFE\xFF h", CHARNN_UNIT_AUTO, "iconv -f UTF-16 -t UTF-8");
}

static void invalid_utf8_is_an_error_where_characters_were_asked_for(void)
{
    refused("abc\x80", CHARNN_UNIT_CHAR, 1, 0, "text.txt: byte 3 is not valid UTF-8");
}

static void each_file_must_be_utf8_by_itself(void)
{
    struct corpus_part parts[] = { part("one", "a\xEA\xB0"), part("two", "\x80z") };
    struct corpus c;
    CHECK(corpus_read_parts(&c, parts, 2,
                            &(struct corpus_options){ .unit = CHARNN_UNIT_CHAR },
                            &err) == -1);
    CHECK_MSG(strstr(err.message, "two: byte 0"), "%s", err.message);
    CHECK(corpus_read_parts(&c, parts, 2,
                            &(struct corpus_options){ .unit = CHARNN_UNIT_AUTO },
                            &err) == 0);
    CHECK(c.vocab.unit == VOCAB_BYTE && c.n == 5);
    corpus_release(&c);
}

static void bytes_are_read_as_bytes_when_asked_for(void)
{
    struct corpus c;
    CHECK(parse(&c, "\xEA\xB0\x80", CHARNN_UNIT_BYTE, 1) == 0);
    CHECK(c.vocab.unit == VOCAB_BYTE && c.n == 3);
    CHECK(c.note[0] == 0);
    corpus_release(&c);
}

static void files_join_in_order(void)
{
    struct corpus_part parts[] = { part("one", "ab"), part("none", ""), part("two", "ca") };
    struct corpus c;
    CHECK(corpus_read_parts(&c, parts, 3,
                            &(struct corpus_options){ .unit = CHARNN_UNIT_AUTO },
                            &err) == 0);
    CHECK(c.n == 4);
    for (size_t i = 0; i < 4; i++)
        CHECK(symbol_at(&c, i) == (uint32_t) "abca"[i]);
    corpus_release(&c);
}

static void nul_is_text(void)
{
    struct corpus_part p = { "nul", (const unsigned char *)"a\0b\0", 4 };
    struct corpus c;
    CHECK(corpus_read_parts(&c, &p, 1, &(struct corpus_options){ .unit = CHARNN_UNIT_AUTO },
                            &err) == 0);
    CHECK(c.n == 4 && symbol_at(&c, 1) == 0 && count_of(&c, 0) == 2);
    corpus_release(&c);
}

static void a_leading_byte_order_mark_is_dropped_from_characters(void)
{
    struct corpus_part parts[] = { part("one", "\xEF\xBB\xBF"
                                               "ab"),
                                   part("two", "\xEF\xBB\xBF\xEF\xBB\xBF") };
    struct corpus c;
    CHECK(corpus_read_parts(&c, parts, 1,
                            &(struct corpus_options){ .unit = CHARNN_UNIT_AUTO },
                            &err) == 0);
    CHECK(c.n == 2 && symbol_at(&c, 0) == 'a' && count_of(&c, 0xFEFF) == 0);
    CHECK_MSG(strstr(c.note, "a leading byte order mark was dropped"), "%s", c.note);
    corpus_release(&c);
    CHECK(corpus_read_parts(&c, parts, 2,
                            &(struct corpus_options){ .unit = CHARNN_UNIT_AUTO },
                            &err) == 0);
    CHECK(c.n == 2 && count_of(&c, 0xFEFF) == 0);
    CHECK_MSG(strstr(c.note, "2 leading byte order marks"), "%s", c.note);
    CHECK_MSG(strstr(c.note, "1 byte order mark inside the text was"), "%s", c.note);
    corpus_release(&c);
}

static void a_byte_order_mark_that_the_vocabulary_knows_stays(void)
{
    static const uint32_t symbols[] = { 'a', 0xFEFF };
    static const int64_t counts[] = { 1, 1 };
    struct corpus_part p = part("text.txt", "a\xEF\xBB\xBF");
    struct vocab v;
    struct corpus c;
    CHECK(vocab_init(&v, VOCAB_CHAR, symbols, counts, 2, &err) == 0);
    CHECK(parse_with(&c, &p, &v) == 0);
    CHECK(c.n == 2 && symbol_at(&c, 1) == 0xFEFF && c.note[0] == 0);
    corpus_release(&c);
    vocab_release(&v);
}

static void bytes_keep_their_byte_order_mark(void)
{
    struct corpus c;
    CHECK(parse(&c,
                "\xEF\xBB\xBF"
                "a",
                CHARNN_UNIT_BYTE, 1) == 0);
    CHECK(c.n == 4 && symbol_at(&c, 0) == 0xEF && c.note[0] == 0);
    corpus_release(&c);
}

static void crlf_is_kept_and_said(void)
{
    struct corpus c;
    CHECK(parse(&c, "a\r\nb\r\n", CHARNN_UNIT_AUTO, 1) == 0);
    CHECK(c.n == 6 && symbol_at(&c, 1) == '\r');
    CHECK_MSG(strcmp(c.note, "line ends are CRLF, kept as text") == 0, "%s", c.note);
    corpus_release(&c);
    noted("a\r\nb\nc\n", CHARNN_UNIT_AUTO, "1 of 3 line ends are CRLF");
    noted("\xFF\r\n", CHARNN_UNIT_AUTO, "; line ends are CRLF");
    CHECK(parse(&c, "\na\rb\n", CHARNN_UNIT_AUTO, 1) == 0 && c.note[0] == 0);
    corpus_release(&c);
}

static void decomposed_hangul_is_said(void)
{
    noted("\xE1\x84\x92\xE1\x85\xA1\xE1\x86\xAB", CHARNN_UNIT_AUTO, "decomposed (NFD): 3 ");
    struct corpus c;
    CHECK(parse(&c, "\xED\x95\x9C\xE3\x85\x8B", CHARNN_UNIT_AUTO, 1) == 0);
    CHECK_MSG(c.note[0] == 0, "%s", c.note); /* syllables and compatibility jamo are not
                                              * decomposed */
    corpus_release(&c);
}

static void a_long_file_name_leaves_room_for_the_remedy(void)
{
    char name[1000];
    memset(name, 'x', sizeof name);
    name[sizeof name - 1] = 0;
    struct corpus_part p = part(name, "\xFF");
    struct corpus c;
    CHECK(corpus_read_parts(&c, &p, 1, &(struct corpus_options){ .unit = CHARNN_UNIT_AUTO },
                            &err) == 0);
    CHECK_MSG(strstr(c.note, "iconv -f WINDOWS-1252 -t UTF-8; else "), "%s", c.note);
    CHECK(c.note[strlen(c.note) - 1] == ')');
    CHECK(strlen(c.note) < sizeof c.note);
    corpus_release(&c);
}

static void rare_characters_fold_into_the_replacement(void)
{
    struct corpus c;
    CHECK(parse(&c, "aaxbby\xEF\xBF\xBDz", CHARNN_UNIT_AUTO, 2) == 0);
    CHECK(c.n == 8 && c.vocab.size == 3 && c.folded == 3);
    CHECK(count_of(&c, 'a') == 2 && count_of(&c, 0xFFFD) == 4); /* 3 rare ones, and 1 that
                                                                 * was in the text */
    CHECK(symbol_at(&c, 2) == 0xFFFD && symbol_at(&c, 6) == 0xFFFD);
    corpus_release(&c);
}

static void without_rare_characters_nothing_is_replaced(void)
{
    struct corpus c;
    CHECK(parse(&c, "aabb", CHARNN_UNIT_AUTO, 2) == 0);
    CHECK(c.vocab.size == 2 && c.folded == 0 && vocab_replacement(&c.vocab) == -1);
    corpus_release(&c);
}

static void counts_sum_to_the_length(void)
{
    struct corpus c;
    for (int64_t min_count = 0; min_count < 4; min_count++) {
        CHECK(parse(&c, "the cat sat on the mat", CHARNN_UNIT_AUTO, min_count) == 0);
        int64_t sum = 0;
        for (size_t i = 0; i < c.vocab.size; i++)
            sum += c.vocab.count[i];
        CHECK(sum == 22 && c.n == 22);
        corpus_release(&c);
    }
}

static void min_count_that_leaves_nothing_is_an_error(void)
{
    refused("abcabc", CHARNN_UNIT_AUTO, 3, 0, "all 3 symbols");
}

static void min_count_needs_characters(void)
{
    refused("abcabc", CHARNN_UNIT_BYTE, 2, 1, "`min-count`");
    refused("abc\xFF", CHARNN_UNIT_AUTO, 2, 0, "`min-count` needs characters");
}

static void empty_text_is_an_error(void)
{
    refused("", CHARNN_UNIT_AUTO, 1, 0, "text.txt is empty");
    refused("", CHARNN_UNIT_BYTE, 1, 0, "text.txt is empty");
    refused("\xEF\xBB\xBF", CHARNN_UNIT_AUTO, 1, 0, "empty");
}

/* Makes a text of n different characters from U+10000 on, as UTF-8. */
static char *many_symbols(uint32_t n)
{
    char *text = malloc(4 * (size_t)n + 1);
    for (uint32_t i = 0; text && i < n; i++) {
        uint32_t c = 0x10000 + i;
        text[4 * i] = (char)(0xF0 | c >> 18);
        text[4 * i + 1] = (char)(0x80 | (c >> 12 & 0x3F));
        text[4 * i + 2] = (char)(0x80 | (c >> 6 & 0x3F));
        text[4 * i + 3] = (char)(0x80 | (c & 0x3F));
    }
    if (text)
        text[4 * (size_t)n] = 0;
    return text;
}

static void ids_take_two_bytes_from_257_symbols_on(void)
{
    struct corpus c;
    for (uint32_t n = 255; n < 259; n++) {
        char *text = many_symbols(n);
        CHECK(parse(&c, text, CHARNN_UNIT_AUTO, 1) == 0 && c.n == n && c.vocab.size == n);
        CHECK((c.wide != NULL) == (n > 256) && (c.narrow != NULL) == (n <= 256));
        CHECK(symbol_at(&c, n - 1) == 0x10000 + n - 1);
        corpus_release(&c);
        free(text);
    }
}

static void too_many_symbols_are_an_error_with_a_way_out(void)
{
    char *text = many_symbols(VOCAB_MAX + 1);
    refused(text, CHARNN_UNIT_AUTO, 1, 0, "65536 different characters");
    refused(text, CHARNN_UNIT_AUTO, 1, 0, "`min-count`");
    refused(text, CHARNN_UNIT_CHAR, 1, 0, "`unit` byte");
    text[4 * VOCAB_MAX] = 0;
    struct corpus c;
    CHECK(parse(&c, text, CHARNN_UNIT_AUTO, 1) == 0 && c.vocab.size == VOCAB_MAX);
    for (size_t i = 0; i < c.n; i += 1000)
        CHECK(symbol_at(&c, i) == 0x10000 + i);
    corpus_release(&c);
    free(text);
}

static void a_given_vocabulary_is_copied_and_used(void)
{
    struct corpus c, d;
    CHECK(parse(&c, "abc", CHARNN_UNIT_AUTO, 1) == 0);
    struct corpus_part p = part("new.txt", "cab");
    CHECK(parse_with(&d, &p, &c.vocab) == 0);
    corpus_release(&c);
    CHECK(d.n == 3 && corpus_at(&d, 0) == 2 && corpus_at(&d, 1) == 0);
    CHECK(d.vocab.size == 3 && count_of(&d, 'a') == 1);
    corpus_release(&d);
}

static void what_a_given_vocabulary_lacks_is_an_error(void)
{
    struct corpus c, d;
    CHECK(parse(&c, "abc", CHARNN_UNIT_AUTO, 1) == 0);
    struct corpus_part p = part("new.txt", "ca\xC3\xA9");
    CHECK(parse_with(&d, &p, &c.vocab) == -1);
    CHECK_MSG(strstr(err.message, "new.txt: byte 2") && strstr(err.message, "U+00E9"), "%s",
              err.message);
    p = part("new.txt", "ca\xFF");
    CHECK(parse_with(&d, &p, &c.vocab) == -1);
    CHECK_MSG(strstr(err.message, "byte 2 is not valid UTF-8"), "%s", err.message);
    CHECK(d.n == 0 && !d.narrow);
    corpus_release(&c);
}

static void a_given_vocabulary_folds_and_counts(void)
{
    struct corpus c, d;
    CHECK(parse(&c, "aabbx", CHARNN_UNIT_AUTO, 2) == 0);
    struct corpus_part p = part("new.txt", "abyz");
    CHECK(parse_with(&d, &p, &c.vocab) == 0);
    CHECK(d.folded == 2 && symbol_at(&d, 3) == 0xFFFD);
    corpus_release(&c);
    corpus_release(&d);
}

static uint64_t print_of(const char *one, size_t n_one, const char *two, size_t n_two)
{
    struct corpus_part p[] = { { "one", (const unsigned char *)one, n_one },
                               { "two", (const unsigned char *)two, n_two } };
    struct corpus c;
    CHECK(corpus_read_parts(&c, p, two ? 2 : 1,
                            &(struct corpus_options){ .unit = CHARNN_UNIT_BYTE },
                            &err) == 0);
    uint64_t h = c.fingerprint;
    corpus_release(&c);
    return h;
}

static void any_changed_bit_changes_the_fingerprint(void)
{
    char text[] = "0123456789abcdefghi";
    const size_t n = sizeof text - 1;
    uint64_t seen[8 * sizeof text];
    size_t k = 0;
    seen[k++] = print_of(text, n, NULL, 0);
    for (size_t bit = 0; bit < 8 * n; bit++) {
        text[bit / 8] ^= (char)(1 << bit % 8);
        seen[k++] = print_of(text, n, NULL, 0);
        text[bit / 8] ^= (char)(1 << bit % 8);
    }
    CHECK(print_of(text, n, NULL, 0) == seen[0]);
    for (size_t i = 0; i < k; i++)
        for (size_t j = 0; j < i; j++)
            CHECK(seen[i] != seen[j]);
}

static void lengths_and_borders_change_the_fingerprint(void)
{
    CHECK(print_of("\0\0\0", 3, NULL, 0) != print_of("\0\0\0\0", 4, NULL, 0));
    CHECK(print_of("ab", 2, "c", 1) != print_of("a", 1, "bc", 2));
    CHECK(print_of("abc", 3, NULL, 0) != print_of("abc", 3, "", 0));
    CHECK(print_of("ab", 2, "cd", 2) != print_of("cd", 2, "ab", 2));
    /* If two top bits are flipped, the changes must not cancel, as they would in plain FNV
     * over words. */
    CHECK(print_of("aaaaaaa\x80"
                   "aaaaaaa\x80",
                   16, NULL, 0) != print_of("aaaaaaa\0aaaaaaa\0", 16, NULL, 0));
}

static void the_fingerprint_is_the_same_on_every_machine(void)
{
    uint64_t h = print_of("hello, world", 12, NULL, 0);
    CHECK_MSG(h == 0x0EEEDAC351823201u, "%llx", (unsigned long long)h);
}

static void files_are_read_whole_and_in_order(void)
{
    char folder[500], one[520], two[520];
    const char *tmp = getenv("TMPDIR");
    snprintf(folder, sizeof folder, "%s/charnn-corpus-XXXXXX", tmp ? tmp : "/tmp");
    CHECK(mkdtemp(folder) != NULL);
    snprintf(one, sizeof one, "%s/one", folder);
    snprintf(two, sizeof two, "%s/two", folder);
    FILE *f = fopen(one, "wb"), *g = fopen(two, "wb");
    for (int i = 0; f && g && i < 100000; i++) {
        putc('a' + i % 3, f);
        fputs("\xEA\xB0\x80", g);
    }
    CHECK(f && g && fclose(f) == 0 && fclose(g) == 0);

    const char *paths[] = { one, two };
    struct corpus c, d;
    CHECK_MSG(corpus_read(&c, paths, 2,
                          &(struct corpus_options){ .unit = CHARNN_UNIT_AUTO }, &err) == 0,
              "%s", err.message);
    CHECK(c.n == 200000 && c.vocab.size == 4 && count_of(&c, 'a') == 33334);
    CHECK(symbol_at(&c, 99999) == 'a' && symbol_at(&c, 100000) == 0xAC00);
    CHECK(corpus_read_part(&d, (struct corpus_part){ .name = paths[1] }, &c.vocab,
                           CHARNN_UNKNOWN_ERROR, &err) == 0);
    CHECK(d.n == 100000 && corpus_at(&d, 99999) == 3);
    corpus_release(&c);
    corpus_release(&d);
    unlink(one);
    unlink(two);
    rmdir(folder);
    CHECK(corpus_read(&c, paths, 2, &(struct corpus_options){ .unit = CHARNN_UNIT_AUTO },
                      &err) == -1);
    CHECK_MSG(strstr(err.message, one) != NULL, "%s", err.message);
}

/* Replaces a file after it has been read to its end for the first time. */
struct changing {
    const char *path, *before, *after;
    bool is_changed;
};

static void write_text(const char *path, const char *text)
{
    FILE *f = fopen(path, "wb");
    CHECK(f && fputs(text, f) >= 0 && fclose(f) == 0);
}

static void change_text(void *arg, size_t done, size_t total)
{
    struct changing *x = arg;
    (void)total;
    if (x->is_changed || done < strlen(x->before))
        return;
    x->is_changed = true;
    unlink(x->path); /* so that the open file does not change */
    write_text(x->path, x->after);
}

static void a_text_that_changes_while_it_is_read_is_an_error(void)
{
    static const char *const after[] = { "abcabc\n", "abcabcabcabc\n", "abcabzabc\n", "",
                                         "abcabc\xEA\xB0\x80\n" };
    char folder[] = "/tmp/charnn_test_XXXXXX", path[64];
    CHECK(mkdtemp(folder) != NULL);
    snprintf(path, sizeof path, "%s/changing.txt", folder);
    for (size_t i = 0; i < sizeof after / sizeof *after; i++) {
        struct changing x = { .path = path, .before = "abcabcabc\n", .after = after[i] };
        const struct corpus_watch watch = { .progress = change_text, .arg = &x };
        const char *paths[] = { path };
        char expected[128];
        struct corpus c;
        write_text(path, x.before);
        CHECK(corpus_read(&c, paths, 1, &(struct corpus_options){ .watch = &watch },
                          &err) == -1);
        CHECK(x.is_changed);
        snprintf(expected, sizeof expected, "%s: changed while it was read", path);
        CHECK_MSG(strcmp(err.message, expected) == 0, "%zu: %s", i, err.message);
        corpus_release(&c);
    }
    unlink(path);
    rmdir(folder);
}

int main(void)
{
    RUN(valid_utf8_is_read_as_characters);
    RUN(invalid_utf8_is_read_as_bytes_and_said);
    RUN(damaged_utf8_stays_characters);
    RUN(utf16_is_recognised_by_its_mark);
    RUN(invalid_utf8_is_an_error_where_characters_were_asked_for);
    RUN(each_file_must_be_utf8_by_itself);
    RUN(bytes_are_read_as_bytes_when_asked_for);
    RUN(files_join_in_order);
    RUN(nul_is_text);
    RUN(a_leading_byte_order_mark_is_dropped_from_characters);
    RUN(a_byte_order_mark_that_the_vocabulary_knows_stays);
    RUN(bytes_keep_their_byte_order_mark);
    RUN(crlf_is_kept_and_said);
    RUN(decomposed_hangul_is_said);
    RUN(a_long_file_name_leaves_room_for_the_remedy);
    RUN(rare_characters_fold_into_the_replacement);
    RUN(without_rare_characters_nothing_is_replaced);
    RUN(counts_sum_to_the_length);
    RUN(min_count_that_leaves_nothing_is_an_error);
    RUN(min_count_needs_characters);
    RUN(empty_text_is_an_error);
    RUN(ids_take_two_bytes_from_257_symbols_on);
    RUN(too_many_symbols_are_an_error_with_a_way_out);
    RUN(a_given_vocabulary_is_copied_and_used);
    RUN(what_a_given_vocabulary_lacks_is_an_error);
    RUN(a_given_vocabulary_folds_and_counts);
    RUN(any_changed_bit_changes_the_fingerprint);
    RUN(lengths_and_borders_change_the_fingerprint);
    RUN(the_fingerprint_is_the_same_on_every_machine);
    RUN(files_are_read_whole_and_in_order);
    RUN(a_text_that_changes_while_it_is_read_is_an_error);
    return test_end();
}
