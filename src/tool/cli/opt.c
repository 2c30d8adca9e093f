/*
 * opt.c - parses a command line by a table of fields.
 *
 * getopt_long is called for one option at a time and never sees operands, so operands may be
 * anywhere, whatever the system's getopt does with them.  The table for getopt_long has the
 * names of the rows.  If the word being parsed is another spelling of a name (a synonym, a name
 * with '_' for '-', or a unique prefix), only this spelling is added, as the last entry, so that
 * other spellings never make an abbreviation ambiguous.
 */
#include "cli/opt.h"

#include <assert.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/msg.h"
#include "cli/opt_row.h"
#include "cli/term.h"

enum { KEY_HELP = 256, KEY_VERSION, KEY_GENERATE, KEY_ROW = 1000 };

struct parser {
    const struct opt_command *c;
    struct option longs[OPT_ROWS + 5]; /* names of the rows, --help, --version, --generate,
                                        * the alias, the terminator */
    size_t n_own;                      /* index of the alias */
    char shorts[2 * (OPT_ROWS + 3)];
    char alias[64]; /* the name as typed, without "--" and "=value" */
    void *args;
};

/* The table of the last command line parsed, and which of its options were given. */
static const struct field *parsed_table;
static size_t parsed_rows;
static bool parsed_given[OPT_ROWS];

static int takes_value(const struct field *f)
{
    return f->type == FIELD_FLAG ? no_argument : required_argument;
}

/* Fills the tables for getopt. */
static void parser_fill(struct parser *p)
{
    const struct opt_command *c = p->c;
    size_t n = 0;
    char *s = p->shorts;
    *s++ = '+';
    *s++ = ':';
    for (size_t i = 0; i < c->n; i++) {
        const struct field *f = &c->table[i];
        if (f->type == FIELD_GROUP)
            continue;
        p->longs[n++] = (struct option){ f->name, takes_value(f), NULL, KEY_ROW + (int)i };
        if (!f->key)
            continue;
        *s++ = f->key;
        if (takes_value(f) == required_argument)
            *s++ = ':';
    }
    if (!opt_row_of_key(c, 'h'))
        *s++ = 'h';
    p->longs[n++] = (struct option){ "help", no_argument, NULL, KEY_HELP };
    p->longs[n++] = (struct option){ "version", no_argument, NULL, KEY_VERSION };
    p->longs[n++] = (struct option){ "generate", required_argument, NULL, KEY_GENERATE };
    p->n_own = n;
}

/* ------------------------------------------------------------------- names */

static bool begins(const char *name, const char *start)
{
    for (; *start; name++, start++)
        if (*name != (*start == '_' ? '-' : *start))
            return false;
    return true;
}

/* The row whose name has this prefix; NULL unless there is exactly one. */
static const struct field *row_of_beginning(const struct parser *p, const char *start)
{
    const struct field *found = NULL;
    for (size_t i = 0; i < p->n_own; i++) {
        if (!begins(p->longs[i].name, start))
            continue;
        if (found || p->longs[i].val < KEY_ROW)
            return NULL;
        found = &p->c->table[p->longs[i].val - KEY_ROW];
    }
    return found;
}

/* Makes getopt accept the word, which begins with "--", if it is a synonym of a row's name or
 * a unique prefix of one: the last entry of getopt's table gets the name as typed. */
static void set_alias(struct parser *p, const char *word)
{
    struct option *o = &p->longs[p->n_own];
    size_t n = strcspn(word + 2, "=");
    *o = (struct option){ 0 };
    if (n == 0 || n >= sizeof p->alias)
        return;
    memcpy(p->alias, word + 2, n);
    p->alias[n] = '\0';
    const struct field *f = field_find(p->c->table, p->c->n, p->alias);
    if (!f)
        f = row_of_beginning(p, p->alias);
    if (f)
        *o = (struct option){ p->alias, takes_value(f), NULL,
                              KEY_ROW + (int)(f - p->c->table) };
}

/* ----------------------------------------------------------------- refusal */

/* Adds the names with this prefix: "--valid, --valid-file"; returns how many. */
static int list_names(const struct parser *p, const char *start, struct buf *out)
{
    int n = 0;
    for (size_t i = 0; i < p->n_own; i++)
        if (begins(p->longs[i].name, start))
            buf_printf(out, "%s--%s", n++ ? ", " : "", p->longs[i].name);
    return n;
}

static _Noreturn void refuse_long(const struct parser *p, const char *word)
{
    int n = (int)strcspn(word, "=");
    struct buf names = { 0 };
    if (optopt)
        msg_die_usage("%.*s takes no value", n, word);
    char name[64];
    snprintf(name, sizeof name, "%.*s", n - 2, word + 2);
    if (*name && list_names(p, name, &names) > 1)
        msg_die_usage("%.*s is ambiguous: %s", n, word, names.data);
    const char *nearest = field_nearest(p->c->table, p->c->n, name);
    if (nearest)
        msg_die_usage("unknown option %.*s; did you mean --%s? (see %s --help)", n, word,
                      nearest, msg_program());
    msg_die_usage("unknown option %.*s (%s --help lists them)", n, word, msg_program());
}

/* Refuses -rnn_size, the spelling of char-rnn, because getopt would read it as short
 * options. */
static void refuse_single_hyphen(const struct opt_command *c, const char *word)
{
    char name[64];
    if (strlen(word) < 4)
        return;
    snprintf(name, sizeof name, "%.*s", (int)strcspn(word + 1, "="), word + 1);
    if (field_find(c->table, c->n, name))
        msg_die_usage("-%s: long options begin with two hyphens: --%s", name, name);
}

/* ------------------------------------------------------------------ parsing */

static _Noreturn void print_and_exit(const struct opt_command *c, int key)
{
    struct buf text = { 0 };
    if (key == KEY_VERSION)
        buf_printf(&text, "%s %s\n", msg_program(), CHARNN_VERSION);
    else if (key == KEY_GENERATE && strcmp(optarg, "man") == 0)
        opt_man(c, &text);
    else if (key == KEY_GENERATE && strcmp(optarg, "options") == 0)
        opt_list(c, &text);
    else if (key == KEY_GENERATE)
        msg_die_usage("--generate takes man or options");
    else
        opt_help(c, &text);
    msg_print(&text);
    buf_release(&text);
    exit(msg_finish());
}

static void set_row(struct parser *p, const struct field *f)
{
    struct charnn_error e;
    opt_set_fn *set = p->c->set ? p->c->set : field_set;
    if (set(f, p->args, f->type == FIELD_FLAG ? "1" : optarg, &e) < 0)
        msg_die_error(&e);
    parsed_given[f - p->c->table] = true;
}

static void read_option(struct parser *p, int argc, char **argv)
{
    const struct opt_command *c = p->c;
    const char *word = argv[optind];
    if (word[1] == '-')
        set_alias(p, word);
    else
        refuse_single_hyphen(c, word);
    int key = getopt_long(argc, argv, p->shorts, p->longs, NULL);
    if (key >= KEY_ROW)
        set_row(p, &c->table[key - KEY_ROW]);
    else if (key == ':' && word[1] == '-')
        msg_die_usage("%s needs a value", word);
    else if (key == ':')
        msg_die_usage("-%c needs a value", optopt);
    else if (key == '?' && word[1] == '-')
        refuse_long(p, word);
    else if (key == '?')
        msg_die_usage("unknown option -%c (%s --help lists them)", optopt, msg_program());
    else if (opt_row_of_key(c, key))
        set_row(p, opt_row_of_key(c, key));
    else
        print_and_exit(c, key);
}

/* Moves the words [at, end) before the operands, which are [first, at); returns the new
 * index of the first operand. */
static int move_words(char **argv, int first, int at, int end)
{
    for (; at < end; at++) {
        char *word = argv[at];
        memmove(argv + first + 1, argv + first, (size_t)(at - first) * sizeof *argv);
        argv[first++] = word;
    }
    return first;
}

int opt_parse(const struct opt_command *c, int argc, char **argv, void *args)
{
    struct parser p = { .c = c, .args = args };
    assert(c->n <= OPT_ROWS);
    parsed_table = c->table;
    parsed_rows = c->n;
    memset(parsed_given, 0, sizeof parsed_given);
    parser_fill(&p);
    opterr = 0;
    optind = 0; /* so that getopt forgets the words of an earlier call */
    (void)getopt(1, argv, "");
    int first = argc > 0; /* index of the first operand */
    bool ends = false;
    while (optind < argc && !ends) {
        const int at = optind;
        ends = strcmp(argv[at], "--") == 0;
        if (ends)
            optind++;
        else if (argv[at][0] == '-' && argv[at][1])
            read_option(&p, argc, argv);
        else {
            optind++;
            continue;
        }
        first = move_words(argv, first, at, optind);
    }
    return first;
}

/* ------------------------------------------------------------- what was given */

/* Whether "a|b|c" contains the name. */
static bool is_listed(const char *names, const char *name)
{
    const size_t n = strlen(name);
    for (const char *s = names; *s; s += *s == '|') {
        const size_t length = strcspn(s, "|");
        if (length == n && memcmp(s, name, n) == 0)
            return true;
        s += length;
    }
    return false;
}

static const char *first_given(const char *names, bool listed)
{
    for (size_t i = 0; i < parsed_rows; i++)
        if (parsed_given[i] && is_listed(names, parsed_table[i].name) == listed)
            return parsed_table[i].name;
    return NULL;
}

const char *opt_given(const char *names)
{
    return first_given(names, true);
}

static void refuse_given(const char *name, const char *why)
{
    if (name)
        msg_die_usage("%s: leave out --%s", why, name);
}

void opt_exclude(const char *names, const char *why)
{
    refuse_given(first_given(names, true), why);
}

void opt_exclude_others(const char *names, const char *why)
{
    refuse_given(first_given(names, false), why);
}

const char *opt_operand(char **operands, int n, const char *what, const char *otherwise)
{
    if (n > 1)
        msg_die_usage("one %s at a time, not %s and %s", what, operands[0], operands[1]);
    return n == 1 ? operands[0] : otherwise;
}

bool opt_color(int64_t when)
{
    return when == OPT_COLOR_AUTO ? term_wants_color() : when == OPT_COLOR_ALWAYS;
}
