"""The native library draws what the sampler draws."""

import ctypes
import subprocess
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from .cases import FAR, cases, compare, drawn
from .native import COLOUR, MAPS, View


@pytest.fixture(scope="module")
def nets(library, files):
    nets = {name: library.open(path.read_bytes()) for name, path in files.items()}
    yield nets
    for net in nets.values():
        net.close()


def asked(case):
    """A case as the library takes it."""
    view = {name: getattr(case, name) for name in ("seed", "row", "column", "height", "width")}
    view["tile_height"], view["tile_width"] = case.tile
    view["octave"] = case.scale.bit_length() - 1
    if case.border is not None:
        view |= {"bordered": 1, "border": case.border}
    if case.time is not None:
        rates = case.rates or (1,) * 12
        view["turns"] = [case.time * rate for rate in rates]
        view["other"] = case.seed + 1 & 2**64 - 1 if case.other is None else case.other
    return view


@pytest.mark.parametrize("case", list(cases()), ids=str)
def test_a_window_is_that_of_the_sampler(nets, textures, case):
    net, view = nets[case.net], asked(case)
    compare(net.maps(**view) if case.maps else net.draw(**view), drawn(textures[case.net], case))


def test_a_frame_of_a_loop_is_that_of_the_film(nets, textures):
    film = textures["gravel"].film(
        "loop", seconds=1, fps=8, size=40, seeds=(5, 9), origin=(3, -4), rates=(1, 1, 2, 1, 3)
    )
    made = nets["gravel"].draw(
        40, 40, seed=5, other=9, row=3, column=-4, turns=[3 / 8 * r for r in (1, 1, 2, 1, 3)]
    )
    expected = (film.frame(3) * 255).round().byte().permute(1, 2, 0).numpy()  # (H,W,3)
    compare(made, expected)


@pytest.mark.parametrize("name", ["leaves", "weave", "bricks", "heads", "gaussian"])
def test_windows_of_a_window_are_equal_to_the_bit(nets, name):
    net = nets[name]
    form = MAPS if net.facts.maps else COLOUR
    whole = net.draw(150, 140, form, seed=9, row=-11, column=FAR // 2 + 1)
    for top, left, height, width in (
        (0, 0, 1, 1),
        (13, 7, 40, 133),
        (149, 1, 1, 9),
        (5, 127, 130, 13),
    ):
        part = net.draw(height, width, form, seed=9, row=top - 11, column=FAR // 2 + 1 + left)
        assert np.array_equal(part, whole[:, top : top + height, left : left + width])


def test_bytes_are_the_colours_rounded(nets):
    colours = nets["leaves"].draw(30, 40, COLOUR, seed=2)
    assert 0 <= colours.min() < colours.max() <= 1
    rounded = np.rint(colours * np.float32(255)).astype(np.uint8).transpose(1, 2, 0)  # (H,W,3)
    assert np.array_equal(nets["leaves"].draw(30, 40, seed=2)[..., :3], rounded)


def test_facts_are_those_of_the_sampler(nets, textures):
    for name, texture in textures.items():
        facts, shape = nets[name].facts, texture.net.architecture
        assert facts.name.decode() == texture.card["name"]
        assert (facts.scales, facts.octaves) == (shape.scales, shape.heads * (shape.scales - 1))
        periods = texture.waves.periods if texture.waves else (1, 1)
        steps = [np.lcm(shape.coarsest, period) for period in periods]
        assert [facts.step_height, facts.step_width] == steps
        assert facts.maps == (len(texture.maps(1, 1)) if texture.layout else 0)
        margin = texture.layout.margin if texture.layout else 0
        assert facts.least_border == (2 * (shape.halo_cells()[0] + margin) + 1) * shape.coarsest
    with pytest.raises(ValueError, match=f"at least {nets['leaves'].facts.least_border} pixels"):
        textures["leaves"].render(128, 128, tile="xy", border=1)


def test_progress_is_told_before_every_block_and_can_end_the_work(nets):
    shares = []
    nets["leaves"].draw(130, 300, progress=lambda done, _: shares.append(done) or 0)
    assert len(shares) == 7
    assert [shares[0], shares[-1]] == [0, 1]
    assert shares == sorted(shares)
    assert nets["leaves"].draw(130, 300, progress=lambda done, _: done > 0) is None


@pytest.mark.parametrize(
    ("name", "view", "told"),
    [
        ("leaves", {"height": 0}, "side is 0"),
        ("leaves", {"row": FAR}, "leaves the plane"),
        ("leaves", {"column": -FAR - 1}, "leaves the plane"),
        ("leaves", {"column": -(2**63)}, "leaves the plane"),
        ("leaves", {"height": 2**63 - 1}, "leaves the plane"),
        ("leaves", {"tile_width": 40}, "40 is not a multiple of 16"),
        ("leaves", {"tile_width": -16}, "tile of -16"),
        ("tartan", {"tile_height": 16}, "16 is not a multiple of 32"),
        ("leaves", {"bordered": 1}, "need a tile's"),
        ("leaves", {"bordered": 1, "tile_height": 128}, "at least 144 pixels a side, not 128"),
        ("leaves", {"octave": 1}, "at its finest scale only"),
        ("heads", {"octave": 4}, "halved 3 times, not 4"),
        ("leaves", {"octave": -1}, "at its finest scale only"),
        ("leaves", {"form": 9}, "no form 9"),
        ("leaves", {"form": MAPS}, "it is no material"),
        ("leaves", {"turns": [float("nan")], "other": 1}, "time"),
        ("leaves", {"turns": [0.5], "seed": 1, "other": 1}, "two seeds that differ"),
    ],
)
def test_a_window_that_cannot_be_is_refused(nets, name, view, told):
    form = view.pop("form", 0)
    if turns := view.pop("turns", None):
        view |= {"turned": 1, "turns": (ctypes.c_double * 12)(*turns)}
    error = ctypes.create_string_buffer(256)
    asked = View(**{"height": 8, "width": 8} | view)
    net = nets[name]
    assert net.so.tn_draw(net.handle, asked, form, None, None, None, error) == 1
    assert told in error.value.decode()


def test_the_example_writes_the_same_picture(built, nets, files, tmp_path):
    out = tmp_path / "out.ppm"
    command = [built / "picture", files["leaves"], str(2**64 - 1), "70", out]
    subprocess.run(command, check=True, capture_output=True)
    with Image.open(out) as picture:
        expected = nets["leaves"].draw(70, 70, seed=2**64 - 1)[..., :3]
        assert np.array_equal(np.asarray(picture), expected)
    command = [built / "picture", Path(__file__), "1", "8", out]
    told = subprocess.run(command, capture_output=True, text=True, check=False)
    assert told.returncode == 2
    assert "no .safetensors file" in told.stderr
