/*
 * charnn.h - character-level recurrent language models: use, train and measure them.
 *
 * This program generates 200 characters with a model that `charnn train` has written.
 * Build it with `cc example.c -lcharnn -lm -pthread`.
 *
 *     #include <charnn.h>
 *     #include <stdio.h>
 *
 *     int main(void)
 *     {
 *         struct charnn_error e;
 *         struct charnn_sample_config config = charnn_sample_default();
 *         config.seed = 1;
 *         struct charnn_model *m = charnn_model_load("ckpt.bin", CHARNN_WEIGHTS_FLOAT32, 0, &e);
 *         struct charnn_sampler *s = m ? charnn_sampler_new(m, &config, &e) : NULL;
 *         if (!s || charnn_sampler_prime(s, "", 0, &e) < 0) {
 *             fprintf(stderr, "%s\n", e.message);
 *             return 1;
 *         }
 *         char character[CHARNN_CHARACTER_MAX];
 *         for (int i = 0; i < 200 && !charnn_sampler_ended(s); i++)
 *             fwrite(character, 1, (size_t)charnn_sampler_next(s, character), stdout);
 *         charnn_sampler_free(s);
 *         charnn_model_free(m);
 *     }
 *
 * Conventions:
 *
 * - Errors.  A function that fails returns -1 or NULL and fills a struct charnn_error
 *   (charnn_error.h).  The library never prints and never exits.
 * - NULL.  The error may be NULL if the status is enough.  A struct ..._config that has a
 *   _default function may be NULL, which means the defaults; so may struct charnn_limits (no
 *   limits), and the callbacks on_event, on_prediction and on_filled (no calls).  Every
 *   _free function takes NULL.
 * - Memory.  What a _new or _load function returns is released by the _free function of its
 *   type, and a returned char * by free().  If a struct that a function fills owns memory, it
 *   has a _free function, or its comment says what to free.  What a callback receives is valid
 *   only during the call.  Strings in settings are borrowed for as long as the handle exists.
 * - Files.  "-" is standard input.  Text is UTF-8, or any bytes if the model is a byte
 *   model.  A character is a code point, or a byte in a byte model.
 * - Units.  Losses are in nats (natural logarithms) per character, times in seconds.
 * - Threads.  A handle is used by one thread at a time; handles are independent of each
 *   other, except that a sampler uses its model.  Functions called "async-signal-safe" may
 *   be called at any time, also from a signal handler.
 * - Versions.  Before 1.0 there is no stable ABI: compile programs with the header of the
 *   version that they are linked with.
 *
 * charnn_inspect.h has functions to look inside: gradients, states and gates, checkpoints.
 */
#ifndef CHARNN_H
#define CHARNN_H

#include <stddef.h>
#include <stdint.h>

#include "charnn_config.h"
#include "charnn_error.h"

#ifdef __cplusplus
extern "C" {
#endif

#define CHARNN_VERSION "0.1.0"
#define CHARNN_VERSION_MAJOR 0
#define CHARNN_VERSION_MINOR 1
#define CHARNN_VERSION_PATCH 0

#if defined(__GNUC__)
#define CHARNN_API __attribute__((visibility("default")))
#else
#define CHARNN_API
#endif

/* CHARNN_VERSION of the linked library. */
CHARNN_API const char *charnn_version(void);

/* ------------------------------------------------------------------- model */

struct charnn_model;

/* How weights are stored: as float32, or rounded to 8 bits with a scale for each row. int8
 * takes a quarter of the memory and is faster for a single text; it costs a few thousandths
 * of a nat at most.  Bidirectional models are always float32. */
enum { CHARNN_WEIGHTS_FLOAT32, CHARNN_WEIGHTS_INT8 };

/* Reads a checkpoint of charnn (the best weights or a .last.bin), or one of PyTorch.
 * `weights` is a CHARNN_WEIGHTS_*; threads 0: as many as the process may use. */
CHARNN_API struct charnn_model *charnn_model_load(const char *path, int weights,
                                                  int threads, struct charnn_error *e);
/* Like charnn_model_load, from n bytes in memory, which may be freed afterwards. */
CHARNN_API struct charnn_model *charnn_model_load_memory(const void *bytes, size_t n,
                                                         int weights, int threads,
                                                         struct charnn_error *e);
CHARNN_API void charnn_model_free(struct charnn_model *m);

/* Sets what becomes of invalid bytes in texts and prompts that the model reads from now on, if
 * these are otherwise UTF-8.  `damaged` is a CHARNN_DAMAGED_*.  A loaded model does as in
 * training; AUTO changes nothing.  Models of bytes are not affected. */
CHARNN_API void charnn_model_damaged(struct charnn_model *m, int damaged);

/* ---------------------------------------------------------------- mixtures */

/* Adds another network to m.  From then on, sampling and evaluating m use the mean of the
 * networks' probabilities; filling still uses m alone.  `other` must have the same symbols,
 * unit, documents and composition of Hangul, be bidirectional if and only if m is, and not be
 * freed before m.  At most CHARNN_WITH_MAX networks can be added. */
enum { CHARNN_WITH_MAX = 32 };
CHARNN_API int charnn_model_add(struct charnn_model *m, struct charnn_model *other,
                                struct charnn_error *e);

/* The n-gram model that charnn_model_add_ngrams has added. */
struct charnn_ngrams {
    int64_t order; /* characters of context; chosen on held-out text */
    /* Losses on the held-out text, in nats/char; that of the mixture is two-fold (see
     * struct charnn_score). */
    double network, ngrams, mixture;
};

/* Adds an n-gram model of the training text to m (modified Kneser-Ney, up to 16 characters
 * of context).  The n-grams are counted again in the files that the checkpoint names or, if
 * `corpus` is not NULL, in that file, which must be the same text.  The held-out text is
 * not counted; the mixture weights are fitted to it.  Call it at most once, after all calls of
 * charnn_model_add.  It fails for bidirectional models.  `done` may be NULL. */
CHARNN_API int charnn_model_add_ngrams(struct charnn_model *m, const char *corpus,
                                       struct charnn_ngrams *done, struct charnn_error *e);

/* ---------------------------------------------------------------- sampling */

/* What happens to a character of a text that the model does not know. */
enum {
    CHARNN_UNKNOWN_ERROR,   /* the text is refused */
    CHARNN_UNKNOWN_SKIP,    /* it is left out, as if the text did not have it */
    CHARNN_UNKNOWN_NEAREST, /* it is read as the nearest known character (other case, no
                             * accent, plain quotation mark or dash, U+FFFD), or left out
                             * if there is none */
    CHARNN_UNKNOWN_REPLACE, /* it is read as U+FFFD; without U+FFFD the text is refused */
    CHARNN_UNKNOWN_AUTO     /* REPLACE if the model knows U+FFFD, else SKIP */
};

/* How many unknown characters a text had. */
struct charnn_unknown {
    int64_t met;      /* all unknown characters */
    int64_t left_out; /* unknown characters that were left out */
    int64_t folded;   /* unknown characters that were read as U+FFFD */
};

struct charnn_sample_config {
    double temperature; /* divides the logits; 0: always take the likeliest symbol */
    int64_t top_k;      /* draw only from the k likeliest symbols; 0: all */
    double top_p;       /* draw only from the likeliest symbols that together have this
                         * probability; 1: all */
    double min_p;       /* draw only from symbols at least min_p times as likely as the
                         * likeliest; 0: all */
    int64_t seed;       /* below 0: a random seed, which charnn_sampler_seed returns */
    int64_t unknown;    /* CHARNN_UNKNOWN_*: how prompts are read */
    /* The most symbols in a row, including the prompt, that may be copied from `corpus`, a
     * file or a folder of texts (1 to 65536; a symbol is a character, or a byte in a byte
     * model); 0: no limit. */
    int64_t forbid_copy;
    const char *corpus; /* borrowed during charnn_sampler_new */
    /* No string of this many symbols occurs twice in what is drawn after a prompt (2 to
     * 65536); 0: no limit.  charnn_sampler_beam fails if it is not 0. */
    int64_t no_repeat;
    /* 1: if a text occurs in `corpus` (NULL: in the files that the checkpoint names),
     * charnn_sampler_texts draws another in its place, up to CHARNN_TRIES_MAX tries in total.
     * If the model has documents, whole documents are compared, including the prompt.
     * Otherwise the whole corpus is searched for the text after the prompt, with its stop
     * string. */
    int64_t new_only;
};
enum { CHARNN_TRIES_MAX = 100 };

/* Temperature 1, no restrictions, a random seed; unknown characters are errors. */
CHARNN_API struct charnn_sample_config charnn_sample_default(void);

struct charnn_sampler;
enum { CHARNN_CHARACTER_MAX = 4 }; /* bytes of a character */

/* Fails for bidirectional models.  The model must outlive the sampler. */
CHARNN_API struct charnn_sampler *charnn_sampler_new(struct charnn_model *m,
                                                     const struct charnn_sample_config *c,
                                                     struct charnn_error *e);
/* Changes the settings and restarts the random numbers with their seed; ignores forbid_copy,
 * corpus, no_repeat and new_only. */
CHARNN_API int charnn_sampler_set(struct charnn_sampler *s,
                                  const struct charnn_sample_config *c,
                                  struct charnn_error *e);
/* Starts a text: resets the state and reads the n bytes of a prompt.  A model of documents
 * reads the separator first.  Any other model reads an empty prompt as a newline, or as its
 * first symbol if it does not know the newline. */
CHARNN_API int charnn_sampler_prime(struct charnn_sampler *s, const char *text, size_t n,
                                    struct charnn_error *e);
/* Reads n more bytes of text, which continue all that was read and drawn so far. */
CHARNN_API int charnn_sampler_read(struct charnn_sampler *s, const char *text, size_t n,
                                   struct charnn_error *e);
/* The unknown characters in the text last passed to charnn_sampler_prime or
 * charnn_sampler_read. */
CHARNN_API struct charnn_unknown charnn_sampler_unknown(const struct charnn_sampler *s);
/* Draws one character and reads it.  Returns the number of its bytes in `out`, 0 to
 * CHARNN_CHARACTER_MAX.  The end of a document is written as one newline if documents are
 * lines, as two if blank lines separate them, as the STRING and a newline for `documents`
 * end:STRING (only the newline if both do not fit), and otherwise as 0 bytes.  0 also means
 * that no character could be drawn: forbid_copy or no_repeat allowed no symbol, memory ran
 * out, or the model's logits are not finite. */
CHARNN_API int charnn_sampler_next(struct charnn_sampler *s,
                                   char out[CHARNN_CHARACTER_MAX]);
/* 1 if the last character ended a document, or if no character could be drawn. */
CHARNN_API int charnn_sampler_ended(const struct charnn_sampler *s);
CHARNN_API uint64_t charnn_sampler_seed(const struct charnn_sampler *s);
/* Async-signal-safe: charnn_sampler_write, charnn_sampler_texts, charnn_sampler_beam and the
 * reading of a prompt end at once, now and in all later calls. */
CHARNN_API void charnn_sampler_interrupt(struct charnn_sampler *s);
CHARNN_API void charnn_sampler_free(struct charnn_sampler *s);

/* A string that ends a text; an empty one never does. */
struct charnn_stop {
    const char *bytes; /* [n] */
    size_t n;
};
enum { CHARNN_STOPS_MAX = 16 };

/* Limits at which a text ends, apart from the end of a document; 0: no limit. */
struct charnn_limits {
    int64_t length; /* characters */
    int64_t lines;  /* newlines; the last one belongs to the text */
    /* [n_stops] The text ends before whichever of these strings ends first in it; if
     * several end at the same character, before the longest.  At most CHARNN_STOPS_MAX. */
    const struct charnn_stop *stops;
    size_t n_stops;
    int64_t keep_stop; /* 1: the text ends after that string */
};

/* Why a text ended. */
enum {
    CHARNN_END_LENGTH = 1,
    CHARNN_END_LINES,
    CHARNN_END_STOP,       /* a stop string */
    CHARNN_END_DOCUMENT,   /* the end of a document */
    CHARNN_END_STUCK,      /* no symbol was allowed */
    CHARNN_END_INTERRUPTED /* charnn_sampler_interrupt was called */
};

/* A part of a generated text.  The last part, which may be empty, has numbers that describe
 * the whole text. */
struct charnn_piece {
    int64_t number;    /* number of the text, from 0 */
    const char *bytes; /* [n] */
    size_t n;
    int end;         /* 0, or CHARNN_END_*: this is the last part, and the members below
                      * are set */
    int64_t chars;   /* characters generated, including those of a stop string */
    int64_t symbols; /* predictions made: characters or bytes, and the end of a document */
    double
        logprob; /* sum of the log probabilities of the symbols at temperature 1, in nats */
    int64_t
        thrown_away; /* with new_only, earlier tries of this text, which were rejected */
};
/* Returns nonzero to stop. */
typedef int charnn_piece_fn(const struct charnn_piece *piece, void *arg);

/* Three functions generate whole texts that continue the prompt.  With charnn_sampler_write
 * and charnn_sampler_texts, text k depends only on the seed and k, not on the number of
 * texts. */

/* Generates one text and passes it on piece by piece; charnn_sampler_read can continue
 * it. */
CHARNN_API int charnn_sampler_write(struct charnn_sampler *s, int64_t number,
                                    const struct charnn_limits *limits,
                                    charnn_piece_fn *on_piece, void *arg,
                                    struct charnn_error *e);
/* Generates texts 0 to count - 1 in parallel; passes them on in order, each as one piece.
 * With new_only, fails if every try of a text is in the corpus. */
CHARNN_API int charnn_sampler_texts(struct charnn_sampler *s, int64_t count,
                                    const struct charnn_limits *limits,
                                    charnn_piece_fn *on_piece, void *arg,
                                    struct charnn_error *e);
/* Beam search with `width` beams (1 to CHARNN_BEAM_MAX); ignores the seed, temperature, top_k,
 * top_p and min_p.  Passes on the `count` (1 to width) best of the texts found, by mean log
 * probability per symbol, best first.  A text never has three copies of a string in a row, if
 * the second and third copy together have 16 or more symbols. */
enum { CHARNN_BEAM_MAX = 64 };
CHARNN_API int charnn_sampler_beam(struct charnn_sampler *s, int64_t width, int64_t count,
                                   const struct charnn_limits *limits,
                                   charnn_piece_fn *on_piece, void *arg,
                                   struct charnn_error *e);

/* ---------------------------------------------------------------- training */

enum charnn_event_kind {
    CHARNN_EVENT_START,     /* the run is built: see charnn_trainer_summary */
    CHARNN_EVENT_NOTE,      /* something the user should know: note */
    CHARNN_EVENT_STEP,      /* train_loss, grad_norm, learning_rate, chars_per_second */
    CHARNN_EVENT_VALID,     /* valid_loss, best_loss, train_loss, split, text */
    CHARNN_EVENT_BASELINES, /* ngram, split: once in a session, before its first validation */
    CHARNN_EVENT_SAVE,      /* path was written */
    CHARNN_EVENT_END,       /* status, train_loss, valid_loss, exact_loss */
    CHARNN_EVENT_WORK,      /* often, while texts are read or counted: note, done, total */
};

enum charnn_status {
    CHARNN_STATUS_DONE,        /* the planned steps are done */
    CHARNN_STATUS_STOPPED,     /* stop_at, time or patience ended the run early */
    CHARNN_STATUS_INTERRUPTED, /* charnn_trainer_interrupt ended the run */
    CHARNN_STATUS_FAILED,      /* in the log only: charnn_trainer_run returned -1 */
};

enum { CHARNN_NGRAM_ORDERS = 7 };

/* An event of a run.  The kind tells which members are set; unknown losses are NaN. */
struct charnn_event {
    enum charnn_event_kind kind;
    int64_t step, steps;   /* steps done, steps planned */
    double epoch, seconds; /* passes through the training text, and training time, including
                            * earlier sessions */
    double work;           /* of the steps done, in Tflop; including earlier sessions */
    double train_loss;     /* mean since the last event of the same kind; END: of the last
                            * step */
    double grad_norm;      /* global norm of the last step's gradient, before clipping */
    double learning_rate, chars_per_second;
    double valid_loss, best_loss;
    double exact_loss; /* of the final weights, on the held-out text as one stream; NaN: not
                        * computed */
    int64_t best_step; /* step of best_loss */
    int64_t skipped;   /* steps skipped because their loss or gradient was not finite */
    int64_t rollbacks; /* how often training returned to earlier weights */
    enum charnn_status status;
    const char *note, *path;
    int64_t done, total; /* progress of the work that `note` names; total 0: not known */
    const char *split;   /* the text that valid_loss was measured on: "tail", "streams",
                          * "file"; "": nothing is held out */
    const char *text;    /* [text_length] bytes: a sample from the present model */
    size_t text_length;
    /* Losses of n-gram models on the same split, with 0 to 6 characters of context. */
    double ngram[CHARNN_NGRAM_ORDERS];
};
typedef void charnn_event_fn(const struct charnn_event *event, void *arg);

struct charnn_config; /* defined in charnn_config.h */
CHARNN_API struct charnn_config charnn_config_default(void);

/* Sets one setting from text, by the name of its option: ("batch-size", "32").  It then
 * counts as given explicitly: a preset does not change it, and a resumed run accepts or
 * refuses it.  If the setting is a string, the text is borrowed. */
CHARNN_API int charnn_config_set(struct charnn_config *c, const char *name,
                                 const char *value, struct charnn_error *e);

/* Sets every setting that was not given explicitly to its value in the preset
 * (c->preset). */
CHARNN_API void charnn_config_preset(struct charnn_config *c);

struct charnn_trainer;

/* Builds a run on n files of text (a folder stands for all text files below it, without
 * links and hidden files), or resumes the run saved in config->resume.  When resuming, n
 * may be 0; then the recorded files are read again.  A resumed run has the settings of its
 * checkpoint.  It accepts a setting made with charnn_config_set if this setting may change
 * (such as steps, time, output), and otherwise fails.  Notes are reported while the run is
 * built. */
CHARNN_API struct charnn_trainer *charnn_trainer_new(const struct charnn_config *config,
                                                     const char *const *files, size_t n,
                                                     charnn_event_fn *on_event, void *arg,
                                                     struct charnn_error *e);

/* Trains to the end of the plan; writes checkpoints and the log on the way.  Sets *status,
 * unless it is NULL, to how the run ended. */
CHARNN_API int charnn_trainer_run(struct charnn_trainer *t, enum charnn_status *status,
                                  struct charnn_error *e);

/* Async-signal-safe.  The run abandons its step or validation, saves, and stops; with
 * save_only it saves after its step and continues. */
CHARNN_API void charnn_trainer_interrupt(struct charnn_trainer *t, int save_only);

/* The settings of the run, with the values chosen for CHARNN_AUTO. Valid until t is
 * freed. */
CHARNN_API const struct charnn_config *
charnn_trainer_config(const struct charnn_trainer *t);

/* The text, model and machine of a run. */
struct charnn_summary {
    int64_t characters; /* characters of the whole text */
    int64_t train_characters, valid_characters;
    int64_t symbols; /* number of different characters: the size of the vocabulary */
    int64_t folded;  /* characters read as U+FFFD, because they are rare or unknown */
    int64_t bytes_of_memory, parameters, steps_per_epoch;
    int64_t step, steps; /* steps done, steps planned */
    double work;         /* of the planned steps, in Tflop */
    int64_t threads;
    const char *unit; /* "char" or "byte" */
    const char *isa;  /* the instruction set in use */
    int64_t files;    /* files given, plus text files in the folders given */
    int64_t bytes_of_text;
};
CHARNN_API struct charnn_summary charnn_trainer_summary(const struct charnn_trainer *t);

/* The shell command that repeats this run; NULL: out of memory. */
CHARNN_API char *charnn_trainer_command(const struct charnn_trainer *t);

/* The cost of the rest of the run.  It is measured by training for a second or two and then
 * restoring the weights. */
struct charnn_estimate {
    double chars_per_second;
    double seconds;
    double bytes_of_disk; /* in addition to existing files */
};
CHARNN_API int charnn_trainer_estimate(struct charnn_trainer *t,
                                       struct charnn_estimate *need,
                                       struct charnn_error *e);

/* A table of the time spent in each phase of the training steps so far, one line per phase;
 * needs config->profile.  NULL: out of memory. */
CHARNN_API char *charnn_trainer_profile(const struct charnn_trainer *t);
CHARNN_API void charnn_trainer_free(struct charnn_trainer *t);

/* -------------------------------------------------------------- evaluation */

/* The whole text, or the part that was held out of training. */
enum { CHARNN_EVAL_ALL, CHARNN_EVAL_VALID };
enum { CHARNN_WINDOW_MAX = 65536, CHARNN_ALTERNATIVES_MAX = 5 };

struct charnn_eval_config {
    int64_t part; /* CHARNN_EVAL_* */
    /* 0: the text is one stream from zero state.  Otherwise the state is reset after every
     * `window` predictions, to compare with models of fixed context. */
    int64_t window;
    int64_t alternatives; /* how many alternatives to each character the callback gets: 0 to
                           * CHARNN_ALTERNATIVES_MAX */
    /* 1: on_prediction is also called where a line of the text ends, once for each line, and
     * also for lines of which the model reads nothing.  A character belongs to the line that
     * decides what it is: if documents end with a blank line, the end of the line before is
     * predicted in the next one.  What the end of a file decides belongs to no line, unless
     * the file ends within one.  A pipe is then scored while its lines come, if it is all
     * scored by one network that is not bidirectional; else it is read to its end first.
     * Where CHARNN_EVAL_VALID has shuffled documents, their own lines take the place of the
     * text's. */
    int64_t lines;
    /* 1: dynamic evaluation (Krause et al. 2018).  After every 20 characters scored, the
     * weights are trained on them: w <- w - rate * g + decay * (w0 - w), with the gradient
     * g clipped to norm 1 and w0 the checkpoint's weights.  Afterwards w is w0 again. */
    int64_t dynamic;
    double dynamic_rate, dynamic_decay; /* 0 to 1000, 0 to 1 */
    int64_t unknown;                    /* CHARNN_UNKNOWN_* */
};

/* The whole text as one stream, no alternatives, not dynamic; rate 0.1, decay 0.001; unknown
 * characters as CHARNN_UNKNOWN_AUTO. */
CHARNN_API struct charnn_eval_config charnn_eval_default(void);

struct charnn_score {
    int64_t chars; /* number of predictions: one less than the characters */
    int64_t bytes; /* bytes of the predicted characters in UTF-8 */
    struct charnn_unknown unknown;
    double nats_per_char; /* mean over the predictions */
    /* 1: the model is bidirectional and sees the text after a character too, so the sum of
     * its losses is the pseudo-likelihood of the text (Besag 1975). */
    int64_t both_sides;
    /* 1: a mixture has scored the text.  network and ngrams are then the losses of the first
     * network alone and of the n-grams alone (NaN: there are none). */
    int64_t mixed;
    double network, ngrams;
    /* 1: the text was held out of training, and the mixture weights of the n-grams are
     * fitted to it.  To keep the score fair, the odd eighths of the text are scored with
     * weights fitted to the even ones, and vice versa. */
    int64_t two_fold;
};

struct charnn_alternative {
    char text[CHARNN_CHARACTER_MAX]; /* [length] */
    int length;
    double probability;
};
/* A character of a text, and how it was predicted. */
struct charnn_prediction {
    char text[CHARNN_CHARACTER_MAX]; /* [length] */
    int length;
    int given;     /* 1: the first character, which is not predicted: nats is 0 */
    int separator; /* 1: it is the end of a document */
    int line_end; /* 1: not a character, but the end of a line of the text, as config->lines
                    * asks for; the other members are 0 */
    double nats;  /* surprise: -ln of its probability */
    const struct charnn_alternative *alternatives; /* other characters, likeliest first */
    int n_alternatives;
};
/* Returns nonzero to stop; the score is then that of the characters so far. */
typedef int charnn_prediction_fn(const struct charnn_prediction *p, void *arg);

/* Scores a file; calls on_prediction, if any, for every character in order. */
CHARNN_API int charnn_evaluate(struct charnn_model *m, const char *path,
                               const struct charnn_eval_config *config,
                               charnn_prediction_fn *on_prediction, void *arg,
                               struct charnn_score *score, struct charnn_error *e);
/* Like charnn_evaluate, for n bytes of text in memory. */
CHARNN_API int charnn_evaluate_text(struct charnn_model *m, const char *text, size_t n,
                                    const struct charnn_eval_config *config,
                                    charnn_prediction_fn *on_prediction, void *arg,
                                    struct charnn_score *score, struct charnn_error *e);

/* ----------------------------------------------------------------- filling */

enum { CHARNN_FILL_BEAM_MAX = 64, CHARNN_FILL_NEAR_MAX = 64 };
enum { CHARNN_FILL_ROUNDS_MAX = 100 };

struct charnn_fill_config {
    const char *mask; /* the character (or byte) that marks a missing one */
    int64_t beam;     /* proposals kept for a run of masks: 1 to CHARNN_FILL_BEAM_MAX */
    int64_t near; /* characters after a run, and in a bidirectional model also before it,
                       * that are scored with it: 0 to CHARNN_FILL_NEAR_MAX */
    /* How often each run of masks is filled, 1 to CHARNN_FILL_ROUNDS_MAX. In the first
     * round the runs to the right are still unknown. */
    int64_t rounds;
    /* Above 0: tests the model on a text without masks.  This share of its characters (up
     * to 0.5) is masked, in runs of one to four, and the correctly restored ones are
     * counted. */
    double test;
    int64_t seed;    /* chooses the characters that a test masks */
    int64_t unknown; /* CHARNN_UNKNOWN_*: how unknown characters are read; the result has
                      * them unchanged */
};

/* Mask "_", 8 beams, 16 neighbours, 2 rounds, no test; unknown characters are read as the
 * nearest known ones. */
CHARNN_API struct charnn_fill_config charnn_fill_default(void);

/* A candidate for a run of masks. */
struct charnn_proposal {
    const char *text; /* [n] bytes */
    size_t n;
    double
        score; /* log probability in nats of the run and the characters near it, each given
                   * the text before it and, in a bidirectional model, after it */
};
/* A filled run of masks. */
struct charnn_filled {
    size_t at, bytes;                        /* offset and length in the text given */
    const struct charnn_proposal *proposals; /* [n] best first; the first was used */
    size_t n;
};
/* Returns nonzero to stop. */
typedef int charnn_filled_fn(const struct charnn_filled *run, void *arg);

struct charnn_fill_result {
    char *text; /* [bytes] with the masks filled; free with free() */
    size_t bytes;
    int64_t masked, runs;            /* masked characters, and runs of them */
    int64_t restored, runs_restored; /* of a test: characters and runs filled correctly */
    struct charnn_unknown unknown;
};

/* Fills the masks in n bytes of text and leaves everything else unchanged, byte for byte
 * (except damage, if charnn_model_damaged or the training says how to repair it).
 * A bidirectional model uses both sides.  Any other model predicts from the text before a
 * run, and scores the text after it.  Calls on_filled, if any, for every run in order. */
CHARNN_API int charnn_fill(struct charnn_model *m, const char *text, size_t n,
                           const struct charnn_fill_config *config,
                           charnn_filled_fn *on_filled, void *arg,
                           struct charnn_fill_result *result, struct charnn_error *e);

/* ----------------------------------------------------------------- copying */

/* How much of a sample is copied verbatim from a corpus.  A character is a code point, or a
 * byte where the text is not UTF-8. */
enum { CHARNN_COPIED_SIZES = 4 };
struct charnn_copied {
    int64_t chars;   /* of the sample */
    int64_t longest; /* length of the longest run copied from the corpus, in characters */
    char *run;       /* [run_bytes] that run; free with free() */
    size_t run_bytes;
    int64_t size[CHARNN_COPIED_SIZES]; /* 8, 16, 32, 64 */
    double share[CHARNN_COPIED_SIZES]; /* share of the sample's n-grams of each size that
                                        * occur in the corpus; NaN: the sample is shorter */
};

/* Compares n samples with one corpus, a file or a folder of texts, which is read once and
 * not kept in memory.  One of the files may be "-".  Fills copied[n]; after a failure
 * nothing has to be freed. */
CHARNN_API int charnn_copied(const char *corpus, const char *const *samples, size_t n,
                             struct charnn_copied *copied, struct charnn_error *e);

/* ------------------------------------------------------------------ export */

enum { CHARNN_EXPORT_C, CHARNN_EXPORT_HTML };
enum { CHARNN_NAME_MAX = 64 };

struct charnn_export_config {
    int format; /* C99 source, or a web page that generates text */
    int int8;   /* C source: 1: 8-bit weights, 0: float; a page is always int8 */
    /* C source: the prefix of its names, at most CHARNN_NAME_MAX letters, digits and _.
     * Page: its title. */
    const char *name;
};

/* Receives the next n bytes of the file. */
typedef void charnn_write_fn(const void *bytes, size_t n, void *arg);

/* Turns a checkpoint into one file that does not need charnn, and passes the file on in pieces.
 * After a failure the file is incomplete. */
CHARNN_API int charnn_export(const char *path, const struct charnn_export_config *config,
                             charnn_write_fn *on_bytes, void *arg, struct charnn_error *e);

#ifdef __cplusplus
}
#endif

#endif
