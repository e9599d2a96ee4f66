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
    assert normals.agreement(slopes, height.values).worst > 0.99


@pytest.mark.parametrize("name", NAMES)
def test_they_repeat(name):
    """A step across the border is no larger than inside."""
    for kind in ("color", "height", "normal", "roughness", "occlusion"):
        values = read(name, kind)
        for axis in (1, 2):
            steps = (values - values.roll(1, axis)).abs().mean(dim=(0, 3 - axis))
            assert steps[0] < 1.3 * steps[1:].max(), (kind, axis)


@pytest.mark.parametrize("name", NAMES)
def test_what_lies_deeper_is_more_shut(name):
    assert normals.correlation(read(name, "height")[0], read(name, "occlusion")[0]) > 0.2


def test_joints_of_bricks_are_deeper_and_rougher():
    height, roughness = (read("bricks", kind)[0] for kind in ("height", "roughness"))
    joint = height < 0.35
    assert 0.1 < joint.float().mean() < 0.4
    assert roughness[joint].mean() > roughness[~joint].mean() + 0.1


def test_iron_is_metal_where_paint_and_rust_are_off():
    metallic, roughness = (read("plates", kind)[0] for kind in ("metallic", "roughness"))
    assert 0.02 < (metallic > 0.9).float().mean() < 0.3
    assert roughness[metallic > 0.9].mean() < 0.4 < roughness[metallic < 0.1].mean()


def test_the_script_renders_them_again(tmp_path):
    name = "planks"
    command = [sys.executable, str(ROOT / "exemplars" / "materials.py"), str(tmp_path), name]
    subprocess.run(command, check=True)
    files = sorted(path.name for path in (OWN / name).iterdir())
    assert files == sorted(path.name for path in (tmp_path / name).iterdir())
    for file in files:
        one, other = read_map(OWN / name / file).values, read_map(tmp_path / name / file).values
        assert (one - other).abs().mean() < 0.5 / 255
