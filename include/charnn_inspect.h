/*
 * charnn_inspect.h - the part of the public API that looks inside: how gradients flow, what
 * units do, what is in a checkpoint, what this machine can.  As in charnn.h, which it builds
 * on.
 */
#ifndef CHARNN_INSPECT_H
#define CHARNN_INSPECT_H

#include "charnn.h"

#ifdef __cplusplus
extern "C" {
#endif

/* ---------------------------------------------------------------- settings */

/* The table that describes struct charnn_config, from which `charnn train` makes its options
 * (struct field is in the library's own base/field.h). */
struct field;
CHARNN_API const struct field *charnn_config_fields(size_t *n);

/* ----------------------------------------------------------- gradient flow */

/* How the gradient of a loss at the last of `length` characters travels back in time, as
 * the mean over `rows` stretches spread over a text, each read from zero state. */
enum { CHARNN_GRADFLOW_MAX = 4096 }; /* length, and rows */
struct charnn_gradflow_config {
    int64_t length, rows;
    double radius; /* the blocks of W_hh are scaled to this spectral radius before; 0: as
                      they are.  The model stays as it is. */
};

CHARNN_API struct charnn_gradflow_config charnn_gradflow_default(void);

/* The square block of W_hh that belongs to one gate. */
struct charnn_gradflow_gate {
    const char *name; /* "h" of an RNN; "i", "f", "g", "o"; "r", "z", "n" */
    double radius;    /* the largest |eigenvalue| */
    double singular;  /* the largest singular value; equal only for normal matrices */
};

/* Arrays have `length` numbers, index k: k steps back from the last.  Norms are Euclidean;
 * dc and c are NULL for cells without c. */
struct charnn_gradflow_layer {
    double *dh, *dc; /* |dL/dh_t|, |dL/dc_t|: from above and through time */
    double *dw; /* Frobenius norm of the step's own part of dL/dW_hh: the outer product of
                        the gradient of its pre-activations and h of the step before */
    double *h, *c; /* |h_t|, |c_t| */
    double forget; /* mean forget gate; NaN for other cells than the LSTM */
    int n_gates;
    struct charnn_gradflow_gate gates[4];
};

/* dL/dW_hh of the top layer, step by step: means over the stretches, of all gates one below
 * the other, as root mean squares of blocks when there are more rows or columns. */
enum { CHARNN_GRADFLOW_SIDE = 24, CHARNN_GRADFLOW_MAPS = 5 };
struct charnn_gradflow_map {
    int64_t back; /* k */
    double *z;    /* [map_rows x map_columns] */
};

struct charnn_gradflow {
    int64_t cell, size, length, rows;
    double loss; /* mean of the stretches' last characters, nats */
    int64_t n_layers, n_maps, map_rows, map_columns;
    struct charnn_gradflow_layer *layers;
    struct charnn_gradflow_map maps[CHARNN_GRADFLOW_MAPS];
};

/* Of a model (not in int8) on a text ("-" is standard input). */
CHARNN_API int charnn_gradflow(struct charnn_model *m, const char *path,
                               const struct charnn_gradflow_config *config,
                               struct charnn_gradflow *g, struct charnn_error *e);
/* Of the weights that a run has now, on its corpus. */
CHARNN_API int charnn_trainer_gradflow(struct charnn_trainer *t,
                                       const struct charnn_gradflow_config *config,
                                       struct charnn_gradflow *g, struct charnn_error *e);
/* Trains up to so many steps of the plan, and writes nothing: for a look at what becomes of
 * a model that nobody keeps. */
CHARNN_API int charnn_trainer_advance(struct charnn_trainer *t, int64_t steps,
                                      struct charnn_error *e);
CHARNN_API void charnn_gradflow_free(struct charnn_gradflow *g);

/* ----------------------------------------------------------- seeing inside */

/* The numbers of a network: layers of `size` units, each with the state h, for LSTMs also
 * c, and gates. */
struct charnn_shape {
    int cell; /* CHARNN_CELL_RNN, CHARNN_CELL_LSTM, CHARNN_CELL_GRU */
    size_t layers, size;
    size_t gates;        /* 4 (LSTM), 3 (GRU), 0 */
    const char *letters; /* of the gates, in order: "ifgo", "rzn", "" */
    int has_c;
};

CHARNN_API struct charnn_shape charnn_model_shape(const struct charnn_model *m);

struct charnn_trace_config {
    int64_t limit; /* characters to read at most, 1 to CHARNN_TRACE_MAX */
    int64_t next;  /* likeliest successors to tell, 0 to CHARNN_ALTERNATIVES_MAX */
};
enum { CHARNN_TRACE_MAX = 1000000000 };

/* A million characters, no successors. */
CHARNN_API struct charnn_trace_config charnn_trace_default(void);

/* A character of a text, and the network just after reading it.  With L layers of H units
 * and G gates, unit j of layer l (both from 0) is at [l * H + j], its gate g at
 * [(l * G + g) * H + j].  Borrowed for the call. */
struct charnn_trace_step {
    int64_t at;                      /* characters of the text before it */
    char text[CHARNN_CHARACTER_MAX]; /* of byte models: one byte */
    int length;
    int separator;      /* 1: it ends a document */
    double nats;        /* surprise: -ln of its probability; 0 of the first character */
    const float *h;     /* [L][H] */
    const float *c;     /* [L][H], NULL without c */
    const float *gates; /* [L][G][H] after their nonlinearity, NULL without gates */
    const struct charnn_alternative
        *next; /* [n_next] what it expects, the likeliest first */
    int n_next;
};

/* Anything but 0 ends the reading. */
typedef int charnn_trace_fn(const struct charnn_trace_step *s, void *arg);

struct charnn_traced {
    int64_t chars;    /* that were told of */
    int64_t left_out; /* characters of the text behind them */
    int64_t folded;   /* characters the model does not know, read as U+FFFD */
};

/* Reads a text ("-" is standard input) as one stream from zero state and tells of each
 * character in order.  Memory: the text, and a network of 64 steps. */
CHARNN_API int charnn_trace(struct charnn_model *m, const char *path,
                            const struct charnn_trace_config *config, charnn_trace_fn *each,
                            void *arg, struct charnn_traced *traced,
                            struct charnn_error *e);

/* The search for units that follow something in the text, as in Karpathy, Johnson and
 * Fei-Fei 2015 ("Visualizing and Understanding Recurrent Networks").
 *
 * Every unit's h and c is compared with features computed from the text alone: after each
 * character a feature is 0 or 1 (inside quotation marks) or a number (the position in the
 * line).  The first part of the text chooses units and thresholds, the rest measures them:
 * by F1, the harmonic mean of precision and recall, or by Pearson's r. */
enum { CHARNN_STATE_BOTH, CHARNN_STATE_H, CHARNN_STATE_C };
enum { CHARNN_UNITS_TOP = 100, CHARNN_UNITS_MATCHES = 16 };
enum { CHARNN_UNITS_RARE = 50 }; /* so often 1, and 0, in both parts, or it is left out */

/* Some characters were read, of `all` that will be. */
typedef void charnn_reading_fn(int64_t done, int64_t all, void *arg);

struct charnn_units_config {
    int64_t limit;            /* as in charnn_trace_config */
    int64_t layer;            /* from 1; 0: all */
    int64_t what;             /* CHARNN_STATE_* */
    int64_t top;              /* units for each feature, 1 to CHARNN_UNITS_TOP */
    double held_out;          /* last part of the text that measures, above 0, below 1 */
    const char *const *match; /* [n_match] POSIX extended regular expressions whose matches
                                 within a line are 1; features of one's own */
    size_t n_match;
    charnn_reading_fn *reading; /* told every few hundred characters; NULL: nobody is */
    void *reading_arg;
};

/* All layers, h and c, three units a feature, the last quarter measures. */
CHARNN_API struct charnn_units_config charnn_units_default(void);

struct charnn_unit {
    int64_t layer, unit; /* both from 1 */
    int state;           /* CHARNN_STATE_H, CHARNN_STATE_C */
    double score;        /* held out: F1, or |r| of a numeric feature */
    double chosen;       /* the same in the first part, which chose it */
    double threshold;    /* F1 is that of "the unit is `threshold` or more" where above, of
                            "it is less" where not */
    int above;           /* of a numeric feature: r is positive */
};

struct charnn_feature {
    const char *name, *help; /* of a regular expression both are itself, borrowed */
    int numeric;
    int64_t ones[2];          /* characters where it is not 0: first part, held out */
    double chance;            /* F1 of always saying 1, held out; 0 of a numeric feature */
    int left_out;             /* 1: too rare, or constant; no units */
    struct charnn_unit *unit; /* [n_units] the best of the first part, ordered by score */
    size_t n_units;
};

struct charnn_units {
    struct charnn_feature *feature; /* [n] the best found first, then those left out */
    size_t n;
    int64_t chars[2]; /* characters of the first part and held out */
    struct charnn_traced traced;
    struct charnn_unit *all; /* the memory of the features' units */
};

/* Memory: the text, 40 bytes a character read, and a kilobyte for each state and feature.
 * Same bits for any number of threads.  After a failure *units needs no freeing. */
CHARNN_API int charnn_units_find(struct charnn_model *m, const char *path,
                                 const struct charnn_units_config *config,
                                 struct charnn_units *units, struct charnn_error *e);
CHARNN_API void charnn_units_free(struct charnn_units *units);

/* -------------------------------------------------------------- inspection */

/* One JSON object (no newline at the end) that says what is in a checkpoint; allocated, to
 * be freed with free(). */
CHARNN_API char *charnn_info_json(const char *path, struct charnn_error *e);
/* The same for people, and the shell command that makes the run again. */
CHARNN_API char *charnn_info_text(const char *path, struct charnn_error *e);
CHARNN_API char *charnn_info_command(const char *path, struct charnn_error *e);
/* This machine as charnn sees it: cores, kernels, the multiply-add peak measured now. */
CHARNN_API char *charnn_info_machine(struct charnn_error *e);

#ifdef __cplusplus
}
#endif

#endif
