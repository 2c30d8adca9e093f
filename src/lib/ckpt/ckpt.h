/*
 * ckpt.h - what charnn puts into a checkpoint, and how it gets it back.
 *
 * Tensors: vocab.count I64 [V], vocab I32 [V] (code points or byte values), and the
 * parameters F32 under PyTorch's names.  A .last.bin adds optim.<slot>.<name> for every
 * slot and parameter, state.h and state.c [L, B, H].  Metadata: "format" (charnn),
 * "version", "unit", and as JSON in strings "config" (every setting of the run), "files",
 * "progress", "history".
 *
 * A file whose "format" is something else was written by another program, such as PyTorch:
 * see ckpt/torch_import.h.
 */
#ifndef CHARNN_CKPT_CKPT_H
#define CHARNN_CKPT_CKPT_H

#include "ckpt/progress.h"
#include "ckpt/safetensors.h"
#include "config/config.h"
#include "nn/stack.h"
#include "text/vocab.h"

/* What to write; everything is borrowed. */
struct ckpt_out {
    const struct charnn_config *config;
    const char *const *files;
    size_t n_files;
    const struct vocab *vocab;
    uint64_t fingerprint;
    const struct model *model;
    struct progress progress;
    const char *history;            /* JSON: the inside of an array */
    const char *plans;              /* JSON: the same, of [step, steps]: see struct ckpt */
    const struct param_slot *slots; /* these and the state: for a .last.bin only */
    size_t n_slots;
    const struct stack *state; /* NULL for a file of weights */
};

int ckpt_write(const char *path, const struct ckpt_out *out, struct charnn_error *e);

/* A checkpoint that was read and found consistent. */
struct ckpt {
    struct st_file file;
    struct charnn_config config; /* its strings live as long as this struct */
    char **strings;              /* owned: what config and files point to */
    size_t n_strings;
    const char **files; /* owned array */
    size_t n_files;
    struct vocab vocab;
    uint64_t fingerprint;
    struct model_shape shape;
    struct progress progress;
    const char *history;
    const char *plans; /* JSON: an array of [step, steps]: from that step on, the length of
                        * the run; more than one where it was resumed with another */
    int resumable;     /* has the training part */
    int foreign;       /* written by another program: says nothing of a run */
    size_t *rows;      /* owned; of a foreign file: [V] where symbol i stands in it */
};

int ckpt_read(struct ckpt *c, const char *path, struct charnn_error *e);
/* The same on bytes in memory (taken over from *raw), for fuzzing. */
int ckpt_parse(struct ckpt *c, const char *path, struct buf *raw, struct charnn_error *e);
void ckpt_release(struct ckpt *c);

/* Fills the weights of a model of c->shape (allocated). */
int ckpt_get_weights(const struct ckpt *c, struct model *m, struct charnn_error *e);

/* A model with the checkpoint's weights, float32 or as int8; after a failure too it is
 * released by model_release. */
int ckpt_get_model(const struct ckpt *c, struct model *m, bool int8, enum isa isa,
                   struct charnn_error *e);

/* Fills a slot, the carried-in state. */
int ckpt_get_slot(const struct ckpt *c, const struct model *m,
                  const struct param_slot *slot, struct charnn_error *e);
int ckpt_get_state(const struct ckpt *c, const struct stack *s, struct charnn_error *e);

/* One parameter in row-major order (allocated), for mapping a vocabulary; NULL: failed. */
float *ckpt_tensor(const struct ckpt *c, const char *name, struct charnn_error *e);

/* One setting as a member of a JSON object, and all that are stored as an object. */
struct json_out;
void ckpt_put_setting(struct json_out *j, const struct field *f,
                      const struct charnn_config *c);
void ckpt_put_config(struct json_out *j, const char *key, const struct charnn_config *c);

/* The shell command that makes a run of so many steps. */
void ckpt_put_run(const struct charnn_config *c, int64_t steps, const char *const *files,
                  size_t n_files, struct buf *out);

/* The shell command that makes the run again (nothing for a foreign file), and the whole
 * content as JSON or for people. */
void ckpt_command(const struct ckpt *c, struct buf *out);
void ckpt_json(const struct ckpt *c, struct buf *out);
void ckpt_describe(const struct ckpt *c, struct buf *out);

#endif
