/* cell.c - the table of cells. */
#include "nn/cell.h"

#include "charnn.h"

#define DECLARE(name)                                                                      \
    extern const struct cell_ops cells_rnn_##name[], cell_lstm_##name, cell_gru_##name;
ISA_LIST(DECLARE)

const struct cell_ops *cell_of(int kind, int activation, enum isa isa)
{
#define RNN(name) cells_rnn_##name,
#define LSTM(name) &cell_lstm_##name,
#define GRU(name) &cell_gru_##name,
    static const struct cell_ops *const rnn[] = { ISA_LIST(RNN) };
    static const struct cell_ops *const lstm[] = { ISA_LIST(LSTM) };
    static const struct cell_ops *const gru[] = { ISA_LIST(GRU) };
    return kind == CHARNN_CELL_RNN    ? &rnn[isa][activation]
           : kind == CHARNN_CELL_LSTM ? lstm[isa]
                                      : gru[isa];
}
