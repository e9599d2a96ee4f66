"""The engine, built for this processor, and the files of nets."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

import texturenet
from texturenet.generator import release

from .cases import RELEASED, SMALL, small
from .native import Library

ENGINE = Path(__file__).resolve().parents[2] / "engine"
NEEDED = os.environ.get("TEXTURENET_NEEDS", "").replace(",", " ").split()


def need(what, *programs):
    """Skip where programs are missing, unless TEXTURENET_NEEDS names what is tested."""
    if missing := [program for program in programs if not shutil.which(program)]:
        told = f"{what} is not tested: {', '.join(missing)} is missing"
        pytest.fail(told) if what in NEEDED else pytest.skip(told)


def make(target, folder, **settings):
    words = [f"{name}={value}" for name, value in {"BUILD": folder, **settings}.items()]
    done = subprocess.run(
        ["make", "-C", str(ENGINE), target, *words], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return done.stderr


@pytest.fixture(scope="session")
def built(tmp_path_factory):
    """The folder with the library and the example."""
    need("native", "make", "cc")
    folder = tmp_path_factory.mktemp("engine")
    told = make("native", folder)
    assert "warning" not in told, told
    return folder


@pytest.fixture(scope="session")
def library(built):
    return Library(built / "libtexturenet.so")


@pytest.fixture(scope="session")
def files(tmp_path_factory):
    """{name: file} of all released nets and of small random ones."""
    folder = tmp_path_factory.mktemp("nets")
    made = {}
    for name in SMALL:
        texture = small(name)
        made[name] = release.save(folder / f"{name}.safetensors", texture.net, texture.card)
    return {name: release.find(name) for name in RELEASED} | made


@pytest.fixture(scope="session")
def textures(files):
    return {name: texturenet.load(str(path), "cpu") for name, path in files.items()}
