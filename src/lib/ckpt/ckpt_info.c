/* ckpt_info.c - describes a checkpoint as JSON, as text, and as the command that repeats
 * its run. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/escape.h"
#include "base/file.h"
#include "base/json.h"
#include "base/shell.h"
#include "base/width.h"
#include "ckpt/ckpt.h"

static void put_option(const struct field *f, const struct charnn_config *c,
                       struct buf *out)
{
    struct buf value = { 0 };
    buf_printf(out, " --%s", f->name);
    if (f->type == FIELD_FLAG)
        return;
    field_print(f, c, &value);
    buf_char(out, ' ');
    shell_word(out, value.data ? value.data : "");
    out->failed |= value.failed;
    buf_release(&value);
}

/* Appends a command with the options that differ from the preset's values (without a preset,
 * from the defaults), then the text files. */
static void put_first_command(const struct charnn_config *settled, const char *const *files,
                              size_t n_files, struct buf *out)
{
    struct charnn_config base = charnn_config_default();
    base.preset = settled->preset;
    charnn_config_preset(&base);
    base.preset = CHARNN_PRESET_NONE;
    buf_str(out, "charnn train");
    for (size_t i = 0; i < config_n_fields; i++) {
        const struct field *f = &config_fields[i];
        if (config_stored(f) && !field_equal(f, settled, &base))
            put_option(f, settled, out);
    }
    for (size_t i = 0; i < n_files; i++) {
        buf_char(out, ' ');
        shell_path(out, files[i]);
    }
}

/* The settings with the length of the run in steps, because the length of an epoch depends
 * on the corpus. */
static struct charnn_config config_in_steps(const struct charnn_config *c)
{
    struct charnn_config settled = *c;
    settled.epochs =
        settled.preset == CHARNN_PRESET_CHAR_RNN ? 50 : 0; /* the preset's value */
    settled.time = 0;
    return settled;
}

/* Appends a command that resumes the run with another length, and with the settings that
 * changed with the length. */
static void put_resume_command(const struct charnn_config *c,
                               const struct charnn_config *before, struct buf *out)
{
    char *last = file_sibling(c->output ? c->output : "ckpt.bin", ".last.bin");
    buf_str(out, " && charnn train --resume ");
    shell_path(out, last ? last : "");
    buf_printf(out, " --steps %lld", (long long)c->steps);
    for (size_t i = 0; i < config_n_fields; i++)
        if (config_replanned(&config_fields[i]) &&
            !field_equal(&config_fields[i], c, before))
            put_option(&config_fields[i], c, out);
    if (c->stop_at)
        buf_printf(out, " --stop-at %lld", (long long)c->stop_at);
    out->failed |= !last;
    free(last);
}

void ckpt_put_run(const struct charnn_config *c, const char *plans,
                  const char *const *files, size_t n_files, struct buf *out)
{
    struct charnn_config now = config_in_steps(c), next = now, before = now;
    int64_t step, steps;
    struct json j;
    json_init(&j, plans, strlen(plans));
    json_enter(&j, '[');
    bool more = ckpt_next_plan(&j, &step, &steps, &next);
    for (bool first = true; more; first = false) {
        now = next;
        now.steps = steps;
        more = ckpt_next_plan(&j, &step, &steps, &next);
        if (more) {
            now.stop_at = step;
            now.work = 0; /* the recorded work is that of the last plan */
        }
        if (first)
            put_first_command(&now, files, n_files, out);
        else
            put_resume_command(&now, &before, out);
        before = now;
    }
    out->failed |= !json_end(&j); /* the plans have been checked, so this means out of
                                   * memory */
}

void ckpt_command(const struct ckpt *c, struct buf *out)
{
    struct charnn_config settings = c->config;
    if (c->imported)
        return;
    if (settings.time > 0 && settings.stop_at == 0 && c->progress.step < c->progress.steps)
        settings.stop_at = c->progress.step; /* --time would stop at another step */
    ckpt_put_run(&settings, c->plans, c->files, c->n_files, out);
}

/* Returns 0, and sets out->failed, when out of memory. */
static int64_t count_parameters(const struct ckpt *c, struct buf *out)
{
    struct model m;
    if (model_init(&m, &c->shape, ISA_ref, NULL) < 0) {
        out->failed = true;
        return 0;
    }
    int64_t n = (int64_t)model_count(&m);
    model_release(&m);
    return n;
}

/* Adds an array that is already JSON. */
static void put_raw_array(struct json_out *j, const char *key, const char *json)
{
    const size_t n = strlen(json);
    json_open(j, key, '[');
    if (n > 2)
        buf_add(j->b, json + 1, n - 2);
    json_close(j, ']');
}

static void put_tensor_shapes(struct json_out *j, const struct ckpt *c)
{
    json_open(j, "tensors", '{');
    for (size_t i = 0; i < c->file.n_tensors; i++) {
        const struct st_tensor *t = &c->file.tensors[i];
        json_open(j, t->name, '[');
        for (int d = 0; d < t->n_dims; d++)
            json_put_int(j, NULL, t->shape[d]);
        json_close(j, ']');
    }
    json_close(j, '}');
}

static void put_run_json(struct json_out *j, const struct ckpt *c)
{
    struct buf command = { 0 };
    ckpt_command(c, &command);
    json_put_text(j, "version", st_metadata(&c->file, "version"));
    json_put_string(j, "command", command.data, command.len);
    json_put_int(j, "step", c->progress.step);
    json_put_int(j, "steps", c->progress.steps);
    json_put_real(j, "epoch", c->progress.epoch);
    json_put_real(j, "seconds", c->progress.seconds);
    json_put_real(j, "valid_loss", c->progress.loss);
    json_put_real(j, "best_loss", c->progress.best_loss);
    json_put_int(j, "best_step", c->progress.best_step);
    ckpt_put_config(j, "config", &c->config);
    put_raw_array(j, "history", c->history);
    j->b->failed |= command.failed;
    buf_release(&command);
}

/* A model without a run has only the settings of its shape. */
static void put_shape_json(struct json_out *j, const struct charnn_config *c)
{
    json_open(j, "config", '{');
    for (size_t i = 0; i < config_n_fields; i++) {
        const struct field *f = &config_fields[i];
        if (!(f->flags & FIELD_SHAPE))
            continue;
        if (f->type == FIELD_FLAG)
            json_put_bool(j, f->name, *(const int64_t *)((const char *)c + f->offset) != 0);
        else
            ckpt_put_setting(j, f, c);
    }
    json_close(j, '}');
}

void ckpt_json(const struct ckpt *c, struct buf *out)
{
    struct json_out j = { .b = out, .first = true };
    json_open(&j, NULL, '{');
    json_put_text(&j, "path", c->file.path);
    json_put_bool(&j, "foreign", c->imported);
    json_put_bool(&j, "resumable", c->resumable);
    json_put_int(&j, "symbols", (int64_t)c->vocab.size);
    json_put_text(&j, "unit", c->vocab.unit == VOCAB_CHAR ? "char" : "byte");
    json_put_int(&j, "parameters", count_parameters(c, out));
    if (c->imported)
        put_shape_json(&j, &c->config);
    else
        put_run_json(&j, c);
    put_tensor_shapes(&j, c);
    json_close(&j, '}');
}

/* Adds a symbol in visible form: a space as U+2423, a combining mark on a dotted circle, an
 * invisible character as <U+XXXX>. */
static void describe_symbol(const struct vocab *v, int id, struct buf *out)
{
    static const char codes[] = "\n\t\r\\", letters[] = "ntr\\";
    char bytes[4];
    const uint32_t symbol = v->symbol[id];
    const size_t n = (size_t)vocab_decode(v, id, bytes);
    const char *code = symbol > 0 && symbol < 0x80 ? strchr(codes, (int)symbol) : NULL;
    if (code)
        buf_printf(out, "\\%c", letters[code - codes]);
    else if (symbol == ' ')
        buf_str(out, "\xE2\x90\xA3");
    else if (v->unit == VOCAB_BYTE && (symbol < 0x20 || symbol >= 0x7F))
        buf_printf(out, "\\x%02x", (unsigned)symbol);
    else if (escape_harmless(bytes, n) != n)
        buf_printf(out, "<U+%04X>", (unsigned)symbol);
    else {
        buf_str(out, width_of(bytes, n) == 0 ? "\xE2\x97\x8C" : "");
        buf_add(out, bytes, n);
    }
}

static void describe_vocabulary(const struct ckpt *c, struct buf *out)
{
    enum { SHOWN = 60 };
    const struct vocab *v = &c->vocab;
    buf_printf(out, "symbols     %zu %s: ", v->size,
               v->unit == VOCAB_CHAR ? "characters" : "bytes");
    for (size_t i = 0; i < v->size && i < SHOWN; i++) {
        describe_symbol(v, (int)i, out);
    }
    buf_str(out, v->size > SHOWN ? " ...\n" : "\n");
}

static void describe_model(const struct ckpt *c, struct buf *out)
{
    const struct cell_kind *cell = &cell_kinds[c->shape.cell];
    char word[FIELD_WORD];
    buf_printf(out, "model       %s, ", cell->title);
    if (cell->has_activation)
        buf_printf(out, "%s, ", config_choice("activation", c->shape.activation, word));
    buf_printf(out, "%zu layer%s of %zu units, ", c->shape.layers,
               c->shape.layers == 1 ? "" : "s", c->shape.size);
    if (c->shape.bidirectional)
        buf_str(out, "bidirectional, ");
    if (c->shape.embed)
        buf_printf(out, "embedding of %zu, ", c->shape.embed);
    if (c->shape.skip != CHARNN_SKIP_NONE)
        buf_printf(out, "%s skips, ", config_choice("skip", c->shape.skip, word));
    buf_printf(out, "%lld parameters\n", (long long)count_parameters(c, out));
    if (!cell->in_torch)
        buf_printf(out, "            torch.nn has no %s\n", cell->title);
    else if (c->shape.skip != CHARNN_SKIP_NONE)
        buf_str(out,
                "            torch.nn has these layers, but not the skip connections\n");
}

static void describe_run(const struct ckpt *c, struct buf *out)
{
    const struct progress *p = &c->progress;
    buf_printf(out, "trained     step %lld of %lld, epoch %.2f, %.0f seconds\n",
               (long long)p->step, (long long)p->steps, p->epoch, p->seconds);
    if (isfinite(p->loss))
        buf_printf(out, "validation  %.4f nats/char, %.4f bits/char%s\n", p->loss,
                   p->loss / M_LN2, c->shape.bidirectional ? ", from both sides" : "");
    if (isfinite(p->best_loss))
        buf_printf(out, "best        %.4f nats/char at step %lld\n", p->best_loss,
                   (long long)p->best_step);
    buf_str(out, "command     ");
    ckpt_command(c, out);
}

void ckpt_describe(const struct ckpt *c, struct buf *out)
{
    escape_name(out, c->file.path, strlen(c->file.path));
    buf_printf(out, ": %s\n",
               c->imported    ? "weights saved by another program"
               : c->resumable ? "weights and training state (for charnn train --resume)"
                              : "weights");
    describe_model(c, out);
    describe_vocabulary(c, out);
    if (!c->imported)
        describe_run(c, out);
}
