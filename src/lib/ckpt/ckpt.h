/*
 * ckpt.h - checkpoints: writing, reading and describing them.
 *
 * A checkpoint is a safetensors file.  Tensors: vocab.count I64 [V], vocab I32 [V] (code
 * points or byte values), and the parameters, F32, under PyTorch's names.  A .last.bin also
 * has what is needed to resume: optim.<slot>.<name> for every slot of the optimiser and
 * every parameter, and the recurrent state, state.h and state.c [L, B, H].  If a run
 * averages its weights, the parameters are the average, and the slot "raw" has the weights
 * that are trained.  Metadata: "format" (charnn), "version", "unit", "fingerprint" (of the
 * text), "checksum" (of the file), and, as strings of JSON, "config" (every setting of the
 * run), "chosen" (the names of the settings chosen automatically), "files" (the names of the
 * text files), "progress", "history", "plans".
 *
 * A file with another "format", or none, comes from another program: ckpt/torch_import.h.
 */
#ifndef CHARNN_CKPT_CKPT_H
#define CHARNN_CKPT_CKPT_H

#include "ckpt/progress.h"
#include "ckpt/safetensors.h"
#include "config/config.h"
#include "nn/stack.h"
#include "text/vocab.h"

/* The content of a checkpoint to write; everything is borrowed. */
struct ckpt_out {
    const struct charnn_config *config;
    const char *const *files;
    size_t n_files;
    const struct vocab *vocab;
    uint64_t fingerprint;
    const struct model *model;
    const real *weights; /* written instead of the model's weights, in the same layout;
                          * NULL: the model's weights are written */
    struct progress progress;
    const char *history;            /* JSON: the elements of ckpt.history, without
                                     * brackets */
    const char *plans;              /* JSON: the elements of ckpt.plans, without brackets */
    const struct param_slot *slots; /* of the optimiser; only a .last.bin has slots */
    size_t n_slots;
    const struct stack *state; /* has the recurrent state; NULL: none is written */
};

/* Writes a checkpoint atomically: after an error, a file at this path is unchanged. */
int ckpt_write(const char *path, const struct ckpt_out *out, struct charnn_error *e);

/* A checkpoint that has been read and checked. */
struct ckpt {
    struct st_file file;
    struct charnn_config config; /* its strings live as long as this struct */
    char **strings;              /* owned: the strings that config and files point to */
    size_t n_strings;
    const char **files; /* owned array */
    size_t n_files;
    struct vocab vocab;
    uint64_t fingerprint;
    struct model_shape shape;
    struct progress progress;
    const char
        *history;      /* JSON: an array of objects, each for a validation; a long run keeps
                          * only some of them */
    const char *plans; /* JSON: an array of plans [step, steps, {settings}].  From `step`
                          * on, the planned length of the run was `steps`, and the settings
                          * that depend on the length had these values */
    bool resumable;    /* the file has optimiser slots and recurrent state */
    bool imported;     /* written by another program: a model without a run */
    size_t *rows;      /* [V], owned; if imported: rows[i] is the row of symbol i in the
                          * file; else NULL */
};

/* Reads and checks a checkpoint.  Errors name the file; after one, *c needs no release. */
int ckpt_read(struct ckpt *c, const char *path, struct charnn_error *e);
/* Like ckpt_read, from the bytes in *raw, which it takes over; `path` is for messages. */
int ckpt_parse(struct ckpt *c, const char *path, struct buf *raw, struct charnn_error *e);
void ckpt_release(struct ckpt *c);

/* Reads the weights into an allocated model whose shape is c->shape. */
int ckpt_get_weights(const struct ckpt *c, struct model *m, struct charnn_error *e);

/* Makes a model with the checkpoint's weights, as float32 or int8; release it with
 * model_release, even after a failure. */
int ckpt_get_model(const struct ckpt *c, struct model *m, bool int8, enum isa isa,
                   struct charnn_error *e);

/* ckpt_get_slot reads an optimiser slot into slot->array, ckpt_get_state the recurrent state
 * into *s.  A tensor that is missing is an error. */
int ckpt_get_slot(const struct ckpt *c, const struct model *m,
                  const struct param_slot *slot, struct charnn_error *e);
int ckpt_get_state(const struct ckpt *c, const struct stack *s, struct charnn_error *e);

/* Returns the values of a parameter of the model, row-major; the caller frees them.  NULL
 * after an error. */
float *ckpt_tensor(const struct ckpt *c, const char *name, struct charnn_error *e);

/* Reads the next plan of the array ckpt.plans, which j has entered, and the plan's settings
 * into *c.  Returns false at the end, or at a fault. */
struct json;
bool ckpt_next_plan(struct json *j, int64_t *step, int64_t *steps, struct charnn_config *c);
/* Appends a plan with the settings of *c to `plans`, which has the elements of the array
 * ckpt.plans without its brackets.  A comma comes before every plan but the first. */
void ckpt_put_plan(struct buf *plans, int64_t step, int64_t steps,
                   const struct charnn_config *c);

/* ckpt_put_setting adds one setting to a JSON object, ckpt_put_config all stored settings
 * as an object. */
struct json_out;
void ckpt_put_setting(struct json_out *j, const struct field *f,
                      const struct charnn_config *c);
void ckpt_put_config(struct json_out *j, const char *key, const struct charnn_config *c);

/* Appends the shell commands that train with these settings and plans (see struct ckpt). */
void ckpt_put_run(const struct charnn_config *c, const char *plans,
                  const char *const *files, size_t n_files, struct buf *out);

/* ckpt_command appends the shell command that repeats the run; nothing if the model comes
 * from another program.  ckpt_json and ckpt_describe append a description of the
 * checkpoint. */
void ckpt_command(const struct ckpt *c, struct buf *out);
void ckpt_json(const struct ckpt *c, struct buf *out);
void ckpt_describe(const struct ckpt *c, struct buf *out);

/* Refuses a file that a checkpoint names as its text if it is empty, or if it is a device or
 * a pipe, which may be endless. */
int ckpt_check_text(const char *path, struct charnn_error *e);

/* Escape file names, which may have any bytes, for JSON, which must be UTF-8.  bytes_escape
 * appends a name to *out with \xNN for a byte that is not UTF-8, and doubled backslashes.
 * bytes_unescape reverses this in place, and keeps any other backslash.  Both are in
 * bytes.c. */
void bytes_escape(const char *s, struct buf *out);
void bytes_unescape(char *s);

#endif
