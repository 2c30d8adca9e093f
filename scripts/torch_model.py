#!/usr/bin/python3
"""torch_model.py - loads models of charnn into PyTorch, and saves models of PyTorch for charnn.

    torch_model.py CHECKPOINT TEXT      prints the nats/char that `charnn eval` prints

In a program of your own:

    from torch_model import load, save
    network, symbols, unit = load("ckpt.bin")   # a torch.nn.Module, code points, "char"
    save("mine.bin", network, symbols)          # charnn sample mine.bin

Needs PyTorch and nothing else: files are read and written in plain Python.  The package
`safetensors` does the same; save(), or src/lib/ckpt/torch_import.h, shows what a file must have.
"""
import json
import struct
import sys

import torch
from torch.nn.functional import cross_entropy

TYPES = {"F64": torch.float64, "F32": torch.float32, "F16": torch.float16,
         "BF16": torch.bfloat16, "I64": torch.int64, "I32": torch.int32, "U8": torch.uint8}
CELLS = {1: "rnn", 3: "gru", 4: "lstm"}  # by the number of gates, for files that do not name the cell


class Skips(torch.nn.Module):
    """Recurrent layers with the skip connections of charnn's --skip: residual adds a layer's input
    to its output; dense passes the outputs of all layers to every layer above.  The tensors have
    the names that a single torch.nn.LSTM gives them."""

    def __init__(self, kind, skip, inputs, size, layers, **extra):
        super().__init__()
        self.skip, self.width = skip, size * (layers if skip == "dense" else 1)
        self.cells = []  # a plain list, because the parameters are registered under other names
        for i in range(layers):
            width = inputs if i == 0 else size * (i if skip == "dense" else 1)
            self.cells.append(kind(width, size, **extra))
            for name, p in self.cells[i].named_parameters():
                self.register_parameter(name[:-1] + str(i), p)

    def forward(self, x, state=None):
        states, up = [], None
        for i, cell in enumerate(self.cells):
            mine = None if state is None else \
                tuple(s[i:i + 1] for s in state) if isinstance(state, tuple) else state[i:i + 1]
            out, new = cell(x, mine)
            states.append(new)
            up = out if up is None else \
                torch.cat([up, out], -1) if self.skip == "dense" else up + out
            x = up
        if isinstance(states[0], tuple):
            return up, tuple(torch.cat(s) for s in zip(*states))
        return up, torch.cat(states)


class Network(torch.nn.Module):
    """A character model whose tensors have the names they have in charnn's checkpoints."""

    def __init__(self, cell, activation, layers, size, embed, symbols, skip="none",
                 bidirectional=False):
        super().__init__()
        self.skip = skip
        if embed:
            self.embed = torch.nn.Embedding(symbols, embed)
        self.symbols = symbols
        kind = getattr(torch.nn, cell.upper(), None)
        if kind is None:
            raise ValueError(f"torch.nn has no {cell.upper()}")
        extra = {"nonlinearity": activation} if cell == "rnn" else {}
        width = size
        if skip == "none":
            self.rnn = kind(embed or symbols, size, layers, **extra)
        else:
            self.rnn = Skips(kind, skip, embed or symbols, size, layers, **extra)
            width = self.rnn.width
        if bidirectional:
            self.back = kind(embed or symbols, size, layers, **extra)
            width = 2 * size
        self.head = torch.nn.Linear(width, symbols)

    def vectors(self, ids):
        if hasattr(self, "embed"):
            return self.embed(ids)
        return torch.eye(self.symbols, dtype=self.head.weight.dtype)[ids]

    def look_right(self, right, steps):
        """The outputs [steps, H] of the second stack.  The output for step t is the one after
        reading right[t:] from right to left; it is zero if that is empty."""
        rows = torch.zeros(steps, self.back.hidden_size, dtype=self.head.weight.dtype)
        if len(right) == 0:
            return rows
        out = self.back(self.vectors(right.flip(0)[:, None]))[0][:, 0].flip(0)
        return torch.cat([out, rows])[:steps]

    def read(self, ids, state=None, right=None):
        """Logits [T, B, V] after each of ids [T, B], and the state after the last.  For a
        bidirectional model, right[b] is the text of row b after its first predicted symbol."""
        out, state = self.rnn(self.vectors(ids), state)
        if right is not None:
            sides = [self.look_right(text, len(ids)) for text in right]
            out = torch.cat([out, torch.stack(sides, 1)], -1)
        return self.head(out), state

    def forward(self, ids, state=None, right=None):
        return self.read(ids, state, right)[0]


# ------------------------------------------------------------------------------- files

def write(path, tensors, metadata):
    """Writes tensors back to back, in the order given."""
    header, data = {"__metadata__": metadata} if metadata else {}, b""
    for name, t in tensors.items():
        raw = t.contiguous().reshape(-1).view(torch.uint8).numpy().tobytes()
        kind = next(k for k, v in TYPES.items() if v == t.dtype)
        header[name] = {"dtype": kind, "shape": list(t.shape),
                        "data_offsets": [len(data), len(data) + len(raw)]}
        data += raw
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-(8 + len(text)) % 64)
    with open(path, "wb") as f:
        f.write(struct.pack("<Q", len(text)) + text + data)


def read(path):
    """Reads the tensors and the metadata of a file."""
    with open(path, "rb") as f:
        raw = f.read()
    begin = 8 + struct.unpack("<Q", raw[:8])[0]
    header = json.loads(raw[8:begin])
    metadata = header.pop("__metadata__", {})
    tensors = {}
    for name, t in header.items():
        lo, hi = t["data_offsets"]
        part = bytearray(raw[begin + lo:begin + hi])
        tensors[name] = torch.frombuffer(part, dtype=TYPES[t["dtype"]]).reshape(t["shape"])
    return tensors, metadata


def save(path, network, symbols, unit="char"):
    """Saves what charnn needs: the weights by name, and the symbols in the order of their ids."""
    metadata = {"format": "pt", "unit": unit}
    first = network.rnn.cells[0] if network.skip != "none" else network.rnn
    if isinstance(first, torch.nn.RNN):
        metadata["activation"] = first.nonlinearity
    if network.skip != "none":
        metadata["skip"] = network.skip
    tensors = {"vocab": torch.tensor(symbols, dtype=torch.int32)}
    tensors.update((k, v.detach()) for k, v in network.state_dict().items())
    write(path, tensors, metadata)


def load(path):
    """Returns the network, its symbols in the order of their ids, and "char" or "byte"."""
    tensors, metadata = read(path)
    config = json.loads(metadata.get("config", "{}"))
    weights = {k: v for k, v in tensors.items() if k.split(".")[0] in ("embed", "rnn", "back", "head")}
    rows, size = weights["rnn.weight_hh_l0"].shape
    layers = sum(k.startswith("rnn.weight_hh_l") for k in weights)
    embed = weights["embed.weight"].shape[1] if "embed.weight" in weights else 0
    cell = config.get("cell", metadata.get("cell", CELLS.get(rows // size)))
    activation = config.get("activation", metadata.get("activation", "tanh"))
    skip = config.get("skip", metadata.get("skip", "none"))
    symbols = tensors["vocab"].tolist()
    network = Network(cell, activation, layers, size, embed, len(symbols), skip,
                      "back.weight_hh_l0" in weights)
    network.to(weights["head.weight"].dtype).load_state_dict(weights, strict=True)
    return network, symbols, metadata.get("unit", "char")


# ---------------------------------------------------------------------------- as a text

def encode(path, symbols, unit):
    """The ids of a text [T]."""
    with open(path, "rb") as f:
        raw = f.read()
    ids = {symbol: i for i, symbol in enumerate(symbols)}
    return torch.tensor([ids[s] for s in (raw if unit == "byte" else map(ord, raw.decode()))])


def nats(network, ids, chunk=1000):
    """The mean loss of a text, read as one stream from zero state.  A bidirectional model reads
    it in chunks of 64; as in charnn, its second stack starts 64 characters after each chunk."""
    both = hasattr(network, "back")
    chunk = 64 if both else chunk
    total, state = 0.0, None
    with torch.no_grad():
        for i in range(0, len(ids) - 1, chunk):
            targets = ids[i + 1:i + 1 + chunk]
            right = [ids[i + 2:i + 1 + 2 * chunk]] if both else None
            logits, state = network.read(ids[i:i + len(targets), None], state, right)
            total += cross_entropy(logits[:, 0].double(), targets, reduction="sum").item()
    return total / (len(ids) - 1)


def main(checkpoint, text):
    network, symbols, unit = load(checkpoint)
    print(f"{nats(network, encode(text, symbols, unit)):.7f} nats/char  {text}")


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    main(*sys.argv[1:])
