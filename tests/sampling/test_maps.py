"""Maps of a material: windows, tiles, blocks and files."""

import pytest
import torch
from helpers.nets import LAYOUT, WAVES, material, texture

from texturenet.errors import Refused
from texturenet.generator import release
from texturenet.materials import normals, shading
from texturenet.materials.kinds import KINDS
from texturenet.materials.planes import Layout
from texturenet.sampling import render
from texturenet.sampling.texture import load


def alike(one, other, tolerance=2e-6):
    assert list(one) == list(other)
    for kind, values in one.items():
        assert (values - other[kind]).abs().max() < tolerance, kind


def part(maps, rows, columns):
    return {kind: values[:, rows, columns] for kind, values in maps.items()}


def test_a_material_has_maps_of_every_kind_in_their_order():
    maps = material().maps(20, 24, seed=3)
    assert list(maps) == list(KINDS)
    for kind, values in maps.items():
        assert values.shape == (KINDS[kind].channels, 20, 24)
        assert values.dtype == torch.float32


def test_colour_is_what_render_gives():
    stone = material()
    assert torch.equal(stone.maps(20, 24, 3, (5, -7))["colour"], stone.render(20, 24, 3, (5, -7)))


def test_every_drawn_normal_looks_out_of_the_surface():
    normal = material().maps(64, 64)["normal"]
    assert (normal.norm(dim=0) - 1).abs().max() < 1e-5
    assert (normal[2] > 0).all()


def test_slopes_are_those_of_the_height_and_of_what_the_net_adds():
    """Where the net adds nothing they are the height's alone."""
    stone = material()
    for name in ("output.weight", "output.bias"):
        stone.net.weights()[name][3:5] = 0.5 if name.endswith("bias") else 0.0
    stone = type(stone)(stone.net.in_precision(torch.float32), stone.card)
    maps = stone.maps(64, 64)
    own = normals.slopes_of(maps["normal"])[:, 1:-1, 1:-1]
    height = normals.gradient(maps["height"][0]) * LAYOUT.gain / (LAYOUT.high - LAYOUT.low)
    seen = (own.abs() < 0.99 * LAYOUT.steepest).all(0)
    flat = (maps["height"][0] > LAYOUT.low) & (maps["height"][0] < LAYOUT.high)
    seen &= flat[1:-1, 1:-1]  # where nothing was clamped
    around = torch.nn.functional.max_pool2d((~flat).float()[None, None], 3, 1)[0, 0] == 0
    seen &= around
    assert seen.float().mean() > 0.2
    assert (own - height)[:, seen].abs().max() < 1e-4


@pytest.mark.parametrize("waves", [None, WAVES])
def test_windows_of_one_plane_agree_in_every_map(waves):
    stone = material(waves=waves)
    whole = stone.maps(96, 80, seed=5, origin=(-40, 1000))
    window = stone.maps(33, 21, seed=5, origin=(-40 + 17, 1000 + 30))
    alike(window, part(whole, slice(17, 50), slice(30, 51)))


def test_tiles_repeat_in_every_map():
    stone = material()
    tile = stone.maps(32, 32, tile="xy")
    wider = stone.drawn(
        stone.view((32, 32), 0, (0, 0), "xy", planes=LAYOUT.count), (66, 66), (-17, -17),
        LAYOUT.count,
    )  # fmt: skip
    maps = LAYOUT.decoded(LAYOUT.drawn(wider[None])[0].clamp(0, 1))
    moved = {kind: values.roll((16, 16), (1, 2)) for kind, values in tile.items()}
    alike(part(maps, slice(0, 32), slice(0, 32)), moved)


def test_matching_tiles_fit_in_every_map():
    """The pixels on both sides of a border are alike in all of them: so slopes, which look one
    pixel beyond it, are those of whichever tile lies there."""
    stone = material(scales=2)
    one, other = (stone.maps(64, 64, seed, tile="xy", border=9) for seed in (1, 2))
    assert (one["height"] - other["height"]).abs().max() > 0.01
    for kind in ("colour", "height", "roughness", "occlusion"):
        for place in (0, -1):
            apart = one[kind] - other[kind]
            assert apart[:, :, place].abs().max() < 2e-6, kind
            assert apart[:, place].abs().max() < 2e-6, kind


def test_blocks_change_nothing(monkeypatch):
    stone = material()
    whole = stone.maps(90, 70, seed=2)
    monkeypatch.setitem(render.BLOCK, "cpu", 16)
    alike(stone.maps(90, 70, seed=2), whole)


def test_a_texture_of_colour_alone_has_no_maps():
    with pytest.raises(Refused, match="'random' draws colour alone: it is no material"):
        texture(3).maps(16, 16)


def test_films_and_displacement_draw_the_colour():
    stone = material()
    frame = stone.film("displace", seconds=0.1, size=(24, 24), patch=(8, 8)).frame(1)
    assert frame.shape == (3, 24, 24)
    loop = stone.film("loop", seconds=0.1, size=(24, 24)).frame(0)
    assert torch.allclose(loop, stone.render(24, 24), atol=1e-5)


def test_what_is_saved_makes_the_same_maps(tmp_path):
    stone = material()
    release.save(tmp_path / "stone.safetensors", stone.net, stone.card)
    again = load(str(tmp_path / "stone.safetensors"), device="cpu")
    assert again.card["format"] == 3
    alike(again.maps(24, 24, 1), stone.maps(24, 24, 1), 1e-9)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"maps": None}, "draws 8 planes, and says of which maps wrongly"),
        ({"maps": {"kinds": ["colour"]}}, "claims maps that cannot be"),
        ({"maps": "all"}, "claims maps that cannot be"),
        ({"maps": LAYOUT.facts() | {"gain": float("inf")}}, "claims maps that cannot be"),
    ],
)
def test_files_that_claim_other_maps_are_refused(tmp_path, change, message):
    stone = material()
    path = release.save(tmp_path / "stone.safetensors", stone.net, stone.card | change)
    with pytest.raises(Refused, match=message):
        release.load(path)


def test_a_file_of_colour_that_claims_maps_is_refused(tmp_path):
    plain = texture(3)
    facts = Layout(("colour",), {}).facts()
    path = release.save(tmp_path / "x.safetensors", plain.net, plain.card | {"maps": facts})
    with pytest.raises(Refused, match="draws 3 planes, and says of which maps wrongly"):
        release.load(path)


def test_a_film_of_light_turns_the_lamp_over_a_surface_that_lies_still():
    stone = material()
    film = stone.film("light", seconds=0.2, fps=20, size=(24, 40), seeds=(3,))
    assert len(film) == 4
    maps = stone.maps(24, 40, 3)
    for number, azimuth in enumerate((0, 90, 180, 270)):
        expected = shading.flat(maps, (shading.LIGHT[0] + azimuth, shading.LIGHT[1]))
        assert (film.frame(number) - expected).abs().max() < 1e-5


def test_a_film_of_light_repeats_in_space():
    film = material().film("light", seconds=0.1, fps=20, size=(32, 32), seeds=(3,), tile="xy")
    tile = material().maps(32, 32, 3, tile="xy")
    assert (film.frame(0) - shading.flat(tile)).abs().max() < 1e-5


def test_parts_of_a_film_of_light_show_no_seams_where_normals_come_of_the_height(monkeypatch):
    layout = Layout(("colour", "height", "roughness"), {}, low=0.1, high=0.9)
    options = {"seconds": 0.1, "fps": 20, "size": (40, 56), "seeds": (3,)}
    whole = [*material(layout=layout).film("light", **options)]
    monkeypatch.setattr(render, "DRAWN", 1)
    monkeypatch.setitem(render.BLOCK, "cpu", 16)
    for one, other in zip(whole, material(layout=layout).film("light", **options), strict=True):
        assert (one - other).abs().max() < 1e-4


def test_a_film_of_light_needs_a_material():
    with pytest.raises(Refused, match="draws colour alone"):
        texture(3).film("light", seconds=0.1, size=(16, 16), seeds=(0,))
