"""Seconds until the project is there: importing it, help, a list, advice, a small picture.

    python bench/start.py [repeats=5]

Whole processes, the least of several runs each, beside that of a Python that does nothing.
"""

import subprocess
import sys
import tempfile
import time

FOLDER = tempfile.gettempdir()
WORK = {
    "python": ["-c", "pass"],
    "import texturenet": ["-c", "import texturenet"],
    "texturenet.load": ["-c", "import texturenet; texturenet.load('brick')"],
    "sample --help": ["-m", "texturenet", "sample", "--help"],
    "train --help": ["-m", "texturenet", "train", "--help"],
    "models": ["-m", "texturenet", "models"],
    "advise exemplar=brick": ["-m", "texturenet", "advise", "exemplar=brick", "threads=1"],
    "sample size=64": ["-m", "texturenet", "sample", "model=brick", "size=64", f"out={FOLDER}"],
}


def seconds(arguments: list[str]) -> float:
    started = time.perf_counter()
    subprocess.run([sys.executable, *arguments], check=True, capture_output=True)
    return time.perf_counter() - started


def main() -> None:
    repeats = int(dict(word.split("=") for word in sys.argv[1:]).get("repeats", 5))
    for name, arguments in WORK.items():
        print(f"{name:<24} {min(seconds(arguments) for _ in range(repeats)):.2f} s")


if __name__ == "__main__":
    main()
