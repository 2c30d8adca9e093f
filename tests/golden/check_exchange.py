#!/usr/bin/python3
"""check_exchange.py - checks that models saved by PyTorch have the same logits in charnn, to 1e-5.

    check_exchange.py LOGITS [FOLDER]

LOGITS is the program made from logits.c.  The networks have random weights: each cell, one to
three layers, with and without an embedding; weights of every type, vocabularies in any
order, with and without metadata.  Files go to FOLDER, by default a temporary one.  If the
package `safetensors` is installed, it also writes some of the files.
"""
import os
import random
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../scripts"))

import torch  # noqa: E402

from torch_model import Network, encode, save, write  # noqa: E402

try:
    from safetensors.torch import save_file
except ImportError:
    save_file = None

LIMIT = 1e-5
ALPHABET = "\n abcdefghijklmnopqrstuvwxyzÄß한국어글자𝄞"
KINDS = [("rnn", "tanh"), ("rnn", "relu"), ("lstm", "tanh"), ("gru", "tanh")]


def make(cell, activation, layers, embed, size, dtype=torch.float32, skip="none"):
    """A network whose weights are not small and can be stored exactly in `dtype`."""
    network = Network(cell, activation, layers, size, embed, len(ALPHABET), skip)
    for p in network.parameters():
        p.data.uniform_(-1.5 / size ** 0.5, 1.5 / size ** 0.5)
        p.data = p.data.to(dtype).float()
    return network


def apart(program, path, network, symbols, text):
    """The largest difference between charnn's logits and PyTorch's, which are computed in double
    precision."""
    said = subprocess.run([program, path, text], stdout=subprocess.PIPE, check=True).stdout
    ours = torch.frombuffer(bytearray(said), dtype=torch.float32).reshape(-1, len(symbols))
    ids = encode(text, symbols, "char")
    with torch.no_grad():
        theirs = network.double()(ids[:, None])[:, 0]
    rank = sorted(range(len(symbols)), key=lambda i: symbols[i])
    return (ours.double() - theirs[:, rank]).abs().max().item()


def every_kind(folder):
    """Yields (name, path, network, symbols) of every model to compare."""
    symbols = sorted(map(ord, ALPHABET))
    for cell, activation in KINDS:
        for layers in (1, 2, 3):
            for embed in (0, 7):
                name = f"{cell}-{activation}-{layers}-{embed}"
                path = os.path.join(folder, name)
                network = make(cell, activation, layers, embed, 17 + layers)
                save(path, network, symbols)
                yield name, path, network, symbols
    for skip in ("residual", "dense"):
        name = f"lstm-{skip}"
        path = os.path.join(folder, name)
        network = make("lstm", "tanh", 3, 7, 20, skip=skip)
        save(path, network, symbols)
        yield name, path, network, symbols
    for dtype in (torch.float64, torch.float16, torch.bfloat16):
        name = str(dtype).replace("torch.", "")
        path = os.path.join(folder, name)
        network = make("gru", "tanh", 2, 0, 20, dtype)
        save(path, network.to(dtype), symbols)
        yield name, path, network, symbols
    for embed in (0, 7):
        shuffled = random.sample(symbols, len(symbols))
        network = make("lstm", "tanh", 2, embed, 20)
        path = os.path.join(folder, f"shuffled-{embed}")
        save(path, network, shuffled)
        yield f"shuffled-{embed}", path, network, shuffled
        tensors = dict(network.state_dict(), vocab=torch.tensor(shuffled))
        path = os.path.join(folder, f"bare-{embed}")
        (save_file or (lambda t, p: write(p, t, {})))(tensors, path)
        yield f"bare-{embed}", path, network, shuffled


def main(program, folder):
    torch.manual_seed(1)
    random.seed(1)
    text = os.path.join(folder, "text")
    with open(text, "w", encoding="utf-8", newline="") as f:
        f.write("".join(random.choices(ALPHABET, k=60)))
    worst = 0.0
    for name, path, network, symbols in every_kind(folder):
        difference = apart(program, path, network, symbols, text)
        if not difference <= LIMIT:
            print(f"{name}: {difference:.1e} apart")
        worst = max(worst, difference if difference == difference else float("inf"))
    print(f"logits at most {worst:.1e} apart")
    return 0 if worst <= LIMIT else 1


if __name__ == "__main__":
    torch.set_num_threads(1)
    if len(sys.argv) == 3:
        sys.exit(main(*sys.argv[1:]))
    with tempfile.TemporaryDirectory() as scratch:
        sys.exit(main(sys.argv[1], scratch) if len(sys.argv) == 2 else __doc__)
