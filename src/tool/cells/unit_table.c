/* unit_table.c - prints each feature with its best units, then the features left out. */
#include "cells/unit_table.h"

#include <string.h>

#include "base/escape.h"
#include "base/json.h"
#include "cli/unknown.h"
#include "cli/term.h"

static double feature_share(const struct charnn_units *units,
                            const struct charnn_feature *f)
{
    return 100.0 * (double)(f->ones[0] + f->ones[1]) /
           (double)(units->chars[0] + units->chars[1]);
}

/* Adds the description of the feature, or the user's regular expression. */
static void add_feature_name(struct buf *out, const struct charnn_feature *f)
{
    const bool is_regex = f->help == f->name;
    buf_str(out, is_regex ? "matches of '" : "");
    escape_name(out, f->help, strlen(f->help));
    buf_str(out, is_regex ? "'" : "");
}

static const char *state_letter(const struct charnn_unit *u)
{
    return u->state == CHARNN_STATE_C ? "c" : "h";
}

static void add_unit(struct buf *out, const struct charnn_feature *f,
                     const struct charnn_unit *u)
{
    buf_printf(out, "    %s %.3f  unit %lld of layer %lld (%s) ", f->numeric ? "|r|" : "F1",
               u->score, (long long)u->unit, (long long)u->layer, state_letter(u));
    if (f->numeric)
        buf_str(out, u->above ? "rises with the feature\n" : "falls with the feature\n");
    else
        buf_printf(out, "%s %.4g\n", u->above ? "at least" : "below", u->threshold);
}

static void add_feature(struct buf *out, const struct charnn_units *units,
                        const struct charnn_feature *f)
{
    add_feature_name(out, f);
    if (!f->numeric)
        buf_printf(out, "  (%.1f %% of the text; always yes: F1 %.3f)",
                   feature_share(units, f), f->chance);
    buf_char(out, '\n');
    for (size_t i = 0; i < f->n_units; i++)
        add_unit(out, f, &f->unit[i]);
}

void unit_table_text(struct buf *out, const struct charnn_units *units)
{
    char chosen[32], measured[32];
    const char *before =
        "features left out because they occur too rarely or almost everywhere: ";
    buf_printf(out,
               "units were chosen on the first %s characters and scored on the next %s\n",
               term_count(units->chars[0], chosen), term_count(units->chars[1], measured));
    for (size_t i = 0; i < units->n; i++)
        if (!units->feature[i].left_out)
            add_feature(out, units, &units->feature[i]);
    for (size_t i = 0; i < units->n; i++) {
        if (!units->feature[i].left_out)
            continue;
        buf_str(out, before);
        add_feature_name(out, &units->feature[i]);
        before = "; ";
    }
    buf_str(out, before[0] == ';' ? "\n" : "");
}

static void add_unit_json(struct json_out *o, const struct charnn_feature *f,
                          const struct charnn_unit *u)
{
    json_open(o, NULL, '{');
    json_put_int(o, "layer", u->layer);
    json_put_int(o, "unit", u->unit);
    json_put_string(o, "state", state_letter(u), 1);
    json_put_real(o, f->numeric ? "r" : "f1",
                  f->numeric && !u->above ? -u->score : u->score);
    json_put_real(o, "chosen", u->chosen);
    if (!f->numeric) {
        json_put_real(o, "threshold", u->threshold);
        json_put_bool(o, "above", u->above);
    }
    json_close(o, '}');
}

static void add_feature_json(struct json_out *o, const struct charnn_feature *f)
{
    json_open(o, NULL, '{');
    json_put_text(o, "name", f->name);
    json_put_text(o, "help", f->help);
    json_put_bool(o, "numeric", f->numeric);
    json_put_int(o, "ones", f->ones[0] + f->ones[1]);
    json_put_bool(o, "left_out", f->left_out);
    if (!f->numeric)
        json_put_real(o, "chance", f->chance);
    json_open(o, "units", '[');
    for (size_t i = 0; i < f->n_units; i++)
        add_unit_json(o, f, &f->unit[i]);
    json_close(o, ']');
    json_close(o, '}');
}

void unit_table_json(struct buf *out, const struct charnn_units *units)
{
    struct json_out o = { .b = out, .first = true };
    json_open(&o, NULL, '{');
    json_put_int(&o, "chosen_chars", units->chars[0]);
    json_put_int(&o, "measured_chars", units->chars[1]);
    json_open(&o, "features", '[');
    for (size_t i = 0; i < units->n; i++)
        add_feature_json(&o, &units->feature[i]);
    json_close(&o, ']');
    unknown_json(&o, &units->traced.unknown);
    json_close(&o, '}');
    buf_char(out, '\n');
}
