"""The types of the public API: right where it is used right, and wrong where it is used wrong."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent

MISTAKES = {
    "texturenet.load(3)": 'Argument 1 to "load" has incompatible type "int"',
    "texturenet.load('brick').render('large', 1)": 'Argument 1 to "render"',
    "texturenet.gatys('brick').pixels": '"Painting" has no attribute "pixels"',
    "texturenet.advise('brick')[0].words": '"Finding" has no attribute "words"',
    "path: int = texturenet.train('brick')": 'expression has type "str"',
    "texturenet.draw('brick')": 'Module has no attribute "draw"',
}


def mypy(*arguments: object) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "mypy", *map(str, arguments)]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=280)


@pytest.mark.slow
def test_the_public_api_and_a_program_that_uses_it_are_typed():
    done = mypy()  # with what `make lint` has cached
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.slow
def test_mistakes_in_a_program_are_reported(tmp_path):
    """Without the settings of this project, as a program of a user has it: py.typed counts."""
    program = tmp_path / "program.py"
    program.write_text("\n".join(["import texturenet", *MISTAKES]))
    done = mypy("--config-file=", "--cache-dir=.mypy_cache/user", program)
    lines = done.stdout.splitlines()
    for number, message in enumerate(MISTAKES.values(), 2):
        assert any(f"program.py:{number}: " in line and message in line for line in lines), lines


def test_lazy_names_are_listed_and_torch_waits_for_them():
    code = (
        "import sys, texturenet; assert 'torch' not in sys.modules;"
        "assert set(texturenet.__all__) <= set(dir(texturenet)); assert 'torch' not in sys.modules;"
        "texturenet.load; assert 'torch' in sys.modules"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
