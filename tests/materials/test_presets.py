"""Which map stands where in the files that a program expects."""

import pytest
import torch

from texturenet.errors import Refused
from texturenet.materials.kinds import KINDS, Maps
from texturenet.materials.naming import found
from texturenet.materials.normals import normal_of
from texturenet.materials.presets import (
    PRESETS,
    packed,
    picture_of,
    preset_named,
    sheets_of,
    textures,
)

ROUGHNESS, OCCLUSION, METALLIC = 0.625, 0.75, 0.25
LEANING = normal_of(torch.tensor([0.5, -0.25]).view(2, 1, 1))  # to the left, and down


def surface() -> Maps:
    """A map of every kind, of one value each, (C,2,3)."""
    values = {
        "colour": torch.tensor([0.1, 0.2, 0.3]).view(3, 1, 1),
        "normal": LEANING,
        "height": torch.tensor([[[0.5]]]),
        "roughness": torch.tensor([[[ROUGHNESS]]]),
        "occlusion": torch.tensor([[[OCCLUSION]]]),
        "metallic": torch.tensor([[[METALLIC]]]),
    }
    return {kind: value.expand(-1, 2, 3) for kind, value in values.items()}


def numbers(preset: str, ending: str, *without: str) -> list[float]:
    """What stands in each channel of a file."""
    maps = {kind: values for kind, values in surface().items() if kind not in without}
    values = packed(maps, PRESETS[preset])[ending].values
    assert values.shape[1:] == (2, 3)
    return values[:, 0, 0].tolist()


@pytest.mark.parametrize(
    ("preset", "ending", "channels"),
    [
        ("unreal", "_orm.png", [OCCLUSION, ROUGHNESS, METALLIC]),
        ("godot", "_orm.png", [OCCLUSION, ROUGHNESS, METALLIC]),
        ("gltf", "_orm.png", [OCCLUSION, ROUGHNESS, METALLIC]),
        ("unity_hdrp", "_maskmap.png", [METALLIC, OCCLUSION, 1, 1 - ROUGHNESS]),
        ("unity_urp", "_metallic_smoothness.png", [METALLIC] * 3 + [1 - ROUGHNESS]),
        ("unity_urp", "_occlusion.png", [OCCLUSION]),
        ("materialx", "_roughness.png", [ROUGHNESS]),
        ("substance", "_AmbientOcclusion.png", [OCCLUSION]),
        ("blender", "_displacement.png", [0.5]),
        ("plain", "_color.png", [0.1, 0.2, 0.3]),
    ],
)
def test_maps_stand_in_the_channels_that_the_program_reads(preset, ending, channels):
    assert numbers(preset, ending) == pytest.approx(channels)


@pytest.mark.parametrize(
    ("preset", "ending", "without", "channels"),
    [
        ("unreal", "_orm.png", ("occlusion", "metallic"), [1, ROUGHNESS, 0]),
        ("unreal", "_orm.png", ("roughness", "metallic"), [OCCLUSION, 1, 0]),
        ("unity_hdrp", "_maskmap.png", ("occlusion", "metallic"), [0, 1, 1, 1 - ROUGHNESS]),
        ("unity_urp", "_metallic_smoothness.png", ("roughness",), [METALLIC] * 3 + [0]),
    ],
)
def test_maps_that_are_missing_are_neutral_in_a_packed_file(preset, ending, without, channels):
    assert numbers(preset, ending, *without) == pytest.approx(channels)


def test_files_of_which_the_material_has_no_map_are_left_out():
    maps = {kind: surface()[kind] for kind in ("colour", "height")}
    assert list(packed(maps, PRESETS["unreal"])) == ["_basecolor.png", "_height.png"]
    assert list(packed(maps, PRESETS["gltf"])) == ["_basecolor.png"]


@pytest.mark.parametrize("preset", PRESETS)
def test_green_is_up_in_opengl_and_down_in_directx(preset):
    (ending,) = (sheet.ending for sheet in PRESETS[preset].sheets if sheet.kinds == ("normal",))
    across, up, out = LEANING.flatten().tolist()
    down = preset in ("unreal", "substance")
    wanted = [(1 + across) / 2, (1 - up) / 2 if down else (1 + up) / 2, (1 + out) / 2]
    assert up < 0
    assert numbers(preset, ending) == pytest.approx(wanted)


def test_packing_leaves_the_material_as_it_was():
    maps, before = surface(), surface()
    packed(maps, PRESETS["unreal"])
    assert all(torch.equal(maps[kind], before[kind]) for kind in before)


@pytest.mark.parametrize("preset", PRESETS)
def test_every_kind_that_a_program_knows_has_a_place_and_only_one(preset):
    kinds = [kind for sheet in PRESETS[preset].sheets for kind in sheet.kinds]
    assert sorted(kinds) == sorted(set(KINDS) - ({"height"} if preset == "gltf" else set()))


@pytest.mark.parametrize("preset", PRESETS)
def test_heights_have_16_bits_and_colours_8(preset):
    bits = {sheet.kinds: sheet.bits for sheet in PRESETS[preset].sheets}
    assert bits.get(("height",), 16) == 16
    assert bits["colour",] == 8
    assert set(bits.values()) <= {8, 16}


@pytest.mark.parametrize("preset", PRESETS)
def test_the_names_say_what_the_files_hold(preset):
    """To `naming`, which reads names as programs do."""
    sheets = PRESETS[preset].sheets
    parts = found(["brick" + sheet.ending for sheet in sheets]).parts
    assert {kind: part.file for kind, part in parts.items()} == {
        kind: "brick" + sheet.ending for sheet in sheets for kind in sheet.kinds
    }
    for sheet in sheets:
        for kind in sheet.kinds:
            part = parts[kind]
            if len(sheet.kinds) > 1:
                signed = "-" * part.inverted + kind
                assert sheet.channels["rgba".index(part.channels)] == signed


def test_values_beyond_the_range_are_cut():
    maps = {"height": torch.tensor([[[-0.25, 1.25]]])}
    assert packed(maps, PRESETS["plain"])["_height.png"].values.tolist() == [[[0, 1]]]


def test_textures_are_those_of_maps_that_are_there():
    maps = {kind: surface()[kind] for kind in ("colour", "roughness")}
    assert textures(maps, PRESETS["gltf"], "a") == {
        "colour": "a_basecolor.png",
        "roughness": "a_orm.png",
    }


@pytest.mark.parametrize("preset", PRESETS)
@pytest.mark.parametrize("without", [(), ("height", "metallic"), ("normal", "occlusion")])
def test_files_are_known_without_the_maps(preset, without):
    maps = {kind: values for kind, values in surface().items() if kind not in without}
    made = packed(maps, PRESETS[preset])
    sheets = sheets_of(maps, PRESETS[preset])
    assert [sheet.ending for sheet in sheets] == list(made)
    for sheet in sheets:
        assert (sheet.count, sheet.bits) == (
            len(made[sheet.ending].values),
            made[sheet.ending].bits,
        )


def test_a_map_is_shown_as_its_file_has_it():
    assert torch.equal(picture_of(surface(), "colour"), surface()["colour"])
    assert picture_of(surface(), "roughness")[:, 0, 0].tolist() == [ROUGHNESS] * 3
    normal = packed(surface(), PRESETS["plain"])["_normal.png"].values
    assert torch.equal(picture_of(surface(), "normal"), normal)
    with pytest.raises(Refused, match="no map 'nromal'. Did you mean normal"):
        picture_of(surface(), "nromal")


def test_an_unknown_preset_is_refused_with_the_nearest():
    assert preset_named("godot") is PRESETS["godot"]
    with pytest.raises(Refused, match="no preset 'unrael'. Did you mean unreal"):
        preset_named("unrael")


def test_the_command_offers_every_preset():
    from texturenet.commands.options import sampling

    assert tuple(PRESETS) == sampling.PRESETS
