/*
 * torch_import.h - checkpoints written by another program: a model of torch.nn, saved under
 * the names that PyTorch gives its parameters.
 *
 * A file must have
 *
 *     rnn.weight_ih_l0, rnn.weight_hh_l0, rnn.bias_ih_l0, rnn.bias_hh_l0 and so on, as in
 *     torch.nn.RNN, LSTM or GRU; a bidirectional model also has back.weight_ih_l0 and so on;
 *     head.weight [V, H], head.bias [V], of a Linear;
 *     embed.weight [V, E], of an Embedding, unless the input is one-hot;
 *     vocab [V]: the symbols as code points (or byte values), in the order of the rows.
 *
 * Weights are F64, F32, F16 or BF16; vocab is I32 or I64 and need not be sorted.  The cell is
 * inferred from the shape of rnn.weight_hh_l0.  The tensor vocab.count I64 [V] is optional,
 * and so are these members of the metadata: "cell" (rnn, lstm, gru: must agree with the
 * shape), "activation" of an RNN (tanh, relu, sigmoid; default tanh), "skip", and "unit"
 * (char, byte; default char).  Any other tensor is an error, because the model would need
 * it.
 *
 * Used by ckpt_read.c only.  Errors begin with the path.
 */
#ifndef CHARNN_CKPT_TORCH_IMPORT_H
#define CHARNN_CKPT_TORCH_IMPORT_H

#include "ckpt/ckpt.h"

/* Fills c->config; leaves history and plans empty. */
int torch_import_settings(struct ckpt *c, struct charnn_error *e);

/* Fills c->vocab and c->rows. */
int torch_import_vocab(struct ckpt *c, struct charnn_error *e);

/* Refuses tensors other than the parameters of `set` and the vocabulary. */
int torch_import_check_rest(const struct ckpt *c, const struct param_set *set,
                            struct charnn_error *e);

/* If a tensor has a row or a column for each symbol, reorders its values x from the order of
 * symbols in the file to that of the vocabulary, by c->rows. */
int torch_import_sort(const struct ckpt *c, const struct st_tensor *t, float *x,
                      struct charnn_error *e);

#endif
