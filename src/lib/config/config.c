/*
 * config.c - the table of all settings of a run.
 *
 * The rows have the order of --help.  A new setting is a member of struct charnn_config, a
 * row here, and a default below unless that is 0.
 */
#include "config/config.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "charnn_inspect.h"
#include "text/documents.h"

#define AT(member) offsetof(struct charnn_config, member)

// clang-format off
const struct field config_fields[] = {
    ROW_GROUP("Model"),
    ROW_CHOICE(0, "cell", NULL, AT(cell), cell_names + 1, "recurrent cell",
               .synonyms = "model", .flags = FIELD_SHAPE),
    ROW_INT(0, "layers", AT(layers), 1, 64, "stacked recurrent layers",
            .synonyms = "num-layers", .flags = FIELD_SHAPE | FIELD_AUTO),
    ROW_INT(0, "size", AT(size), 1, 1 << 30, "hidden units in each layer",
            .synonyms = "rnn-size|hidden-size", .flags = FIELD_SHAPE | FIELD_AUTO),
    ROW_INT(0, "embed", AT(embed), 0, 1 << 30,
            "size of a learned embedding of each symbol; 0: one-hot input",
            .flags = FIELD_SHAPE),
    ROW_CHOICE(0, "skip", NULL, AT(skip), "none|residual|dense",
               "skip connections: residual adds the input of a layer to its output, dense "
               "passes the outputs of all layers to every layer above",
               .flags = FIELD_SHAPE),
    ROW_FLAG(0, "bidirectional", AT(bidirectional),
             "read the text in both directions; such a model fills gaps (charnn fill), but cannot "
             "generate text",
             .flags = FIELD_SHAPE),
    ROW_CHOICE(0, "activation", NULL, AT(activation), "tanh|relu|sigmoid",
               "activation function of --cell rnn", .flags = FIELD_SHAPE),
    ROW_TEXT(0, "init", "HOW", AT(init),
             "weight initialisation: auto, uniform:R, xavier, orthogonal, identity (rnn)"),
    ROW_REAL(0, "input-range", AT(input_range), 0, 1000,
             "initialise one-hot input weights within +-X; 0: as --init says",
             .flags = FIELD_AUTO),
    ROW_REAL(0, "forget-bias", AT(forget_bias), -100, 100,
             "initial bias of the forget gates of an LSTM"),
    ROW_REAL(0, "dropout", AT(dropout), 0, 0.99, "dropout probability after each layer",
             .flags = FIELD_AUTO | FIELD_RESUME),
    ROW_CHOICE(0, "dropout-kind", NULL, AT(dropout_kind), "step|sequence",
               "a new dropout mask at every time step, or one for a whole sequence"),
    ROW_REAL(0, "weight-drop", AT(weight_drop), 0, 0.9,
             "probability that a recurrent weight is dropped, drawn anew in each step",
             .flags = FIELD_AUTO | FIELD_RESUME),

    ROW_GROUP("Text"),
    ROW_CHOICE(0, "unit", NULL, AT(unit), "auto|char|byte",
               "what a symbol is; auto: char if the text is UTF-8, else byte"),
    ROW_INT(0, "min-count", AT(min_count), 1, 1e15,
            "replace symbols that occur fewer than N times by U+FFFD"),
    ROW_FLAG(0, "compose", AT(compose), "compose decomposed Hangul (NFD) into syllables"),
    ROW_TEXT(0, "documents", "WHAT", AT(documents),
             "independent documents in the text: each line, texts separated by blank lines, each "
             "file, texts that end with STRING (which is dropped), or that begin with STRING "
             "(which is kept)",
             .choices = "none|line|blank|file|end:STRING|start:STRING"),
    ROW_CHOICE(0, "damaged", NULL, AT(damaged), "auto|replace|drop",
               "invalid bytes in a text that is otherwise UTF-8: read them as U+FFFD, or leave "
               "them out; auto: replace, if at most one byte in a thousand is invalid"),
    ROW_REAL(0, "valid", AT(valid), 0, 0.9,
             "fraction of the text held out for validation; 0: none", .synonyms = "val-frac"),
    ROW_TEXT(0, "valid-file", "FILE", AT(valid_file),
             "validate on this file instead of a part of the text"),
    ROW_CHOICE(0, "unknown", "HOW", AT(unknown), "error|skip|nearest|replace|auto",
               "unknown characters in --valid-file or, if --keep-vocabulary is given, in the text: "
               "an error, left out, read as the nearest known one, or as U+FFFD; auto: replace if "
               "there is U+FFFD, else skip"),
    ROW_CHOICE(0, "split", NULL, AT(split), "tail|streams",
               "hold out the end of the text, or the end of each stream of a batch"),
    ROW_INT(0, "valid-every", AT(valid_every), 0, 1e15,
            "steps between validations; 0: about 40 validations in a run",
            .synonyms = "eval-val-every"),

    ROW_GROUP("Training"),
    ROW_CHOICE(0, "preset", NULL, AT(preset), "none|char-rnn",
               "char-rnn: train exactly as char-rnn does by default", .flags = FIELD_KEEP),
    ROW_INT(0, "batch-size", AT(batch_size), 1, 1 << 20,
            "sequences in a batch: streams of text that are read in parallel",
            .flags = FIELD_AUTO),
    ROW_INT(0, "seq-length", AT(seq_length), 1, 1 << 20,
            "characters in a sequence: the length of truncated BPTT", .flags = FIELD_AUTO),
    ROW_REAL(0, "reset", AT(reset), 0, 1,
             "probability that a stream begins a step from the zero state",
             .flags = FIELD_AUTO),
    ROW_INT(0, "epochs", AT(epochs), 0, 1e9,
            "length of the run in passes over the text; 0: chosen from --work or --time, or "
            "from the size of the text",
            .synonyms = "max-epochs", .flags = FIELD_RESUME | FIELD_LENGTH),
    ROW_INT(0, "steps", AT(steps), 0, 1e15, "length of the run in steps, instead of --epochs",
            .flags = FIELD_RESUME | FIELD_LENGTH),
    FIELD_ROW(FIELD_WORK, 0, "work", "WORK", AT(work),
              "plan a run of this many floating-point operations, counted as 6 for each matrix "
              "weight and character: 30T, 500G; the same plan on every machine",
              .lo = 0, .hi = 1e9, .flags = FIELD_RESUME | FIELD_LENGTH),
    ROW_INT(0, "stop-at", AT(stop_at), 0, 1e15,
            "save and stop at step N, without changing the schedule; 0: run to the end",
            .flags = FIELD_RESUME),
    FIELD_ROW(FIELD_TIME, 0, "time", "TIME", AT(time),
              "plan a run of this duration: 90s, 10m, 1.5h; with --steps, --epochs or "
              "--work: stop after this time at the latest",
              .lo = 0, .hi = 1e9, .flags = FIELD_RESUME | FIELD_LENGTH),
    ROW_CHOICE(0, "optimizer", NULL, AT(optimizer), "adam|adamw|rmsprop|adagrad|sgd",
               "optimiser"),
    ROW_REAL(0, "learning-rate", AT(learning_rate), 1e-12, 1000, "learning rate",
             .synonyms = "lr", .flags = FIELD_AUTO | FIELD_RESUME),
    ROW_REAL(0, "decay-rate", AT(decay_rate), 0, 0.999999,
             "decay of the average of squared gradients (beta2 of Adam, decay of RMSProp)"),
    ROW_REAL(0, "momentum", AT(momentum), 0, 0.999999, "Adam beta1, SGD momentum"),
    ROW_REAL(0, "weight-decay", AT(weight_decay), 0, 100,
             "weight decay of matrices; decoupled from the gradient in adamw",
             .flags = FIELD_AUTO | FIELD_RESUME),
    ROW_CHOICE(0, "schedule", NULL, AT(schedule), "constant|char-rnn|cosine",
               "learning rate schedule; cosine: falls to 2 % of --learning-rate; char-rnn: "
               "x0.97 each epoch after the tenth"),
    ROW_REAL(0, "ema", AT(ema), 0, 0.999999,
             "decay of a moving average of the weights, which is validated and saved "
             "as the model; 0: none"),
    ROW_INT(0, "warmup", AT(warmup), 0, 1e15, "steps of linear warmup of the learning rate"),
    ROW_REAL(0, "clip", AT(clip), 0, 1e30, "clip the global norm of the gradient; 0: off"),
    ROW_REAL(0, "clip-value", AT(clip_value), 0, 1e30,
             "clip each element of the gradient; 0: off", .synonyms = "grad-clip"),
    ROW_CHOICE(0, "gradient", NULL, AT(gradient), "mean|sum",
               "loss that is differentiated; mean: mean over sequences and time steps; sum: sum "
               "over time steps, mean over sequences"),
    ROW_INT(0, "patience", AT(patience), 0, 1e9,
            "stop after N validations without improvement; 0: never"),
    ROW_INT(0, "seed", AT(seed), 0, 9007199254740992.0,
            "random seed of the run: initial weights, dropout, where each epoch begins in the "
            "text, ..."),

    ROW_GROUP("Files and session"),
    ROW_TEXT('o', "output", "FILE", AT(output),
             "file for the best weights; for NAME.bin the run also writes NAME.last.bin (to "
             "resume) and NAME.jsonl (the log)",
             .flags = FIELD_RESUME | FIELD_KEEP),
    ROW_TEXT(0, "resume", "FILE", AT(resume), "continue the run saved in FILE (a .last.bin)",
             .flags = FIELD_SESSION | FIELD_RESUME),
    ROW_FLAG(0, "resume-if-there", AT(resume_if_there),
             "resume the run if the files of --output are there, else begin it: so the same "
             "command can be repeated until the run is done",
             .flags = FIELD_SESSION | FIELD_RESUME),
    ROW_FLAG(0, "keep-history", AT(keep_history),
             "keep the weights of every validation, named by epoch, step and loss",
             .flags = FIELD_RESUME),
    ROW_INT(0, "log-gradients", AT(log_gradients), 0, 1e15,
            "log every N steps how gradients flow back through time; 0: never",
            .flags = FIELD_RESUME),
    ROW_TEXT(0, "init-from", "FILE", AT(init_from),
             "initialise the weights from FILE, matching symbols by character",
             .flags = FIELD_KEEP),
    ROW_FLAG(0, "keep-vocabulary", AT(keep_vocabulary),
             "with --init-from: use the symbols of that checkpoint instead of the text's",
             .flags = FIELD_KEEP),
    ROW_FLAG(0, "overwrite", AT(overwrite), "replace the files of an earlier run",
             .flags = FIELD_SESSION),
    ROW_INT(0, "threads", AT(threads), 0, 256,
            "threads to use; 0: all cores available to this process; results do not depend "
            "on it",
            .flags = FIELD_SESSION | FIELD_RESUME),
    ROW_FLAG(0, "dry-run", AT(dry_run), "print what the run would need (memory, disk, time)",
             .flags = FIELD_SESSION | FIELD_RESUME),
    ROW_FLAG(0, "profile", AT(profile), "print where the time went, at the end",
             .flags = FIELD_SESSION | FIELD_RESUME),
};
// clang-format on

enum { N_FIELDS = sizeof config_fields / sizeof *config_fields };
const size_t config_n_fields = N_FIELDS;

_Static_assert(N_FIELDS <= 64 * sizeof((struct charnn_config *)0)->given /
                               sizeof *((struct charnn_config *)0)->given,
               "one bit for each row");

struct charnn_config charnn_config_default(void)
{
    return (struct charnn_config){
        .cell = CHARNN_CELL_LSTM,
        .layers = CHARNN_AUTO,
        .size = CHARNN_AUTO,
        .init = "auto",
        .documents = "none",
        .input_range = CHARNN_AUTO,
        .dropout = CHARNN_AUTO,
        .weight_drop = CHARNN_AUTO,
        .min_count = 1,
        .valid = 0.1,
        .unknown = CHARNN_UNKNOWN_AUTO,
        .batch_size = CHARNN_AUTO,
        .seq_length = CHARNN_AUTO,
        .reset = CHARNN_AUTO,
        .optimizer = CHARNN_OPTIMIZER_ADAMW,
        .learning_rate = CHARNN_AUTO,
        .decay_rate = 0.99,
        .momentum = 0.85,
        .weight_decay = CHARNN_AUTO,
        .schedule = CHARNN_SCHEDULE_COSINE,
        .warmup = 25,
        .clip = 1,
        .seed = 1,
        .output = "ckpt.bin",
    };
}

struct charnn_config config_plain(void)
{
    struct charnn_config c = charnn_config_default();
    c.layers = 2;
    c.size = 128;
    c.batch_size = 32;
    c.seq_length = 64;
    c.learning_rate = 4e-3;
    c.input_range = c.dropout = c.weight_drop = c.weight_decay = c.reset = 0;
    return c;
}

/* The defaults of char-rnn (its train.lua), as settings of charnn. */
static struct charnn_config char_rnn_config(void)
{
    struct charnn_config c = config_plain();
    c.forget_bias = 1;
    c.batch_size = 50;
    c.seq_length = 50;
    c.epochs = 50;
    c.valid = 0.05;
    c.split = CHARNN_SPLIT_STREAMS;
    c.valid_every = 1000;
    c.optimizer = CHARNN_OPTIMIZER_RMSPROP;
    c.learning_rate = 2e-3;
    c.decay_rate = 0.95;
    c.schedule = CHARNN_SCHEDULE_CHAR_RNN;
    c.warmup = 0;
    c.clip = 0;
    c.clip_value = 5;
    c.gradient = CHARNN_GRADIENT_SUM;
    c.init = "uniform:0.08";
    return c;
}

bool config_stored(const struct field *f)
{
    return f->type != FIELD_GROUP && !(f->flags & FIELD_SESSION);
}

/* A set of settings has one bit for each row of the table. */

static bool in_set(const uint64_t *set, const struct field *f)
{
    const size_t row = (size_t)(f - config_fields);
    return set[row / 64] >> row % 64 & 1;
}

static void set_member(uint64_t *set, const struct field *f, bool member)
{
    const size_t row = (size_t)(f - config_fields);
    const uint64_t bit = (uint64_t)1 << row % 64;
    set[row / 64] = member ? set[row / 64] | bit : set[row / 64] & ~bit;
}

bool config_given(const struct charnn_config *c, const struct field *f)
{
    return in_set(c->given, f);
}

void config_forget(struct charnn_config *c, const struct field *f)
{
    set_member(c->given, f, false);
}

bool config_added(const struct charnn_config *c, const struct field *f)
{
    return in_set(c->added, f);
}

bool config_adds(const struct charnn_config *c)
{
    for (size_t i = 0; i < config_n_fields; i++)
        if (config_added(c, &config_fields[i]))
            return true;
    return false;
}

bool config_has_length(const struct charnn_config *c)
{
    for (size_t i = 0; i < config_n_fields; i++) {
        const struct field *f = &config_fields[i];
        if ((f->flags & FIELD_LENGTH) && f->type != FIELD_TIME && config_given(c, f))
            return true;
    }
    return false;
}

bool config_chosen(const struct charnn_config *c, const struct field *f)
{
    return in_set(c->chosen, f);
}

void config_set_chosen(struct charnn_config *c, const struct field *f, bool chosen)
{
    set_member(c->chosen, f, chosen);
}

void config_note_chosen(struct charnn_config *c)
{
    for (size_t i = 0; i < config_n_fields; i++)
        set_member(c->chosen, &config_fields[i], field_is_auto(&config_fields[i], c));
}

void config_set_auto(struct charnn_config *c, const struct field *f)
{
    const int status = field_set(f, c, "auto", NULL);
    assert(status == 0);
    (void)status;
}

bool config_replanned(const struct field *f)
{
    return (f->flags & FIELD_AUTO) && (f->flags & FIELD_RESUME);
}

void config_copy_setting(struct charnn_config *to, const struct charnn_config *from,
                         const struct field *f)
{
    memcpy((char *)to + f->offset, (const char *)from + f->offset,
           f->type == FIELD_TEXT ? sizeof(char *) : sizeof(int64_t));
}

void charnn_config_preset(struct charnn_config *c)
{
    const struct charnn_config preset = char_rnn_config();
    if (c->preset != CHARNN_PRESET_CHAR_RNN)
        return;
    for (size_t i = 0; i < config_n_fields; i++) {
        const struct field *f = &config_fields[i];
        if (config_stored(f) && !(f->flags & FIELD_KEEP) && !config_given(c, f))
            config_copy_setting(c, &preset, f);
    }
}

int charnn_config_set(struct charnn_config *c, const char *name, const char *value,
                      struct charnn_error *e)
{
    const struct field *f = field_find(config_fields, config_n_fields, name);
    if (!f)
        return err_usage(e, "there is no setting called %s", name);
    if (field_set(f, c, value, e) < 0)
        return -1;
    set_member(c->given, f, true);
    set_member(c->added, f, (f->flags & FIELD_LENGTH) && *value == '+');
    return 0;
}

const struct field *charnn_config_fields(size_t *n)
{
    *n = config_n_fields;
    return config_fields;
}

struct model_shape config_shape(const struct charnn_config *c, size_t symbols)
{
    return (struct model_shape){
        .cell = (int)c->cell,
        .activation = (int)c->activation,
        .layers = (size_t)c->layers,
        .size = (size_t)c->size,
        .embed = (size_t)c->embed,
        .symbols = symbols,
        .skip = (int)c->skip,
        .bidirectional = (int)c->bidirectional,
    };
}

const struct field *config_field(const char *name)
{
    const struct field *f = field_find(config_fields, config_n_fields, name);
    assert(f);
    return f;
}

const char *config_choice(const char *name, int64_t value, char word[FIELD_WORD])
{
    return field_choice(config_field(name), value, word);
}

/* Checks the value of a setting, because a caller may assign a member without calling
 * charnn_config_set. */
static int check_setting_range(const struct field *f, const struct charnn_config *c,
                               struct charnn_error *e)
{
    struct charnn_config copy = *c;
    struct buf text = { 0 };
    if (f->type == FIELD_GROUP || f->type == FIELD_TEXT)
        return 0;
    field_print(f, c, &text);
    const int status = text.failed || !text.data ? err_set(e, "out of memory")
                                                 : field_set(f, &copy, text.data, e);
    buf_release(&text);
    return status;
}

struct charnn_config *config_dup(const struct charnn_config *from, struct charnn_error *e)
{
    struct charnn_config *c = malloc(sizeof *c);
    bool failed = false;
    if (!c) {
        err_set(e, "out of memory");
        return NULL;
    }
    *c = *from;
    for (size_t i = 0; i < config_n_fields; i++) {
        const struct field *f = &config_fields[i];
        char **text = (char **)((char *)c + f->offset);
        if (f->type != FIELD_TEXT || !*text)
            continue;
        *text = strdup(*text);
        failed = failed || !*text;
    }
    if (!failed)
        return c;
    err_set(e, "out of memory");
    config_free(c);
    return NULL;
}

void config_free(const struct charnn_config *c)
{
    if (!c)
        return;
    for (size_t i = 0; i < config_n_fields; i++)
        if (config_fields[i].type == FIELD_TEXT)
            free(*(char *const *)((const char *)c + config_fields[i].offset));
    free((void *)c);
}

int config_check(const struct charnn_config *c, struct charnn_error *e)
{
    struct documents_rule documents;
    for (size_t i = 0; i < config_n_fields; i++)
        if (check_setting_range(&config_fields[i], c, e) < 0)
            return -1;
    if (!c->init || !c->output || !*c->output)
        return err_usage(e, "`init` and `output` cannot be empty");
    if (model_check_init(c->init, (int)c->cell, e) < 0)
        return -1;
    if (c->stop_at && c->steps && c->stop_at > c->steps)
        return err_usage(e, "`stop-at` %lld is past the end of the run (`steps` %lld)",
                         (long long)c->stop_at, (long long)c->steps);
    if (c->valid_file && c->split == CHARNN_SPLIT_STREAMS)
        return err_usage(e, "`valid-file` and `split` streams exclude each other");
    if (c->keep_vocabulary && !c->init_from)
        return err_usage(e, "`keep-vocabulary` works only with `init-from`");
    if (c->keep_vocabulary && c->min_count > 1)
        return err_usage(e, "`min-count` makes a vocabulary, `keep-vocabulary` keeps one: "
                            "leave out one of them");
    if (documents_parse(&documents, c->documents, e) < 0)
        return -1;
    if (documents.kind && c->split == CHARNN_SPLIT_STREAMS)
        return err_usage(e, "`documents` holds out whole documents: it needs `split` tail, "
                            "or `valid-file`");
    if (c->activation != CHARNN_ACTIVATION_TANH && !cell_kinds[c->cell].has_activation)
        return err_usage(e, "`activation` works only with `cell` rnn");
    if (c->skip != CHARNN_SKIP_NONE && c->layers == 1)
        return err_usage(e, "`skip` connects layers: it needs `layers` 2 or more");
    if (c->bidirectional &&
        (documents.kind || c->skip != CHARNN_SKIP_NONE || c->log_gradients))
        return err_usage(e, "`bidirectional` and `%s` exclude each other",
                         documents.kind ? "documents"
                         : c->skip      ? "skip"
                                        : "log-gradients");
    return 0;
}
