#!/usr/bin/python3
"""make_golden.py - writes what PyTorch computes for small networks into safetensors files.

    make_golden.py [FOLDER]          writes the files, by default beside this script
    make_golden.py --check [FOLDER]  computes everything again and compares it with the files

Computed in double precision from weights that a float holds exactly, so what the files say
is right to the last digit of a float.  README.md says what is in a file.
"""
import os
import sys

import torch
from torch.nn.functional import cross_entropy

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../scripts"))

from torch_model import Network, read, write  # noqa: E402

V, T, B = 11, 7, 3
ADAM = "optimizer=adam learning-rate=0.002 momentum=0.9 decay-rate=0.999"

# name: (cell, activation, layers, size, embed, curves {name: (steps, settings of charnn)},
# skip, bidirectional, weight drop)
FILES = {
    "rnn-tanh-1": ("rnn", "tanh", 1, 17, 0, {"adam": (50, ADAM)}),
    "rnn-tanh-2": ("rnn", "tanh", 2, 20, 0, {"adam": (50, ADAM)}),
    "rnn-relu-1": ("rnn", "relu", 1, 17, 0, {"adam": (50, ADAM)}),
    "rnn-relu-2": ("rnn", "relu", 2, 20, 0, {"adam": (50, ADAM)}),
    "lstm-1": ("lstm", "tanh", 1, 17, 0, {"adam": (50, ADAM)}),
    "lstm-2": ("lstm", "tanh", 2, 20, 0, {"adam": (50, ADAM)}),
    "gru-1": ("gru", "tanh", 1, 17, 0, {"adam": (50, ADAM)}),
    "gru-2": ("gru", "tanh", 2, 20, 0, {"adam": (50, ADAM)}),
    "gru-2-embed": ("gru", "tanh", 2, 13, 5, {"adam": (50, ADAM)}),
    "rnn-tanh-3-residual": ("rnn", "tanh", 3, 17, 5, {"adam": (50, ADAM)}, "residual"),
    "lstm-3-residual": ("lstm", "tanh", 3, 17, 0, {"adam": (50, ADAM)}, "residual"),
    "lstm-3-dense": ("lstm", "tanh", 3, 17, 0, {"adam": (50, ADAM)}, "dense"),
    "gru-3-dense": ("gru", "tanh", 3, 13, 5, {"adam": (50, ADAM)}, "dense"),
    "rnn-relu-1-both": ("rnn", "relu", 1, 17, 5, {"adam": (50, ADAM)}, "none", True),
    "lstm-2-both": ("lstm", "tanh", 2, 17, 0, {"adam": (50, ADAM)}, "none", True),
    "gru-2-both": ("gru", "tanh", 2, 13, 5, {"adam": (50, ADAM)}, "none", True),
    "lstm-2-drop": ("lstm", "tanh", 2, 20, 0, {"adam": (50, ADAM)}, "none", False, 0.25),
    "gru-2-both-drop": ("gru", "tanh", 2, 17, 5, {"adam": (50, ADAM)}, "none", True, 0.25),
    "optimizers": ("lstm", "tanh", 1, 9, 0, {
        "adam-decay": (20, ADAM + " weight-decay=0.1"),
        "adamw": (20, ADAM.replace("adam ", "adamw ") + " weight-decay=5"),
        "rmsprop": (20, "optimizer=rmsprop learning-rate=0.005 decay-rate=0.95"),
        "rmsprop-clip": (20, "optimizer=rmsprop learning-rate=0.005 decay-rate=0.95"
                             " clip-value=0.002"),
        "adagrad": (20, "optimizer=adagrad learning-rate=0.03"),
        "sgd": (20, "optimizer=sgd learning-rate=0.5 momentum=0.9"),
        "sgd-clip": (20, "optimizer=sgd learning-rate=2 momentum=0.5 clip=0.1"),
        "sgd-decay": (20, "optimizer=sgd learning-rate=0.5 momentum=0.5 weight-decay=0.01"),
    }),
}


# ----------------------------------------------------------------------- weight drop

DROP_KEY = 0x243F6A8885A308D3
GOLDEN, M32, M64 = 0x9E3779B97F4A7C15, 2 ** 32 - 1, 2 ** 64 - 1


def mix64(x):
    x = (x ^ x >> 30) * 0xBF58476D1CE4E5B9 & M64
    x = (x ^ x >> 27) * 0x94D049BB133111EB & M64
    return x ^ x >> 31


def mix32(x):
    x = (x ^ x >> 16) * 0x7FEB352D & M32
    x = (x ^ x >> 15) * 0x846CA68B & M32
    return x ^ x >> 16


def drop_mask(layer, rows, size, p):
    """The mask of a layer's W_hh: each entry is 0 or 1 / (1 - p).  A hash of its index in the
    matrix, with columns and gates padded to a multiple of 16, decides."""
    key = mix64(DROP_KEY + GOLDEN & M64)
    for word in (layer, 0):
        key = mix64((key ^ word) + GOLDEN & M64)
    padded = -(-size // 16) * 16
    mask = torch.zeros(rows, size, dtype=torch.float64)
    for row in range(rows):
        for col in range(size):
            place = (row // size * padded + row % size) * padded + col
            draw = mix32(mix32(place ^ key & M32) + (key >> 32) & M32)
            mask[row, col] = draw < int((1 - p) * M32)
    return mask / (1 - p)


def masks_of(network, layers, size, p):
    """Returns the masks in a dictionary, by the names of the weights."""
    masks = {}
    for name, w in network.named_parameters():
        part, _, number = name.partition(".weight_hh_l")
        if number:
            layer = int(number) + (layers if part == "back" else 0)
            masks[name] = drop_mask(layer, len(w), size, p)
    return masks


def use_masks(network, masks):
    """Lets torch.nn's layers compute with masked weights; gradients flow to the weights."""
    for part in ("rnn", "back"):
        layers = getattr(network, part, None)
        if masks and layers:
            layers._flat_weights = [
                getattr(layers, name) * masks.get(part + "." + name, 1)
                for name in layers._flat_weights_names]


# ------------------------------------------------------------------------- computing

def draw(shape, bound, generator):
    """Draws doubles that a float holds exactly, uniformly from (-bound, bound)."""
    x = torch.rand(shape, generator=generator, dtype=torch.float32) * 2 - 1
    return (x * bound).double()


def optimizer_of(settings, params):
    s = dict(pair.split("=") for pair in settings.split())
    rate, decay = float(s["learning-rate"]), float(s.get("weight-decay", 0))
    momentum, memory = float(s.get("momentum", 0)), float(s.get("decay-rate", 0))
    kind = s["optimizer"]
    if kind == "rmsprop":
        opt = torch.optim.RMSprop(params, rate, alpha=memory, weight_decay=decay)
    elif kind == "adagrad":
        opt = torch.optim.Adagrad(params, rate, weight_decay=decay)
    elif kind == "sgd":
        opt = torch.optim.SGD(params, rate, momentum=momentum, weight_decay=decay)
    else:
        make = {"adam": torch.optim.Adam, "adamw": torch.optim.AdamW}[kind]
        opt = make(params, rate, betas=(momentum, memory), weight_decay=decay)
    return opt, float(s.get("clip", 0)), float(s.get("clip-value", 0))


def curve(network, weights, settings, steps, loss_of):
    """Trains from the given weights, and returns the loss before each step."""
    network.load_state_dict(weights)
    params = list(network.parameters())
    opt, clip, clip_value = optimizer_of(settings, params)
    losses = []
    for _ in range(steps):
        opt.zero_grad()
        loss = loss_of()
        loss.backward()
        if clip:
            torch.nn.utils.clip_grad_norm_(params, clip)
        if clip_value:
            torch.nn.utils.clip_grad_value_(params, clip_value)
        opt.step()
        losses.append(loss.item())
    return torch.tensor(losses)


def compute(cell, activation, layers, size, embed, curves, skip="none", bidirectional=False,
            weight_drop=0):
    g = torch.Generator().manual_seed(20 * layers + size)
    network = Network(cell, activation, layers, size, embed, V, skip, bidirectional).double()
    for p in network.parameters():
        p.data = draw(p.shape, 1.5 / size ** 0.5, g)
    weights = {k: v.clone() for k, v in network.state_dict().items()}
    ids, targets = torch.randint(V, (2, T, B), generator=g)
    state = [draw((layers, B, size), 0.9, g).requires_grad_()
             for _ in range(2 if cell == "lstm" else 1)]

    lengths = (T + 4, 3, 0)  # characters to the right of each row: more than the chunk, fewer, none
    right = torch.randint(V, (T + 4, B), generator=g) if bidirectional else None
    texts = [right[:n, b] for b, n in enumerate(lengths)] if bidirectional else None

    masks = masks_of(network, layers, size, weight_drop) if weight_drop else {}

    def logits_of():
        use_masks(network, masks)
        return network(ids, tuple(state) if len(state) > 1 else state[0], texts)

    def loss_of():
        return cross_entropy(logits_of().reshape(-1, V), targets.reshape(-1))

    loss = loss_of()
    loss.backward()
    tensors = {"inputs": ids.int(), "targets": targets.int()}
    if bidirectional:
        tensors.update({"right": right.int(), "right.n": torch.tensor(lengths).int()})
    floats = dict(weights)
    floats.update(("grad." + k, p.grad.clone()) for k, p in network.named_parameters())
    for name, s in zip("hc", state):
        floats.update({name + "0": s.detach(), "grad." + name + "0": s.grad.clone()})
    floats.update(logits=logits_of().detach(), loss=loss.detach())
    for name, (steps, settings) in curves.items():
        floats["curve." + name] = curve(network, weights, settings, steps, loss_of)
    tensors.update((k, v.float()) for k, v in floats.items())
    metadata = {"cell": cell, "activation": activation, "torch": torch.__version__}
    if skip != "none":
        metadata["skip"] = skip
    if weight_drop:
        metadata.update({"weight-drop": str(weight_drop), "weight-drop-key": str(DROP_KEY)})
    metadata.update(("curve." + name, settings) for name, (_, settings) in curves.items())
    return tensors, metadata


# -------------------------------------------------------------------------- commands

def difference(new, old):
    """The largest difference between two sets of tensors, relative to the largest entry of the
    tensor."""
    if list(new) != list(old):
        return float("inf")
    worst = 0.0
    for name, t in new.items():
        if t.shape != old[name].shape:
            return float("inf")
        apart = (t.double() - old[name].double()).abs().max()
        worst = max(worst, (apart / t.double().abs().max()).item())
    return worst


def check(folder):
    bad = 0
    for name, spec in FILES.items():
        tensors, metadata = compute(*spec)
        stored, said = read(os.path.join(folder, name + ".safetensors"))
        same = all(said.get(k) == v for k, v in metadata.items() if k != "torch")
        apart = difference(tensors, stored)
        bad += not (same and apart <= 1e-6)
        print(f"{name}: {apart:.1e}" + ("" if same else ", other settings"))
    print(f"made with torch {said['torch']}, compared with torch {torch.__version__}")
    return 1 if bad else 0


def main(args):
    checking = args[:1] == ["--check"]
    args = args[checking:]
    folder = args[0] if args else os.path.dirname(os.path.abspath(__file__))
    if checking:
        return check(folder)
    for name, spec in FILES.items():
        write(os.path.join(folder, name + ".safetensors"), *compute(*spec))
    return 0


if __name__ == "__main__":
    torch.set_num_threads(1)
    sys.exit(main(sys.argv[1:]))
