/*
 * charnn_inspect.h - the part of the public API that looks inside: the flow of gradients,
 * the states of units, the content of checkpoints, the speed of this machine.  The
 * conventions of charnn.h apply.
 *
 * Gradients, states and gates are available only for unidirectional models.
 */
#ifndef CHARNN_INSPECT_H
#define CHARNN_INSPECT_H

#include "charnn.h"

#ifdef __cplusplus
extern "C" {
#endif

/* ---------------------------------------------------------------- settings */

/* The table that describes struct charnn_config; `charnn train` makes its options from it.
 * (struct field is internal to the library: base/field.h.) */
struct field;
CHARNN_API const struct field *charnn_config_fields(size_t *n);

/* ------------------------------------------------------------------- cells */

/* A kind of recurrent cell. */
struct charnn_cell_kind {
    const char *name;         /* the setting: "lstm" */
    const char *title;        /* "LSTM" */
    const char *with_article; /* "an LSTM" */
};
enum { CHARNN_GATES_MAX = 4 };

/* cell: CHARNN_CELL_RNN, ..., below CHARNN_CELLS. */
CHARNN_API struct charnn_cell_kind charnn_cell_kind(int cell);

/* ----------------------------------------------------------- gradient flow */

enum { CHARNN_GRADFLOW_MAX = 4096 };

/* How to measure the way in which the gradient of the loss at the last of `length` characters
 * flows back through time.  The results are means over `rows` sequences spread over a text,
 * each read from zero state. */
struct charnn_gradflow_config {
    int64_t length, rows; /* 1 to CHARNN_GRADFLOW_MAX */
    /* First scale the blocks of W_hh to this spectral radius, up to 1000; 0: do not
     * scale. */
    double radius;
    int64_t unknown; /* CHARNN_UNKNOWN_* */
};

/* 80 characters, 32 sequences, W_hh unscaled; unknown characters as
 * CHARNN_UNKNOWN_AUTO. */
CHARNN_API struct charnn_gradflow_config charnn_gradflow_default(void);

/* The square block of W_hh that belongs to one gate. */
struct charnn_gradflow_gate {
    char name[2];    /* "h" of an RNN; "i", "f", "g", "o"; "r", "z", "n" */
    double radius;   /* the largest absolute eigenvalue */
    double singular; /* the largest singular value; never smaller than the radius */
};

/* Arrays are [length]: element k belongs to the time step k steps before the last.  Norms
 * are Euclidean; dc and c are NULL for cells without a cell state. */
struct charnn_gradflow_layer {
    double *dh, *dc; /* |dL/dh_t|, |dL/dc_t|: the total gradients, from above and through
                      * time */
    double *dw;      /* Frobenius norm of the time step's contribution to dL/dW_hh: the
                        outer product of the gradient of its pre-activations and h_{t-1} */
    double *h, *c;   /* |h_t|, |c_t| */
    double forget;   /* mean of the forget gates; NaN if there are none */
    int n_gates;
    struct charnn_gradflow_gate gates[CHARNN_GATES_MAX];
};

/* The contribution of one time step to dL/dW_hh of the top layer, averaged over the sequences.
 * The matrices of the gates are below each other.  A large matrix is reduced to at most
 * CHARNN_GRADFLOW_SIDE blocks per side; each number is the root mean square of a block. */
enum { CHARNN_GRADFLOW_SIDE = 24, CHARNN_GRADFLOW_MAPS = 5 };
struct charnn_gradflow_map {
    int64_t back; /* number of time steps before the last */
    double *z;    /* [map_rows x map_columns] */
};

struct charnn_gradflow {
    int64_t cell, size, length, rows; /* cell: CHARNN_CELL_* */
    double loss;                      /* mean loss of the last characters, nats */
    int64_t n_layers, n_maps, map_rows, map_columns;
    struct charnn_gradflow_layer *layers; /* [n_layers] from the bottom up */
    struct charnn_gradflow_map maps[CHARNN_GRADFLOW_MAPS];
};

/* Measures a model (float32) on a file.  Fills *g, which charnn_gradflow_free releases;
 * after a failure it is empty. */
CHARNN_API int charnn_gradflow(struct charnn_model *m, const char *path,
                               const struct charnn_gradflow_config *config,
                               struct charnn_gradflow *g, struct charnn_error *e);
/* Measures the current weights of a run, on its own text. */
CHARNN_API int charnn_trainer_gradflow(struct charnn_trainer *t,
                                       const struct charnn_gradflow_config *config,
                                       struct charnn_gradflow *g, struct charnn_error *e);
CHARNN_API void charnn_gradflow_free(struct charnn_gradflow *g);

/* Trains for at most this many steps of the plan, without validating or writing files. */
CHARNN_API int charnn_trainer_advance(struct charnn_trainer *t, int64_t steps,
                                      struct charnn_error *e);

/* -------------------------------------------------------- states and gates */

struct charnn_shape {
    int cell;               /* CHARNN_CELL_* */
    size_t layers, size;    /* units in each layer */
    size_t gates;           /* gates of a unit: 4 (LSTM), 3 (GRU), 0 (RNN) */
    const char *letters;    /* [gates] "ifgo", "rzn", "" */
    const char *tanh_gates; /* letters of the gates within (-1, 1), "g", "n", ""; the others
                               are within (0, 1) */
    int has_c;              /* 1: units have a cell state c besides h */
};

CHARNN_API struct charnn_shape charnn_model_shape(const struct charnn_model *m);

enum { CHARNN_TRACE_MAX = 1000000000 };

struct charnn_trace_config {
    int64_t limit;   /* characters to read at most, 1 to CHARNN_TRACE_MAX */
    int64_t next;    /* likeliest next characters to report, 0 to CHARNN_ALTERNATIVES_MAX */
    int64_t unknown; /* CHARNN_UNKNOWN_* */
};

/* At most a million characters, no likeliest next characters; unknown characters as
 * CHARNN_UNKNOWN_AUTO. */
CHARNN_API struct charnn_trace_config charnn_trace_default(void);

/* A character of a text, and the network's activations just after reading it.  With L
 * layers of H units and G gates, unit j of layer l (both from 0) is at [l * H + j], its
 * gate g at [(l * G + g) * H + j]. */
struct charnn_trace_step {
    int64_t at;                      /* number of characters before it in the text */
    char text[CHARNN_CHARACTER_MAX]; /* [length] */
    int length;
    int separator;      /* 1: it ends a document */
    int64_t line_ends;  /* lines of the text that end before the next character */
    double nats;        /* surprise: -ln of its probability; 0 for the first character */
    const float *h;     /* [L x H] */
    const float *c;     /* [L x H], NULL without cell state */
    const float *gates; /* [L x G x H] activated, NULL without gates */
    const struct charnn_alternative *next; /* [n_next] predictions, likeliest first */
    int n_next;
};
/* Returns nonzero to stop. */
typedef int charnn_trace_fn(const struct charnn_trace_step *s, void *arg);

struct charnn_traced {
    int64_t chars;                 /* characters read and reported */
    int64_t left_out;              /* characters of the text after these */
    struct charnn_unknown unknown; /* unknown characters of the whole text */
};

/* Reads a file as one stream from zero state and reports each character in order.  Memory:
 * the text, and the activations of 64 time steps. */
CHARNN_API int charnn_trace(struct charnn_model *m, const char *path,
                            const struct charnn_trace_config *config,
                            charnn_trace_fn *on_step, void *arg,
                            struct charnn_traced *traced, struct charnn_error *e);

/* The search for interpretable units, as in Karpathy, Johnson and Fei-Fei 2015
 * ("Visualizing and Understanding Recurrent Networks").
 *
 * Every unit's h and c is compared with features computed from the text alone: after each
 * character a feature is 0 or 1 (inside quotation marks) or a number (the position in the
 * line).  Units and thresholds are selected on the first part of the text and scored on the
 * rest: for a binary feature by F1, the harmonic mean of precision and recall, for a number
 * by Pearson's r. */
enum { CHARNN_STATE_BOTH, CHARNN_STATE_H, CHARNN_STATE_C };
enum { CHARNN_UNITS_TOP_MAX = 100, CHARNN_UNITS_MATCH_MAX = 16 };
/* A feature is used only if, in both parts of the text, it is nonzero for at least this many
 * characters; a binary feature must also be 0 for at least as many. */
enum { CHARNN_UNITS_RARE = 50 };

/* Called when `done` of `all` characters have been read. */
typedef void charnn_progress_fn(int64_t done, int64_t all, void *arg);

struct charnn_units_config {
    int64_t limit;   /* as in charnn_trace_config: characters to read at most */
    int64_t unknown; /* CHARNN_UNKNOWN_* */
    int64_t layer;   /* from 1; 0: all */
    int64_t what;    /* CHARNN_STATE_* */
    int64_t top;     /* units for each feature, 1 to CHARNN_UNITS_TOP_MAX */
    double held_out; /* share of the text, at its end, that is used for scoring: above 0,
                      * below 1 */
    /* [n_match] more features: POSIX extended regular expressions.  Such a feature is 1 at the
     * characters of a match within a line.  At most CHARNN_UNITS_MATCH_MAX. */
    const char *const *match;
    size_t n_match;
    charnn_progress_fn *on_progress; /* every few hundred characters; NULL: no calls */
    void *on_progress_arg;
};

/* All layers, h and c, three units for each feature, scored on the last quarter; unknown
 * characters as CHARNN_UNKNOWN_AUTO. */
CHARNN_API struct charnn_units_config charnn_units_default(void);

struct charnn_unit {
    int64_t layer, unit; /* both from 1 */
    int state;           /* CHARNN_STATE_H, CHARNN_STATE_C */
    double score;        /* on the held-out part: F1, or |r| of a numeric feature */
    double chosen;       /* the score on the first part, by which the unit was selected */
    double threshold;    /* the unit predicts 1 if its value is at least this (above = 1),
                          * or if it is less (above = 0) */
    int above;           /* for a numeric feature: 1 if r is positive */
};

struct charnn_feature {
    const char *name, *help; /* both are the regular expression (borrowed), if the feature
                              * is one */
    int numeric;
    int64_t ones[2];          /* characters where it is not 0: first part, held-out part */
    double chance;            /* F1 of always predicting 1, on the held-out part; numeric:
                               * 0 */
    int left_out;             /* 1: too rare, or constant: no units were searched */
    struct charnn_unit *unit; /* [n_units] the best on the first part, sorted by their score
                               * on the held-out part */
    size_t n_units;
};

struct charnn_units {
    struct charnn_feature *feature; /* [n] the best first; those left out come last */
    size_t n;
    int64_t chars[2]; /* characters of the first part and of the held-out part */
    struct charnn_traced traced;
    struct charnn_unit *all; /* memory of all `unit` arrays; private */
};

/* Finds the units that follow each feature best.  Fills *units, which charnn_units_free
 * releases; after a failure it needs no release.  Memory: the text, about 30 bytes for each
 * character read, and a kilobyte for each pair of a state and a feature.  The result does not depend on
 * the number of threads. */
CHARNN_API int charnn_units_find(struct charnn_model *m, const char *path,
                                 const struct charnn_units_config *config,
                                 struct charnn_units *units, struct charnn_error *e);
CHARNN_API void charnn_units_free(struct charnn_units *units);

/* -------------------------------------------------------------- inspection */

/* The content of a checkpoint, as one JSON object without a newline at the end. */
CHARNN_API char *charnn_info_json(const char *path, struct charnn_error *e);
/* The content of a checkpoint as text for people. */
CHARNN_API char *charnn_info_text(const char *path, struct charnn_error *e);
/* The shell command that repeats the run of a checkpoint.  It fails for a model that another
 * program saved. */
CHARNN_API char *charnn_info_command(const char *path, struct charnn_error *e);
/* Measures and describes this machine: cores, instruction sets with their multiply-add peak,
 * and the read bandwidth. */
CHARNN_API char *charnn_info_machine(struct charnn_error *e);

#ifdef __cplusplus
}
#endif

#endif
