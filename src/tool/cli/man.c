/* man.c - the parts of manual pages that all commands share, in man(7) macros. */
#include "cli/man.h"

#include <ctype.h>
#include <string.h>

#include "charnn.h"

void man_text(const char *text, struct buf *out)
{
    bool at_start = true;
    for (; *text; text++) {
        if (at_start && (*text == '.' || *text == '\''))
            buf_str(out, "\\&");
        if (*text == '\\')
            buf_str(out, "\\e");
        else if (*text == '-')
            buf_str(out, "\\-");
        else
            buf_char(out, *text);
        at_start = *text == '\n';
    }
}

/* The length of the first sentence in bytes, without its full stop. */
static size_t sentence_length(const char *text)
{
    const char *s = text;
    while (*s && !(*s == '.' && (!s[1] || isspace((unsigned char)s[1]))) &&
           !(*s == ':' && s[1] == '\n'))
        s++;
    return (size_t)(s - text);
}

void man_begin(const char *name, const char *about, struct buf *out)
{
    struct buf brief = { 0 };
    buf_str(out, ".TH ");
    for (const char *s = name; *s; s++)
        buf_char(out, (char)toupper((unsigned char)*s));
    buf_printf(out, " 1 \"\" \"charnn %s\" \"User Commands\"\n.SH NAME\n", CHARNN_VERSION);
    man_text(name, out);
    buf_str(out, " \\- ");
    buf_add(&brief, about, sentence_length(about));
    out->failed |= brief.failed;
    for (size_t i = 0; !out->failed && brief.data[i]; i++)
        if (brief.data[i] == '\n')
            brief.data[i] = ' ';
    if (!out->failed) {
        *brief.data = (char)tolower((unsigned char)*brief.data);
        man_text(brief.data, out);
    }
    buf_char(out, '\n');
    buf_release(&brief);
}

void man_lines(const char *heading, const char *lines, struct buf *out)
{
    buf_printf(out, ".SH %s\n.nf\n", heading);
    man_text(lines, out);
    buf_str(out, "\n.fi\n");
}

void man_end(const char *see_also, struct buf *out)
{
    buf_printf(
        out,
        ".SH EXIT STATUS\n"
        ".TP\n0\nDone.\n"
        ".TP\n1\nThe command failed because of a file, a text or the machine, such as "
        "lack of memory; one line on standard error says why.\n"
        ".TP\n2\nThe command line is wrong.\n"
        ".SH ENVIRONMENT\n"
        ".TP\nNO_COLOR\nWhen set, colour is used only with \\-\\-color always.\n"
        ".TP\nCHARNN_ISA\nThe instruction set of the kernels (ref, sse2, avx2, "
        "avx512, neon) instead of the fastest.\n"
        ".SH SEE ALSO\n%s\n",
        see_also);
}
