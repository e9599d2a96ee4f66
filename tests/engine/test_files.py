"""What is no file of texturenet is refused with a sentence, whatever it is."""

import json
import random
import struct
import subprocess

import pytest
from helpers.nets import random_net
from safetensors.torch import save

from texturenet.sampling.texture import Texture

from .conftest import ENGINE, need
from .native import Refused

FUZZED = 150


@pytest.fixture(scope="module")
def data(files):
    return files["stone"].read_bytes()


def header_of(data):
    length = struct.unpack("<Q", data[:8])[0]
    return json.loads(data[8 : 8 + length]), data[8 + length :]


def packed(header, body):
    text = json.dumps(header).encode()
    return struct.pack("<Q", len(text)) + text + body


def changed(data, **facts):
    """The file with other facts in its card."""
    header, body = header_of(data)
    card = json.loads(header["__metadata__"]["texturenet"])
    for key, value in facts.items():
        *path, last = key.split("__")
        inner = card
        for name in path:
            inner = inner[name]
        inner[last] = value
    header["__metadata__"]["texturenet"] = json.dumps(card)
    return packed(header, body)


@pytest.mark.parametrize(
    ("facts", "told"),
    [
        ({"format": 4}, "known: 1 to 3 and 6"),
        ({"format": True}, "known: 1 to 3 and 6"),
        ({"format": 6}, "wrongly what units"),
        (
            {"waves__units": {"rows": [3, -1], "across": [0, -2], "channels": 1}},
            "wrongly what units",
        ),
        ({"architecture": None}, "widths is no list"),
        ({"architecture__widths": [3] * 13}, "more than 12 scales"),
        ({"architecture__widths": []}, "net of 0 scales"),
        ({"architecture__widths": [0, 2, 2]}, "not 1 to 3072"),
        ({"architecture__widths": [6.0, 4, 2]}, "not 1 to 3072"),
        ({"architecture__branch": -1}, "between 0 and 3072"),
        ({"architecture__noise_channels": 65}, "between 1 and 64"),
        ({"architecture__outputs": 17}, "between 3 and 16"),
        ({"architecture__outputs": 9}, "for 9 outputs"),
        ({"architecture__mixed": 1}, "true or false"),
        ({"architecture__widths": [3072, 3072, 3072]}, "another shape"),
        ({"law": "poisson"}, "known: uniform, gaussian"),
        ({"name": "../brick"}, "cannot name a file"),
        ({"name": "b" * 201}, "cannot name a file"),
        ({"waves__torus": 8193}, "1 to 8192"),
        ({"waves__torus": 30}, "30 pixels, no multiple of 4"),
        ({"waves__vectors": [[1, 33]]}, "two numbers within 32"),
        ({"waves__vectors": [[1, 2, 3]]}, "two numbers within 32"),
        ({"waves__vectors": [[1, 2]] * 4}, "8 channels of waves among the 7"),
        ({"maps": None}, "says of which maps wrongly"),
        ({"maps__kinds": ["normal", "colour"]}, "maps that cannot be"),
        ({"maps__steepest": 0}, "maps that cannot be"),
        ({"maps__gain": 1e7}, "maps that cannot be"),
        ({"maps__constants": {"metallic": 2}}, "maps that cannot be"),
    ],
)
def test_a_card_that_cannot_be_is_refused(library, data, facts, told):
    with pytest.raises(Refused, match=told):
        library.open(changed(data, **facts))


@pytest.mark.parametrize(
    "units",
    [
        {"rows": [0, -2], "across": [3, -1], "channels": 5},  # in the other order
        {"rows": [3, -1], "across": [0, -2], "channels": 0},
        {"rows": [3, -1], "across": [0, -2], "channels": 17},
        {"rows": [3, -1, 2], "across": [0, -2], "channels": 5},
        {"rows": [3], "across": [0, -2], "channels": 5},
        {"rows": [14, -1], "across": [0, -2], "channels": 5},  # smaller than cells
        {"rows": [3, -1], "channels": 5},
        [],
    ],
)
def test_units_that_cannot_be_are_refused(library, files, units):
    with pytest.raises(Refused, match="units of a lattice that cannot be"):
        library.open(changed(files["tiles"].read_bytes(), waves__units=units))


def test_foreign_files_are_refused(library, data):
    header, body = header_of(data)
    for bytes_, told in (
        (b"", "0 bytes"),
        (b"\x89PNG\r\n\x1a\n" + bytes(100), "no .safetensors file"),
        (struct.pack("<Q", 2**40) + b"{}", "more than 4194304 bytes"),
        (struct.pack("<Q", 100) + b"{}", "truncated"),
        (packed({}, b""), "not one of texturenet"),
        (packed({"__metadata__": {"texturenet": "{"}}, b""), "metadata is damaged"),
        (packed({"__metadata__": {"texturenet_descriptor": "{}"}}, b""), "is a descriptor"),
        (data[:-4], "truncated"),
        (data + b"more", "not"),
        (packed(header | {"more": next(iter(header.values()))}, body), "layers"),
    ):
        with pytest.raises(Refused, match=told):
            library.open(bytes_)


def test_tensors_that_lie_wrongly_are_refused(library, data):
    header, body = header_of(data)
    name = "output.weight"
    place = header[name]["data_offsets"]
    for change, told in (
        ({"data_offsets": [place[0], place[1] + 4]}, "lies beyond the end"),
        ({"data_offsets": [-4, place[1] - place[0] - 4]}, "lies beyond the end"),
        ({"data_offsets": [len(body), len(body) + place[1] - place[0]]}, "lies beyond the end"),
        ({"data_offsets": [2**62, 2**62 + 4]}, "lies beyond the end"),
        ({"dtype": "I32"}, "no numbers"),
        ({"shape": header[name]["shape"][::-1]}, "another shape"),
    ):
        with pytest.raises(Refused, match=f"{name}.*{told}"):
            library.open(packed(header | {name: header[name] | change}, body))
    del header[name]
    with pytest.raises(Refused, match=f"{name} is missing"):
        library.open(packed(header, body))


def test_weights_that_are_not_finite_are_refused(library, data):
    header, body = header_of(data)
    start = header["output.bias"]["data_offsets"][0]
    for value in (float("nan"), float("inf")):
        broken = body[:start] + struct.pack("<f", value) + body[start + 4 :]
        with pytest.raises(Refused, match="not finite"):
            library.open(packed(header, broken))


def test_values_that_are_not_finite_are_refused(library):
    net = random_net(2)
    weights = {name: tensor.clone() * 1e25 for name, tensor in net.weights().items()}
    card = {"name": "big", "law": "uniform", "format": 2}
    card["architecture"] = net.architecture.facts()
    texture = library.open(save(weights, metadata={"texturenet": json.dumps(card)}))
    with pytest.raises(Refused, match="not finite"):
        texture.draw(8, 8)


def test_weights_of_half_the_bits_are_read(library, tmp_path):
    """Python's own reader takes them as well: both draw the same."""
    import texturenet

    from .cases import Case, compare, drawn

    net = random_net(3, step=4, family="mixed")
    card = {"name": "halves", "law": "uniform", "format": 2}
    card["architecture"] = net.architecture.facts()
    for kind in ("half", "bfloat16"):
        weights = {name: getattr(tensor, kind)() for name, tensor in net.weights().items()}
        file = tmp_path / f"{kind}.safetensors"
        file.write_bytes(save(weights, metadata={"texturenet": json.dumps(card)}))
        texture = texturenet.load(str(file), "cpu")
        assert isinstance(texture, Texture)
        made = library.open(file.read_bytes()).draw(40, 52)
        compare(made, drawn(texture, Case("halves")))


def test_damaged_files_never_crash(data, tmp_path):
    """Cut and with bits flipped, under the address and undefined-behaviour sanitisers."""
    need("native", "make", "cc")
    sources = sorted(path for path in (ENGINE / "src").glob("*.c") if path.name != "wasm.c")
    program = tmp_path / "damage"
    built = subprocess.run(
        ["cc", "-std=gnu99", "-O1", "-g", "-fsanitize=address,undefined", "-fno-sanitize=alignment",
         "-fno-sanitize-recover=all", "-o", program, ENGINE / "example" / "damage.c", *sources,
         "-lm"],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    if "fsanitize" in built.stderr or "libasan" in built.stderr:
        pytest.skip("the compiler has no sanitisers")
    assert built.returncode == 0, built.stderr
    file = tmp_path / "whole.safetensors"
    file.write_bytes(data)
    seed = str(random.Random(1).randrange(2**31))
    run = subprocess.run(
        [program, file, str(FUZZED), seed], capture_output=True, text=True, check=False
    )
    assert run.returncode == 0, run.stderr[-3000:]
    opened, refused = map(int, run.stdout.split())
    assert opened + refused == 4 * FUZZED
    assert refused > FUZZED  # flipped weights may well draw
