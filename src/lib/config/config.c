/*
 * config.c - every setting of a run, described once.
 *
 * Order is the order of --help.  FIELD_RUN marks what may be given beside --resume,
 * FIELD_SESSION what is not part of the run and is not stored in checkpoints.
 */
#include "config/config.h"

#include <stdlib.h>
#include <string.h>

#include "charnn_inspect.h"
#include "nn/model.h"

#define AT(member) offsetof(struct charnn_config, member)
#define GROUP(title)                                                                       \
    {                                                                                      \
        .name = title, .type = FIELD_GROUP                                                 \
    }
#define CHOICE(key_, name_, member, choices_, synonyms_, help_)                            \
    {                                                                                      \
        .key = key_, .name = name_, .help = help_, .type = FIELD_CHOICE,                   \
        .offset = AT(member), .choices = choices_, .synonyms = synonyms_                   \
    }
#define NUMBER(type_, arg_, name_, member, lo_, hi_, synonyms_, help_, flags_)             \
    {                                                                                      \
        .name = name_, .arg = arg_, .help = help_, .type = type_, .offset = AT(member),    \
        .lo = lo_, .hi = hi_, .synonyms = synonyms_, .flags = flags_                       \
    }
#define INT(name_, member, lo_, hi_, synonyms_, help_)                                     \
    NUMBER(FIELD_INT, "N", name_, member, lo_, hi_, synonyms_, help_, 0)
#define REAL(name_, member, lo_, hi_, synonyms_, help_)                                    \
    NUMBER(FIELD_REAL, "X", name_, member, lo_, hi_, synonyms_, help_, 0)
/* The same, found from the text when it is not given (train/recipe.c). */
#define INT_AUTO(name_, member, lo_, hi_, synonyms_, help_)                                \
    NUMBER(FIELD_INT, "N", name_, member, lo_, hi_, synonyms_, help_, FIELD_AUTO)
#define REAL_AUTO(name_, member, lo_, hi_, synonyms_, help_)                               \
    NUMBER(FIELD_REAL, "X", name_, member, lo_, hi_, synonyms_, help_, FIELD_AUTO)

const struct field config_fields[] = {
    GROUP("Model"),
    CHOICE(0, "cell", cell, "rnn|lstm|gru", "model", "kind of recurrent cell"),
    INT_AUTO("layers", layers, 1, 64, "num-layers",
             "recurrent layers, one above the other"),
    INT_AUTO("size", size, 1, 1 << 30, "rnn-size|hidden-size",
             "hidden units in each layer"),
    INT("embed", embed, 0, 1 << 30, NULL,
        "learn a vector of N numbers for each symbol; 0: one-hot"),
    CHOICE(0, "skip", skip, "none|residual|dense", NULL,
           "ways past the layers: add each to what it reads, or show all to all above"),
    { .name = "bidirectional",
      .type = FIELD_FLAG,
      .offset = AT(bidirectional),
      .help = "read from both sides, to fill gaps (charnn fill) instead of writing on" },
    CHOICE(0, "activation", activation, "tanh|relu|sigmoid", NULL, "of --cell rnn"),
    { .name = "init",
      .arg = "HOW",
      .type = FIELD_TEXT,
      .offset = AT(init),
      .help = "first weights: auto, uniform:R, xavier, orthogonal, identity (rnn)" },
    REAL_AUTO("input-range", input_range, 0, 1000, NULL,
              "one-hot input weights begin in +-X; 0: as --init says"),
    REAL("forget-bias", forget_bias, -100, 100, NULL,
         "first bias of an LSTM's forget gates"),
    REAL_AUTO("dropout", dropout, 0, 0.99, NULL,
              "share of outputs dropped after each layer"),
    CHOICE(0, "dropout-kind", dropout_kind, "step|sequence", NULL,
           "a new mask each step, or one for a whole chunk"),

    GROUP("Text"),
    CHOICE(0, "unit", unit, "auto|char|byte", NULL,
           "what a symbol is; auto: char if valid UTF-8"),
    INT("min-count", min_count, 1, 1e15, NULL,
        "fold symbols seen fewer than N times into U+FFFD"),
    { .name = "compose",
      .type = FIELD_FLAG,
      .offset = AT(compose),
      .help = "compose decomposed Hangul (NFD) into syllables" },
    CHOICE(0, "documents", documents, "none|line|blank|file", NULL,
           "each line, text between blank lines, or file is a text by itself"),
    REAL("valid", valid, 0, 0.9, "val-frac",
         "share of the text held out to validate on; 0: none"),
    { .name = "valid-file",
      .arg = "FILE",
      .type = FIELD_TEXT,
      .offset = AT(valid_file),
      .help = "validate on this text instead" },
    CHOICE(0, "split", split, "tail|streams", NULL,
           "hold out the end of the text, or of each of its streams"),
    INT("valid-every", valid_every, 0, 1e15, "eval-val-every",
        "steps between validations; 0: some 40 in a run"),

    GROUP("Training"),
    CHOICE(0, "preset", preset, "none|char-rnn", NULL,
           "char-rnn: its default training exactly"),
    INT_AUTO("batch-size", batch_size, 1, 1 << 20, NULL,
             "streams of text read side by side"),
    INT_AUTO("seq-length", seq_length, 1, 1 << 20, NULL,
             "characters a stream advances each step; BPTT length"),
    REAL_AUTO("reset", reset, 0, 1, NULL,
              "chance that a stream begins a step from zero state"),
    { .name = "epochs",
      .arg = "N",
      .type = FIELD_INT,
      .offset = AT(epochs),
      .lo = 0,
      .hi = 1e9,
      .synonyms = "max-epochs",
      .flags = FIELD_RUN,
      .help = "times through the text; 0: what it is worth, or --time" },
    { .name = "steps",
      .arg = "N",
      .type = FIELD_INT,
      .offset = AT(steps),
      .lo = 0,
      .hi = 1e15,
      .flags = FIELD_RUN,
      .help = "length of the run in steps, instead of --epochs" },
    { .name = "stop-at",
      .arg = "N",
      .type = FIELD_INT,
      .offset = AT(stop_at),
      .lo = 0,
      .hi = 1e15,
      .flags = FIELD_RUN,
      .help = "save and stop at step N of that plan; 0: at its end" },
    { .name = "time",
      .arg = "TIME",
      .type = FIELD_TIME,
      .offset = AT(time),
      .lo = 0,
      .hi = 1e9,
      .flags = FIELD_RUN,
      .help =
          "plan a run that takes so long: 90s, 10m, 1.5h; with a length given, stop then" },
    CHOICE(0, "optimizer", optimizer, "adam|adamw|rmsprop|adagrad|sgd", NULL,
           "how gradients become steps"),
    REAL_AUTO("learning-rate", learning_rate, 1e-12, 1000, "lr", "size of a step"),
    REAL("decay-rate", decay_rate, 0, 0.999999, NULL,
         "memory of squared gradients: rmsprop, adam (beta2)"),
    REAL("momentum", momentum, 0, 0.999999, NULL, "memory of gradients: sgd, adam (beta1)"),
    REAL_AUTO("weight-decay", weight_decay, 0, 100, NULL,
              "pull of matrices towards zero; adamw apart from the gradient"),
    CHOICE(0, "schedule", schedule, "constant|char-rnn|cosine", NULL,
           "of the learning rate; cosine: to 2 %; char-rnn: x0.97 an epoch after 10"),
    INT("warmup", warmup, 0, 1e15, NULL, "steps of linear rise to the learning rate"),
    REAL("clip", clip, 0, 1e30, NULL, "limit of the gradient's global norm; 0: none"),
    REAL("clip-value", clip_value, 0, 1e30, "grad-clip",
         "limit of each element of the gradient; 0: none"),
    CHOICE(0, "gradient", gradient, "mean|sum", NULL,
           "of the mean loss of a chunk, or of its sum over the steps"),
    INT("patience", patience, 0, 1e9, NULL,
        "stop after N validations without improvement; 0: never"),
    INT("seed", seed, 0, 9007199254740992.0, NULL, "of weights, masks and offsets"),

    GROUP("Files and session"),
    { .key = 'o',
      .name = "output",
      .arg = "FILE",
      .type = FIELD_TEXT,
      .offset = AT(output),
      .flags = FIELD_SESSION | FIELD_RUN,
      .help = "best weights; FILE's .last.bin resumes, its .jsonl is the log" },
    { .name = "resume",
      .arg = "FILE",
      .type = FIELD_TEXT,
      .offset = AT(resume),
      .flags = FIELD_SESSION | FIELD_RUN,
      .help = "go on with the run saved in FILE (a .last.bin)" },
    { .name = "keep-history",
      .type = FIELD_FLAG,
      .offset = AT(keep_history),
      .flags = FIELD_RUN,
      .help = "keep the weights of every validation, named by epoch, step and loss" },
    { .name = "log-gradients",
      .arg = "N",
      .type = FIELD_INT,
      .offset = AT(log_gradients),
      .lo = 0,
      .hi = 1e15,
      .flags = FIELD_RUN,
      .help = "every N steps, log how gradients flow back through time; 0: never" },
    { .name = "init-from",
      .arg = "FILE",
      .type = FIELD_TEXT,
      .offset = AT(init_from),
      .help = "begin with the weights of FILE, mapped by character" },
    { .name = "overwrite",
      .type = FIELD_FLAG,
      .offset = AT(overwrite),
      .flags = FIELD_SESSION,
      .help = "replace the files of an earlier run" },
    { .name = "threads",
      .arg = "N",
      .type = FIELD_INT,
      .offset = AT(threads),
      .lo = 0,
      .hi = 256,
      .flags = FIELD_SESSION | FIELD_RUN,
      .help =
          "0: the cores this process may use, which are the most; no effect on results" },
    { .name = "dry-run",
      .type = FIELD_FLAG,
      .offset = AT(dry_run),
      .flags = FIELD_SESSION | FIELD_RUN,
      .help = "print what the run would need (memory, disk, time), and stop" },
    { .name = "profile",
      .type = FIELD_FLAG,
      .offset = AT(profile),
      .flags = FIELD_SESSION | FIELD_RUN,
      .help = "at the end, a table of where the time went" },
};

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
        .input_range = CHARNN_AUTO,
        .dropout = CHARNN_AUTO,
        .min_count = 1,
        .valid = 0.1,
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
    c.input_range = c.dropout = c.weight_decay = c.reset = 0;
    return c;
}

/* char-rnn's defaults (train.lua), read as the names of our settings. */
static struct charnn_config char_rnn(void)
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
    return f->type != FIELD_GROUP &&
           (!(f->flags & FIELD_SESSION) || f->offset == AT(output));
}

bool config_given(const struct charnn_config *c, const struct field *f)
{
    const size_t row = (size_t)(f - config_fields);
    return c->given[row / 64] >> row % 64 & 1;
}

void config_copy_setting(struct charnn_config *to, const struct charnn_config *from,
                         const struct field *f)
{
    memcpy((char *)to + f->offset, (const char *)from + f->offset,
           f->type == FIELD_TEXT ? sizeof(char *) : sizeof(int64_t));
}

void charnn_config_preset(struct charnn_config *c)
{
    const struct charnn_config preset = char_rnn();
    if (c->preset != CHARNN_PRESET_CHAR_RNN)
        return;
    for (size_t i = 0; i < config_n_fields; i++) {
        const struct field *f = &config_fields[i];
        const bool kept = f->type == FIELD_GROUP || (f->flags & FIELD_SESSION) ||
                          f->offset == AT(preset) || f->offset == AT(init_from) ||
                          config_given(c, f);
        if (!kept)
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
    const size_t row = (size_t)(f - config_fields);
    c->given[row / 64] |= (uint64_t)1 << row % 64;
    return 0;
}

const struct field *charnn_config_fields(size_t *n)
{
    *n = config_n_fields;
    return config_fields;
}

/* Callers of the library may set members without charnn_config_set. */
static int check_range(const struct field *f, const struct charnn_config *c,
                       struct charnn_error *e)
{
    struct charnn_config copy = *c;
    struct buf text = { 0 };
    int status = 0;
    if (f->type == FIELD_GROUP || f->type == FIELD_TEXT)
        return 0;
    field_print(f, c, &text);
    if (text.failed || !text.data || field_set(f, &copy, text.data, e) < 0)
        status = err_usage(e, "`%s` is out of its range", f->name);
    buf_release(&text);
    return status;
}

struct charnn_config *config_dup(const struct charnn_config *from, struct charnn_error *e)
{
    struct charnn_config *c = malloc(sizeof *c);
    bool failed = !c;
    if (c)
        *c = *from;
    for (size_t i = 0; c && i < config_n_fields; i++) {
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
    for (size_t i = 0; c && i < config_n_fields; i++)
        if (config_fields[i].type == FIELD_TEXT)
            free(*(char *const *)((const char *)c + config_fields[i].offset));
    free((void *)c);
}

int config_check(const struct charnn_config *c, struct charnn_error *e)
{
    for (size_t i = 0; i < config_n_fields; i++)
        if (check_range(&config_fields[i], c, e) < 0)
            return -1;
    if (!c->init || !c->output || !*c->output)
        return err_usage(e, "`init` and `output` cannot be empty");
    if (model_draw_check(c->init, (int)c->cell, e) < 0)
        return -1;
    if (c->stop_at && c->steps && c->stop_at > c->steps)
        return err_usage(e, "`stop-at` %lld is past the end of the run (`steps` %lld)",
                         (long long)c->stop_at, (long long)c->steps);
    if (c->valid_file && c->split == CHARNN_SPLIT_STREAMS)
        return err_usage(e, "`valid-file` and `split` streams exclude each other");
    if (c->documents && c->split == CHARNN_SPLIT_STREAMS)
        return err_usage(e, "`documents` holds out whole documents: it needs `split` tail, "
                            "or `valid-file`");
    if (c->activation != CHARNN_ACTIVATION_TANH && c->cell != CHARNN_CELL_RNN)
        return err_usage(e, "`activation` works only with `cell` rnn");
    if (c->skip != CHARNN_SKIP_NONE && c->layers == 1)
        return err_usage(e, "`skip` connects layers: it needs `layers` 2 or more");
    if (c->bidirectional &&
        (c->documents || c->skip != CHARNN_SKIP_NONE || c->log_gradients))
        return err_usage(e, "`bidirectional` and `%s` exclude each other",
                         c->documents ? "documents"
                         : c->skip    ? "skip"
                                      : "log-gradients");
    return 0;
}
