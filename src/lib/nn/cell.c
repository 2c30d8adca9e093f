/* cell.c - the table of cells. */
#include "nn/cell.h"

#include <assert.h>

#include "charnn_inspect.h"

/* The arguments of a row: enumerator, name (also of its file), article, title, gate
 * letters, and the members that are not zero.  The relative learning rates and the input
 * ranges were found by experiment (train/autoconf.c). */
// clang-format off
#define CELL_TABLE(CELL)                                                                   \
    CELL(CHARNN_CELL_RNN, rnn, "an", "RNN", "h", .states = 1, .forget_gate = -1,           \
         .has_activation = true, .in_torch = true, .exported = true,                       \
         .learning_rate = 0.3, .input_range = 2)                                           \
    CELL(CHARNN_CELL_LSTM, lstm, "an", "LSTM", "ifgo", .tanh_gates = "g", .states = 2,     \
         .forget_gate = 1, .in_torch = true, .exported = true,                             \
         .learning_rate = 1, .input_range = 4)                                             \
    CELL(CHARNN_CELL_GRU, gru, "a", "GRU", "rzn", .tanh_gates = "n", .states = 1,          \
         .split_gates = 1, .gate_shift = 1, .forget_gate = -1, .in_torch = true,           \
         .exported = true, .learning_rate = 0.75, .input_range = 2)

#define OPS_DECLARE(isa, name) extern const struct cell_ops cell_##name##_##isa[];
#define DECLARE(kind, name, ...) ISA_LIST(OPS_DECLARE, name)
CELL_TABLE(DECLARE)

#define OPS(isa, name) [ISA_##isa] = cell_##name##_##isa,
#define ROW(kind, name_, article, title_, letters_, ...)                                   \
    [kind] = { .name = #name_, .title = title_, .with_article = article " " title_,        \
               .letters = letters_, .gates = sizeof letters_ - 1,                          \
               .ops = { ISA_LIST(OPS, name_) }, __VA_ARGS__ },
const struct cell_kind cell_kinds[] = { CELL_TABLE(ROW) };
// clang-format on
_Static_assert(sizeof cell_kinds / sizeof *cell_kinds == CHARNN_CELLS,
               "one row for each cell");

/* Checks at compile time that the names are in the order of the enumerators: a choice is
 * stored as an index into them. */
#define PLACE(kind, name, ...) PLACE_##name,
enum { CELL_TABLE(PLACE) };
#define CHECK(kind, name, article, title, letters, ...)                                    \
    _Static_assert(PLACE_##name == (int)kind, "rows are in the order of the enumerators"); \
    _Static_assert(sizeof letters - 1 <= CHARNN_GATES_MAX, "gates of " title);
CELL_TABLE(CHECK)

#define NAME(kind, name, ...) "|" #name
const char cell_names[] = CELL_TABLE(NAME);

const struct cell_ops *cell_ops(int cell, int activation, enum isa isa)
{
    assert(cell >= 0 && cell < CHARNN_CELLS);
    const struct cell_kind *kind = &cell_kinds[cell];
    return &kind->ops[isa][kind->has_activation ? activation : 0];
}
