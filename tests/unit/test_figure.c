/* test_figure.c - figures of any data are well-formed, and have the expected content. */
#include "viz/figure.h"

#include <ctype.h>
#include <math.h>
#include <stdlib.h>

#include "base/utf8.h"
#include "test.h"
#include "viz/markup.h"

/* -------------------------------------------------------------- a small checker of XML */

/* The end of the entity at s ("&amp;"); NULL if there is none. */
static const char *entity(const char *s)
{
    static const char *const known[] = { "&amp;", "&lt;", "&gt;", "&quot;", "&#39;" };
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (!strncmp(s, known[i], strlen(known[i])))
            return s + strlen(known[i]);
    return NULL;
}

/* The end of a tag's attributes, which must be name="value" without forbidden
 * characters. */
static const char *attributes(const char *s)
{
    while (s && *s == ' ') {
        s += 1 + strspn(s + 1,
                        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-");
        if (s[0] != '=' || s[1] != '"')
            return NULL;
        for (s += 2; s && *s && *s != '"';)
            s = *s == '&' ? entity(s) : *s == '<' ? NULL : s + 1;
        s = s && *s == '"' ? s + 1 : NULL;
    }
    return s;
}

/* Whether tags are balanced, one element contains all others, text is escaped, and all
 * characters are valid in XML. */
static bool is_well_formed(const char *s)
{
    const char *open[32];
    size_t depth = 0, roots = 0;
    if (utf8_check((const unsigned char *)s, strlen(s)) != strlen(s))
        return false;
    while (s && *s) {
        if (*s == '&') {
            s = entity(s);
        } else if (*s == '>' || ((unsigned char)*s < 0x20 && *s != '\n')) {
            return false;
        } else if (*s != '<') {
            if (depth == 0 && *s != '\n')
                return false;
            s++;
        } else if (s[1] == '/') {
            const size_t n = strcspn(s + 2, ">");
            if (depth == 0 || strncmp(open[--depth], s + 2, n) || isalpha(open[depth][n]))
                return false;
            s += 3 + n;
        } else {
            const char *name = s + 1;
            roots += depth == 0;
            s = attributes(name + strcspn(name, " />"));
            if (!s || depth == 32 || (*s != '>' && strncmp(s, "/>", 2)))
                return false;
            if (*s == '>')
                open[depth++] = name;
            s += *s == '>' ? 1 : 2;
        }
    }
    return s && depth == 0 && roots == 1;
}

static void the_check_itself_can_fail(void)
{
    CHECK(is_well_formed("<a x=\"1\" y=\"&lt;\"><b/>t&amp;</a>\n"));
    static const char *const bad[] = {
        "<a>",         "</a>",     "<a></b>",      "<a/><a/>",
        "<a x=1/>",    "<a>&</a>", "<a x=\"<\"/>", "<a>\x01</a>",
        "<a>\xff</a>", "t<a/>",    "<a>></a>",     "<a></ab>",
        "<ab></a>",    ""
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        CHECK_MSG(!is_well_formed(bad[i]), "%s", bad[i]);
}

/* --------------------------------------------------------------------- figures */

static struct figure_page page_of(const struct figure *f, size_t n)
{
    return (struct figure_page){ .panels = f, .n = n, .columns = 1 };
}

/* Draws every kind of picture of a page; each must be well-formed. */
static void check_all(const struct figure_page *page, const char *what)
{
    struct buf svg = { 0 }, text = { 0 }, csv = { 0 };
    figure_svg(page, &svg);
    CHECK_MSG(!svg.failed && is_well_formed(svg.data), "%s", what);
    CHECK_MSG(!strstr(svg.data, "nan") && !strstr(svg.data, "inf\"") &&
                  !strstr(svg.data, "id="),
              "%s", what);
    for (int width = 1; width <= 200; width += 66)
        for (int color = 0; color < 2; color++) {
            text.len = 0;
            figure_text(page, width, width / 4, color, &text);
            CHECK_MSG(!text.failed && text.len > 0, "%s", what);
            CHECK_MSG(utf8_check((unsigned char *)text.data, text.len) == text.len, "%s",
                      what);
            CHECK_MSG(color == !!strchr(text.data, 27) || color, "%s", what);
        }
    figure_csv(page, &csv);
    CHECK(!csv.failed);
    buf_release(&svg);
    buf_release(&text);
    buf_release(&csv);
}

static void odd_numbers_make_sound_pictures(void)
{
    static const double odd[] = { NAN,    INFINITY, -INFINITY, 0,   -0.0, 1e308,
                                  -1e308, 5e-324,   1,         1,   -1,   2,
                                  NAN,    3,        NAN,       NAN, 1e-9 };
    enum { N = sizeof odd / sizeof *odd };
    for (size_t from = 0; from < N; from++)
        for (size_t n = 0; n <= N - from; n += 3)
            for (int scales = 0; scales < 4; scales++) {
                const struct figure_line lines[] = {
                    { "a", odd, odd + from, n, 0, FIGURE_SOLID, 1 },
                    { "b", odd + from, odd, n, 9, FIGURE_DASHED, 0 },
                    { NULL, odd + from, odd + from, n, -1, FIGURE_FAINT, 99 },
                };
                const struct figure f = { .x = { .scale = scales & 1 },
                                          .y = { .scale = scales >> 1 },
                                          .lines = lines,
                                          .n_lines = 3 };
                const struct figure_page page = page_of(&f, 1);
                check_all(&page, "odd lines");
            }
}

static void odd_grids_make_sound_pictures(void)
{
    static const double z[] = {
        NAN, INFINITY, 0, 1e-300, 1e300, -5, 2, 2, NAN, NAN, NAN, 1
    };
    for (size_t rows = 0; rows <= 4; rows++)
        for (size_t columns = 0; columns <= 3; columns++)
            for (int log = 0; log < 2; log++) {
                const struct figure_grid g = { z, rows, columns };
                const struct figure f = { .title = "t",
                                          .z = { .label = "z", .scale = log },
                                          .grid = &g };
                const struct figure_page page = page_of(&f, 1);
                check_all(&page, "odd grid");
            }
}

static void hostile_texts_are_escaped(void)
{
    static const char bad[] =
        "</text><script>\"'&\x01\x1b[31m\xff\xc3\xef\xbf\xbf\xed\x95\x9c";
    char longest[3000];
    memset(longest, 'W', sizeof longest);
    longest[sizeof longest - 1] = '\0';
    const double v[] = { 1, 2 };
    const char *const texts[] = { bad, longest, "", " ", "\n\n" };
    for (size_t i = 0; i < 5; i++) {
        const struct figure_line line = { texts[i], v, v, 2, 0, FIGURE_SOLID, 1 };
        const struct figure f = { .title = texts[i],
                                  .x = { .label = texts[i] },
                                  .y = { .label = texts[i] },
                                  .lines = &line,
                                  .n_lines = 1 };
        const struct figure_page page = { texts[i], texts[i], &f, 1, 3 };
        check_all(&page, texts[i]);
    }
}

static void a_page_of_nothing_is_a_page(void)
{
    const struct figure_page page = { .title = "nothing", .note = "at all" };
    check_all(&page, "nothing");
}

static void markup_keeps_text_and_replaces_what_xml_has_not(void)
{
    struct buf b = { 0 };
    markup_text(&b, "a<b>&\"'\t\n");
    CHECK(!strcmp(b.data, "a&lt;b&gt;&amp;&quot;&#39;\t\n"));
    b.len = 0;
    markup_text(&b, "\xff\x0b\xef\xbf\xbe\xed\x95\x9c");
    CHECK(!strcmp(b.data, "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xed\x95\x9c"));
    b.len = 0;
    markup_text(&b, "\xe2\x80\xae\xc2\x9b");
    CHECK(!strcmp(b.data, "&#x202e;\xef\xbf\xbd"));
    b.len = 0;
    markup_json(&b, &(struct buf){ .data = (char[]){ "\"<\xe2\x80\xae" }, .len = 5 });
    CHECK(!strcmp(b.data, "\"\\u003c\\u202e"));
    b.len = 0;
    markup_fit(&b, "a long <name>", 13, 4);
    CHECK_MSG(!strncmp(b.data, "a l", 3) && strstr(b.data, "\xe2\x80\xa6") &&
                  markup_ems(b.data, b.len) <= 4.01,
              "%s", b.data);
    b.len = 0;
    markup_fit(&b, "a long <name>", 13, 13);
    CHECK(!strcmp(b.data, "a long &lt;name&gt;"));
    buf_release(&b);
}

/* ------------------------------------------------------------------ expected pictures */

static const double xs[] = { 0, 10, 20, 30, 40 }, falls[] = { 4, 2, 1, 0.5, 0.25 },
                    bends[] = { 4, 2.5, 1.5, 1.25, 1.75 };

static void lines_are_drawn_as_text(void)
{
    const struct figure_line lines[] = {
        { NULL, xs, bends, 5, 0, FIGURE_FAINT,
          5 }, /* without colours it would look like the other lines */
        { "training", xs, falls, 5, 0, FIGURE_SOLID, 5 },
        { "validation", xs, bends, 5, 1, FIGURE_DASHED, 3 },
    };
    const struct figure f = { .title = "Curves",
                              .x = { .label = "steps" },
                              .y = { .label = "loss" },
                              .lines = lines,
                              .n_lines = 3 };
    const struct figure_page page = page_of(&f, 1);
    struct buf out = { 0 };
    figure_text(&page, 40, 16, 0, &out);
    static const char expected[] = "Curves\n"
                                   "loss\n"
                                   "4 ┤⠢⣀\n"
                                   "  │ ⠈⠢⡤⡀\n"
                                   "  │   ⠈⢪ ⢄\n"
                                   "  │     ⠑⢄⠉ ⣀\n"
                                   "2 ┤       ⠑⢄⡀⠉ ⠤⣀\n"
                                   "  │         ⠈⠑⠢⢄⣀ ⠒⠤ ⣀⣀          ⣀⡠ ⠔⠒ b\n"
                                   "  │              ⠉⠒⠤⣀⡀  ⠉⠉ ⠒⠒●⠊⠉\n"
                                   "  │                  ⠈⠉⠑⠒⠤⢄⣀⡀\n"
                                   "  │                         ⠈⠉⠉⠑⠒⠒⠒⠢⠤⠤ a\n"
                                   "  └┬────────────────┬────────────────┬\n"
                                   "   0               20               40\n"
                                   "                  steps\n"
                                   "  a training\n"
                                   "  b validation ● 1.25\n";
    CHECK_MSG(!strcmp(out.data, expected), "\n%s", out.data);
    buf_release(&out);
}

/* A Hangul syllable takes two columns. */
static void wide_names_do_not_overrun_the_width(void)
{
#define FIVE "\xed\x95\x9c\xed\x95\x9c\xed\x95\x9c\xed\x95\x9c\xed\x95\x9c"
    const struct figure_line line = {
        .name = FIVE FIVE FIVE FIVE, .x = xs, .y = falls, .n = 5, .mark = 5
    };
    const struct figure f = { .lines = &line, .n_lines = 1 };
    const struct figure_page page = page_of(&f, 1);
    struct buf out = { 0 };
    figure_text(&page, 34, 6, 0, &out);
    CHECK_MSG(strstr(out.data, "\n  a " FIVE FIVE FIVE "\n"), "\n%s", out.data);
    buf_release(&out);
#undef FIVE
}

static void a_grid_is_drawn_as_text(void)
{
    static const double z[] = { 1, 0.1, 0.01, 0.1, 0.01, 0.001, NAN, 0.001, 0 };
    const struct figure_grid g = { z, 3, 3 };
    const struct figure f = { .title = "Map",
                              .x = { .label = "steps", .lo = 0, .hi = 300 },
                              .y = { .label = "back", .lo = 3, .hi = 0 },
                              .z = { .label = "norm", .scale = FIGURE_LOG },
                              .grid = &g };
    const struct figure_page page = page_of(&f, 1);
    struct buf out = { 0 };
    figure_text(&page, 36, 12, 0, &out);
    static const char expected[] = " Map\n"
                                   "back\n"
                                   "0 ┤███████████▓▓▓▓▓▓▓▓▓▓▓░░░░░░░░░░░\n"
                                   "  │███████████▓▓▓▓▓▓▓▓▓▓▓░░░░░░░░░░░\n"
                                   "1 ┤▓▓▓▓▓▓▓▓▓▓▓░░░░░░░░░░░···········\n"
                                   "2 ┤▓▓▓▓▓▓▓▓▓▓▓░░░░░░░░░░░···········\n"
                                   "  │           ······················\n"
                                   "3 ┤           ······················\n"
                                   "  └┬──────────┬─────────┬──────────┬\n"
                                   "   0         100       200       300\n"
                                   "                 steps\n"
                                   "  norm: 0.001 ···░░░▒▒▒▓▓▓███ 1\n";
    CHECK_MSG(!strcmp(out.data, expected), "\n%s", out.data);
    out.len = 0;
    figure_text(&page, 36, 12, 1, &out);
    CHECK(strstr(out.data, "\033[38;2;253;231;37m\033[48;2;253;231;37m\xe2\x96\x80"));
    CHECK(strstr(out.data, "\033[38;2;68;1;84m"));
    buf_release(&out);
}

static void a_note_is_wrapped_between_words(void)
{
    const struct figure_page page = { .note =
                                          "It goes on  and on, until the line is full." };
    struct buf out = { 0 };
    figure_text(&page, 24, 10, 0, &out);
    CHECK_MSG(!strcmp(out.data, "It goes on and on, until\nthe line is full.\n"), "%s",
              out.data);
    buf_release(&out);
}

/* 85 digits of 0.64 em, the width in some fonts, and 16 spaces are wider than the
 * picture. */
static void a_note_of_digits_has_room_in_wide_fonts(void)
{
    const struct figure_page page = {
        .note = "00000 00000 00000 00000 00000 00000 00000 00000 00000 00000 00000 00000 "
                "00000 00000 00000 00000 00001"
    };
    struct buf out = { 0 };
    figure_svg(&page, &out);
    CHECK(strstr(out.data, ">00001</text>"));
    buf_release(&out);
}

static void figures_are_written_as_tables(void)
{
    static const double x[] = { 1, 2, 3 }, y[] = { 0.1, NAN, 1e-300 };
    const struct figure_line lines[] = { { "a \"b\", c", x, y, 3, 0, FIGURE_SOLID, 0 },
                                         { NULL, x, x, 1, 0, FIGURE_SOLID, 0 } };
    const double z[] = { 1, 2, 3, INFINITY };
    const struct figure_grid g = { z, 2, 2 };
    const struct figure f[] = { { .title = "p\n1", .lines = lines, .n_lines = 2 },
                                { .title = "q\xff", .grid = &g } };
    const struct figure_line hidden = {
        "\xe2\x80\xae\xc2\x9b", x, y, 1, 0, FIGURE_SOLID, 0
    };
    const struct figure odd = { .title = "o", .lines = &hidden, .n_lines = 1 };
    const struct figure_page page = page_of(f, 2), odd_page = page_of(&odd, 1);
    struct buf out = { 0 };
    figure_csv(&page, &out);
    CHECK_MSG(!strcmp(out.data, "panel,line,x,y\n"
                                "\"p\n1\",\"a \"\"b\"\", c\",1,0.1\n"
                                "\"p\n1\",\"a \"\"b\"\", c\",2,\n"
                                "\"p\n1\",\"a \"\"b\"\", c\",3,1e-300\n"
                                "\"p\n1\",,1,1\n"
                                "panel,row,column,z\n"
                                "q\xef\xbf\xbd,0,0,1\nq\xef\xbf\xbd,0,1,2\n"
                                "q\xef\xbf\xbd,1,0,3\nq\xef\xbf\xbd,1,1,\n"),
              "%s", out.data);
    out.len = 0;
    figure_csv(&odd_page, &out);
    CHECK_MSG(!strcmp(out.data, "panel,line,x,y\n"
                                "o,\\xe2\\x80\\xae\\xc2\\x9b,1,0.1\n"),
              "%s", out.data);
    buf_release(&out);
}

static size_t count(const char *s, const char *what)
{
    size_t n = 0;
    for (; (s = strstr(s, what)); s += strlen(what))
        n++;
    return n;
}

static void svg_has_what_the_figure_says(void)
{
    const double gap[] = { 1, NAN, 3, 4, NAN };
    const struct figure_line lines[] = { { "one & two", xs, gap, 5, 0, FIGURE_SOLID, 3 },
                                         { "three", xs, bends, 5, 1, FIGURE_DASHED, 5 } };
    const struct figure f = { .title = "Curves",
                              .x = { .label = "steps" },
                              .y = { .label = "loss (nats/char)" },
                              .lines = lines,
                              .n_lines = 2 };
    const struct figure_page page = page_of(&f, 1);
    struct buf out = { 0 };
    figure_svg(&page, &out);
    CHECK(strstr(out.data, "viewBox=\"0 0 792 "));
    CHECK(count(out.data, ">one &amp; two<") == 2); /* in the legend, and in the line's
                                                     * title */
    CHECK(count(out.data, ">loss (nats/char)<") == 1 && count(out.data, ">steps<") == 1);
    CHECK(count(out.data, "r=\"2.5\"") == 1); /* the single point between two
                                               * interruptions */
    CHECK(count(out.data, "r=\"4\"") == 1);   /* the marked point */
    CHECK(count(out.data, "class=\"cf-line cf-c1 cf-dashed\"") == 2);
    CHECK(strstr(out.data, "prefers-color-scheme:dark"));
    buf_release(&out);
}

static void a_cell_without_a_value_stays_empty(void)
{
    const double z[] = { 1, NAN, -1 };
    const struct figure_grid g = { z, 1, 3 };
    const struct figure f = { .z = { .scale = FIGURE_LOG }, .grid = &g };
    const struct figure_page page = page_of(&f, 1);
    struct buf out = { 0 };
    figure_svg(&page, &out);
    CHECK(count(out.data, "\"M1 0h1") == 0);
    CHECK(count(out.data, "fill=\"#440456\" d=\"M2 0h1v1h-1z\"") ==
          1); /* the smallest value */
    buf_release(&out);
}

/* The labels of marked points overlap neither each other nor the marks, wherever the points
 * are. */
static void marks_keep_clear_of_each_other(void)
{
    enum { N = 20 };
    double y[N][5];
    struct figure_line lines[N];
    for (int i = 0; i < N; i++) {
        for (int k = 0; k < 5; k++)
            y[i][k] = bends[k] + 0.02 * i;
        lines[i] = (struct figure_line){ NULL, xs, y[i], 5, i, FIGURE_SOLID, 3 };
    }
    const struct figure f = { .lines = lines, .n_lines = N };
    const struct figure_page page = page_of(&f, 1);
    struct buf out = { 0 };
    double tops[N], lefts[N];
    int n = 0;
    figure_svg(&page, &out);
    CHECK(count(out.data, "r=\"4\"") == N);
    for (const char *s = out.data; n < N && (s = strstr(s, "cf-halo\" text-anchor"));
         s++, n++) {
        lefts[n] = atof(strstr(s, " x=\"") + 4);
        tops[n] = atof(strstr(s, " y=\"") + 4);
    }
    CHECK_MSG(n >= 3 && n < N, "%d", n);
    for (int i = 0; i < n; i++)
        for (int k = 0; k < i; k++)
            CHECK(fabs(tops[i] - tops[k]) >= 16 || fabs(lefts[i] - lefts[k]) >= 25);
    buf_release(&out);
}

int main(void)
{
    RUN(the_check_itself_can_fail);
    RUN(odd_numbers_make_sound_pictures);
    RUN(odd_grids_make_sound_pictures);
    RUN(hostile_texts_are_escaped);
    RUN(a_page_of_nothing_is_a_page);
    RUN(markup_keeps_text_and_replaces_what_xml_has_not);
    RUN(lines_are_drawn_as_text);
    RUN(wide_names_do_not_overrun_the_width);
    RUN(a_grid_is_drawn_as_text);
    RUN(a_note_is_wrapped_between_words);
    RUN(a_note_of_digits_has_room_in_wide_fonts);
    RUN(figures_are_written_as_tables);
    RUN(svg_has_what_the_figure_says);
    RUN(a_cell_without_a_value_stays_empty);
    RUN(marks_keep_clear_of_each_other);
    return test_end();
}
