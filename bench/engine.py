"""The engine in C against torch: megapixels a second of one thread.

    python bench/engine.py [models=leaves,knit,bricks,weave] [side=512] [repeats=7] [avx2=false]

torch is `Texture.render`; native is the library of `make -C engine native`; wasm is the committed
build in Node, relaxed the one with fused products and sums. All draw the same windows, by turns in
one run; seconds are those of the processor, so that other work on the machine counts less, and the
fastest of the repeats is told. avx2=true: torch and the library without AVX-512, as most machines
are.
"""

import ctypes
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
AVX2 = {
    "ONEDNN_MAX_CPU_ISA": "AVX2", "ATEN_CPU_CAPABILITY": "avx2", "MKL_ENABLE_INSTRUCTIONS": "AVX2",
}  # fmt: skip
NODE = """
import {makeEngine} from '%s';
import {readFileSync} from 'node:fs';
import {createInterface} from 'node:readline';
import {plainBuild} from '%s';
import {relaxedBuild} from '%s';
const builds = {wasm: plainBuild, relaxed: relaxedBuild};
const engines = {};
for await (const line of createInterface({input: process.stdin})) {
  const {build, file, side, row} = JSON.parse(line);
  const key = build + file;
  engines[key] ??= await makeEngine(Buffer.from(builds[build], 'base64'), readFileSync(file));
  const before = process.cpuUsage();
  for (let down = 0; down < side; down += 128) for (let right = 0; right < side; right += 128) {
    engines[key].draw({
      seed: 7n, row: BigInt(row + down), column: BigInt(right), height: 128, width: 128,
      tile: {height: 0, width: 0}, border: null, other: 8n, turns: null, octave: 0}, 0);
  }
  console.log(process.cpuUsage(before).user / 1e6);
}
"""


class View(ctypes.Structure):
    """tn_view of texturenet.h, as far as it is not all zero."""

    _fields_ = [
        ("seed", ctypes.c_uint64),
        *((name, ctypes.c_int64) for name in ("row", "column", "height", "width")),
        ("rest", ctypes.c_int64 * 18),
    ]


def native(folder, arch):
    """A drawing function of the library, built for this processor."""
    command = ["make", "-s", "-C", str(ROOT / "engine"), "native"]
    subprocess.run([*command, f"BUILD={folder}", f"ARCH={arch}"], check=True)
    library = ctypes.CDLL(f"{folder}/libtexturenet.so")
    library.tn_open.restype = ctypes.c_void_p
    error = ctypes.create_string_buffer(256)
    opened = {}

    def draw(path, side, row):
        data = path.read_bytes()
        if path not in opened:
            handle = library.tn_open(data, ctypes.c_size_t(len(data)), error)
            assert handle, error.value
            opened[path] = ctypes.c_void_p(handle)
        pixels = ctypes.create_string_buffer(4 * side * side)
        view = View(seed=7, row=row, height=side, width=side)
        start = time.process_time()
        assert not library.tn_draw(opened[path], ctypes.byref(view), 0, pixels, None, None, error)
        return time.process_time() - start

    return draw


def node():
    """A drawing function in Node, and the process to end."""
    paths = (ROOT / "js" / "src" / f"{name}.js" for name in ("engine", "plain", "relaxed"))
    flag = "--experimental-wasm-relaxed-simd"
    asked = subprocess.run(["node", flag, "-e", ""], capture_output=True, check=False)
    flags = [] if asked.returncode else [flag]  # newer ones need none
    command = ["node", *flags, "--input-type=module", "-e", NODE % tuple(paths)]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def draw(build, path, side, row):
        task = {"build": build, "file": str(path), "side": side, "row": row}
        process.stdin.write(json.dumps(task) + "\n")
        process.stdin.flush()
        return float(process.stdout.readline())

    return draw, process


def main(models="leaves,knit,bricks,weave", side="512", repeats="7", avx2="false"):
    """Print the table."""
    if avx2 == "true":
        os.environ.update(AVX2)
    import torch

    import texturenet
    from texturenet.generator import release

    torch.set_num_threads(1)
    pixels, names = int(side), models.split(",")
    nets = {name: texturenet.load(name, "cpu") for name in names}
    paths = {name: release.find(name) for name in names}

    def by_torch(name, row):
        start = time.process_time()
        nets[name].render(pixels, pixels, seed=7, origin=(row, 0))
        return time.process_time() - start

    with tempfile.TemporaryDirectory() as folder:
        by_library = native(folder, "-march=x86-64-v3" if avx2 == "true" else "-march=native")
        in_node, process = node()
        ways = {
            "torch": by_torch,
            "native": lambda name, row: by_library(paths[name], pixels, row),
            "wasm": lambda name, row: in_node("wasm", paths[name], pixels, row),
            "relaxed": lambda name, row: in_node("relaxed", paths[name], pixels, row),
        }
        print("| net | " + " | ".join(ways) + " |")
        print("|---|" + "--:|" * len(ways))
        for name in names:
            best = dict.fromkeys(ways, float("inf"))
            for repeat in range(int(repeats) + 1):  # the first one warms up
                for way, draw in ways.items():
                    seconds = draw(name, repeat * pixels)
                    best[way] = min(best[way], seconds) if repeat else best[way]
            cells = (f"{pixels**2 / seconds / 1e6:.2f}" for seconds in best.values())
            print(f"| {name} | " + " | ".join(cells) + " |", flush=True)
        process.stdin.close()
        process.wait()


if __name__ == "__main__":
    main(**dict(word.split("=", 1) for word in sys.argv[1:]))
