#!/usr/bin/python3
"""check_torch.py - whether PyTorch, given a checkpoint of charnn, predicts a text as well.

    check_torch.py CHECKPOINT TEXT NATS

Loads the weights by name, all of them and no others, into torch.nn.RNN, LSTM or GRU with an
Embedding and a Linear layer.  NATS is what `charnn eval` says; more than 1e-4 nats/char
apart is a failure.
"""
import json
import sys

sys.dont_write_bytecode = True

import torch  # noqa: E402
from torch.nn.functional import cross_entropy  # noqa: E402

from make_golden import Network, read  # noqa: E402


def symbols_of(path, unit):
    with open(path, "rb") as f:
        raw = f.read()
    return list(raw) if unit == "byte" else [ord(c) for c in raw.decode()]


def main(checkpoint, text, nats):
    tensors, metadata = read(checkpoint)
    config = json.loads(metadata["config"])
    vocab = {int(symbol): i for i, symbol in enumerate(tensors.pop("vocab"))}
    del tensors["vocab.count"]
    shape = (config[k] for k in ("cell", "activation", "layers", "size", "embed"))
    network = Network(*shape, len(vocab))
    network.load_state_dict(tensors, strict=True)
    ids = torch.tensor([vocab[s] for s in symbols_of(text, metadata["unit"])])
    with torch.no_grad():
        logits = network(ids[:-1, None])[:, 0]
        theirs, ours = cross_entropy(logits.double(), ids[1:]).item(), float(nats)
    apart = abs(theirs - ours)
    print(f"{config['cell']}: torch {theirs:.7f}, charnn {ours:.7f}, {apart:.1e} apart")
    return 0 if apart <= 1e-4 else 1


if __name__ == "__main__":
    if len(sys.argv) != 4:
        sys.exit(__doc__)
    sys.exit(main(*sys.argv[1:]))
