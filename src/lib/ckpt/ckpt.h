/*
 * ckpt.h - checkpoints: writing, reading and describing them.
 *
 * A checkpoint is a safetensors file.  Tensors: vocab.count I64 [V], vocab I32 [V] (code
 * points or byte values), and the parameters, F32, under PyTorch's names.  A .last.bin also
 * has what is needed to resume: optim.<slot>.<name> for every slot of the optimiser and
 * every parameter, and the recurrent state, state.h and state.c [L, B, H].  If a run
 * averages its weights, the parameters are the average, and the slot "raw" has the weights
 * that are trained.  Metadata: "format" (charnn), "version", "unit", "fingerprint" (of the
 * text), and, as strings of JSON, "config" (every setting of the run), "chosen" (the names
 * of the settings chosen automatically), "files", "progress", "history", "plans".
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
    const real *weights; /* written in place of the model's weights, in the same layout;
                          * NULL: the model's */
    struct progress progress;
    const char *history;            /* JSON: the elements of ckpt.history, without
                                     * brackets */
    const char *plans;              /* JSON: the elements of ckpt.plans, without brackets */
    const struct param_slot *slots; /* optimiser slots and state: only in a .last.bin */
    size_t n_slots;
    const struct stack *state; /* NULL: weights only */
};

/* Replaces the file atomically: after an error the old one is unchanged. */
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
    const char *history; /* JSON: an array of objects, one for each validation */
    const char
        *plans;     /* JSON: an array of [step, steps, {settings}]: from that step on, the
                     * run had this planned length, and these settings, which depend on
                     * it */
    bool resumable; /* has optimiser slots and recurrent state */
    bool imported;  /* written by another program: a model without a run */
    size_t *rows;   /* owned; if imported: [V] the row in the file that belongs to symbol
                     * i */
};

/* Errors name the file; *c then needs no release. */
int ckpt_read(struct ckpt *c, const char *path, struct charnn_error *e);
/* As ckpt_read, from bytes in memory (moved out of *raw). */
int ckpt_parse(struct ckpt *c, const char *path, struct buf *raw, struct charnn_error *e);
void ckpt_release(struct ckpt *c);

/* Fills the weights of an allocated model of c->shape. */
int ckpt_get_weights(const struct ckpt *c, struct model *m, struct charnn_error *e);

/* Makes a model with the checkpoint's weights, as float32 or int8; release it with
 * model_release, even after a failure. */
int ckpt_get_model(const struct ckpt *c, struct model *m, bool int8, enum isa isa,
                   struct charnn_error *e);

/* ckpt_get_slot fills an optimiser slot, ckpt_get_state the recurrent state. */
int ckpt_get_slot(const struct ckpt *c, const struct model *m,
                  const struct param_slot *slot, struct charnn_error *e);
int ckpt_get_state(const struct ckpt *c, const struct stack *s, struct charnn_error *e);

/* One parameter in row-major order, allocated; NULL after an error. */
float *ckpt_tensor(const struct ckpt *c, const char *name, struct charnn_error *e);

/* Reads the next element of ckpt.plans, and its settings into *c; false at the end, or at a
 * fault. */
struct json;
bool ckpt_next_plan(struct json *j, int64_t *step, int64_t *steps, struct charnn_config *c);
/* Appends an element, after a comma if there are others. */
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

/* Append the shell command that repeats the run (nothing for a model of another program),
 * and a description of the checkpoint: as JSON, as text. */
void ckpt_command(const struct ckpt *c, struct buf *out);
void ckpt_json(const struct ckpt *c, struct buf *out);
void ckpt_describe(const struct ckpt *c, struct buf *out);

/* Refuses a device or a pipe, which may be endless, as a text: a checkpoint may name any
 * file. */
int ckpt_check_text(const char *path, struct charnn_error *e);

/* In bytes.c: file names in JSON. A name may have any bytes, but JSON must be UTF-8.  So a
 * byte that is not UTF-8 becomes \xNN, and a backslash is doubled. bytes_unescape reverses
 * this in place; other backslashes stay as they are. */
void bytes_escape(const char *s, struct buf *out);
void bytes_unescape(char *s);

#endif
