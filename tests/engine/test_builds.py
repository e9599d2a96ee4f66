"""The committed WebAssembly builds come out of the sources, and give what the library gives."""

import base64
import hashlib
import re
import subprocess

import numpy as np
import pytest

from .conftest import ENGINE, make, need
from .native import Library

JS = ENGINE.parent / "js"
SUMS = dict(
    reversed(line.split("  ")) for line in (ENGINE / "builds.sha256").read_text().splitlines()
)
MOST = 35_500  # bytes of a build


def committed(name):
    """A build as js/src has it, in text."""
    text = (JS / "src" / f"{name}.js").read_text()
    return base64.b64decode(re.search(r"Build = '([^']+)'", text)[1])


@pytest.mark.parametrize("name", ["plain", "relaxed"])
def test_a_build_is_the_one_whose_hash_is_told(name):
    data = committed(name)
    assert data[:4] == b"\0asm"
    assert len(data) < MOST
    assert hashlib.sha256(data).hexdigest() == SUMS[f"{name}.wasm"]


def test_builds_can_be_made_again(tmp_path):
    need("wasm", "make", "clang-16", "wasm-ld-16")
    make("builds", tmp_path)
    for name, told in SUMS.items():
        assert hashlib.sha256((tmp_path / name).read_bytes()).hexdigest() == told


def test_webassembly_and_native_give_the_same_bits(files, tmp_path):
    """Where neither fuses products and sums: of colours as floats."""
    need("native", "make", "cc")
    need("node", "node")
    make("native", tmp_path, MORE="-ffp-contract=off")
    program = f"""
        import {{makeEngine}} from {str(JS / "src" / "engine.js")!r};
        import {{readFileSync, writeFileSync}} from 'node:fs';
        const [build, file, out] = process.argv.slice(1);
        const engine = await makeEngine(readFileSync(build), readFileSync(file));
        const view = {{seed: 12345678901234567890n, row: -5n, column: 99n, height: 70, width: 90,
          tile: {{height: 0, width: 0}}, border: null, other: 8n, turns: [0.3, 0.3, 0.3, 0.3, 0.3],
          octave: 0}};
        writeFileSync(out, new Uint8Array(engine.draw(view, 1)));
    """
    build, out = tmp_path / "plain", tmp_path / "out"
    build.write_bytes(committed("plain"))
    library = Library(tmp_path / "libtexturenet.so")
    for name in ("weave", "leaves"):
        command = ["node", "--input-type=module", "-e", program, build, files[name], out]
        subprocess.run(command, check=True, capture_output=True)
        colours = np.frombuffer(out.read_bytes(), "<f4").reshape(3, 70, 90)
        net = library.open(files[name].read_bytes())
        expected = net.draw(
            70, 90, 1, seed=12345678901234567890, row=-5, column=99, other=8, turns=[0.3] * 5
        )
        assert np.array_equal(colours, expected)
        net.close()
