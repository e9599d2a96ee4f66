"""Maps as the planes of a net."""

import json
import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as some

from texturenet.errors import Refused
from texturenet.materials import normals
from texturenet.materials.kinds import KINDS
from texturenet.materials.planes import MIXES, Layout, layout_of


def surface(side: int = 32, strength: float = 8.0) -> dict[str, torch.Tensor]:
    """A material whose normals are those of its height, as it repeats."""
    place = 2 * math.pi * torch.arange(side) / side
    height = 0.5 + 0.3 * torch.sin(2 * place)[:, None] * torch.cos(3 * place)
    across = (height.roll(-1, 1) - height.roll(1, 1)) / 2
    down = (height.roll(-1, 0) - height.roll(1, 0)) / 2
    random = torch.Generator().manual_seed(0)
    return {
        "colour": torch.rand(3, side, side, generator=random),
        "normal": normals.normal_of(strength * torch.stack([across, down])),
        "height": height[None],
        "roughness": torch.rand(1, side, side, generator=random),
    }


def test_planes_stand_in_the_order_of_the_kinds():
    layout = Layout.of(surface())
    assert layout.places == {
        "colour": [0, 1, 2], "normal": [3, 4], "height": [5], "roughness": [6],
    }  # fmt: skip
    assert layout.count == 7


def test_maps_come_back_from_their_planes():
    maps = surface()
    layout = Layout.of(maps)
    back = layout.decoded(layout.encoded(maps))
    assert list(back) == list(maps)
    for kind in ("colour", "height", "roughness"):
        assert (back[kind] - maps[kind]).abs().max() < 1e-6
    # A thousandth of slopes is steeper than the range.
    assert (back["normal"] - maps["normal"]).abs().max() < 0.02


def test_slopes_of_the_height_alone_are_those_of_the_normals():
    maps = surface()
    layout = Layout.of(maps)
    planes = layout.encoded(maps)[None]
    made = torch.cat([planes[..., -1:], planes, planes[..., :1]], -1)  # it repeats
    made = torch.cat([made[..., -1:, :], made, made[..., :1, :]], -2)
    made[:, 3:5] = 0.5  # the net draws no slopes of its own
    drawn = layout.drawn(made)
    assert drawn.shape == planes.shape
    assert (drawn[:, 3:5].clamp(0, 1) - planes[:, 3:5]).abs().max() < 1e-3
    assert torch.equal(drawn[:, [0, 1, 2, 5, 6]], planes[:, [0, 1, 2, 5, 6]])


def test_a_height_that_contradicts_its_normals_makes_no_slopes():
    maps = surface()
    layout = Layout.of(maps | {"height": 1 - maps["height"]})
    assert (layout.gain, layout.margin) == (0, 0)
    made = torch.rand(1, 7, 5, 5)
    assert torch.equal(layout.drawn(made), made)


@settings(deadline=None, max_examples=30)
@given(some.lists(some.floats(-2, 3, width=32), min_size=4, max_size=4))
def test_every_plane_is_a_valid_normal(values):
    layout = Layout.of(surface())
    planes = torch.tensor(values)[:, None, None].expand(4, 4, 4)
    planes = torch.cat([torch.rand(3, 4, 4), planes]).clamp(0, 1)
    normal = layout.decoded(planes)["normal"]
    assert (normal[2] > 0).all()
    assert (normal.norm(dim=0) - 1).abs().max() < 1e-5


def test_relief_in_few_places_keeps_slopes():
    """The range that nearly all slopes lie in is none where nearly all is flat."""
    slopes = torch.zeros(2, 64, 64)
    slopes[:, 30, 30] = 0.8
    layout = Layout.of({"colour": torch.rand(3, 64, 64), "normal": normals.normal_of(slopes)})
    assert layout.steepest >= 0.2
    assert torch.isfinite(layout.encoded({"colour": torch.rand(3, 64, 64),
                                          "normal": normals.normal_of(slopes)})).all()  # fmt: skip


def test_a_map_that_is_the_same_everywhere_is_not_drawn_and_comes_back():
    maps = surface() | {"metallic": torch.full((1, 32, 32), 0.25)}
    layout = Layout.of(maps)
    assert layout.constants == {"metallic": 0.25}
    assert layout.count == 7
    assert (layout.decoded(layout.encoded(maps))["metallic"] == 0.25).all()


def test_groups_are_of_what_belongs_together():
    assert Layout.of(surface()).groups() == {"surface": (3, 4, 5), "response": (6, 5, 6)}
    colour = {"colour": surface()["colour"]}
    assert Layout.of(colour).groups() == {}


def test_mixes_show_every_pair_of_maps():
    layout = Layout.of(surface())
    kind = {plane: name for name, places in layout.places.items() for plane in places}
    mixes = layout.mixes()
    assert len(mixes) == MIXES
    pairs = {frozenset((kind[a], kind[b])) for mix in mixes for a in mix for b in mix}
    names = list(layout.kinds)
    assert {frozenset((a, b)) for a in names for b in names if a != b} <= pairs
    assert mixes == Layout.of(surface()).mixes()  # always the same


def test_a_card_states_the_layout():
    layout = Layout.of(surface() | {"metallic": torch.zeros(1, 32, 32)})
    assert layout_of(json.loads(json.dumps(layout.facts())), layout.count) == layout


@pytest.mark.parametrize(
    "change",
    [
        {"kinds": ["normal"]},
        {"kinds": ["colour", "secret"]},
        {"kinds": ["colour", "roughness", "height", "normal"]},
        {"kinds": "colour"},
        {"steepest": 0},
        {"steepest": "1"},
        {"gain": 1e30},
        {"constants": {"metallic": 7}},
        {"constants": {"secret": 0}},
        {"more": 1},
    ],
)
def test_a_card_that_states_what_cannot_be_is_refused(change):
    facts = Layout.of(surface()).facts() | change
    with pytest.raises(Refused, match="maps that cannot be"):
        layout_of(facts, 7)


def test_a_card_of_other_outputs_is_refused():
    with pytest.raises(Refused, match="for 9 outputs"):
        layout_of(Layout.of(surface()).facts(), 9)


def test_all_kinds_have_their_planes():
    assert set(KINDS) == {"colour", "normal", "height", "roughness", "occlusion", "metallic"}
