"""Coverage-guided fuzzing of what reads strangers' files (needs `pip install atheris`).

    python bench/reliability/fuzz.py pictures CORPUS -max_total_time=600
    python bench/reliability/fuzz.py nets CORPUS -max_total_time=600

Words of libFuzzer follow; CORPUS is a folder to begin with, which keeps what reached new code. An
error that is not a refusal ends it, and leaves the bytes beside.
tests/reliability/corpus.zip holds a selection, which tests/reliability/test_fuzzed.py reads again.
"""

import json
import sys
import tempfile
from functools import partial
from pathlib import Path

import atheris

with atheris.instrument_imports(include=["texturenet", "PIL"]):
    import hostile
    import malformed
    from fuzzed import read_net, read_picture


def refused_or_read(kind, folder):
    """A function of bytes: the reader on a file that holds them."""
    return partial(read_picture if kind == "pictures" else read_net, Path(folder))


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
        atheris.Setup(
            [sys.argv[0], corpus, "-rss_limit_mb=4096", *more], refused_or_read(kind, folder)
        )
        atheris.Fuzz()


if __name__ == "__main__":
    main()
