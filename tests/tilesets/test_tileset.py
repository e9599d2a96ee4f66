"""Tiles of nets that nobody trained: they fit, whatever their size."""

import pytest
import torch
from helpers.nets import WAVES, material, waved
from helpers.tiles import small, textures

from texturenet.errors import Refused
from texturenet.noise.waves import Waves
from texturenet.tilesets.laying import by_cells, by_corners
from texturenet.tilesets.shares import SHARED
from texturenet.tilesets.tileset import tileset

EXACT = 2e-5


def pictures(made, margin=0):
    """(K,V,3,s,s)."""
    variants = range(made.variants)
    return torch.stack([
        torch.stack([made.picture(tile.number, variant, margin) for variant in variants])
        for tile in made.tiles
    ])  # fmt: skip


def mapped(made, rows, columns, seed=0):
    """Random legal tiles (rows,columns), and their variants."""
    generator = torch.Generator().manual_seed(seed)
    count, corner = len(made.textures), made.kind == "corner"
    more = int(corner)
    texture = torch.randint(0, count, (rows + more, columns + more), generator=generator)
    numbers = (by_corners if corner else by_cells)(made.tiles, texture)
    return numbers, torch.randint(0, made.variants, numbers.shape, generator=generator)


@pytest.mark.parametrize(("kind", "count"), [("corner", 2), ("corner", 3), ("blob", 2)])
def test_a_tile_shows_beyond_its_edges_what_its_neighbours_show(kind, count):
    """10,000 random legal tiles; what all of them draw outside is what lies there."""
    made = small(kind, count, 2 if count == 2 else 1)
    wide = pictures(made, SHARED)
    numbers, variants = mapped(made, 100, 100)
    s, m = made.side, SHARED
    tiles = wide[numbers, variants]  # (100,100,3,s+2m,s+2m)
    # The last m columns inside and the m outside, against the m outside and the first m inside.
    right, left = tiles[:, :-1, ..., s:], tiles[:, 1:, ..., : 2 * m]
    below, above = tiles[:-1, :, :, s:], tiles[1:, :, :, : 2 * m]
    assert (right[..., m : s + m, :] - left[..., m : s + m, :]).abs().max() < EXACT
    assert (below[..., m : s + m] - above[..., m : s + m]).abs().max() < EXACT


@pytest.mark.parametrize("kind", ["corner", "blob"])
def test_steps_across_the_seams_of_a_map_are_those_inside_tiles(kind):
    """10,000 random legal tiles of nets that were trained; and tiles that do not fit, beside."""
    made = tileset(["leaves", "pebbles"], kind, 32, variants=1, device="cpu")
    every = pictures(made)[:, 0]  # (K,3,s,s)
    numbers, _ = mapped(made, 100, 100)
    order = torch.randperm(10_000, generator=torch.Generator().manual_seed(1))
    random = numbers.flatten()[order].view(100, 100)

    def across(numbers):
        """Mean square of the steps between neighbours, to the right and down."""
        tiles = every[numbers]  # (100,100,3,s,s)
        right = tiles[:, 1:, ..., 0] - tiles[:, :-1, ..., -1]
        down = tiles[1:, :, :, 0] - tiles[:-1, :, :, -1]
        return torch.stack([right.square().mean(), down.square().mean()])

    shown = every[numbers.flatten()]
    inside = torch.stack([shown.diff(dim=axis).square().mean() for axis in (-1, -2)])
    ratio, wrong = across(numbers) / inside, across(random) / inside
    assert (ratio < 1.3).all(), ratio
    assert (wrong > 1.4).all(), wrong


def test_variants_differ_inside_and_not_along_their_edges():
    made = small()
    first, second = made.picture(6, 0), made.picture(6, 1)
    same = (first - second).abs().amax(0) < EXACT  # (s,s)
    assert same[:SHARED].all()
    assert same[-SHARED:].all()
    assert same[:, :SHARED].all()
    assert same[:, -SHARED:].all()
    assert not same[4:-4, 4:-4].any()


def test_a_tile_of_one_texture_shows_that_alone():
    made = small()
    assert {i % 2 for i in made.blend(0).masks.seen((16, 16), (0, 0))[0]} == {0}
    assert {i % 2 for i in made.blend(15).masks.seen((16, 16), (0, 0))[0]} == {1}


def test_the_sheet_has_every_tile_in_its_place():
    made = small()
    sheet = made.sheet()
    assert sheet.shape == (3, 8 * 16, 4 * 16)
    for number, variant in ((0, 0), (15, 1), (6, 1)):
        row, column = divmod(made.identity(number, variant), made.columns)
        cut = sheet[:, row * 16 : row * 16 + 16, column * 16 : column * 16 + 16]
        assert torch.equal(cut, made.picture(number, variant))


def test_the_same_seed_makes_the_same_tiles_and_more_variants_change_none():
    one, more, other = (
        tileset(textures(2), side=16, variants=variants, seed=seed)
        for variants, seed in ((1, 5), (3, 5), (1, 6))
    )
    assert torch.equal(one.picture(9), more.picture(9))
    assert not torch.equal(one.picture(9), other.picture(9))


@pytest.mark.parametrize("change", [{"spread": 2}, {"wander": 0}, {"overlap": 3}, {"softness": 9}])
def test_every_number_changes_tiles(change):
    assert not torch.equal(tileset(textures(2), side=16, **change).picture(6), small().picture(6))


def test_waves_go_on_from_tile_to_tile():
    made = tileset([waved(), textures(1)[0]], side=WAVES.torus, variants=1)
    wide, side = made.picture(0, 0, SHARED), WAVES.torus
    assert (wide[..., :4] - wide[..., side : side + 4]).abs().max() < EXACT
    with pytest.raises(Refused, match="side 40 is not a multiple of 32.*nearest: 32 and 64"):
        tileset([waved(), textures(1)[0]], side=40)


@pytest.mark.parametrize("side", [64, 60])
def test_a_side_is_of_whole_periods_both_down_and_to_the_right(side):
    uneven = waved(Waves(80, ((5, 0), (0, 4))))  # 16 pixels down, 20 to the right
    with pytest.raises(Refused, match=f"side {side} is not a multiple of 80.*nearest: 80"):
        tileset([uneven, textures(1)[0]], side=side)
    assert tileset([uneven, textures(1)[0]], side=80, variants=1).side == 80
    other = waved(Waves(81, ((1, 0), (0, 1))))
    other.card["name"] = "other"
    with pytest.raises(Refused, match="come back together after 6480 pixels"):
        tileset([uneven, other], side=80)


def test_all_maps_of_materials_fit():
    stone, soil = material(seed=1), material(seed=2)
    soil.card["name"] = "soil"
    made = tileset([stone, soil], side=32, variants=1)
    left, right = made.maps(1), made.maps(7)  # the right edge of one is the left edge of the other
    assert made.tiles[1].column(2) == (0, None, 1)
    assert set(made.sheets()) == set(left)
    wide = made.maps(1, 0, 1)
    fit = made.maps(made.tiles[0b0010 + 0b1000].number)
    assert left.keys() == right.keys() == fit.keys()
    for kind, values in wide.items():
        inside = values[:, 1:-1, 1:-1]
        assert (inside - left[kind]).abs().max() < 1e-4, kind


@pytest.mark.parametrize(
    ("models", "more", "said"),
    [
        (1, {}, "1 models: a set of kind corner has 2 or 3"),
        (3, {"kind": "blob"}, "3 models: a set of kind blob has 2"),
        (2, {"kind": "bolb"}, "Did you mean blob"),
        (2, {"side": 8}, "side is 8: it must lie between 16 and 1024"),
        (2, {"side": 16, "overlap": 7}, "overlap is 7: it must lie between 1 and 6"),
        (2, {"variants": 0}, "variants is 0"),
        (2, {"side": 1024, "variants": 9}, "sheet would be 36864 pixels long"),
        (2, {"softness": float("nan")}, "softness is nan"),
    ],
)  # fmt: skip
def test_what_cannot_be_is_refused(models, more, said):
    with pytest.raises(Refused, match=said):
        tileset(textures(models), **more)
