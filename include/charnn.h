/*
 * charnn.h - train character-level recurrent language models and use them.
 *
 * Everything the commands do goes through this header.  Handles are opaque; settings are
 * plain structs with defaults; what can fail fills a struct charnn_error and returns -1 or
 * NULL.  The library never prints and never exits.  Losses are in nats per character.
 * One handle is used by one thread at a time; different handles are independent.
 */
#ifndef CHARNN_H
#define CHARNN_H

#include <stddef.h>
#include <stdint.h>

#include "charnn_error.h"

#ifdef __cplusplus
extern "C" {
#endif

#define CHARNN_VERSION "0.1.0"

#if defined(__GNUC__)
#define CHARNN_API __attribute__((visibility("default")))
#else
#define CHARNN_API
#endif

/* ---------------------------------------------------------------- settings */

enum { CHARNN_CELL_RNN, CHARNN_CELL_LSTM, CHARNN_CELL_GRU };
enum { CHARNN_ACTIVATION_TANH, CHARNN_ACTIVATION_RELU, CHARNN_ACTIVATION_SIGMOID };
enum { CHARNN_SKIP_NONE, CHARNN_SKIP_RESIDUAL, CHARNN_SKIP_DENSE };
enum { CHARNN_DROPOUT_STEP, CHARNN_DROPOUT_SEQUENCE };
enum {
    CHARNN_OPTIMIZER_ADAM,
    CHARNN_OPTIMIZER_ADAMW,
    CHARNN_OPTIMIZER_RMSPROP,
    CHARNN_OPTIMIZER_ADAGRAD,
    CHARNN_OPTIMIZER_SGD
};
enum { CHARNN_SCHEDULE_CONSTANT, CHARNN_SCHEDULE_CHAR_RNN, CHARNN_SCHEDULE_COSINE };
enum { CHARNN_UNIT_AUTO, CHARNN_UNIT_CHAR, CHARNN_UNIT_BYTE };
enum { CHARNN_SPLIT_TAIL, CHARNN_SPLIT_STREAMS };
// clang-format off
enum { CHARNN_DOCUMENTS_NONE, CHARNN_DOCUMENTS_LINE, CHARNN_DOCUMENTS_BLANK,
       CHARNN_DOCUMENTS_FILE };
// clang-format on
enum { CHARNN_GRADIENT_MEAN, CHARNN_GRADIENT_SUM };
enum { CHARNN_PRESET_NONE, CHARNN_PRESET_CHAR_RNN };

/* One training run.  Strings are borrowed.  A number that is CHARNN_AUTO, or says "0 =
 * auto", is settled when the corpus is known; charnn_trainer_config shows what it became.
 */
enum { CHARNN_AUTO = -1 };
struct charnn_config {
    int64_t preset;
    /* model */
    int64_t cell, layers, size, embed, activation; /* embed 0: one-hot input */
    int64_t skip; /* what the layers above read beside the layer below: nothing more, its
                     input (the sum), or all below that too */
    int64_t bidirectional; /* a second stack reads from the right: predicts the character in
                              the middle, not the next one */
    const char *init;      /* "auto", "uniform:R", "xavier", ... */
    double input_range;    /* one-hot input weights begin in +-this; 0: as init says */
    double forget_bias;    /* of an LSTM's forget gates */
    double dropout;
    int64_t dropout_kind;
    /* text */
    int64_t unit, min_count, compose;
    int64_t
        documents; /* the corpus is many texts that have nothing to do with each other */
    double valid;  /* fraction held out; 0 never validates */
    const char *valid_file;     /* NULL, or the text to validate on */
    int64_t split, valid_every; /* steps between validations, 0 = auto */
    /* training */
    int64_t batch_size, seq_length;
    double reset;          /* chance that a stream begins a step from zero state */
    int64_t epochs, steps; /* 0 = auto; steps wins */
    int64_t stop_at;       /* save and stop at this step of the plan; 0 = at its end */
    double time;           /* seconds that the run may take: plans its length; where steps
                              or epochs are given, stop after so much training; 0 = any */
    int64_t optimizer;
    double learning_rate, decay_rate, momentum, weight_decay;
    int64_t schedule, warmup;
    double clip, clip_value; /* global norm, elementwise; 0 = off */
    int64_t gradient;        /* of the mean over all characters, or summed over the steps */
    int64_t log_gradients;   /* steps between profiles of gradients in the log; 0 = none */
    int64_t keep_history;    /* a file of weights for every validation */
    int64_t patience; /* validations without improvement before stopping; 0 = never */
    int64_t seed;
    /* session */
    int64_t threads; /* 0 = the cores this process may use */
    const char *output, *resume, *init_from;
    int64_t overwrite;
    int64_t dry_run;   /* nothing will be written: charnn_trainer_estimate */
    int64_t profile;   /* measure where the time goes: charnn_trainer_profile */
    uint64_t given[2]; /* private: which settings charnn_config_set has set */
};

/* The defaults. */
CHARNN_API struct charnn_config charnn_config_default(void);

/* Sets one setting from text, as the command line would: ("cell", "gru").  It then counts as
 * given explicitly: no preset changes it, and a resumed run takes it over or refuses it. */
CHARNN_API int charnn_config_set(struct charnn_config *c, const char *name,
                                 const char *value, struct charnn_error *e);

/* Puts the values of the preset (c->preset) into every setting that was not given. */
CHARNN_API void charnn_config_preset(struct charnn_config *c);

/* ---------------------------------------------------------------- training */

enum charnn_event_kind {
    CHARNN_EVENT_START,     /* everything is built; see charnn_trainer_summary */
    CHARNN_EVENT_NOTE,      /* something the user should know: note */
    CHARNN_EVENT_STEP,      /* train_loss, grad_norm, ... since the last such event */
    CHARNN_EVENT_VALID,     /* valid_loss, best_loss, train_loss, split, text */
    CHARNN_EVENT_BASELINES, /* ngram, just before the first validation */
    CHARNN_EVENT_SAVE,      /* path was written */
    CHARNN_EVENT_END,       /* exact_loss when there is held-out text; status */
};

enum charnn_status {
    CHARNN_STATUS_DONE,        /* the plan is finished */
    CHARNN_STATUS_STOPPED,     /* --stop-at, --time or patience ended it early */
    CHARNN_STATUS_INTERRUPTED, /* charnn_trainer_interrupt */
    CHARNN_STATUS_FAILED,      /* in the log only: charnn_trainer_run returned -1 */
};

enum { CHARNN_NGRAM_ORDERS = 7 };

struct charnn_event {
    enum charnn_event_kind kind;
    int64_t step, steps;   /* done, planned */
    double epoch, seconds; /* of training, over all resumes */
    double train_loss, grad_norm, learning_rate, chars_per_second;
    double valid_loss, best_loss, exact_loss; /* NaN when there is none */
    int64_t best_step;
    int64_t skipped, rollbacks; /* steps left out, times that the weights went back */
    enum charnn_status status;
    /* borrowed for the call */
    const char *note, *path;
    const char *split; /* what valid_loss was measured on: "tail", "streams", "file" */
    const char *text;  /* what the model writes now: text_length bytes */
    size_t text_length;
    /* What counting reaches on the same split: losses of n-gram models that predict a
     * character from the 0 to 6 before it; NaN while they are not known. */
    double ngram[CHARNN_NGRAM_ORDERS];
};

/* A number or text of an event, as the log names it: lines of the log are these.  Of struct
 * charnn_event; NULL: the log has no such key. */
struct charnn_metric {
    const char *name;
    enum { CHARNN_METRIC_INT, CHARNN_METRIC_REAL, CHARNN_METRIC_TEXT } type;
    size_t offset; /* of an int64_t, a double, a const char * */
};
CHARNN_API const struct charnn_metric *charnn_event_metric(const char *name);

typedef void charnn_event_fn(const struct charnn_event *event, void *arg);

/* What a run consists of, for the start-up report. */
struct charnn_summary {
    int64_t characters, train_characters, valid_characters, symbols, folded;
    int64_t bytes_of_memory, parameters, steps_per_epoch;
    int64_t step, steps; /* done, planned */
    int64_t threads;
    const char *unit, *isa; /* "char" or "byte"; the kernels in use */
};

struct charnn_trainer;

/* Builds a run on the given texts ("-" is standard input), or resumes the run saved in
 * config->resume; then `files` may be empty (the recorded ones are read again).  A resumed
 * run has the settings of its checkpoint; of those set with charnn_config_set it takes over
 * what may change (such as steps, time, output) and refuses the others.  Notes arrive
 * through the callback. */
CHARNN_API struct charnn_trainer *charnn_trainer_new(const struct charnn_config *config,
                                                     const char *const *files,
                                                     size_t n_files,
                                                     charnn_event_fn *report, void *arg,
                                                     struct charnn_error *e);

/* Trains to the end of the plan, saving on the way. */
CHARNN_API int charnn_trainer_run(struct charnn_trainer *t, enum charnn_status *status,
                                  struct charnn_error *e);

/* Async-signal-safe: finish the step, save, and stop (or, with save_only, go on). */
CHARNN_API void charnn_trainer_interrupt(struct charnn_trainer *t, int save_only);

CHARNN_API const struct charnn_config *
charnn_trainer_config(const struct charnn_trainer *t);
CHARNN_API struct charnn_summary charnn_trainer_summary(const struct charnn_trainer *t);
/* The command line that makes this run again; allocated, NULL: out of memory. */
CHARNN_API char *charnn_trainer_command(const struct charnn_trainer *t);

/* What the rest of the run will need, found by training a few steps, which leave no trace
 * in the run. */
struct charnn_estimate {
    double chars_per_second, seconds, bytes_of_disk;
};
CHARNN_API int charnn_trainer_estimate(struct charnn_trainer *t,
                                       struct charnn_estimate *need,
                                       struct charnn_error *e);

/* A table of the phases of training steps so far, one a line; allocated, NULL: out of
 * memory. */
CHARNN_API char *charnn_trainer_profile(const struct charnn_trainer *t);
CHARNN_API void charnn_trainer_free(struct charnn_trainer *t);

/* ------------------------------------------------------------------- model */

struct charnn_model;

/* How weights are held: as they are; or as whole numbers of 8 bits with a scale for each
 * unit, in a quarter of the memory, which is faster where one text is written and costs some
 * thousandths of a nat at most. */
enum { CHARNN_WEIGHTS_FLOAT32, CHARNN_WEIGHTS_INT8 };

/* Reads a checkpoint (the best or the .last.bin one) for use.  threads 0 = auto. */
CHARNN_API struct charnn_model *charnn_model_load(const char *path, int weights,
                                                  int threads, struct charnn_error *e);
/* The same of a checkpoint's n bytes in memory, which are not needed afterwards. */
CHARNN_API struct charnn_model *charnn_model_load_memory(const void *bytes, size_t n,
                                                         int weights, int threads,
                                                         struct charnn_error *e);
CHARNN_API void charnn_model_free(struct charnn_model *m);

/* ---------------------------------------------------------------- sampling */

/* What becomes of a character of the prime that the model does not know: an error; it is
 * left out; the nearest that it knows takes its place (the other case, without the accent, a
 * plain quotation mark or dash, U+FFFD), or else it is left out. */
enum { CHARNN_UNKNOWN_ERROR, CHARNN_UNKNOWN_SKIP, CHARNN_UNKNOWN_NEAREST };

struct charnn_sample_config {
    double temperature;  /* divides the logits; 0 always takes the likeliest */
    int64_t top_k;       /* 0 = all */
    double top_p, min_p; /* 1 and 0 = off */
    int64_t seed;        /* < 0 = random; charnn_sampler_seed tells which */
    int64_t unknown;
    /* Never more than so many symbols in a row that stand so in the file `corpus`, the prime
     * counted (symbols are characters, or bytes in a byte model); 0 = may copy. */
    int64_t forbid_copy;
    const char *corpus; /* borrowed for charnn_sampler_new */
};

CHARNN_API struct charnn_sample_config charnn_sample_default(void);

struct charnn_sampler;
enum { CHARNN_CHARACTER_MAX = 4 };

/* The model must outlive the sampler. */
CHARNN_API struct charnn_sampler *charnn_sampler_new(struct charnn_model *m,
                                                     const struct charnn_sample_config *c,
                                                     struct charnn_error *e);
/* Other settings from now on, and their seed; forbid_copy and corpus stay as they were. */
CHARNN_API int charnn_sampler_set(struct charnn_sampler *s,
                                  const struct charnn_sample_config *c,
                                  struct charnn_error *e);
/* Starts a text: zero state, then reads `text` (a newline, when n == 0 and the model knows
 * one; a model of documents reads the separator in any case). */
CHARNN_API int charnn_sampler_prime(struct charnn_sampler *s, const char *text, size_t n,
                                    struct charnn_error *e);
/* Reads text on, behind what was read and drawn. */
CHARNN_API int charnn_sampler_read(struct charnn_sampler *s, const char *text, size_t n,
                                   struct charnn_error *e);
/* Draws one character and reads it; returns its bytes (1 to CHARNN_CHARACTER_MAX) in out.
 * The end of a document is a newline for lines, two for texts between blank lines, and no
 * byte at all for files; 0 too where forbid_copy leaves no symbol to draw. */
CHARNN_API int charnn_sampler_next(struct charnn_sampler *s,
                                   char out[CHARNN_CHARACTER_MAX]);
/* Whether the character before was the end of a document, or none could be drawn. */
CHARNN_API int charnn_sampler_ended(const struct charnn_sampler *s);
CHARNN_API uint64_t charnn_sampler_seed(const struct charnn_sampler *s);
/* Async-signal-safe: texts in the making end where they are. */
CHARNN_API void charnn_sampler_interrupt(struct charnn_sampler *s);
CHARNN_API void charnn_sampler_free(struct charnn_sampler *s);

/* What ends a text, beside the end of a document; 0: no such limit. */
struct charnn_limits {
    int64_t length;   /* characters */
    int64_t lines;    /* newlines; the last is part of the text */
    const char *stop; /* [stop_length] bytes before which it ends; NULL with 0 */
    size_t stop_length;
};

/* Some bytes of a text that is being written.  The last piece of a text (it may be empty)
 * says what the whole is. */
struct charnn_piece {
    int64_t number;    /* of the text, from 0 */
    const char *bytes; /* [n], borrowed for the call */
    size_t n;
    int end;         /* 1: the last piece, and what follows is set */
    int stuck;       /* 1: no symbol was allowed any more */
    int64_t chars;   /* characters drawn, those of a stop string included */
    int64_t symbols; /* predictions made: characters, or bytes; a document's end too */
    double logprob;  /* nats: the sum of what the model (at temperature 1) gave them */
};
/* Nonzero: enough. */
typedef int charnn_piece_fn(const struct charnn_piece *piece, void *arg);

/* All three begin after the prime.  Text k of a seed is the same in the first two, whatever
 * the count.
 *
 * Draws text `number` piece by piece as it becomes certain; reading can go on behind it. */
CHARNN_API int charnn_sampler_write(struct charnn_sampler *s, int64_t number,
                                    const struct charnn_limits *limits,
                                    charnn_piece_fn *put, void *arg,
                                    struct charnn_error *e);
/* Draws texts 0 to count - 1 side by side, each put in one piece, in order. */
CHARNN_API int charnn_sampler_texts(struct charnn_sampler *s, int64_t count,
                                    const struct charnn_limits *limits,
                                    charnn_piece_fn *put, void *arg,
                                    struct charnn_error *e);
/* Searches for the likeliest text with `width` beams, whatever the temperature and seed, and
 * puts the best `count` found, the best first.  A text never goes round a third time. */
enum { CHARNN_BEAM_MAX = 64 };
CHARNN_API int charnn_sampler_beam(struct charnn_sampler *s, int64_t width, int64_t count,
                                   const struct charnn_limits *limits, charnn_piece_fn *put,
                                   void *arg, struct charnn_error *e);

/* -------------------------------------------------------------- evaluation */

enum { CHARNN_EVAL_ALL, CHARNN_EVAL_VALID }; /* the whole text, or what training held out */
enum { CHARNN_WINDOW_MAX = 65536, CHARNN_ALTERNATIVES_MAX = 5 };

struct charnn_eval_config {
    int64_t part;
    int64_t window; /* 0: one stream from zero state; else zero state before every `window`
                       predictions, which is what models of a fixed context are scored by */
    int64_t alternatives; /* of each prediction, for the callback: 0 to
                             CHARNN_ALTERNATIVES_MAX */
    int64_t dynamic; /* 1: the weights learn from each 20 characters after scoring them,
                        w <- w - rate * gradient (of length 1 at most) + decay * (w0 - w),
                        and are those of the checkpoint again at the next text (Krause et
                        al. 2018) */
    double dynamic_rate, dynamic_decay;
};

CHARNN_API struct charnn_eval_config charnn_eval_default(void);

struct charnn_score {
    int64_t chars;        /* predictions made */
    int64_t bytes;        /* of the characters predicted, as UTF-8 */
    int64_t folded;       /* characters the model does not know, read as U+FFFD */
    double nats_per_char; /* mean over the predictions */
    int64_t both_sides;   /* 1: a bidirectional model's, who sees what follows too: what is
                             summed up is the pseudo-likelihood (Besag 1975) of the text */
};

/* One character of a text, and how it was predicted.  Borrowed for the call. */
struct charnn_alternative {
    char text[CHARNN_CHARACTER_MAX];
    int length;
    double probability;
};
struct charnn_prediction {
    char text[CHARNN_CHARACTER_MAX]; /* of byte models: one byte */
    int length;
    int given;     /* 1: the first of the text, predicted by nobody: nats is 0 */
    int separator; /* 1: it ends a document */
    double nats;   /* surprise: -ln of its probability */
    const struct charnn_alternative *alternatives; /* the likeliest other characters, the */
    int n_alternatives;                            /* likeliest first */
};

/* Anything but 0 ends the reading. */
typedef int charnn_prediction_fn(const struct charnn_prediction *p, void *arg);

/* Scores a text ("-" is standard input).  `each`, where it is not NULL, is told of every
 * character in order; the score is then of those that it was told of. */
CHARNN_API int charnn_evaluate(struct charnn_model *m, const char *path,
                               const struct charnn_eval_config *config,
                               charnn_prediction_fn *each, void *arg,
                               struct charnn_score *score, struct charnn_error *e);
/* The same of n bytes of text in memory. */
CHARNN_API int charnn_evaluate_text(struct charnn_model *m, const char *text, size_t n,
                                    const struct charnn_eval_config *config,
                                    charnn_prediction_fn *each, void *arg,
                                    struct charnn_score *score, struct charnn_error *e);

/* ----------------------------------------------------------------------- filling */

enum { CHARNN_FILL_BEAM_MAX = 64, CHARNN_FILL_NEAR_MAX = 64 };
enum { CHARNN_FILL_ROUNDS_MAX = 100 };

struct charnn_fill_config {
    const char *mask; /* one character (one byte for a byte model): stands for a lost one */
    int64_t beam;     /* proposals kept while a run of masks is filled from left to right */
    int64_t near;     /* characters beside a run whose likelihood counts in its score */
    int64_t rounds;   /* every run is filled so often; at first the next ones are unknown */
    double test;  /* > 0: the text has no masks; mask this share of its characters (up to
                     0.5), alone or up to four together, and count how many come back */
    int64_t seed; /* of what a test masks */
};

CHARNN_API struct charnn_fill_config charnn_fill_default(void);

/* A run of masks that has been filled.  Borrowed for the call. */
struct charnn_proposal {
    const char *text; /* [n] bytes */
    size_t n;
    double score; /* nats: the sum of the log probabilities of the run and of what is near,
                     from both sides in a bidirectional model, else from the left */
};
struct charnn_filled {
    size_t at, bytes;                        /* of the masks in the text given */
    const struct charnn_proposal *proposals; /* the best, which was taken, first */
    size_t n;
};
/* Anything but 0 ends the filling. */
typedef int charnn_filled_fn(const struct charnn_filled *run, void *arg);

struct charnn_fill_result {
    char *text; /* [bytes] with all masks filled, to be freed with free() */
    size_t bytes;
    int64_t masked, runs;            /* characters, runs of them */
    int64_t restored, runs_restored; /* of a test: those that are again what they were */
};

/* Restores the masked characters of a text; all else stays as it is, byte for byte, also
 * what the model does not know.  A bidirectional model looks at both sides, others at what
 * stands before and at how well what follows fits.  `each`, where it is not NULL, is told
 * of every run in order. */
CHARNN_API int charnn_fill(struct charnn_model *m, const char *text, size_t n,
                           const struct charnn_fill_config *config, charnn_filled_fn *each,
                           void *arg, struct charnn_fill_result *result,
                           struct charnn_error *e);

/* How much of a sample a corpus has word for word.  Characters are code points, and bytes
 * where they are not UTF-8. */
enum { CHARNN_COPIED_SIZES = 4 };
struct charnn_copied {
    int64_t chars;   /* of the sample */
    int64_t longest; /* characters of the longest run that the corpus has too */
    char *run;       /* that run: run_bytes bytes, to be freed with free() */
    size_t run_bytes;
    int64_t size[CHARNN_COPIED_SIZES]; /* 8, 16, 32, 64 */
    double share[CHARNN_COPIED_SIZES]; /* of the sample's n-grams of that size that the
                                          corpus has; NaN: the sample is shorter */
};

/* Compares n samples with one corpus, which is read once and not kept in memory; "-" is
 * standard input, for one of them.  On failure no run needs to be freed. */
CHARNN_API int charnn_copied(const char *corpus, const char *const *samples, size_t n,
                             struct charnn_copied *copied, struct charnn_error *e);

/* ------------------------------------------------------------------ export */

/* A model as one file that needs no charnn. */
enum { CHARNN_EXPORT_C, CHARNN_EXPORT_HTML };
enum { CHARNN_NAME_MAX = 64 };

struct charnn_export_config {
    int format; /* C99 source, or a web page that writes text */
    int int8;   /* of C: weights in eight bits with a scale for each row, else float; a
                         page always has eight bits */
    const char *name; /* of C: what its functions' names begin with, at most CHARNN_NAME_MAX
                         letters, digits and _; of a page: its title */
};

/* Takes the next piece of the file; failures are the caller's to remember. */
typedef void charnn_write_fn(const void *bytes, size_t n, void *arg);

/* Hands out the file piece by piece.  After a failure what was handed out is incomplete. */
CHARNN_API int charnn_export(const char *path, const struct charnn_export_config *config,
                             charnn_write_fn *write, void *arg, struct charnn_error *e);

#ifdef __cplusplus
}
#endif

#endif
