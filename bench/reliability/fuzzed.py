"""What a fuzzer calls: bytes -> a file, which the project reads or refuses in one line."""

import hostile
from safetensors.torch import save

from texturenet.descriptors import formats
from texturenet.errors import Refused
from texturenet.generator import release
from texturenet.io.exemplars import load_picture
from texturenet.io.files import DESCRIPTOR_KEY, NET_KEY


def read_picture(folder, data):
    (folder / "fuzzed.png").write_bytes(data)
    _refused(load_picture, str(folder / "fuzzed.png"))


def read_net(folder, data):
    """The first byte says whether the others are a file, or the card of a sound one: what is wrong
    with a header shows at once, and would hide the rest."""
    cards = {
        b"n": (hostile.net_tensors, NET_KEY),
        b"d": (hostile.descriptor_tensors, DESCRIPTOR_KEY),
    }
    made, key = cards.get(data[:1], (None, None))
    text = data[1:].decode(errors="replace")
    file = folder / "fuzzed.safetensors"
    file.write_bytes(save(made(), metadata={key: text}) if made else data[1:])
    _refused(release.load, file)
    _refused(formats.read, file)


def _refused(read, file):
    try:
        read(file)
    except Refused as refusal:
        if "\n" in str(refusal):
            raise AssertionError("more than one line") from refusal
