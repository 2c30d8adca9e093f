"""torch_sample.py LAYERS SIZE SYMBOLS THREADS CHARACTERS

Draws characters from a random LSTM one by one in PyTorch, as charnn sample does, and prints
characters a second.  For scripts/versus-torch-sample.sh.
"""
import sys
import time

import torch
from torch import nn

layers, size, symbols, threads, characters = map(int, sys.argv[1:6])
torch.set_num_threads(threads)
torch.set_flush_denormal(True)
torch.manual_seed(1)
rnn = nn.LSTM(symbols, size, layers)
head = nn.Linear(size, symbols)
one_hot = torch.eye(symbols)


def draw(count, symbol=0, state=None):
    for _ in range(count):
        out, state = rnn(one_hot[symbol].view(1, 1, symbols), state)
        symbol = int(torch.multinomial(torch.softmax(head(out.view(1, size)), -1), 1))


with torch.inference_mode():
    draw(characters // 10)
    start = time.perf_counter()
    draw(characters)
    print(characters / (time.perf_counter() - start))
