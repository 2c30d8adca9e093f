#!/usr/bin/python3
"""check_unknown.py - computes the loss of a text with unknown characters with numpy alone.

    check_unknown.py CHECKPOINT TEXT

Reads the safetensors file of an LSTM or a GRU without skip connections, encodes the text as
`charnn eval` does by default (an unknown character is U+FFFD where the model has it, else it
is left out), runs the equations in double precision, and prints the mean loss in nats/char
and the number of unknown characters.
"""
import json
import struct
import sys

import numpy as np

TYPES = {"F32": "<f4", "I32": "<i4", "I64": "<i8", "U8": "u1"}


def read(path):
    with open(path, "rb") as f:
        raw = f.read()
    begin = 8 + struct.unpack("<Q", raw[:8])[0]
    header = json.loads(raw[8:begin])
    metadata = header.pop("__metadata__", {})
    tensors = {}
    for name, t in header.items():
        lo, hi = t["data_offsets"]
        tensors[name] = np.frombuffer(raw[begin + lo:begin + hi], TYPES[t["dtype"]]).reshape(t["shape"])
    return tensors, metadata


def encode(raw, symbols, unit):
    """Returns the ids, and how many characters were unknown."""
    ids = {s: i for i, s in enumerate(symbols)}
    out, unknown = [], 0
    for c in raw.decode():
        parts = list(c.encode()) if unit == "byte" else [ord(c)]
        if all(p in ids for p in parts):
            out += [ids[p] for p in parts]
            continue
        unknown += 1
        if unit == "char" and 0xFFFD in ids:
            out.append(ids[0xFFFD])
    return out, unknown


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def step(x, h, c, w):
    a, b = w["ih"] @ x + w["bih"], w["hh"] @ h + w["bhh"]
    if len(a) == 4 * len(h):
        i, f, g, o = np.split(a + b, 4)
        c = sigmoid(f) * c + sigmoid(i) * np.tanh(g)
        return sigmoid(o) * np.tanh(c), c
    (ar, az, an), (br, bz, bn) = np.split(a, 3), np.split(b, 3)
    r, z = sigmoid(ar + br), sigmoid(az + bz)
    n = np.tanh(an + r * bn)
    return (1 - z) * n + z * h, c


def mean_loss(t, ids):
    t = {k: v.astype(np.float64) for k, v in t.items() if k.split(".")[0] in ("rnn", "head", "embed")}
    layers = [{k: t[f"rnn.{n}_l{i}"] for k, n in (("ih", "weight_ih"), ("hh", "weight_hh"),
                                                 ("bih", "bias_ih"), ("bhh", "bias_hh"))}
              for i in range(sum(k.startswith("rnn.weight_hh") for k in t))]
    size, total = layers[0]["hh"].shape[1], 0.0
    h, c = [np.zeros(size)] * len(layers), [np.zeros(size)] * len(layers)
    for symbol, target in zip(ids, ids[1:]):
        x = t["embed.weight"][symbol] if "embed.weight" in t else np.eye(len(t["head.bias"]))[symbol]
        for i, w in enumerate(layers):
            h[i], c[i] = step(x, h[i], c[i], w)
            x = h[i]
        logits = t["head.weight"] @ x + t["head.bias"]
        top = logits.max()
        total += top + np.log(np.exp(logits - top).sum()) - logits[target]
    return total / (len(ids) - 1)


def main(checkpoint, text):
    tensors, metadata = read(checkpoint)
    with open(text, "rb") as f:
        ids, unknown = encode(f.read(), tensors["vocab"].tolist(), metadata.get("unit", "char"))
    print(f"{mean_loss(tensors, ids):.7f} nats/char, {unknown} unknown")


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    main(*sys.argv[1:])
