"""The project's own materials: files, and what their maps say of each other."""

import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
import torch

from texturenet.io.map_files import read_map
from texturenet.materials import normals

ROOT = Path(__file__).parents[2]
OWN = ROOT / "exemplars" / "materials"
NAMES = sorted(path.name for path in OWN.iterdir() if path.is_dir())


def read(name: str, kind: str) -> torch.Tensor:
    (path,) = (OWN / name).glob(f"{name}_{kind}.*")
    return read_map(path).values


def test_each_has_its_source():
    table = tomllib.loads((OWN / "SOURCES.toml").read_text())
    assert sorted(table) == NAMES
    assert all(entry["licence"] == "CC0-1.0" for entry in table.values())


@pytest.mark.parametrize("name", NAMES)
def test_all_maps_are_of_one_size_and_small(name):
    files = sorted((OWN / name).iterdir())
    assert {read_map(path).values.shape[1:] for path in files} == {(512, 512)}
    assert sum(path.stat().st_size for path in files) < 1.2e6


@pytest.mark.parametrize("name", NAMES)
def test_heights_have_16_bits_and_their_slopes_are_the_normals(name):
    (path,) = (OWN / name).glob("*_height.png")
    height = read_map(path)
    assert height.bits == 16
    assert len(height.values.unique()) > 10_000
    slopes = normals.slopes_of(normals.decoded(read(name, "normal"), name))
    assert min(normals.agreement(slopes, height.values)) > 0.94  # but for what JPEG changes


@pytest.mark.parametrize("name", NAMES)
def test_they_repeat(name):
    """A step across the border is no larger than inside."""
    for kind in ("color", "height", "roughness"):
        values = read(name, kind)
        for axis in (1, 2):
            steps = (values - values.roll(1, axis)).abs().mean(dim=(0, 3 - axis))
            assert steps[0] < 1.3 * steps[1:].max(), (kind, axis)


@pytest.mark.slow
def test_the_script_renders_them_again(tmp_path):
    name = "planks"
    command = [sys.executable, str(ROOT / "exemplars" / "materials.py"), str(tmp_path), name]
    subprocess.run(command, check=True)
    for path in sorted((OWN / name).iterdir()):
        one, other = read_map(path).values, read_map(tmp_path / name / path.name).values
        assert (one - other).abs().mean() < 1 / 255
