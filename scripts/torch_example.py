#!/usr/bin/python3
"""torch_example.py - trains a character model in PyTorch and saves it for charnn.

    torch_example.py [options] TEXT OUTPUT
"""
import argparse

import torch
from torch.nn.functional import cross_entropy

from torch_model import Network, encode, load, save


def options():
    p = argparse.ArgumentParser(description="trains a character model and saves it for charnn")
    p.add_argument("--cell", choices=["rnn", "lstm", "gru"], default="lstm")
    p.add_argument("--activation", choices=["tanh", "relu"], default="tanh")
    for name, value in [("layers", 1), ("size", 128), ("embed", 0), ("batch-size", 32),
                        ("seq-length", 32), ("steps", 500), ("seed", 1)]:
        p.add_argument("--" + name, type=int, default=value, metavar="N")
    p.add_argument("--learning-rate", type=float, default=5e-3, metavar="X")
    p.add_argument("--init-from", metavar="CHECKPOINT", help="start from the weights of a charnn model")
    p.add_argument("text")
    p.add_argument("output")
    return p.parse_args()


def detached(state):
    return tuple(s.detach() for s in state) if isinstance(state, tuple) else state.detach()


def train(network, ids, o):
    """Trains by truncated backpropagation through time on batch_size streams [T, B] of the text."""
    streams = ids[:len(ids) // o.batch_size * o.batch_size].view(o.batch_size, -1).t()
    optimizer = torch.optim.Adam(network.parameters(), o.learning_rate)
    state, at = None, 0
    for step in range(1, o.steps + 1):
        if at + 2 > len(streams):
            state, at = None, 0
        chunk = streams[at:at + o.seq_length + 1]
        at += len(chunk) - 1
        logits, state = network.read(chunk[:-1], state)
        loss = cross_entropy(logits.flatten(0, 1), chunk[1:].flatten())
        optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(network.parameters(), 1.0)
        optimizer.step()
        state = detached(state)
        if step % 100 == 0 or step == o.steps:
            print(f"step {step} of {o.steps}  {loss.item():.3f} nats/char")


def main(o):
    torch.manual_seed(o.seed)
    if o.init_from:
        network, symbols, unit = load(o.init_from)
    else:
        with open(o.text, encoding="utf-8", newline="") as f:
            symbols, unit = sorted(set(map(ord, f.read()))), "char"
        network = Network(o.cell, o.activation, o.layers, o.size, o.embed, len(symbols))
    train(network, encode(o.text, symbols, unit), o)
    save(o.output, network, symbols, unit)


if __name__ == "__main__":
    main(options())
