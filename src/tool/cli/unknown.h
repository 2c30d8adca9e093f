/* unknown.h - the options --unknown and --damaged, which several commands share, and what became of
 * unknown characters. */
#ifndef CHARNN_CLI_UNKNOWN_H
#define CHARNN_CLI_UNKNOWN_H

#include "base/buf.h"
#include "base/field.h"
#include "base/json.h"
#include "charnn.h"

// clang-format off
#define OPT_UNKNOWN(offset) \
    ROW_CHOICE(0, "unknown", "HOW", offset, "error|skip|nearest|replace|auto", \
               "characters of the text that the model does not know: an error, left out, read as " \
               "the nearest known one, or as U+FFFD; auto: replace if the model knows U+FFFD, " \
               "else skip")
#define OPT_DAMAGED(offset) \
    ROW_CHOICE(0, "damaged", "HOW", offset, "auto|replace|drop", \
               "invalid bytes in a text that is otherwise UTF-8: read as U+FFFD, or left out; " \
               "auto: as in training")
// clang-format on

/* Adds "2 unknown to the model, left out". */
void unknown_describe(struct buf *out, const struct charnn_unknown *u);

/* Prints that description of the text at `path` on stderr, if it had unknown characters. */
void unknown_say(const char *path, const struct charnn_unknown *u);

/* Adds the counts `unknown`, `left_out` and `folded` (read as U+FFFD). */
void unknown_json(struct json_out *o, const struct charnn_unknown *u);

#endif
