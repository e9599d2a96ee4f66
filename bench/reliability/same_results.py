"""SHA-256 of what the project makes, so that a change that should change nothing can show it.

    python bench/reliability/same_results.py record before.json
    python bench/reliability/same_results.py compare before.json

Of every released net: a still, a tile, a window far out, 12 frames of a loop. Then 20 steps of
training, 20 of the per-image optimiser by both of its optimisers, two layers of a ranVGG, and a
reconstruction. Numbers are compared, not files: a file also says which version wrote it. One
thread, on one machine: other processors round differently. Needs the extra `vgg16`.
"""

import hashlib
import json
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import torch
from safetensors.torch import load_file

import texturenet

NETS = ("brick", "grass", "gravel", "ihc", "pebbles", "weave")
FAR = (2**40 - 512, -(2**39) - 3)  # row and column of a window


def digest(*tensors: torch.Tensor) -> str:
    """SHA-256 of shapes, types and bytes."""
    found = hashlib.sha256()
    for tensor in tensors:
        found.update(f"{tuple(tensor.shape)} {tensor.dtype}".encode())
        found.update(tensor.detach().cpu().contiguous().numpy().tobytes())
    return found.hexdigest()


def digest_file(path: str) -> str:
    """Of the weights in a safetensors file, by name."""
    tensors = load_file(path)
    return digest(*(tensors[name] for name in sorted(tensors)))


def sampling(name: str) -> Iterator[tuple[str, str]]:
    net = texturenet.load(name)
    yield f"{name}: still", digest(net.render(200, 333, seed=7))
    yield f"{name}: tile", digest(net.render(256, 256, seed=3, tile="xy"))
    yield f"{name}: far window", digest(net.render(96, 160, seed=2**63 + 1, origin=FAR))
    film = net.film("loop", seconds=1, fps=12, size=(96, 96))
    yield f"{name}: film", digest(*film)


def training(folder: str) -> Iterator[tuple[str, str]]:
    net = {"generator": "ulyanov2016", "generator.scales": 5, "generator.waves": None}
    net |= {"pruning.channels": 1.0}
    known = {**net, "steps": 20, "log.score": False, "out": f"{folder}/train"}
    yield "train: 20 steps", digest_file(texturenet.train("gravel", **known))
    known |= {"out": f"{folder}/waves", "size": 64, "steps": 6, "recipe": "fast"}
    yield "train: waves", digest_file(texturenet.train("weave", **known))
    known |= {"out": f"{folder}/filters", "descriptor": "random_filters"}
    yield "train: random filters", digest_file(texturenet.train("brick", **known))


def optimising() -> Iterator[tuple[str, str]]:
    for optimizer in ("lbfgs", "adam"):
        known = {"size": 96, "scales": 2, "steps": 20, "coarse_steps": 5, "optimizer": optimizer}
        painting = texturenet.gatys("pebbles", **known)
        losses = [step.loss for step in painting]
        numbers = torch.tensor(losses, dtype=torch.float64)
        yield f"gatys: {optimizer}", digest(painting.picture, numbers)
    painting = texturenet.reconstruct("brick", steps=5, **{"picture.side": 64})
    yield "reconstruct", digest(*(step.picture for step in painting))
    painting = texturenet.transfer("gravel", "ihc", size=96, steps=5, coarse_steps=3)
    yield "transfer", digest(*(step.picture for step in painting))


def descriptors(folder: str) -> Iterator[tuple[str, str]]:
    known = {"layers": ["relu1_1", "relu1_2"], "evaluations": 5, "width": 0.25, "picture.side": 64}
    for kind in ("ranvgg", "singlevgg"):
        made = texturenet.make_descriptor(kind, "brick", out=f"{folder}/{kind}", **known)
        yield f"{kind}: two layers", digest_file(made)


def everything() -> Iterator[tuple[str, str]]:
    with tempfile.TemporaryDirectory() as folder:
        for name in NETS:
            yield from sampling(name)
        yield from training(folder)
        yield from optimising()
        yield from descriptors(folder)


def main() -> int:
    verb, path = sys.argv[1], Path(sys.argv[2])
    torch.set_num_threads(1)
    before = json.loads(path.read_text()) if verb == "compare" else {}
    found, different = {}, []
    for what, value in everything():
        found[what] = value
        same = before.get(what) == value
        if verb == "compare" and not same:
            different.append(what)
        print(f"{what:<28} {value[:16]}{'' if verb == 'record' or same else '  DIFFERS'}")
    if verb == "record":
        path.write_text(json.dumps(found, indent=1))
        return 0
    different += sorted(before.keys() - found.keys())
    print(f"{len(found) - len(different)} of {len(before)} the same")
    return bool(different)


if __name__ == "__main__":
    sys.exit(main())
