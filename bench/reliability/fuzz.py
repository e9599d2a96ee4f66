"""Coverage-guided fuzzing of what reads strangers' files (needs `pip install atheris`).

    python bench/reliability/fuzz.py pictures CORPUS -max_total_time=600
    python bench/reliability/fuzz.py nets CORPUS -max_total_time=600

Words of libFuzzer follow; CORPUS is a folder to begin with, which keeps what reached new code. An
error that is not a refusal ends it, and leaves the bytes beside. tests/corpus holds a small
selection (`-merge=1`), which the tests read again.
"""

import json
import sys
import tempfile
from functools import partial
from pathlib import Path

import atheris
from safetensors.torch import save

with atheris.instrument_imports(include=["texturenet", "PIL"]):
    import hostile
    import malformed

    from texturenet import checkpoint, weight_files
    from texturenet.errors import Refused
    from texturenet.exemplars import load_picture
    from texturenet.files import DESCRIPTOR_KEY, NET_KEY


def reader(kind, folder):
    """A function of bytes: the reader on a file that holds them."""
    return partial(read_picture if kind == "pictures" else read_net, Path(folder))


def read_picture(folder, data):
    (folder / "fuzzed.png").write_bytes(data)
    refused(load_picture, str(folder / "fuzzed.png"))


def read_net(folder, data):
    """The first byte says whether the others are a file, or the card of a sound one: what is wrong
    with a header is found at once, and would hide the rest."""
    cards = {
        b"n": (hostile.net_tensors, NET_KEY),
        b"d": (hostile.descriptor_tensors, DESCRIPTOR_KEY),
    }
    made, key = cards.get(data[:1], (None, None))
    told = data[1:].decode(errors="replace")
    file = folder / "fuzzed.safetensors"
    file.write_bytes(save(made(), metadata={key: told}) if made else data[1:])
    refused(checkpoint.load, file)
    refused(weight_files.read, file)


def refused(read, file):
    try:
        read(file)
    except Refused as refusal:
        if "\n" in str(refusal):
            raise AssertionError("more than one line") from refusal


def seed(kind, corpus):
    """Something to begin with, where there is nothing: small whole files, and damaged ones."""
    corpus.mkdir(parents=True, exist_ok=True)
    if any(corpus.iterdir()):
        return
    files = dict(malformed.pictures())
    if kind == "nets":
        net, descriptor = hostile.net_card(), hostile.descriptor_card()
        files = {
            "net": b"-" + hostile.net_bytes(), "net_card": b"n" + json.dumps(net).encode(),
            "descriptor": b"-" + hostile.descriptor_bytes(),
            "descriptor_card": b"d" + json.dumps(descriptor).encode(),
        }  # fmt: skip
    for name, data in files.items():
        if len(data) < 20_000:
            (corpus / name).write_bytes(data)


def main():
    kind, corpus, *more = sys.argv[1:]
    seed(kind, Path(corpus))
    with tempfile.TemporaryDirectory(dir="/dev/shm") as folder:
        atheris.Setup([sys.argv[0], corpus, "-rss_limit_mb=4096", *more], reader(kind, folder))
        atheris.Fuzz()


if __name__ == "__main__":
    main()
