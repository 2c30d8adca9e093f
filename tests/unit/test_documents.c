/* test_documents.c - many small texts: their separators, their order, and that no state is
 * carried from one text to the next. */
#include <math.h>
#include <stdlib.h>
#include <unistd.h>

#include "charnn.h"
#include "base/buf.h"
#include "score/evaluate.h"
#include "net.h"
#include "test.h"
#include "text/documents.h"

static struct charnn_error err;

/* Marks the ends of the documents in a text that is added `each` bytes at a time, and compares
 * the result with `wanted`. */
static void marks_in_portions(const struct documents_rule *rule, const char *text,
                              const char *wanted, size_t each)
{
    struct documents_marker m = { .rule = rule, .name = "a file" };
    struct buf out = { 0 };
    for (size_t at = 0, n = strlen(text); at < n; at += each)
        CHECK(documents_add(&m, (const unsigned char *)text + at,
                            n - at < each ? n - at : each, &out, &err) == 0);
    documents_end(&m, &out);
    CHECK_MSG(strcmp(out.data, wanted) == 0, "%zu at a time: '%s'", each, out.data);
    buf_release(&out);
    documents_release(&m);
}

/* Marks the ends of the documents in a text, whole and in small pieces, and compares the
 * results with `wanted`. */
static void marks_as(const struct documents_rule *rule, const char *text,
                     const char *wanted)
{
    struct buf out = { 0 };
    CHECK(documents_mark(rule, "a file", (const unsigned char *)text, strlen(text), &out,
                         &err) == 0);
    CHECK_MSG(strcmp(out.data, wanted) == 0, "'%s'", out.data);
    buf_release(&out);
    for (size_t each = 1; each < 5; each++)
        marks_in_portions(rule, text, wanted, each);
}

static void marks(int kind, const char *text, const char *wanted)
{
    const struct documents_rule rule = { .kind = kind };
    marks_as(&rule, text, wanted);
}

static void marks_borders(const char *border, const char *text, const char *wanted)
{
    const struct documents_rule rule = documents_rule_of(border);
    marks_as(&rule, text, wanted);
}

static void a_border_ends_or_begins_a_document(void)
{
    marks_borders("end:<|end|>", "one\n<|end|>\ntwo<|end|>three<|en",
                  "one\n\x1etwo\x1ethree<|en\x1e");
    marks_borders("end:<|end|>", "one<|end|>\r\n\r\ntwo\n<|end|>\n\n",
                  "one\x1etwo\n\x1e\x1e");
    marks_borders("end:aa", "xaaay",
                  "x\x1e"
                  "ay\x1e");
    marks_borders("end:;", ";;a;\n;",
                  "\x1e\x1e"
                  "a\x1e\x1e\x1e");
    marks_borders("start:[Event ", "[Event 1]\n\n1. e4\n\n[Event 2]\n[EventDate]\n",
                  "\x1e[Event 1]\n\n1. e4\n\n\x1e[Event 2]\n[EventDate]\n\x1e");
    marks_borders("start:>", "head\n>>a", "head\n\x1e>\x1e>a\x1e");
    marks_borders("end:\xC3\xA9", "caf\xC3\xA9t\xC3\xA8", "caf\x1et\xC3\xA8\x1e");
}

static void rules_are_words_or_borders(void)
{
    struct documents_rule rule;
    char longest[300] = "end:";
    CHECK(documents_parse(&rule, NULL, &err) == 0 && rule.kind == DOCUMENTS_NONE);
    CHECK(documents_parse(&rule, "blank", &err) == 0 && rule.kind == DOCUMENTS_BLANK);
    CHECK(documents_parse(&rule, "start:end:", &err) == 0 && !strcmp(rule.border, "end:"));
    CHECK(documents_parse(&rule, "lines", &err) < 0 && err.usage);
    CHECK(documents_parse(&rule, "end:", &err) < 0 && err.usage);
    CHECK(documents_parse(&rule, "end", &err) < 0 && err.usage);
    CHECK(documents_parse(&rule, "end:\xE9", &err) < 0 && err.usage);
    CHECK(documents_parse(&rule, "end:\x1e", &err) < 0 && err.usage);
    memset(longest + 4, 'x', 200);
    CHECK(documents_parse(&rule, longest, &err) == 0);
    longest[204] = 'x';
    CHECK(documents_parse(&rule, longest, &err) < 0 && err.usage);
}

static void each_kind_has_its_separator(void)
{
    marks(DOCUMENTS_LINE, "ann\nbob", "ann\nbob\n");
    marks(DOCUMENTS_LINE, "", "\n");
    marks(DOCUMENTS_LINE, "ann\r\n\r\n \nbob\r\n", "ann\r\nbob\r\n");
    marks(DOCUMENTS_FILE, "int x;\n\nint y;\n", "int x;\n\nint y;\n\x1e");
    marks(DOCUMENTS_BLANK, "a\nb\n\nc\n",
          "a\nb\x1e"
          "c\x1e");
    marks(DOCUMENTS_BLANK, "\n\na\n \t\r\n\n\nb\n\n",
          "a\x1e"
          "b\x1e\x1e");
    marks(DOCUMENTS_BLANK, "a\r\n\r\nb",
          "a\r\x1e"
          "b\x1e");
    marks(DOCUMENTS_BLANK, "\n\n\n", "\x1e");
    marks(DOCUMENTS_BLANK, "a\n  ", "a\x1e\x1e");
    marks(DOCUMENTS_BLANK, "  a \n \t b", "  a \n \t b\x1e");
    marks(DOCUMENTS_LINE, " \n\n a\n\n", " a\n");
}

static void a_separator_in_the_text_is_refused(void)
{
    const unsigned char text[] = "ab\x1e"
                                 "c ";
    const struct documents_rule file = { .kind = DOCUMENTS_FILE },
                                line = { .kind = DOCUMENTS_LINE };
    struct buf out = { 0 };
    CHECK(documents_mark(&file, "odd.txt", text, 4, &out, &err) == -1);
    CHECK_MSG(strstr(err.message, "odd.txt: byte 2") != NULL, "%s", err.message);
    CHECK(documents_mark(&line, "odd.txt", text, 4, &out, &err) == 0);
    buf_release(&out);
}

/* Reads a corpus from a file with this text. */
static int read_text(struct corpus *c, const char *text, size_t n, int documents)
{
    char path[] = "/tmp/charnn-documents.XXXXXX";
    const char *paths[] = { path };
    int fd = mkstemp(path);
    CHECK(fd >= 0 && write(fd, text, n) == (ssize_t)n);
    close(fd);
    const struct corpus_options options = { .documents.kind = documents };
    const int status = corpus_read(c, paths, 1, &options, &err);
    unlink(path);
    return status;
}

/* Three hundred numbered lines, with a blank line after every fifth, beginning with the first. */
static struct corpus numbered(void)
{
    struct buf b = { 0 };
    struct corpus c;
    for (int i = 0; i < 300; i++)
        buf_printf(&b, "line %d%s\n%s", i, i % 7 ? "" : " is longer", i % 5 ? "" : "\n");
    CHECK(read_text(&c, b.data, b.len, DOCUMENTS_LINE) == 0);
    buf_release(&b);
    return c;
}

static void documents_are_shuffled_whole(void)
{
    struct corpus c = numbered(), again = numbered();
    const int separator = vocab_separator(&c.vocab);
    int seen[300] = { 0 }, in_place = 0, k = 0;
    CHECK(corpus_at(&c, 0) == separator && corpus_at(&c, c.n - 1) == separator);
    CHECK(c.longest == strlen("line 294 is longer") + 1);
    for (size_t at = 1; at < c.n; k++) {
        char line[40];
        size_t n = 0;
        for (; corpus_at(&c, at) != separator && n < sizeof line - 1; at++)
            line[n++] = (char)c.vocab.symbol[corpus_at(&c, at)];
        line[n] = 0;
        at++;
        const int i = n > 5 ? atoi(line + 5) : -1;
        CHECK_MSG(n > 0 && i >= 0 && i < 300, "'%s'", line);
        if (i >= 0 && i < 300)
            seen[i]++;
        in_place += i == k;
    }
    CHECK_MSG(k == 300 && in_place < 30, "%d documents, %d in place", k, in_place);
    for (int i = 0; i < 300; i++)
        CHECK_MSG(seen[i] == 1, "line %d is there %d times", i, seen[i]);
    CHECK(again.n == c.n && memcmp(again.narrow, c.narrow, c.n) == 0);
    corpus_release(&c);
    corpus_release(&again);
}

static void no_document_is_an_error(void)
{
    struct corpus c;
    CHECK(read_text(&c, "\n\n \n", 3, DOCUMENTS_BLANK) == -1);
    CHECK(c.n == 0);
    CHECK(read_text(&c, "", 0, DOCUMENTS_FILE) == -1);
}

static void the_separator_is_never_folded(void)
{
    struct corpus c;
    const char text[] = "aaaa bbbb\n\naaaa bbbb";
    char path[] = "/tmp/charnn-documents.XXXXXX";
    const char *paths[] = { path };
    int fd = mkstemp(path);
    CHECK(fd >= 0 && write(fd, text, sizeof text - 1) == (ssize_t)sizeof text - 1);
    close(fd);
    CHECK(corpus_read(&c, paths, 1,
                      &(struct corpus_options){ .min_count = 3,
                                                .documents.kind = DOCUMENTS_BLANK },
                      &err) == 0);
    CHECK(vocab_separator(&c.vocab) >= 0 && c.folded == 2);
    CHECK(c.n == 1 + 9 + 1 + 9 + 1);
    corpus_release(&c);
    unlink(path);
}

static void whole_documents_are_held_out(void)
{
    struct corpus c = numbered();
    const int separator = vocab_separator(&c.vocab);
    static const double shares[] = { 0.05, 0.1, 0.5, 0.9 };
    for (size_t i = 0; i < 4; i++) {
        struct batch_plan p;
        CHECK(batch_plan(&p, c.n,
                         &(struct batch_options){ 4, 16, shares[i], CHARNN_SPLIT_TAIL, 1 },
                         &err) == 0);
        const size_t before = p.valid_lo;
        batch_plan_documents(&p, &c, separator);
        CHECK(corpus_at(&c, p.valid_lo) == separator && p.train_n == p.valid_lo + 1);
        CHECK(llabs((long long)before - (long long)p.valid_lo) <= (long long)c.longest);
        CHECK(p.valid_hi == c.n);
    }
    corpus_release(&c);
}

static void streams_begin_with_documents(void)
{
    struct corpus c = numbered();
    const int separator = vocab_separator(&c.vocab);
    struct batch_plan p;
    int32_t inputs[6 * 16], targets[6 * 16];
    CHECK(batch_plan(&p, c.n, &(struct batch_options){ 6, 16, 0.1, CHARNN_SPLIT_TAIL, 3 },
                     &err) == 0);
    batch_plan_documents(&p, &c, separator);
    CHECK(p.steps_per_epoch > 20);
    for (size_t epoch = 0; epoch < 20; epoch++) {
        CHECK(batch_train(&p, &c, epoch * p.steps_per_epoch, inputs, targets) == 1);
        for (size_t b = 0; b < p.B; b++)
            CHECK(inputs[b] == separator);
        batch_train(&p, &c, epoch * p.steps_per_epoch + p.steps_per_epoch - 1, inputs,
                    targets); /* an assertion fails if the end is wrong */
    }
    corpus_release(&c);
}

static void one_document_validates_nothing(void)
{
    struct corpus c;
    struct batch_plan p;
    const char text[] = "one long text without any line end in it, which cannot be cut";
    CHECK(read_text(&c, text, sizeof text - 1, DOCUMENTS_LINE) == 0);
    CHECK(batch_plan(&p, c.n, &(struct batch_options){ 2, 8, 0.3, CHARNN_SPLIT_TAIL, 1 },
                     &err) == 0);
    batch_plan_documents(&p, &c, vocab_separator(&c.vocab));
    CHECK(p.valid_lo == p.valid_hi && p.train_n == c.n);
    CHECK_MSG(strstr(p.note, "no validation") != NULL, "%s", p.note);
    corpus_release(&c);
}

/* ------------------------------------------------------------------- documents are
 * separate */

enum { H = 21, T = 12, B = 5 };

static void start(struct net *n, int cell, size_t V, int restart, enum stack_mode mode)
{
    const struct model_shape shape = {
        cell, CHARNN_ACTIVATION_TANH, 2, H, 0, V, .skip = 0
    };
    net_init(n, &shape, (enum isa)isa_choose(), T, B, mode);
    network_release(&n->net);
    n->m.reset_id = restart;
    if (network_init(&n->net, &n->m, T, B, mode == STACK_TRAIN ? STACK_TRAIN_DROPOUT : mode,
                     "a test", &err) < 0)
        abort();
}

static double loss_of(const struct net *n, const struct corpus *c, size_t lo, size_t hi)
{
    struct evaluator v;
    CHECK(evaluator_init(&v, &n->m, 1, 7, n->pool, &err) == 0);
    const double loss = evaluate_stretch(&v, c, lo, hi);
    evaluator_release(&v);
    return loss;
}

/* A model of documents that reads all documents in one sequence has the same mean loss as a
 * model without documents that reads each document alone, from zero state. */
static void each_document_is_read_from_zero_state(void)
{
    struct corpus c = numbered();
    const int separator = vocab_separator(&c.vocab);
    for (int cell = 0; cell < CHARNN_CELLS; cell++) {
        struct net with, without;
        double sum = 0;
        start(&with, cell, c.vocab.size, separator, STACK_FORWARD);
        start(&without, cell, c.vocab.size, -1, STACK_FORWARD);
        for (size_t lo = 0, hi = 1; hi < c.n; hi++) {
            if (corpus_at(&c, hi) != separator)
                continue;
            sum += (double)(hi - lo) * loss_of(&without, &c, lo, hi + 1);
            lo = hi;
        }
        const double apart = sum / (double)(c.n - 1), together = loss_of(&with, &c, 0, c.n);
        CHECK_MSG(fabs(apart - together) < 1e-5, "cell %d: %.7f %.7f", cell, apart,
                  together);
        CHECK(fabs(loss_of(&without, &c, 0, c.n) - together) > 1e-4);
        net_release(&with);
        net_release(&without);
    }
    corpus_release(&c);
}

static void any_number_of_threads_gives_the_same(void)
{
    static const int threads[] = { 2, 3, 7 };
    for (int cell = 0; cell < CHARNN_CELLS; cell++) {
        struct net n;
        start(&n, cell, 6, 2, STACK_TRAIN);
        for (size_t i = 0; i < T * B; i++)
            n.ids[i] = (int32_t)(i * i % 6), n.targets[i] = (int32_t)(i % 6);
        net_train(&n, 1);
        const size_t bytes = n.m.set.total * sizeof *n.g;
        real *one = malloc(bytes);
        if (!one)
            abort();
        memcpy(one, n.g, bytes);
        for (size_t i = 0; i < 3; i++) {
            net_train(&n, threads[i]);
            CHECK_MSG(memcmp(one, n.g, bytes) == 0, "cell %d, %d threads", cell,
                      threads[i]);
        }
        free(one);
        net_release(&n);
    }
}

int main(void)
{
    RUN(each_kind_has_its_separator);
    RUN(a_border_ends_or_begins_a_document);
    RUN(rules_are_words_or_borders);
    RUN(a_separator_in_the_text_is_refused);
    RUN(documents_are_shuffled_whole);
    RUN(no_document_is_an_error);
    RUN(the_separator_is_never_folded);
    RUN(whole_documents_are_held_out);
    RUN(streams_begin_with_documents);
    RUN(one_document_validates_nothing);
    RUN(each_document_is_read_from_zero_state);
    RUN(any_number_of_threads_gives_the_same);
    return test_end();
}
