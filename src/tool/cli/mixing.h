/* mixing.h - the options --with and --ngrams, which several commands share. */
#ifndef CHARNN_CLI_MIXING_H
#define CHARNN_CLI_MIXING_H

#include "base/field.h"
#include "charnn.h"

struct mixing {
    struct field_texts with;
    int64_t ngrams;
    struct charnn_model *model, *others[FIELD_TEXTS_MOST]; /* set by mixing_load */
};

// clang-format off
#define OPT_MIXING(at, effect) \
    { .name = "with", .arg = "FILE", .type = FIELD_TEXTS, \
      .offset = (at) + offsetof(struct mixing, with), \
      .help = "average the probabilities with those of this checkpoint; may be repeated" }, \
    ROW_FLAG(0, "ngrams", (at) + offsetof(struct mixing, ngrams), \
             "mix in an n-gram model of the training text, which is read again: " effect)
// clang-format on

/* Loads the checkpoint, and mixes in the models that the options ask for; ends the program
 * after an error.  N-grams are counted in `corpus` (NULL: in the files that the checkpoint
 * names).  With n-grams, and unless quiet, reports the losses of the parts and the mixture. */
struct charnn_model *mixing_load(struct mixing *m, const char *path, const char *corpus,
                                 int weights, int threads, int quiet);
void mixing_free(struct mixing *m);

#endif
