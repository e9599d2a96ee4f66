"""`Texture`: windows, tiles, blocks, refusals, and an import that stays light."""

import math
import subprocess
import sys

import pytest
import torch
from helpers.nets import texture, waved

import texturenet
from texturenet.errors import Refused
from texturenet.evaluation.seams import seam
from texturenet.generator import release
from texturenet.noise.fields import Plane
from texturenet.sampling import render as module
from texturenet.sampling.texture import Texture


def test_blocks_change_nothing(monkeypatch):
    plane = texture(4)
    whole = plane.render(70, 90, seed=3, origin=(-11, 40))
    for block in (16, 33):
        monkeypatch.setitem(module.BLOCK, "cpu", block)
        assert torch.allclose(plane.render(70, 90, seed=3, origin=(-11, 40)), whole, atol=1e-5)


def test_tiles_too_are_the_same_in_blocks(monkeypatch):
    plane = texture(3)
    whole = plane.render(64, 48, tile="xy")
    monkeypatch.setitem(module.BLOCK, "cpu", 20)
    assert torch.allclose(plane.render(64, 48, tile="xy"), whole, atol=1e-5)


def test_pictures_lie_in_range_and_differ_by_seed():
    plane = texture(3)
    one, two = plane.render(40, 40, seed=0), plane.render(40, 40, seed=1)
    assert 0 <= one.min() < one.max() <= 1
    assert not torch.allclose(one, two, atol=0.01)
    assert torch.equal(one, plane.render(40, 40, seed=0))


@pytest.mark.parametrize("tile", ["x", "y", "xy"])
@pytest.mark.parametrize("name", list(release.released()))
def test_the_wrap_is_no_different_from_the_inside(name, tile):
    plane = texturenet.load(name, device="cpu")
    side = math.lcm(64, plane.coarsest) * 4
    picture = plane.render(side, side, seed=2, tile=tile)
    for axis in tile:
        assert seam(picture, axis).hidden


def test_an_ordinary_picture_has_a_seam():
    """The measure above does see one."""
    picture = texturenet.load("gravel", device="cpu").render(192, 192, seed=2)
    for axis in "xy":
        found = seam(picture, axis)
        assert found.ratio > found.most
        assert not found.hidden


def test_a_tile_is_periodic_along_its_axes_only():
    plane = texture(3)
    period = (None, 16)
    wide = plane.window(Plane(0, "uniform", period), (20, 48), (0, -16))
    assert torch.allclose(wide[..., :16], wide[..., 16:32], atol=1e-6)
    tall = plane.window(Plane(0, "uniform", period), (40, 16), (0, 0))
    assert not torch.allclose(tall[..., :20, :], tall[..., 20:, :], atol=1e-2)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ((0, 10), "height is 0"),
        ((10, -4), "width is -4"),
        ((10, 10, -1), r"seed is -1: .* 2\^64-1"),
        ((10, 10, 2**64), "seed is 18446744073709551616"),
        ((10, 10, 0, (2**41, 0)), "origin row is 2199023255552"),
        ((10, 10, 0, (0, 0), "z"), "tile is 'z'"),
        (
            (16, 17, 0, (0, 0), "x"),
            "tile's width 17 is not a multiple of 8 .4 scales.; nearest: 16 and 24",
        ),
        ((10, 10, 1.5), "whole numbers"),
        ((10.0, 10), "whole numbers"),
        ((10, 10, 0, (0.5, 0)), "whole numbers"),
        ((10, 10, 0, (1,)), "whole numbers"),
        ((10, 10, 0, 5), "whole numbers"),
        ((10, 10, 0, (0, 0), ["x"]), "tile is"),
        ((3, 16, 0, (0, 0), "y"), "tile's height 3 .* nearest: 8"),
    ],
)
def test_what_cannot_be_rendered_is_refused(arguments, words):
    with pytest.raises(Refused, match=words):
        texture(4).render(*arguments)


def test_a_net_that_makes_no_numbers_is_refused():
    plane = texture(2)
    with torch.no_grad():
        plane.net.output_bias.fill_(float("nan"))
    with pytest.raises(Refused, match="values that are not finite"):
        plane.render(10, 10)


def test_gaussian_nets_draw_gaussian_noise():
    plane = texture(2)
    normal = Texture(plane.net, {"name": "random", "law": "gaussian"})
    assert not torch.allclose(plane.render(20, 20), normal.render(20, 20), atol=0.05)


def test_the_net_is_left_as_it_was_found():
    plane = texture(2)
    before = {name: tensor.clone() for name, tensor in plane.net.weights().items()}
    plane.render(20, 20)
    assert all(torch.equal(tensor, before[name]) for name, tensor in plane.net.weights().items())


def test_sampling_is_light():
    """No Lightning, torchvision, Hydra, plots or descriptor stand behind a sample."""
    heavy = ("pytorch_lightning", "torchvision", "hydra", "omegaconf", "matplotlib", "PIL")
    code = (
        "import sys, texturenet; assert 'torch' not in sys.modules;"
        "t = texturenet.load(sys.argv[1], device='cpu'); t.render(40, 40);"
        f"print([m for m in {heavy} if m in sys.modules],"
        " 'texturenet.descriptor' in sys.modules, 'texturenet.training' in sys.modules)"
    )
    name = next(iter(release.released()))
    done = subprocess.run([sys.executable, "-c", code, name], capture_output=True, text=True)
    assert done.stdout.strip() == "[] False False", done.stderr


def test_threads_change_rounding_at_most():
    plane = texture(4)
    one = plane.render(64, 64)
    torch.set_num_threads(2)
    try:
        two = plane.render(64, 64)
    finally:
        torch.set_num_threads(1)
    assert torch.allclose(one, two, atol=1e-5)


@pytest.mark.parametrize("name", [*release.released(), "reference"])
def test_windows_of_real_nets_agree_at_any_place(name, request):
    if name == "reference":
        name = str(request.getfixturevalue("shared") / "gutierrez_animalskin_params.pytorch")
    plane = texturenet.load(name, device="cpu")
    whole = plane.render(300, 330, seed=5, origin=(-7, 2**31 - 40))
    for top, left, height, width in ((0, 0, 300, 330), (3, 5, 31, 257), (101, 60, 1, 200)):
        part = plane.render(height, width, seed=5, origin=(top - 7, left + 2**31 - 40))
        region = whole[:, top : top + height, left : left + width]
        assert (part - region).abs().max() < 2e-5


@pytest.mark.parametrize("make", [lambda: texture(3), waved])
@pytest.mark.parametrize("tile", ["x", "y", "xy"])
def test_matching_tiles_fit_in_any_order(tile, make):
    """Tiles laid side by side are what the net makes of their noise laid side by side."""
    plane = make()
    size = (64, 64)
    tiles = [plane.render(*size, seed=seed, tile=tile, border=9) for seed in (1, 2)]
    plain = plane.render(*size, seed=1, tile=tile)
    assert not torch.allclose(tiles[0], tiles[1], atol=0.05)
    assert not torch.allclose(tiles[0], plain, atol=0.05)
    fields = [plane._bordered(plane.plane(size, seed, tile), 9, (0, 0)) for seed in (1, 2)]
    for axis, letter in ((0, "y"), (1, "x")):
        if letter not in tile:
            continue

        def laid(asked, axis=axis):
            """The first tile before place 64 of this axis, the second from there on."""
            start = (asked.top, asked.left)[axis]
            place = torch.arange(start, start + (asked.height, asked.width)[axis])
            second = (place >= 64 // asked.cell).view((-1, 1) if axis == 0 else (1, -1))
            return torch.where(second, fields[1](asked), fields[0](asked))

        both = (128, 64) if axis == 0 else (64, 128)
        together = plane.picture(plane.still(laid, 9), both)
        assert torch.allclose(together, torch.cat(tiles, axis + 1), atol=1e-5)


def test_the_first_of_matching_tiles_is_the_ordinary_one():
    plane = texture(3)
    assert torch.equal(
        plane.render(64, 64, seed=4, tile="xy", border=4), plane.render(64, 64, seed=4, tile="xy")
    )


@pytest.mark.parametrize("name", list(release.released()))
def test_matching_tiles_of_real_nets_have_no_seam(name):
    plane = texturenet.load(name, device="cpu")
    side = -(-256 // plane.coarsest) * plane.coarsest
    a, b, c, d = (plane.render(side, side, seed=s, tile="xy", border=0) for s in range(4))
    floor = torch.cat([torch.cat([a, b], 2), torch.cat([c, d], 2)], 1)
    for axis in (1, 2):
        steps = (floor - floor.roll(1, axis)).abs()
        lines = steps.mean(dim=[i for i in range(3) if i != axis])
        inside = torch.cat([lines[1:side], lines[side + 1 :]])
        assert inside.min() <= lines[side] <= inside.max()
        assert inside.min() <= lines[0] <= inside.max()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"tile": "none"}, "need tile=x, y or xy"),
        ({"tile": "xy", "size": 32}, "at least 36 pixels a side"),
        ({"tile": "xy", "origin": (4, 0)}, r"start at \[0,0\]"),
        ({"tile": "xy", "border": -1}, "border is -1"),
        ({"tile": "xy", "border": 1.5}, "whole numbers"),
    ],
)
def test_tiles_that_cannot_match_are_refused(arguments, words):
    size = arguments.pop("size", 64)
    with pytest.raises(Refused, match=words):
        texture(3).render(size, size, **{"border": 1} | arguments)


@pytest.mark.parametrize("name", list(release.released()))
def test_bfloat16_stays_within_a_byte_of_float32(name):
    fast = texturenet.load(name, device="cpu", precision="bfloat16")
    assert fast.precision == "bfloat16"
    assert 0 < fast.rounding() < 1 / 255
    exact = texturenet.load(name, device="cpu")
    apart = (fast.render(200, 200) - exact.render(200, 200)).square().mean().sqrt()
    assert 0 < apart < 1 / 255


def test_an_unknown_precision_is_refused():
    with pytest.raises(Refused, match="precision is 'float8'"):
        texturenet.load("brick", precision="float8")


def test_threads_change_no_bit():
    """What several processes with a thread each make is then the same file."""
    plane = texturenet.load("brick", device="cpu")
    one = plane.render(300, 300)
    torch.set_num_threads(2)
    try:
        assert torch.equal(one, plane.render(300, 300))
    finally:
        torch.set_num_threads(1)


@pytest.mark.parametrize("device", ["mps", "gpu", "", 3])
def test_an_unknown_device_is_refused(device):
    if not device:
        assert texturenet.load("brick", device=device).device.type in ("cpu", "cuda")
        return
    with pytest.raises(Refused, match="device is"):
        texturenet.load("brick", device=device)


@pytest.mark.skipif(not torch.cuda.is_available(), reason="no GPU")
def test_the_gpu_makes_the_same_picture():
    here, there = (texturenet.load("brick", device=device) for device in ("cpu", "cuda"))
    assert torch.allclose(here.render(300, 300), there.render(300, 300), atol=1e-4)
    part = there.render(40, 50, origin=(101, 77))
    assert (there.render(300, 300)[:, 101:141, 77:127] - part).abs().max() < 1e-5
