/* report_page.c - fills the slots of report.html. */
#include "report/report_page.h"

#include <math.h>
#include <string.h>

#include "base/file.h"
#include "base/json.h"
#include "base/template.h"
#include "charts/chart.h"
#include "cli/term.h"
#include "viz/markup.h"

/* Templates (base/template.h); all pages begin with the same head. */
extern const char cli_head_html[], report_report_html[];

static const double SMOOTH = 0.02; /* window of the moving mean, as a share of all points */

struct filling {
    const struct run *run;
    struct buf *out;
};

static void put_report_title(void *arg)
{
    const struct filling *f = arg;
    markup_text(f->out, file_name(f->run->path));
}

/* Appends a number and its noun, or nothing if the number is unknown. */
static void put_count(struct buf *out, double n, const char *what)
{
    char text[32];
    if (isfinite(n) && fabs(n) < 1e18)
        buf_printf(out, "%s%s %s", out->len ? ", " : "", term_count((long long)n, text),
                   what);
}

static void put_report_about(void *arg)
{
    const struct filling *f = arg;
    const struct run *r = f->run;
    const char *cell = run_setting(r, "cell");
    const char *layers = run_setting(r, "layers"), *size = run_setting(r, "size");
    struct buf about = { 0 };
    if (cell && layers && size)
        buf_printf(&about, "%s of %s layer%s of %s units", cell, layers,
                   strcmp(layers, "1") != 0 ? "s" : "", size);
    put_count(&about, r->parameters, "parameters");
    put_count(&about, r->characters, "characters of text");
    put_count(&about, r->symbols, "distinct symbols");
    markup_text(f->out, about.data ? about.data : "");
    f->out->failed |= about.failed;
    buf_release(&about);
}

/* -------------------------------------------------------------------------- facts */

/* Appends a label, a value and a detail, or nothing if there is no value. */
static void put_fact(struct buf *out, const char *what, struct buf *value,
                     struct buf *detail)
{
    if (value->len > 0) {
        buf_str(out, "<div class=\"card\"><span>");
        markup_text(out, what);
        buf_str(out, "</span><b>");
        markup_text(out, value->data);
        buf_str(out, "</b><span>");
        markup_text(out, detail->data ? detail->data : "");
        buf_str(out, "</span></div>\n");
    }
    out->failed |= value->failed || detail->failed;
    buf_release(value);
    buf_release(detail);
}

/* Adds a loss and its step (NaN: not known). */
static void put_loss(struct buf *out, const char *what, double nats, double step)
{
    struct buf value = { 0 }, detail = { 0 };
    if (isfinite(nats)) {
        buf_printf(&value, "%.4f", nats);
        buf_printf(&detail, "nats/char, %.3f bits", nats / M_LN2);
    }
    if (isfinite(step))
        buf_printf(&detail, ", step %.0f", step);
    put_fact(out, what, &value, &detail);
}

static void put_best(struct buf *out, const struct run *r)
{
    const size_t best = run_best(r);
    if (best < r->n_valids)
        put_loss(out, "best validation", r->valids[best].valid_loss,
                 r->valids[best].at.step);
}

static void put_status(struct buf *out, const struct run *r)
{
    struct buf value = { 0 }, detail = { 0 };
    buf_str(&value, r->status ? r->status : "running, or killed");
    if (r->sessions > 1)
        buf_printf(&detail, "resumed %zu time%s", r->sessions - 1,
                   r->sessions > 2 ? "s" : "");
    put_fact(out, "status", &value, &detail);
}

static void put_length(struct buf *out, const struct run *r)
{
    struct buf value = { 0 }, detail = { 0 };
    char done[32], planned[32];
    if (isfinite(r->planned) && r->end.step < 1e18 && r->planned < 1e18)
        buf_printf(&value, "%s of %s", term_count((long long)r->end.step, done),
                   term_count((long long)r->planned, planned));
    if (isfinite(r->end.epoch))
        buf_printf(&detail, "%.2f epochs", r->end.epoch);
    put_fact(out, "steps", &value, &detail);
}

static void put_time(struct buf *out, const struct run *r)
{
    struct buf value = { 0 }, detail = { 0 };
    char text[32];
    const double speed = run_chars_per_step(r) * r->end.step / r->end.seconds;
    if (r->end.seconds >= 0)
        buf_str(&value, term_duration(r->end.seconds, text));
    if (speed < 1e18)
        buf_printf(&detail, "%s chars/s", term_count((long long)speed, text));
    put_fact(out, "training time", &value, &detail);
}

/* Appends the mean training loss between the last two validations, to compare with the last
 * validation loss.  Without validations, appends the training loss of the last logged step. */
static void put_training(struct buf *out, const struct run *r)
{
    if (r->n_valids > 0)
        put_loss(out,
                 "last training loss (the mean since the previous validation, with dropout "
                 "if there "
                 "is any: it can be above the validation loss)",
                 r->valids[r->n_valids - 1].train_loss, NAN);
    else if (r->n_steps > 0)
        put_loss(out, "last training loss", r->steps[r->n_steps - 1].train_loss, NAN);
}

static void put_facts(void *arg)
{
    const struct filling *f = arg;
    const struct run *r = f->run;
    put_best(f->out, r);
    put_loss(f->out, "validation loss of the final weights, text read as one stream",
             r->exact_loss, NAN);
    put_loss(f->out, "best n-gram model", r->ngram[run_best_ngram(r)], NAN);
    put_training(f->out, r);
    put_status(f->out, r);
    put_length(f->out, r);
    put_time(f->out, r);
}

/* -------------------------------------------------------------------------- notes */

static void put_item(struct buf *out, struct buf *text)
{
    buf_str(out, "<li>");
    markup_text(out, text->data ? text->data : "");
    buf_str(out, "</li>\n");
    out->failed |= text->failed;
    buf_release(text);
    *text = (struct buf){ 0 };
}

static bool has_notes(const struct run *r)
{
    return r->n_notes > 0 || r->damaged > 0 || r->skipped > 0 || r->rollbacks > 0;
}

static void put_notes(void *arg)
{
    const struct filling *f = arg;
    const struct run *r = f->run;
    struct buf text = { 0 };
    for (size_t i = 0; i < r->n_notes; i++) {
        if (strncmp(r->notes[i].text, "step ", strlen("step ")) != 0)
            buf_printf(&text, "step %.0f: ", r->notes[i].at.step);
        buf_str(&text, r->notes[i].text);
        put_item(f->out, &text);
    }
    if (r->skipped > 0) {
        buf_printf(&text,
                   "Steps skipped because their loss or gradient was not finite: %.0f.",
                   r->skipped);
        put_item(f->out, &text);
    }
    if (r->rollbacks > 0) {
        buf_printf(&text, "Rollbacks to earlier weights: %.0f.", r->rollbacks);
        put_item(f->out, &text);
    }
    if (r->damaged > 0) {
        buf_printf(&text, "Damaged lines of the log that were skipped: %zu.", r->damaged);
        put_item(f->out, &text);
    }
}

/* ----------------------------------------------------------------------- samples */

static size_t count_samples(const struct run *r)
{
    size_t n = 0;
    for (size_t i = 0; i < r->n_valids; i++)
        n += r->valids[i].sample_length > 0;
    return n;
}

static void put_samples(void *arg)
{
    const struct filling *f = arg;
    struct buf json = { 0 };
    struct json_out j = { .b = &json, .first = true };
    json_open(&j, NULL, '[');
    for (size_t i = 0; i < f->run->n_valids; i++) {
        const struct run_valid *v = &f->run->valids[i];
        if (v->sample_length == 0)
            continue;
        json_open(&j, NULL, '{');
        json_put_real(&j, "step", v->at.step);
        json_put_real(&j, "epoch", isfinite(v->at.epoch) ? v->at.epoch : 0);
        json_put_real(&j, "valid_loss", v->valid_loss);
        json_put_string(&j, "text", v->sample, v->sample_length);
        json_close(&j, '}');
    }
    json_close(&j, ']');
    markup_json(f->out, &json);
    buf_release(&json);
}

/* -------------------------------------------------------------------------- pictures */

/* Adds a picture, or the reason why there is none. */
static void put_chart(const struct filling *f, enum chart_what what)
{
    const struct chart_options options = { .what = what,
                                           .log_y = what == CHART_GRADIENT,
                                           .smooth = SMOOTH };
    struct chart chart;
    struct charnn_error e;
    buf_str(f->out, "<div class=\"picture\">\n");
    const int made = chart_make(&chart, f->run, 1, &options, &e);
    if (made == CHART_NOTHING)
        markup_text(f->out, e.message);
    else if (made < 0)
        f->out->failed = true;
    else {
        figure_svg(&chart.page, f->out);
        chart_release(&chart);
    }
    buf_str(f->out, "</div>\n");
}

static void put_curves(void *arg)
{
    static const enum chart_what curves[] = { CHART_LOSS, CHART_GRADIENT, CHART_RATE };
    for (size_t i = 0; i < sizeof curves / sizeof *curves; i++)
        put_chart(arg, curves[i]);
}

static void put_gradients(void *arg)
{
    put_chart(arg, CHART_GRADIENTS);
}

static void put_settings(void *arg)
{
    const struct filling *f = arg;
    for (size_t i = 0; i < f->run->n_settings; i++) {
        buf_str(f->out, "<div><dt>");
        markup_text(f->out, f->run->settings[i].name);
        buf_str(f->out, "</dt><dd>");
        markup_text(f->out, f->run->settings[i].value);
        buf_str(f->out, "</dd></div>\n");
    }
}

void report_page(const struct run *r, const char *command, struct buf *out)
{
    struct filling f = { r, out };
    struct buf escaped = { 0 };
    if (command)
        markup_text(&escaped, command);
    const struct slot slots[] = {
        { "head", cli_head_html, NULL },
        { "title", NULL, put_report_title },
        { "about", NULL, put_report_about },
        { "facts", NULL, put_facts },
        { "notes", NULL, has_notes(r) ? put_notes : NULL },
        { "curves", NULL, r->n_steps > 0 || r->n_valids > 0 ? put_curves : NULL },
        { "samples", NULL, count_samples(r) > 0 ? put_samples : NULL },
        { "gradients", NULL, r->n_gradients > 0 ? put_gradients : NULL },
        { "command", command ? escaped.data : NULL, NULL },
        { "settings", NULL, put_settings },
    };
    template_expand(report_report_html, slots, sizeof slots / sizeof *slots, &f, out);
    out->failed |= escaped.failed;
    buf_release(&escaped);
}
