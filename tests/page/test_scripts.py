"""The page's modules in Node, where no browser is needed."""

import os
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from texturenet.generator import release
from texturenet.page.assemble import WEB, engine
from texturenet.page.packing import packed

HERE = Path(__file__).parent / "scripts"
NODE = shutil.which("node")


NET = release.find("weave").read_bytes()
FILES = [(NET, 4), (NET, 2), (bytes(8), 4), (bytes(8) + b"seven..", 4), (bytes(8) + b"5....", 2)]


@pytest.fixture(scope="module")
def ran(tmp_path_factory):
    """The folder in which they ran, with the pictures that they left."""
    if NODE is None:
        if "node" in os.environ.get("TEXTURENET_NEEDS", ""):
            pytest.fail("node is not installed")
        pytest.skip("node is not installed")
    folder = tmp_path_factory.mktemp("scripts")
    (folder / "package.json").write_text('{"type": "module"}')
    shutil.copytree(WEB, folder / "web")
    shutil.copytree(HERE, folder / "tests")
    shutil.copytree(engine().parent, folder / "node_modules" / "texturenet")
    for number, (data, width) in enumerate(FILES):
        (folder / "tests" / f"{number}.packed").write_text(packed(data, width))
    tests = sorted(map(str, (folder / "tests").glob("*.test.mjs")))
    done = subprocess.run(
        [NODE, "--test", *tests], cwd=folder, capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 0, done.stdout[-6000:] + done.stderr[-2000:]
    return folder / "tests"


def value(row, column, channel):
    """The same as values.mjs."""
    return ((row * 7) ^ (column * 3)) + 40 * channel + (row * column >> 5) & 255


def places(height, width, top, left):
    return np.meshgrid(np.arange(top, top + height), np.arange(left, left + width), indexing="ij")


def test_packed_files_are_unpacked_to_the_same_bytes(ran):
    for number, (data, _) in enumerate(FILES):
        assert (ran / f"{number}.unpacked").read_bytes() == data


def test_a_png_of_strips_decodes_to_the_pixels_that_were_drawn(ran):
    with Image.open(ran / "colour.png") as image:
        assert (image.mode, image.info["texturenet"]) == ("RGB", "{}")
        pixels = np.asarray(image)
    expected = np.stack([value(*places(150, 1100, -40, 7), c) for c in range(3)], -1)
    assert np.array_equal(pixels, expected)


def test_only_colours_are_said_to_be_srgb(ran):
    said = {}
    for kind in ("colour", "height", "normal"):
        with Image.open(ran / f"{kind}.png") as image:
            said[kind] = image.info.get("srgb")
    assert said == {"colour": 0, "height": None, "normal": None}


def test_heights_have_sixteen_bits(ran):
    with Image.open(ran / "height.png") as image:
        assert image.mode == "I;16"
        pixels = np.asarray(image)
    assert np.array_equal(pixels, value(*places(20, 30, -40, 7), 0) * 257)
