#!/usr/bin/python3
"""check_torch.py - checks that PyTorch computes charnn's loss of a text from a charnn checkpoint.

    check_torch.py CHECKPOINT TEXT NATS

Loads all weights by name into torch.nn.RNN, LSTM or GRU modules with an Embedding and a Linear
layer, and fails if a weight is missing or left over.  NATS is the loss that `charnn eval` prints;
PyTorch's may differ by 1e-5 nats/char.
"""
import os
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../scripts"))

from torch_model import encode, load, nats  # noqa: E402


def main(checkpoint, text, said):
    network, symbols, unit = load(checkpoint)
    theirs, ours = nats(network, encode(text, symbols, unit)), float(said)
    apart = abs(theirs - ours)
    print(f"torch {theirs:.7f}, charnn {ours:.7f}, {apart:.1e} apart")
    return 0 if apart <= 1e-5 else 1


if __name__ == "__main__":
    if len(sys.argv) != 4:
        sys.exit(__doc__)
    sys.exit(main(*sys.argv[1:]))
