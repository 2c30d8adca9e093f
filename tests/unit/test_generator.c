/* test_generator.c - text from networks with random weights: characters are always
 * complete. */
#include "charnn.h"
#include "base/utf8.h"
#include "sample/generator.h"
#include "net.h"
#include "text/corpus.h"
#include "test.h"

/* Characters of one to four bytes; some have lead bytes (E0, ED, F0, F4) that restrict the
 * second byte. */
static const char text[] =
    "plain ascii\n\xC2\xA0\xC3\xA9\xDF\xBF \xE0\xA0\x80\xE2\x82\xAC"
    "\xED\x95\x9C\xED\x9F\xBF\xEA\xB0\x80\xEF\xBF\xBD \xF0\x90\x80\x80"
    "\xF0\x9F\x98\x80\xF4\x8F\xBF\xBF\xF3\xA0\x81\x81";

struct source {
    struct corpus corpus;
    struct net net;
    struct generator g;
};

static int start(struct source *s, const void *from, size_t n, int unit,
                 const struct charnn_sample_config *c)
{
    const struct corpus_part part = { "text", from, n };
    struct charnn_error e;
    if (corpus_read_parts(&s->corpus, &part, 1, &(struct corpus_options){ .unit = unit },
                          &e) < 0)
        abort();
    const struct model_shape shape = {
        CHARNN_CELL_LSTM, CHARNN_ACTIVATION_TANH, 1, 20, 0, s->corpus.vocab.size, .skip = 0
    };
    net_init(&s->net, &shape, ISA_ref, 1, 1, STACK_FORWARD);
    return generator_init(&s->g, &s->net.m, &s->corpus.vocab, NULL, s->net.pool, c, &e);
}

static void stop(struct source *s)
{
    generator_release(&s->g);
    net_release(&s->net);
    corpus_release(&s->corpus);
}

static struct charnn_sample_config hot(int64_t seed)
{
    return (struct charnn_sample_config){ .temperature = 50, .top_p = 1, .seed = seed };
}

static void bytes_of_utf8_text_come_out_as_whole_characters(void)
{
    struct source s;
    int lengths[5] = { 0 }, bad = 0;
    for (int64_t seed = 0; seed < 4; seed++) {
        const struct charnn_sample_config c = hot(seed);
        CHECK(start(&s, text, sizeof text - 1, CHARNN_UNIT_BYTE, &c) == 0);
        CHECK(s.g.utf8);
        generator_start(&s.g, &(uint16_t){ 0 }, 1);
        for (int i = 0; i < 4000; i++) {
            char out[4];
            uint32_t ch;
            const int n = generator_next(&s.g, out);
            bad += n < 1 || n > 4 || utf8_decode((unsigned char *)out, (size_t)n, &ch) != n;
            lengths[n]++;
        }
        stop(&s);
    }
    CHECK_MSG(bad == 0, "%d characters", bad);
    for (int n = 1; n <= 4; n++)
        CHECK_MSG(lengths[n] > 100, "%d characters of %d bytes", lengths[n], n);
}

static void filters_and_zero_temperature_keep_characters_whole(void)
{
    struct charnn_sample_config configs[] = { hot(1), hot(2), hot(3), hot(4) };
    configs[0].temperature = 0;
    configs[1].top_k = 1;
    configs[2].top_p = 0.1;
    configs[3].min_p = 0.99;
    for (size_t i = 0; i < 4; i++) {
        struct source s;
        CHECK(start(&s, text, sizeof text - 1, CHARNN_UNIT_BYTE, &configs[i]) == 0);
        for (uint16_t first = 0; first < s.corpus.vocab.size; first++) {
            char out[4];
            uint32_t ch;
            generator_start(&s.g, &first, 1);
            for (int j = 0; j < 20; j++) {
                const int n = generator_next(&s.g, out);
                CHECK(utf8_decode((unsigned char *)out, (size_t)n, &ch) == n);
            }
        }
        stop(&s);
    }
}

static void bytes_of_other_text_are_drawn_freely(void)
{
    unsigned char latin[256];
    struct source s;
    const struct charnn_sample_config c = hot(1);
    int seen[256] = { 0 }, different = 0;
    for (int i = 0; i < 256; i++)
        latin[i] = (unsigned char)i;
    CHECK(start(&s, latin, sizeof latin, CHARNN_UNIT_BYTE, &c) == 0);
    CHECK(!s.g.utf8);
    generator_start(&s.g, &(uint16_t){ 65 }, 1);
    for (int i = 0; i < 8000; i++) {
        char out[4];
        CHECK(generator_next(&s.g, out) == 1);
        different += seen[(unsigned char)out[0]]++ == 0;
    }
    CHECK_MSG(different > 250, "%d", different);
    stop(&s);
}

static void the_replacement_character_is_never_drawn(void)
{
    struct source s;
    for (int64_t seed = 0; seed < 3; seed++) {
        struct charnn_sample_config c = hot(seed);
        c.temperature = seed == 2 ? 0 : 50;
        CHECK(start(&s, text, sizeof text - 1, CHARNN_UNIT_CHAR, &c) == 0);
        const int replacement = vocab_replacement(&s.corpus.vocab);
        CHECK(replacement >= 0);
        /* U+FFFD is never drawn, even if it is the likeliest symbol */
        const struct param *b = &s.net.m.set.list[s.net.m.head + 1];
        s.net.m.weights[param_at(b, (size_t)replacement, 0)] = 100;
        generator_start(&s.g, &(uint16_t){ 0 }, 1);
        int drawn = 0;
        for (int i = 0; i < 3000; i++) {
            char out[4];
            uint32_t ch;
            const int n = generator_next(&s.g, out);
            CHECK(utf8_decode((unsigned char *)out, (size_t)n, &ch) == n);
            drawn += ch == UTF8_REPLACEMENT;
        }
        CHECK_MSG(drawn == 0, "%d", drawn);
        stop(&s);
    }
}

static size_t generate(const struct charnn_sample_config *c, char *out, size_t n)
{
    struct source s;
    size_t len = 0;
    CHECK(start(&s, text, sizeof text - 1, CHARNN_UNIT_CHAR, c) == 0);
    generator_start(&s.g, (uint16_t[]){ 1, 2, 3 }, 3);
    for (size_t i = 0; i < n; i++)
        len += (size_t)generator_next(&s.g, out + len);
    stop(&s);
    return len;
}

static void a_seed_gives_the_same_text_again(void)
{
    char one[800], two[800], other[800];
    const struct charnn_sample_config a = hot(7), b = hot(8);
    const size_t n = generate(&a, one, 200), m = generate(&a, two, 200);
    const size_t k = generate(&b, other, 200);
    CHECK(n == m && memcmp(one, two, n) == 0);
    CHECK(k != n || memcmp(one, other, n) != 0);
}

static void starting_again_forgets_what_was_read(void)
{
    struct source s;
    char one[4], two[4];
    struct charnn_sample_config c = hot(1);
    c.temperature = 0;
    CHECK(start(&s, text, sizeof text - 1, CHARNN_UNIT_CHAR, &c) == 0);
    generator_start(&s.g, (uint16_t[]){ 4, 5 }, 2);
    const float first = (float)s.g.net.head.logits[3];
    const int n = generator_next(&s.g, one);
    for (int i = 0; i < 10; i++)
        generator_next(&s.g, two);
    CHECK((float)s.g.net.head.logits[3] != first);
    generator_start(&s.g, (uint16_t[]){ 4, 5 }, 2);
    CHECK((float)s.g.net.head.logits[3] == first);
    CHECK(generator_next(&s.g, two) == n && memcmp(one, two, (size_t)n) == 0);
    stop(&s);
}

int main(void)
{
    RUN(bytes_of_utf8_text_come_out_as_whole_characters);
    RUN(filters_and_zero_temperature_keep_characters_whole);
    RUN(bytes_of_other_text_are_drawn_freely);
    RUN(the_replacement_character_is_never_drawn);
    RUN(a_seed_gives_the_same_text_again);
    RUN(starting_again_forgets_what_was_read);
    pool_free(net_pool());
    return test_end();
}
