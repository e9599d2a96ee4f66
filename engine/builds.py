"""WebAssembly builds -> modules of js/src, in which they are text, and their SHA-256.

python builds.py build/plain.wasm build/relaxed.wasm
"""

import base64
import hashlib
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
HEAD = "// Made by `make -C engine wasm` out of engine/src; do not edit.\n"


def main(paths: list[str]) -> None:
    """Write what stands for these files, named after them."""
    sums = ""
    for path in map(Path, paths):
        data = path.read_bytes()
        name, text = f"{path.stem}Build", base64.b64encode(data).decode()
        module = HERE.parent / "js" / "src" / f"{path.stem}.js"
        module.write_text(f"{HEAD}export const {name} = '{text}';\n")
        sums += f"{hashlib.sha256(data).hexdigest()}  {path.name}\n"
        print(f"{path.name}: {len(data)} bytes")
    (HERE / "builds.sha256").write_text(sums)


if __name__ == "__main__":
    main(sys.argv[1:])
