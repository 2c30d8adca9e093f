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

/* Marks a text that comes in portions of `each` bytes. */
static void marks_in_portions(int kind, const char *text, const char *wanted, size_t each)
{
    struct documents_marker m = { .kind = kind, .name = "a file" };
    struct buf out = { 0 };
    for (size_t at = 0, n = strlen(text); at < n; at += each)
        CHECK(documents_add(&m, (const unsigned char *)text + at,
                            n - at < each ? n - at : each, &out, &err) == 0);
    documents_end(&m, &out);
    CHECK_MSG(strcmp(out.data, wanted) == 0, "%zu at a time: '%s'", each, out.data);
    buf_release(&out);
    documents_release(&m);
}

/* Marks a text, and compares the result with `wanted`. */
static void marks(int kind, const char *text, const char *wanted)
{
    unsigned char copy[200];
    size_t n = strlen(text);
    memcpy(copy, text, n);
    CHECK(documents_mark(kind, "a file", copy, &n, &err) == 0);
    CHECK_MSG(n == strlen(wanted) && memcmp(copy, wanted, n) == 0, "'%.*s'", (int)n, copy);
    for (size_t each = 1; each < 5; each++)
        marks_in_portions(kind, text, wanted, each);
}

static void each_kind_has_its_separator(void)
{
    marks(CHARNN_DOCUMENTS_LINE, "ann\nbob", "ann\nbob\n");
    marks(CHARNN_DOCUMENTS_LINE, "", "\n");
    marks(CHARNN_DOCUMENTS_LINE, "ann\r\n\r\n \nbob\r\n", "ann\r\nbob\r\n");
    marks(CHARNN_DOCUMENTS_FILE, "int x;\n\nint y;\n", "int x;\n\nint y;\n\x1e");
    marks(CHARNN_DOCUMENTS_BLANK, "a\nb\n\nc\n",
          "a\nb\x1e"
          "c\x1e");
    marks(CHARNN_DOCUMENTS_BLANK, "\n\na\n \t\r\n\n\nb\n\n",
          "a\x1e"
          "b\x1e\x1e");
    marks(CHARNN_DOCUMENTS_BLANK, "a\r\n\r\nb",
          "a\r\x1e"
          "b\x1e");
    marks(CHARNN_DOCUMENTS_BLANK, "\n\n\n", "\x1e");
    marks(CHARNN_DOCUMENTS_BLANK, "a\n  ", "a\x1e\x1e");
    marks(CHARNN_DOCUMENTS_BLANK, "  a \n \t b", "  a \n \t b\x1e");
    marks(CHARNN_DOCUMENTS_LINE, " \n\n a\n\n", " a\n");
}

static void a_separator_in_the_text_is_refused(void)
{
    unsigned char text[] = "ab\x1e"
                           "c ";
    size_t n = 4;
    CHECK(documents_mark(CHARNN_DOCUMENTS_FILE, "odd.txt", text, &n, &err) == -1);
    CHECK_MSG(strstr(err.message, "odd.txt: byte 2") != NULL, "%s", err.message);
    CHECK(documents_mark(CHARNN_DOCUMENTS_LINE, "odd.txt", text, &n, &err) == 0);
}

/* Reads a corpus from a file with this text. */
static int read_text(struct corpus *c, const char *text, size_t n, int documents)
{
    char path[] = "/tmp/charnn-documents.XXXXXX";
    const char *paths[] = { path };
    int fd = mkstemp(path);
    CHECK(fd >= 0 && write(fd, text, n) == (ssize_t)n);
    close(fd);
    const struct corpus_options options = { .documents = documents };
    const int status = corpus_read(c, paths, 1, &options, &err);
    unlink(path);
    return status;
}

/* Three hundred lines, each with its number; some are empty. */
static struct corpus numbered(void)
{
    struct buf b = { 0 };
    struct corpus c;
    for (int i = 0; i < 300; i++)
        buf_printf(&b, "line %d%s\n%s", i, i % 7 ? "" : " is longer", i % 5 ? "" : "\n");
    CHECK(read_text(&c, b.data, b.len, CHARNN_DOCUMENTS_LINE) == 0);
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
    CHECK(read_text(&c, "\n\n \n", 3, CHARNN_DOCUMENTS_BLANK) == -1);
    CHECK(c.n == 0);
    CHECK(read_text(&c, "", 0, CHARNN_DOCUMENTS_FILE) == -1);
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
                                                .documents = CHARNN_DOCUMENTS_BLANK },
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
    CHECK(read_text(&c, text, sizeof text - 1, CHARNN_DOCUMENTS_LINE) == 0);
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

/* The mean loss over the sequence is the mean over the documents, where each is read on its
 * own by a model without documents. */
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
