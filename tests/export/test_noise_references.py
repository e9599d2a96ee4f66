"""docs/noise in five languages: the same noise as texturenet's, wherever it is asked for."""

import importlib.util
import math
import os
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest
import torch

from texturenet.noise import fields, laws
from texturenet.noise.philox import address, cells
from texturenet.noise.units import Units
from texturenet.noise.waves import Waves

from .programs import DOCS, tool

DRIVERS = Path(__file__).parent / "drivers"
FAR = 2**40

# seed, scale, channels, top, left, rows, columns, and the periods
PLACES = [
    (0, 0, 3, 0, 0, 3, 5, 0, 0),
    (1, 4, 11, -7, -9, 4, 4, 0, 0),  # negative cells, three words of channels
    (2**64 - 5, 2, 3, FAR - 2, -FAR, 4, 3, 0, 0),  # far ones, and all 64 bits of a seed
    (2**63, 3, 2, -(2**47), 2**47 - 3, 2, 3, 0, 0),  # the ends of the plane
    (2**32, 1, 4, 2**32 - 2, -(2**32) - 2, 4, 4, 0, 0),  # across 32 bits
    (7, 2, 3, -6, 13, 20, 20, 16, 12),  # a tile
    (7, 2, 1, -6, -6, 5, 9, 0, 4),  # along one axis
]
WAVES = Waves(128, ((0, 7), (3, -8), (-1, 16), (50, 0)))
# cell, shift, top, left, rows, columns
WINDOWS = [(1, (0, 0), 0, 0, 4, 5), (4, (100, 3), -9, FAR, 3, 4), (16, (1, 127), 5, -FAR, 3, 3)]
UNITS = [Units((0, 8), (3, 4), 2), Units((5, -3), (-4, -7), 6), Units((-9, 2), (-3, 11), 1)]
# seed, and as of waves; then the periods in pixels
PLACED = [
    (3, 4, (0, 0), -9, 5, 6, 40, 0, 0),
    (2**64 - 9, 8, (100, 3), FAR >> 4, -(FAR >> 5), 5, 9, 0, 0),
    (12, 4, (17, 90), 28, -4, 8, 40, 128, 256),  # a tile, across its border
    (12, 1, (17, 90), 0, 0, 9, 9, 0, 0),
    (12, 16, (17, 90), 0, 0, 2, 2, 0, 0),  # cells that are told nothing
]
# Numbers that float32 holds: Godot 3 reads no others from text.
UNIFORM = [2.0**-24, 2.0**-10, 0.25, 0.5, 0.53125, 0.96875, 1 - 2.0**-24]
NORMAL = [-5.25, -1.0, 0.0, 0.3125, 2.5, 7.0, -9.0, 9.0]
LOOPS = [(0.25, 0.875, 0.75, "uniform"), (2.0**-9, 0.375, 3.125, "gaussian")]
LOOPS += [(0.625, 0.625, 0.0, "uniform")]
SEEDS = [(0, 128), (2**64 - 1, 96), (12345, 8192)]


def questions(signed=False):
    """As drivers read them. signed: seeds as integers of 64 bits with a sign."""

    def told(seed):
        return seed - 2**64 if signed and seed >= 2**63 else seed

    vectors = [number for vector in WAVES.vectors for number in vector]
    rows = [("noise", told(seed), *rest) for seed, *rest in PLACES]
    rows += [("gaussian", *UNIFORM), ("cdf", *NORMAL)]
    rows += [("loop", *numbers, int(law == "gaussian")) for *numbers, law in LOOPS]
    rows += [("shift", told(seed), torus) for seed, torus in SEEDS]
    rows += [("waves", WAVES.torus, w[0], *w[1], *w[2:], *vectors) for w in WINDOWS]
    for seed, cell, shift, *rest, down, right in PLACED:
        for u in UNITS:
            place = WAVES.torus, cell, *shift, *rest, *u.rows, *u.across, u.channels, down, right
            rows.append(("units", told(seed), *place))
    return "".join(" ".join(map(str, row)) + "\n" for row in rows)


def uniform(seed, scale, channels, top, left, rows, columns, *periods):
    lines = zip((top, left), (rows, columns), periods, strict=True)
    line = [address(start, length, period or None) for start, length, period in lines]
    return cells([seed], scale, *line, channels)[0].numpy()


def expected():
    """(what, numbers, how far answers may be from them): by texturenet."""
    for place in PLACES:
        yield "noise", uniform(*place), 0
    yield "gaussian", laws.gaussian(torch.tensor(UNIFORM, dtype=torch.float64)).numpy(), 1e-7
    yield "cdf", torch.special.ndtr(torch.tensor(NORMAL, dtype=torch.float64)).numpy(), 1e-9
    for first, second, angle, law in LOOPS:
        normals = laws.gaussian(torch.tensor([first, second], dtype=torch.float64))
        yield "loop", laws.turn(*normals, angle, law).numpy(), 1e-7
    for seed, torus in SEEDS:
        waves = Waves(torus, ((0, 1),))
        yield "shift", np.array(waves.shifts([seed])[0]), 0
    for cell, shift, top, left, rows, columns in WINDOWS:
        line = address(top, rows, None), address(left, columns, None)
        yield "waves", WAVES.at(*line, cell, [shift])[0].numpy(), 2e-7
    for seed, cell, shift, top, left, rows, columns, *period in PLACED:
        line = address(top, rows, None), address(left, columns, None)
        for units in UNITS:
            told = Waves(WAVES.torus, ((0, 1),), units)
            sides = tuple(length or None for length in period)
            whose = told.pictures([seed], period=sides)._replace(shifts=torch.tensor([shift]))
            yield "units", told.beside(*line, cell, whose)[0, 2:].numpy(), 0


def check(answers, digits=0.0):
    """Each line of answers against what texturenet says. digits: what printing them has cost."""
    lines = answers.strip().splitlines()
    wanted = list(expected())
    assert len(lines) == len(wanted)
    for line, (what, numbers, far) in zip(lines, wanted, strict=True):
        told = np.array(line.split(), np.float64)
        apart = np.abs(told - numbers.ravel()).max()
        assert apart <= far + digits, f"{what}: {apart}"


def run(*words, **more):
    done = subprocess.run([*map(str, words)], capture_output=True, text=True, timeout=120, **more)
    assert done.returncode == 0, done.stderr + done.stdout
    return done.stdout


def test_in_javascript(tmp_path):
    node = tool("node", "node")
    (tmp_path / "questions.txt").write_text(questions())
    module = (DOCS / "texturenet_noise.mjs").as_uri()
    check(run(node, DRIVERS / "driver.mjs", module, tmp_path / "questions.txt"))


@pytest.mark.parametrize("names", [["g++"], ["clang++", "clang++-16"]], ids=["gcc", "clang"])
def test_in_cpp(tmp_path, names):
    program = tmp_path / "driver"
    compiler = tool("c++" if names == ["g++"] else "wasm", *names)
    (tmp_path / "questions.txt").write_text(questions())
    strict = "-std=c++11", "-O1", "-Wall", "-Wextra", "-Werror"
    run(compiler, *strict, "-I", DOCS, DRIVERS / "driver.cpp", "-o", program)
    check(run(program, tmp_path / "questions.txt"))


def test_in_csharp(tmp_path):
    compiler, machine = tool("c#", "mcs"), tool("c#", "mono")
    (tmp_path / "questions.txt").write_text(questions())
    program = tmp_path / "driver.exe"
    sources = DOCS / "texturenet_noise.cs", DRIVERS / "driver.cs"
    run(compiler, "-langversion:6", "-warnaserror", f"-out:{program}", *sources)
    check(run(machine, program, tmp_path / "questions.txt"))


def test_in_gdscript(tmp_path):
    """In Godot 3, which is in Debian; its arrays of floats are called otherwise than Godot 4's."""
    godot = tool("gdscript", "godot3-server")
    text = (DOCS / "texturenet_noise.gd").read_text()
    older = text.replace("PackedFloat32Array", "PoolRealArray")
    (tmp_path / "texturenet_noise.gd").write_text(older)
    shutil.copy(DRIVERS / "driver.gd", tmp_path)
    (tmp_path / "project.godot").write_text("config_version=4\n")
    (tmp_path / "questions.txt").write_text(questions(signed=True))
    home = {**os.environ, "HOME": str(tmp_path)}
    run(godot, "--path", tmp_path, "--script", "driver.gd", cwd=tmp_path, env=home)
    check((tmp_path / "answers.txt").read_text(), digits=1e-9)


def test_gdscript_never_shifts_a_negative_number():
    """Which Godot 4 refuses: every number that is shifted is masked, a product of masked ones, or
    a count."""
    shifted = [
        line for line in (DOCS / "texturenet_noise.gd").read_text().splitlines() if ">>" in line
    ]
    known = (
        "(a >> 16) * b + (first >> 16)", "second >> 16", "0x7FFFFFFFFFFFFFFF) >> 32",
        "(channels + 3) >> 2", "words[k] >> 9",
    )  # fmt: skip
    assert all(any(part in line for part in known) for line in shifted), shifted
    assert len(shifted) == len(known)


def reference(name):
    """A module of docs/noise/numpy, by its path."""
    spec = importlib.util.spec_from_file_location(name, DOCS / "numpy" / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_in_numpy():
    noise = reference("texturenet_noise")
    made = [noise.noise(*place[:7], place[7:]) for place in PLACES]
    made += [noise.gaussian(UNIFORM), [0.5 * math.erfc(-x / math.sqrt(2)) for x in NORMAL]]
    made += [noise.loop([first], [second], angle, law) for first, second, angle, law in LOOPS]
    made += [noise.shift(*pair) for pair in SEEDS]
    made += [noise.waves(WAVES.torus, WAVES.vectors, *window) for window in WINDOWS]
    for seed, cell, shift, *rest, down, right in PLACED:
        for u in UNITS:
            told = WAVES.torus, u.rows, u.across, u.channels, cell, shift, *rest, (down, right)
            made.append(noise.units(seed, *told))
    lines = (" ".join(repr(float(value)) for value in np.ravel(window)) for window in made)
    check("\n".join(lines), digits=1e-6)


def test_a_plane_of_a_tile_is_what_the_references_make():
    """What a picture reads (`noise.fields`) is the noise that the questions are about."""
    plane = fields.Plane(7, "uniform", (16 * 4, 12 * 4))
    asked = fields.Cells(2, 4, -6, 13, 20, 20, 3, torch.device("cpu"))
    np.testing.assert_array_equal(plane(asked)[0].numpy(), uniform(*PLACES[5]))
