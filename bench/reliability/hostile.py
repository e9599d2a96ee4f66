"""Model, descriptor and resume files as an enemy would make them, and what reading each one costs.

    python bench/reliability/hostile.py

Every file is read in a process of its own; tests/reliability/test_hostile.py reads the same ones.
"""

import io
import json
import os
import pickle
import random
import resource
import tempfile
import time
import zipfile
from contextlib import suppress
from pathlib import Path
from typing import ClassVar

import numpy as np
import torch
from apart import CONTEXT
from safetensors.torch import save

from texturenet.commands import runs
from texturenet.descriptors import formats
from texturenet.descriptors.vgg import convolution_names
from texturenet.descriptors.weights import flat
from texturenet.errors import Refused
from texturenet.generator import release
from texturenet.generator.architecture import Architecture
from texturenet.io.files import DESCRIPTOR_KEY, NET_KEY
from texturenet.training.resume import check_resumable

LONGEST = 60  # seconds after which a file counts as one that hangs its reader
TRAP = "trap.txt"  # what a payload would write, in the folder of the files


def net_bytes(changed=None, **claims):
    """A small net, with some of its card or its tensors changed."""
    card = json.dumps(net_card() | claims)
    return save(net_tensors() | (changed or {}), metadata={NET_KEY: card})


WIDE = {"widths": [4, 2], "branch": 0, "noise_channels": 3, "mixed": True, "heads": False}


def net_card():
    claimed = {"scales": 2, "step": 2, "noise_channels": 3}
    return {"format": 1, "architecture": claimed, "name": "net", "law": "uniform"}


def net_tensors():
    shapes = Architecture.growing(2, 2, 3).shapes()
    return {name: torch.ones(size) for name, size in shapes.items()}


def descriptor_bytes(changed=None, **claims):
    """A narrow VGG-16 as a descriptor file, the same."""
    card = json.dumps(descriptor_card() | claims)
    return save(descriptor_tensors() | (changed or {}), metadata={DESCRIPTOR_KEY: card})


def descriptor_card():
    return {"format": 1, "architecture": "vgg16", "convention": "unit"}


def descriptor_tensors():
    tensors, channels = {}, 3
    for name in convolution_names("vgg16"):
        tensors[name] = torch.ones(2, channels, 3, 3), torch.zeros(2)
        channels = 2
    return flat(tensors)


class Payload:
    """Writes a file when it is unpickled by anybody who is careless."""

    def __init__(self, folder):
        self.command = f"touch '{folder / TRAP}'"

    def __reduce__(self):
        return os.system, (self.command,)


def pickled(value):
    data = io.BytesIO()
    torch.save(value, data)
    return data.getvalue()


def header(claimed, text=b"{}", rest=b""):
    return claimed.to_bytes(8, "little") + text + rest


def headed(entries, length):
    """A safetensors header of our own, over `length` bytes of data."""
    text = json.dumps(entries).encode()
    return header(len(text), text, bytes(length))


def views():
    """Names that the port's state dict could have."""
    parts = ("weight", "bias", "running_mean", "running_var")
    return [
        f"cb{k}_1.conv{n}.{part}" for k in range(1, 13) for n in (1, 2, 3) for part in parts
    ] + ["last_conv.weight"]


def holed(entries, length):
    """A safetensors file whose data take no space on a disk: (bytes, length of the hole)."""
    text = json.dumps(entries).encode()
    return header(len(text), text), length


def terabyte():
    """One number, seen as 2^38 of them."""
    return torch.zeros(1).expand(2**38)


def two_directories():
    """An archive in which one reader finds a bomb, and another something small."""
    small, large = pickled({"a": torch.zeros(4)}), bomb()
    return large[: large.rfind(b"PK\5\6")] + small


class Asked:
    """Has its reader make something of a size: memory that no byte of the file fills."""

    def __init__(self, kind, *given):
        self.call = kind, given

    def __reduce__(self):
        return self.call


def laughs(depth=40):
    value = ["ha"] * 2
    for _ in range(depth):
        value = [value, value]
    return value


def legacy(storage):
    """The format before archives, claiming a storage of which nothing is there."""
    data = io.BytesIO()
    torch.save({"last_conv.weight": storage, "conv1_1.weight": storage, "origin": {},
                "painting": storage}, data, _use_new_zipfile_serialization=False)  # fmt: skip
    return data.getvalue()[: -4 * len(storage)]


def npy(value):
    return b"\x93NUMPY\x01\x00\x02\x00{}" + pickle.dumps(value)


def sparse_row():
    """2^40 numbers of which all but one are not there."""
    return torch.sparse_coo_tensor([[0]], [1.0], (2**40,), check_invariants=True)


def bomb():
    """An archive of 260 kilobytes that unpacks to 256 megabytes."""
    plain = pickled({"a": torch.zeros(4)})
    data = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(plain)) as whole,
        zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as archive,
    ):
        for item in whole.infolist():
            content = whole.read(item)
            archive.writestr(item.filename, bytes(2**27) if "data/" in item.filename else content)
    return data.getvalue()


def nested(depth=100_000):
    return "[" * depth


def flipped(data, seed):
    """One bit of a file turned over."""
    draw = random.Random(seed)
    place = draw.randrange(len(data))
    return data[:place] + bytes([data[place] ^ 1 << draw.randrange(8)]) + data[place + 1 :]


def hostile(folder):
    """(file name, reader, content): bytes, or bytes and the length of a hole after them."""
    own, other = net_bytes(), descriptor_bytes()
    yield from _headers()
    yield from _nets()
    yield from _weights()
    yield from _pickles(folder)
    for kind, data, reader in (("net", own, "net"), ("descriptor", other, "weights")):
        for share in (0, 1, 7, 8, 9, 100, len(data) // 2, len(data) - 1):
            yield f"{kind}_cut_{share}.safetensors", reader, data[:share]


def _headers():
    for reader in ("net", "weights"):
        yield f"{reader}_2_60.safetensors", reader, header(2**60)
        yield f"{reader}_2_64.safetensors", reader, header(2**64 - 1)
        yield f"{reader}_no_json.safetensors", reader, header(4, b"\xff{]}")
        long = json.dumps({"__metadata__": {"a": "x" * 10**8}}).encode()
        yield f"{reader}_100_MB_of_metadata.safetensors", reader, header(len(long), long)
        deep = f'{{"__metadata__":{{"{NET_KEY}":{json.dumps(nested())}}}}}'.encode()
        yield f"{reader}_deep_card.safetensors", reader, header(len(deep), deep)
        cells = {"dtype": "F32", "shape": [2**40], "data_offsets": [0, 2**42]}
        yield f"{reader}_terabyte_claimed.safetensors", reader, headed({"a": cells}, 4)
        over = {"dtype": "F32", "shape": [2**62, 4], "data_offsets": [0, 4]}
        yield f"{reader}_overflow.safetensors", reader, headed({"a": over}, 4)
    wide = {
        f"{name}.{part}": {"dtype": "F32", "shape": shape, "data_offsets": [0, 0]}
        for name in convolution_names("vgg16")
        for part, shape in (("weight", [2**20, 3, 3, 3]), ("bias", [2**20]))
    }
    end = 0
    for claim in wide.values():
        length = 4
        for side in claim["shape"]:
            length *= side
        claim["data_offsets"] = [end, end + length]
        end += length
    yield "weights_sparse_gigabytes.safetensors", "weights", holed(wide, end)


def units(rows, across, channels=2):
    told = {"rows": rows, "across": across, "channels": channels}
    return {"torus": 8192, "vectors": [[0, 1]], "units": told}


def _nets():
    claims = [
        ("format", {"format": 99}), ("no_shape", {"architecture": None}), ("law", {"law": "evil"}),
        ("scales", {"architecture": {"scales": 10**9, "step": 2, "noise_channels": 3}}),
        ("huge", {"architecture": {"scales": 12, "step": 256, "noise_channels": 64}}),
        ("float", {"architecture": {"scales": 2.0, "step": 2, "noise_channels": 3}}),
        ("no_widths", {"format": 2}),
        ("widths", {"format": 2, "architecture": WIDE | {"widths": [2] * 10**5}}),
        ("width", {"format": 2, "architecture": WIDE | {"widths": [4, 10**9]}}),
        ("wide", {"format": 2, "architecture": WIDE | {"widths": [3072] * 12}}),
        ("heads", {"format": 2, "architecture": WIDE | {"heads": "many"}}),
        ("path", {"name": "../../etc/passwd"}), ("absolute", {"name": "/etc/passwd"}),
        ("nul", {"name": "a\0b"}), ("newline", {"name": "a\nb"}), ("number", {"name": 5}),
        ("long", {"name": "x" * 10**6}), ("long_format", {"format": "x" * 10**6}),
        ("waves", {"waves": {"torus": 8191, "vectors": [[1, 1]]}}),
        ("many_waves", {"waves": {"torus": 8, "vectors": [[1, 1]] * 10**5}}),
        ("deep_waves", {"waves": {"torus": 8, "vectors": [[[[1]], 1]]}}),
        ("far_waves", {"waves": {"torus": 10**30, "vectors": [[10**30, 1]]}}),
        ("long_units", {"format": 6, "waves": units([3276, 3275], [-3275, -3274])}),
        ("many_units", {"format": 6, "waves": units([1, 0], [0, -1], 10**9)}),
        ("far_units", {"format": 6, "waves": units([10**30, 0], [0, -1])}),
        ("deep_units", {"format": 6, "waves": units([[1], 0], [0, -1])}),
    ]  # fmt: skip
    for what, changed in claims:
        yield f"net_{what}.safetensors", "net", net_bytes(**changed)
    tensors = [
        ("nan", torch.full((3,), float("nan"))), ("infinite", torch.full((3,), float("inf"))),
        ("whole_numbers", torch.ones(3, dtype=torch.int64)), ("bool", torch.ones(3) > 0),
        ("other_shape", torch.ones(4)), ("scalar", torch.ones(())), ("empty", torch.ones(0)),
        ("complex", torch.ones(3, dtype=torch.complex64)),
        ("beyond_float32", torch.full((3,), 1e300, dtype=torch.float64)),
    ]  # fmt: skip
    for what, tensor in tensors:
        with suppress(KeyError):  # older safetensors write no complex numbers
            yield f"net_{what}.safetensors", "net", net_bytes({"output.bias": tensor})
    yield "net_more_layers.safetensors", "net", net_bytes({"evil.weight": torch.ones(1)})


def _weights():
    for seed in range(8):  # a flip in a descriptor shows in its fingerprint, wherever it is
        data = descriptor_bytes()
        yield f"weights_flipped_{seed}.safetensors", "weights", flipped(data, seed)
    for what, changed in (
        ("format", {"format": 7}), ("architecture", {"architecture": "evil"}),
        ("convention", {"convention": ["x"]}), ("sum", {"sha256": "0" * 64}),
        ("pooling", {"recipe": {"pooling": "evil"}}),
    ):  # fmt: skip
        yield f"weights_{what}.safetensors", "weights", descriptor_bytes(**changed)
    bias = "conv1_1.bias"
    for what, tensor in (
        ("nan", torch.full((2,), float("nan"))), ("int", torch.ones(2, dtype=torch.int32)),
        ("beyond_float32", torch.full((2,), 1e300, dtype=torch.float64)),
        ("shape", torch.ones(3)), ("scalar", torch.ones(())),
    ):  # fmt: skip
        yield f"weights_{what}.safetensors", "weights", descriptor_bytes({bias: tensor})


def _pickles(folder):
    payload = Payload(folder)
    everywhere = [
        ("payload", pickle.dumps(payload)), ("payload_in_archive", pickled({"a": payload})),
        ("bomb", bomb()), ("empty", b""), ("text", b"hello"), ("zip", b"PK\x03\x04" + bytes(100)),
        ("terabyte", pickled({"conv1_1.weight": terabyte(), "last_conv.weight": terabyte(),
                              "origin": {}, "painting": terabyte()})),
        ("sparse", pickled({"features.0.weight": sparse_row(), "last_conv.weight": sparse_row()})),
        ("asked", pickled({"last_conv.weight": Asked(torch.Tensor, 2**28), "origin": {},
                           "conv1_1.weight": Asked(torch.Tensor, 2**28), "painting": {}})),
        ("legacy", legacy(torch.zeros(2**22))), ("two_directories", two_directories()),
        ("many_views", pickled(dict.fromkeys(views(), torch.zeros(2**20)))),
        ("laughs", pickled({"origin": {"kind": laughs()}, "painting": {}})),
        ("long_word", pickled({"origin": {"kind": "x\n\x1b" * 10**6}, "painting": {}})),
        ("tensor_origin", pickled({"origin": {"kind": [torch.zeros(3)]}, "painting": {}})),
        ("list", pickled([1, 2, 3])), ("number", pickled(5)),
        ("nothing", pickled({})), ("deep", b"\x80\x02" + b"]" * 10**5 + b"a" * (10**5 - 1) + b"."),
        ("claims", b"\x80\x02" + b"X" + (2**31 - 1).to_bytes(4, "little")),
        ("billion", b"\x80\x04" + b"\x95" + (2**62).to_bytes(8, "little") + b"N."),
    ]  # fmt: skip
    for what, data in everywhere:
        yield f"net_{what}.pth", "net", data
        yield f"weights_{what}.pth", "weights", data
        yield f"resume_{what}.ckpt", "resume", data
    for what, value in (
        ("payload", payload), ("asked", Asked(np.ndarray, (2**27,))),
        ("strides", Asked(np.ndarray, (2**27,), "f4", b"abcd", 0, (0,))),
        ("number", 5), ("objects", np.array([{"conv1_1": [[1, 2], [3]]}], dtype=object)[0]),
    ):  # fmt: skip
        yield f"weights_{what}.npy", "weights", npy(value)


def write(folder):
    """All of them -> [(path, reader)]."""
    files = []
    for name, reader, content in hostile(folder):
        data, hole = content if isinstance(content, tuple) else (content, 0)
        path = folder / name
        path.write_bytes(data)
        if hole:
            os.truncate(path, len(data) + hole)
        files.append((path, reader))
    return files


def read(path, reader):
    """As the project does: of a resume file everything that is read before a run begins."""
    if reader == "net":
        return release.load(path)
    if reader == "weights":
        return formats.read(path)
    for kept in ("painting", "growth"):
        with suppress(Refused):
            runs.load_resume(str(path), {"kind": "gatys"}, kept, dict)
            return None
    return check_resumable(path, TRAINING)


class TRAINING:
    """As much of a run as is looked at before its file is."""

    origin: ClassVar = {"exemplar": "a"}


def measured(path, reader):
    """-> (the refusal, or that it was read; seconds; megabytes that the process grew by)."""
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    started = time.perf_counter()
    try:
        read(path, reader)
        answer = "was read"
    except Refused as refusal:
        answer = str(refusal)
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    return answer, time.perf_counter() - started, grown / 1000


def measured_apart(files):
    """The same of every file in a process of its own, so that the memory is that of the one."""
    with CONTEXT.Pool(1, maxtasksperchild=1) as pool:
        return [pool.apply_async(measured, job).get(LONGEST) for job in files]


def main():
    with tempfile.TemporaryDirectory() as folder:
        files = write(Path(folder))
        answers = measured_apart(files)
        sprung = (Path(folder) / TRAP).exists()
    taken = [path.name for (path, _), (answer, *_) in zip(files, answers, strict=True)
             if answer == "was read"]  # fmt: skip
    print(f"{len(files)} files; read: {', '.join(taken) or 'none'}; code run: {sprung}")
    slowest = max(zip(files, answers, strict=True), key=lambda item: item[1][1])
    largest = max(zip(files, answers, strict=True), key=lambda item: item[1][2])
    print(f"longest: {slowest[1][1]:.3f} s, {slowest[0][0].name}")
    print(f"most memory: {largest[1][2]:.0f} MB, {largest[0][0].name}")


if __name__ == "__main__":
    main()
