"""torch_train.py CELL LAYERS SIZE BATCH SEQ SYMBOLS THREADS SECONDS

Trains in PyTorch the network that scripts/versus-torch.sh trains in charnn, and prints characters
per second (the median over steps) and peak memory in MiB.  Up to 256 symbols the input is one-hot
(rows of an identity matrix), beyond that an embedding.  It uses cross-entropy, norm clipping and
Adam with fused tensor lists, and flushes denormals.  scripts/versus-torch.sh sets the environment
that makes PyTorch fast.
"""
import resource
import statistics
import sys
import time

import torch
from torch import nn
from torch.nn import functional

cell = sys.argv[1]
layers, size, batch, seq, symbols, threads = map(int, sys.argv[2:8])
seconds = float(sys.argv[8])
torch.set_num_threads(threads)
torch.set_flush_denormal(True)
torch.manual_seed(1)

one_hot = symbols <= 256
rnn = getattr(nn, cell.upper())(symbols if one_hot else size, size, layers)
head = nn.Linear(size, symbols)
table = torch.eye(symbols) if one_hot else nn.Embedding(symbols, size)
params = [*rnn.parameters(), *head.parameters()] + ([] if one_hot else [*table.parameters()])
optimizer = torch.optim.Adam(params, lr=2e-3, foreach=True)


def detached(state):
    return tuple(s.detach() for s in state) if isinstance(state, tuple) else state.detach()


text = torch.randint(0, symbols, (16, seq + 1, batch))
state, times, end, step = None, [], time.perf_counter() + seconds, 0
while time.perf_counter() < end or len(times) < 3:
    start = time.perf_counter()
    chunk = text[step % len(text)]
    inputs, targets = chunk[:-1], chunk[1:]
    optimizer.zero_grad(set_to_none=True)
    outputs, state = rnn(table[inputs] if one_hot else table(inputs), state)
    logits = head(outputs.reshape(-1, size))
    functional.cross_entropy(logits, targets.reshape(-1)).backward()
    nn.utils.clip_grad_norm_(params, 5.0)
    optimizer.step()
    state = detached(state)
    times.append(time.perf_counter() - start)
    step += 1
kept = times[len(times) // 4:]
memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
print(f"{batch * seq / statistics.median(kept):.1f} {memory:.0f}")
