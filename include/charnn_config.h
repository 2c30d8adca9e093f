/*
 * charnn_config.h - the settings of a training run, as `charnn train --help` lists them.
 *
 * charnn.h has the functions that set them.
 */
#ifndef CHARNN_CONFIG_H
#define CHARNN_CONFIG_H

#include <stdint.h>

enum {
    CHARNN_CELL_RNN,
    CHARNN_CELL_LSTM,
    CHARNN_CELL_GRU,
    CHARNN_CELLS, /* the number of cells */
};
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
enum { CHARNN_DAMAGED_AUTO, CHARNN_DAMAGED_REPLACE, CHARNN_DAMAGED_DROP };
enum { CHARNN_GRADIENT_MEAN, CHARNN_GRADIENT_SUM };
enum { CHARNN_PRESET_NONE, CHARNN_PRESET_CHAR_RNN };

/* This value means that charnn chooses the setting.  Where a comment says "0: auto", 0
 * means the same. */
enum { CHARNN_AUTO = -1 };

/* The settings of a run, as `charnn train --help` lists them with their ranges. */
struct charnn_config {
    int64_t preset; /* CHARNN_PRESET_*: see charnn_config_preset */

    /* model */
    int64_t cell;          /* CHARNN_CELL_* */
    int64_t layers, size;  /* number of layers, and of hidden units in each */
    int64_t embed;         /* size of the learned vector of each symbol; 0: one-hot input */
    int64_t activation;    /* CHARNN_ACTIVATION_*, of CHARNN_CELL_RNN */
    int64_t skip;          /* CHARNN_SKIP_*.  Residual: a layer's input is added to its
                            * output.  Dense: a layer reads the outputs of all layers
                            * below */
    int64_t bidirectional; /* 1: a second stack reads the text backwards; the model predicts
                            * a character from both sides */
    const char *init;      /* initial weights: "auto", "uniform:R", "xavier", ... */
    double input_range;    /* one-hot input weights start in [-x, x]; 0: as init says */
    double forget_bias;    /* initial bias of an LSTM's forget gates */
    double dropout;        /* probability that an output of a layer is dropped */
    int64_t
        dropout_kind;   /* CHARNN_DROPOUT_*: a mask for each time step, or for each chunk */
    double weight_drop; /* probability that a recurrent weight is dropped for a step */

    /* text */
    int64_t unit;          /* CHARNN_UNIT_*: what a symbol is */
    int64_t min_count;     /* rarer characters become U+FFFD */
    int64_t compose;       /* 1: compose decomposed Hangul into syllables */
    const char *documents; /* what separates independent texts: "none", "line", "blank",
                             * "file", "end:STRING", "start:STRING" */
    int64_t damaged;       /* CHARNN_DAMAGED_*: what damaged UTF-8 becomes */
    double valid;          /* share of the text that is held out; 0: no validation */
    const char
        *valid_file;     /* a text to validate on instead of a part of the text, or NULL */
    int64_t unknown;     /* CHARNN_UNKNOWN_*: what happens to characters that the
                             * vocabulary does not have, in valid_file or, with
                             * keep_vocabulary, in the text */
    int64_t split;       /* CHARNN_SPLIT_*: hold out the end of the text, or of each of
                             * its streams */
    int64_t valid_every; /* steps between validations; 0: auto */

    /* training */
    int64_t batch_size; /* streams of text that are read in parallel */
    int64_t seq_length; /* characters of each stream in a step: the length of BPTT */
    double reset;       /* probability that a stream begins a step from zero state */
    int64_t epochs;     /* passes through the text; 0: auto */
    int64_t steps;      /* length of the run; 0: given by another setting */
    int64_t stop_at;    /* save and stop at this step, without changing the schedule; 0: run
                         * to the end */
    double work;        /* plan a run of this many Tflop (1e12 floating-point operations) of
                           training, 6 for each matrix weight and character; 0: auto */
    double time;        /* plan a run of this many seconds or, if steps, epochs or work are
                         * given, stop after this time at the latest; 0: no limit */
    int64_t optimizer;  /* CHARNN_OPTIMIZER_* */
    double learning_rate;
    double decay_rate;     /* RMSprop's decay, Adam's beta2 */
    double momentum;       /* SGD's momentum, Adam's beta1 */
    double weight_decay;   /* decoupled from the gradient in AdamW */
    int64_t schedule;      /* CHARNN_SCHEDULE_* of the learning rate */
    double ema;            /* decay of a moving average of the weights, which is validated
                            * and saved instead of the weights; 0: none */
    int64_t warmup;        /* steps of linear rise to the learning rate */
    double clip;           /* limit of the gradient's global norm; 0: none */
    double clip_value;     /* limit of each element of the gradient; 0: none */
    int64_t gradient;      /* CHARNN_GRADIENT_*, the loss to differentiate: MEAN over all
                             characters of a chunk, or SUM over its time steps of the mean
                             over streams */
    int64_t log_gradients; /* steps between profiles of gradients in the log; 0: none */
    int64_t keep_history;  /* 1: keep the weights of every validation, each in a file */
    int64_t patience;      /* validations without improvement before stopping; 0: never */
    int64_t seed;

    /* session */
    int64_t threads;         /* 0: as many as the process may use */
    const char *output;      /* file of the best weights, such as x.bin; the run also writes
                              * x.last.bin and x.jsonl */
    const char *resume;      /* a .last.bin to resume, or NULL */
    int64_t resume_if_there; /* 1: resume the .last.bin of `output` if it exists */
    const char *init_from;   /* a checkpoint from which the run takes its initial weights,
                              * or NULL */
    int64_t keep_vocabulary; /* 1: keep the vocabulary of init_from */
    int64_t overwrite;       /* 1: replace the files of an earlier run */
    int64_t dry_run; /* 1: write nothing; for charnn_trainer_estimate and _gradflow */
    int64_t profile; /* 1: measure times for charnn_trainer_profile */

    /* Private: one bit for each setting.  given: charnn_config_set has set it; added: its text
     * began with +; chosen: it was CHARNN_AUTO, and may be chosen again if the run becomes
     * longer. */
    uint64_t given[2], added[2], chosen[2];
};

#endif
