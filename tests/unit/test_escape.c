/* test_escape.c - text made safe for a terminal (base/escape.h), and words quoted for a
 * shell. */
#include "base/escape.h"

#include <stdlib.h>

#include "base/shell.h"
#include "base/utf8.h"
#include "test.h"

static struct buf out;

static const char *name(const char *s)
{
    out.len = 0;
    escape_name(&out, s, strlen(s));
    return out.data;
}

static const char *text(const char *s)
{
    out.len = 0;
    escape_text(&out, s, strlen(s));
    return out.data;
}

static void letters_of_all_scripts_pass(void)
{
    static const char letters[] =
        "a~ \xC2\xA0\xC3\xA9 \xED\x95\x9C e\xCC\x81 \xF0\x9F\x8E\x89 "
        "\xD7\xA9 \\x \xEF\xBF\xBD";
    CHECK(strcmp(name(letters), letters) == 0);
    CHECK(strcmp(text(letters), letters) == 0);
}

static void what_controls_or_hides_is_spelled_out(void)
{
    static const uint32_t harmful[] = {
        1,      9,      10,     0x1B,   0x7F,   0x80,   0x9B,    0x9F,    0xAD,
        0x61C,  0x180E, 0x200B, 0x200E, 0x200F, 0x2028, 0x2029,  0x202A,  0x202E,
        0x2060, 0x2066, 0x2069, 0x206F, 0xFEFF, 0xFFF9, 0xE0001, 0xE0020, 0xE007F,
    };
    for (size_t i = 0; i < sizeof harmful / sizeof *harmful; i++) {
        char s[UTF8_MAX + 1] = "", shown[16];
        utf8_encode(harmful[i], s);
        CHECK_MSG(strncmp(name(s), "\\x", 2) == 0, "U+%04X", (unsigned)harmful[i]);
        snprintf(shown, sizeof shown, harmful[i] < 0x80 ? "\\x%02x" : "<U+%04X>",
                 (unsigned)harmful[i]);
        CHECK_MSG(strcmp(text(s), shown) == 0, "%s, not %s", text(s), shown);
        CHECK(escape_harmless(s, strlen(s)) == 0);
    }
    CHECK(strcmp(name("\x1b[31m\xC2\x9B\xFF\xED\xA0"),
                 "\\x1b[31m\\xc2\\x9b\\xff\\xed\\xa0") == 0);
}

static void json_means_the_same(void)
{
    const char *json =
        "{\"a\xE2\x80\xAE\":\t\"\xC2\x9B\x7F\xF3\xA0\x80\x81 \xED\x95\x9C\"}\n";
    struct buf shown = { 0 };
    escape_json(&shown, json, strlen(json));
    CHECK_MSG(!strcmp(shown.data, "{\"a\\u202e\":\t\"\\u009b\\u007f\\udb40\\udc01 "
                                  "\xED\x95\x9C\"}\n"),
              "%s", shown.data);
    buf_release(&shown);
}

static void joiners_pass_in_text_only(void)
{
    CHECK(strcmp(text("a\xE2\x80\x8C\x62\xE2\x80\x8D"), "a\xE2\x80\x8C\x62\xE2\x80\x8D") ==
          0);
    CHECK(strcmp(name("a\xE2\x80\x8C\x62\xE2\x80\x8D"),
                 "a\\xe2\\x80\\x8cb\\xe2\\x80\\x8d") == 0);
}

/* Whether a shell reads the quoted word back unchanged. */
static int comes_back(const char *word)
{
    char back[200];
    struct buf command = { 0 };
    buf_str(&command, "printf %s ");
    shell_word(&command, word);
    FILE *f = popen(command.data, "r");
    const size_t n = f ? fread(back, 1, sizeof back, f) : 0;
    const int status = f ? pclose(f) : -1;
    for (size_t i = 0; i < command.len;) {
        const size_t length = escape_harmless(command.data + i, command.len - i);
        CHECK_MSG(length, "%s", command.data);
        i += length ? length : 1;
    }
    buf_release(&command);
    return status == 0 && n == strlen(word) && memcmp(back, word, n) == 0;
}

static void words_come_back_from_a_shell_and_are_harmless(void)
{
    static const char *const words[] = {
        "ckpt.bin",
        "it's $HOME",
        "\xED\x95\x9C",
        "\x1b[31mred.bin",
        "a\n\\n%s'\"`$(x)\x01\x7f\xff",
        "\xE2\x80\xAE"
        "7\xC2\x9B"
        "1",
    };
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        CHECK_MSG(comes_back(words[i]), "word %zu", i);
}

int main(void)
{
    RUN(letters_of_all_scripts_pass);
    RUN(what_controls_or_hides_is_spelled_out);
    RUN(json_means_the_same);
    RUN(joiners_pass_in_text_only);
    RUN(words_come_back_from_a_shell_and_are_harmless);
    buf_release(&out);
    return test_end();
}
