"""docs/export.md: its tables, its programs, and the page of NumPy, against texturenet."""

import importlib
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import onnxruntime
import pytest
import torch
from helpers.nets import TILES, material, texture, waved

import texturenet
from texturenet.export.npz_file import npz_bytes
from texturenet.export.onnx_file import onnx_bytes
from texturenet.export.ports import ports_of
from texturenet.generator import release
from texturenet.noise.philox import cells, philox
from texturenet.sampling.texture import Texture

from .programs import DOCS, tool

PAGE = (DOCS.parent / "export.md").read_text()
ORIGIN, SIZE, SEED = (0, 512), (256, 384), 7


def block(language):
    """The program in that language."""
    (found,) = re.findall(rf"^```{language}\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)
    return found


def rows(heading):
    """Cells of the table that begins with that heading."""
    table = PAGE.split(f"\n| {heading} |")[1].split("\n\n")[0].splitlines()[2:]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in table]


@pytest.fixture(params=["brick", "units"])
def brick(request, tmp_path, monkeypatch, cli):
    """A folder with brick.onnx and brick.json, worked in; what `sample` draws of that window, by
    the net of that name or one with numbers of units."""
    monkeypatch.chdir(tmp_path)
    model = request.param
    if model == "units":
        net = waved(TILES, scales=5)
        model = str(release.save(tmp_path / "net.safetensors", net.net, net.card))
    assert cli("export", f"model={model}", "out=brick.onnx", "notes=brick.json")[0] == 0
    return texturenet.load(model, device="cpu").render(*SIZE, SEED, ORIGIN).numpy()


@pytest.fixture
def beside(monkeypatch):
    """docs/noise/numpy can be imported from, and is forgotten again."""
    monkeypatch.syspath_prepend(str(DOCS / "numpy"))
    yield
    for name in ("texturenet_noise", "draw"):
        sys.modules.pop(name, None)


def test_the_numbers_to_check_with_are_right():
    table = rows("seed")
    assert len(table) == 3
    for row in table:
        seed, scale, channel, down, right = map(int, row[:5])
        place = torch.tensor([down]), torch.tensor([right])
        assert float(cells([seed], scale, *place, channel + 1)[0, channel, 0, 0]) == float(row[5])
    zeros = [torch.zeros((), dtype=torch.int64)]
    words = " ".join(f"{int(word):08X}" for word in philox(4 * zeros, 2 * zeros))
    assert words in PAGE


def test_the_table_of_sizes_is_right():
    _, *pairs = rows("net")
    told = set()
    for (names, _, *more), (_, _, *sizes) in zip(pairs[::2], pairs[1::2], strict=True):
        for name in names.split(", "):
            ports = ports_of(texturenet.load(name, device="cpu"))
            told.add(name)
            for each in ports.inputs:
                rows_and_columns = [each.cells(0, side)[1] for side in SIZE]
                assert int(more[each.scale]) == each.more
                assert sizes[each.scale] == "{}x{}".format(*rows_and_columns)
                assert each.cell == 2 ** (4 - each.scale)
            assert ports.multiple == 16
            waves = {each.name.split("_")[0] for each in ports.inputs} - {"noise"}
            regular = re.search(r"Regular textures \(([^)]+)\)", PAGE)[1].split()
            assert bool(waves) == (name in [word.strip(",") for word in regular])
    assert told == set(release.released())


@pytest.mark.usefixtures("beside")
def test_the_program_in_python_draws_what_sample_draws(brick):
    names = {}
    exec(compile(block("python"), "export.md", "exec"), names)
    assert np.abs(names["picture"][0] - brick).max() < 1e-5


STUB = """
import { writeFileSync } from "node:fs";
class Tensor { constructor(type, data, dims) { Object.assign(this, { type, data, dims }); } }
const run = async (feeds) => {
  for (const [name, { data, dims }] of Object.entries(feeds))
    writeFileSync(`${name}_${dims.join("x")}.f32`, Buffer.from(data.buffer));
  return { color: null };
};
export default { Tensor, InferenceSession: { create: async () => ({ run }) } };
"""


def test_the_program_in_javascript_makes_the_noise_of_what_sample_draws(brick, tmp_path):
    """The engine's package is stood in for by one that writes down what it is given; Python's
    onnxruntime draws it."""
    node = tool("node", "node")
    package = tmp_path / "node_modules" / "onnxruntime-node"
    package.mkdir(parents=True)
    (package / "index.mjs").write_text(STUB)
    (package / "package.json").write_text('{"exports": "./index.mjs"}')
    (tmp_path / "texturenet_noise.mjs").write_text((DOCS / "texturenet_noise.mjs").read_text())
    (tmp_path / "program.mjs").write_text(block("js"))
    done = subprocess.run([node, "program.mjs"], capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    feeds = {}
    for path in tmp_path.glob("*.f32"):
        name, sides = path.stem.rsplit("_", 1)
        feeds[name] = np.fromfile(path, np.float32).reshape([*map(int, sides.split("x"))])
    (picture,) = onnxruntime.InferenceSession("brick.onnx").run(["color"], feeds)
    assert np.abs(picture[0] - brick).max() < 1e-5


@pytest.mark.usefixtures("beside")
@pytest.mark.parametrize(
    "make", [waved, lambda: waved(TILES), material, lambda: texture(4, family="bare")]
)
def test_numpy_draws_a_window_from_the_weights(make, tmp_path):
    net = make()
    (tmp_path / "net.npz").write_bytes(npz_bytes(net))
    draw = importlib.import_module("draw")
    side = net.net.architecture.coarsest
    size, origin = (4 * side, 2 * side), (-2 * side, 2**34)
    planes = draw.drawn(dict(np.load(tmp_path / "net.npz")), 2**64 - 5, *origin, *size)
    margin = net.layout.margin if net.layout else 0
    colour = planes[:3, margin : margin + size[0], margin : margin + size[1]].clip(0, 1)
    assert np.abs(colour - net.render(*size, 2**64 - 5, origin).numpy()).max() < 2e-5
    with pytest.raises(ValueError, match=f"must be multiples of {side}"):
        draw.drawn(dict(np.load(tmp_path / "net.npz")), 1, 0, 1, side, side)


def test_the_page_of_numpy_writes_a_picture(tmp_path):
    net = texture(3)
    (tmp_path / "net.npz").write_bytes(npz_bytes(net))
    words = [sys.executable, str(DOCS / "numpy" / "draw.py"), "net.npz", "8", "12", "5"]
    subprocess.run(words, cwd=tmp_path, check=True, timeout=120, env={**os.environ})
    data = (tmp_path / "net_5.ppm").read_bytes()
    assert data.startswith(b"P6 12 8 255\n")
    pixels = np.frombuffer(data[-288:], np.uint8).reshape(8, 12, 3)
    own = (net.render(8, 12, 5) * 255).round().permute(1, 2, 0).numpy()
    assert np.abs(pixels - own).max() <= 1


def drawn_of(net, noise_of_scale):
    """What onnxruntime draws of the noise that a function makes for each input."""
    session = onnxruntime.InferenceSession(onnx_bytes(net))
    feeds = {each.name: noise_of_scale(each)[None] for each in ports_of(net).inputs}
    return session.run(["color"], feeds)[0][0]


@pytest.mark.usefixtures("beside")
@pytest.mark.parametrize("law", ["uniform", "gaussian"])
def test_a_film_that_loops_is_drawn_as_the_page_says(law):
    noise = importlib.import_module("texturenet_noise")
    net = texture(3)
    net = Texture(net.net, net.card | {"law": law})
    film = net.film("loop", seconds=1, fps=8, size=(32, 16), seeds=(3, 4), origin=(-8, 12))

    def turned(each):
        places, sizes = zip(each.cells(-8, 32), each.cells(12, 16), strict=True)
        two = [noise.noise(s, each.scale, each.channels, *places, *sizes) for s in (3, 4)]
        return noise.loop(*two, 2 * np.pi * 3 / 8, law)

    assert np.abs(drawn_of(net, turned) - film[3].numpy()).max() < 2e-5


@pytest.mark.usefixtures("beside")
def test_tiles_that_match_are_drawn_as_the_page_says():
    noise = importlib.import_module("texturenet_noise")
    net, side = texture(3), 80
    reach = ports_of(net).reach

    def bordered(each):
        start, length = each.cells(0, side)
        count = side // each.cell
        place = np.arange(start, start + length) % count
        near = (place < reach[each.scale]) | (place >= count - reach[each.scale])
        window = each.scale, each.channels, start, start, length, length, (count, count)
        inside, border = (noise.noise(seed, *window) for seed in (1, 2))
        return np.where(near[:, None] | near, border, inside)

    own = net.render(side, side, 1, tile="xy", border=2).numpy()
    assert np.abs(drawn_of(net, bordered) - own).max() < 2e-5


def test_the_page_names_every_note_that_there_is():
    for fact in json.loads(json.dumps(ports_of(waved()).facts())):
        assert f"`{fact}`" in PAGE, fact
    assert Path(DOCS).is_dir()
