"""Files of one surface as a material."""

from pathlib import Path

import pytest
import torch
import torch.nn.functional as F
from PIL import Image

from texturenet.errors import Refused
from texturenet.io.exemplars import load_picture
from texturenet.io.map_files import write_map
from texturenet.materials import normals
from texturenet.materials.naming import found
from texturenet.materials.reading import Material, read_material

SHARED = Path(__file__).parents[3] / "shared" / "data" / "materials"
SIDE = 64


def surface(side: int = SIDE) -> dict[str, torch.Tensor]:
    random = torch.Generator().manual_seed(0)
    line = torch.fft.fftfreq(side)
    radius = torch.hypot(line[:, None], line[: side // 2 + 1])
    spectrum = torch.fft.rfft2(torch.randn(side, side, generator=random))
    plane = torch.fft.irfft2(spectrum * torch.exp(-((radius / 0.08) ** 2)), s=(side, side))
    height = 0.5 + 0.1 * plane / plane.std()
    across = (height.roll(-1, 1) - height.roll(1, 1)) / 2
    down = (height.roll(-1, 0) - height.roll(1, 0)) / 2
    return {
        "colour": torch.rand(3, side, side, generator=random),
        "normal": normals.normal_of(8 * torch.stack([across, down])),
        "height": height[None].clamp(0, 1),
        "roughness": torch.rand(1, side, side, generator=random),
    }


def written(folder: Path, convention: str = "opengl", **files: tuple[str, torch.Tensor]) -> Path:
    """A set in a folder: of `surface`, but for what is given as kind=(file, values)."""
    maps = surface()
    normal = maps["normal"] if convention == "opengl" else normals.flipped(maps["normal"])
    usual = {
        "colour": ("a_color.png", maps["colour"]),
        "normal": ("a_normal.png", normals.coded(normal)),
        "height": ("a_height.png", maps["height"]),
        "roughness": ("a_roughness.png", maps["roughness"]),
    } | files
    for name, values in usual.values():
        write_map(folder / name, values, 16)
    return folder


def read(folder: Path, size=(SIDE, SIDE), whole=(SIDE, SIDE), box=None, **more) -> Material:
    parts = found(map(str, folder.iterdir()), more.pop("maps", None)).parts
    colour = torch.rand(1, 3, *size, generator=torch.Generator().manual_seed(1))
    return read_material(parts, colour, whole, box, **more)


def notes(material: Material, kind: str) -> str:
    return next("; ".join(row.notes) for row in material.rows if row.kind == kind)


def test_maps_are_read_as_they_are(tmp_path):
    material, given = read(written(tmp_path)), surface()
    assert list(material.maps) == ["colour", "normal", "height", "roughness"]
    for kind in ("normal", "height", "roughness"):
        assert (material.maps[kind] - given[kind]).abs().max() < 2e-3, kind


@pytest.mark.parametrize("height", [True, False])
def test_directx_normals_are_turned_and_that_is_said(tmp_path, height):
    written(tmp_path, "directx")
    if not height:
        (tmp_path / "a_height.png").unlink()
    material = read(tmp_path)
    assert (material.maps["normal"] - surface()["normal"]).abs().max() < 2e-3
    assert notes(material, "normal").startswith("directx (by ")


def test_a_convention_that_is_given_is_taken(tmp_path):
    material = read(written(tmp_path, "directx"), convention="opengl")
    normal = normals.flipped(surface()["normal"])
    assert (material.maps["normal"] - normal).abs().max() < 2e-3
    assert "as said; directx by the height" in notes(material, "normal")


def test_a_height_of_something_else_is_left_out_and_said(tmp_path):
    other = surface()["roughness"]
    material = read(written(tmp_path, height=("a_height.png", other)))
    assert "height" not in material.maps
    assert "left out" in notes(material, "height")


def test_it_is_kept_where_it_was_named(tmp_path):
    other = surface()["roughness"]
    written(tmp_path, height=("a_height.png", other))
    material = read(tmp_path, given=frozenset({"height"}))
    assert "kept, as it was named" in notes(material, "height")
    assert material.layout.gain == 0


def test_a_map_of_another_crop_is_refused_with_its_place(tmp_path):
    moved = surface()["height"].roll((7, -5), (1, 2))
    written(tmp_path, height=("a_height.png", moved))
    with pytest.raises(Refused, match=r"different crops: .* 7 pixels down and -5 across"):
        read(tmp_path)


@pytest.mark.parametrize("named", [False, True])
def test_a_roughness_of_another_crop_is_refused_unless_it_was_named(tmp_path, named):
    side = 128
    random = torch.Generator().manual_seed(2)
    blots = F.avg_pool2d(torch.rand(1, side, side, generator=random), 3, 1, 1)
    write_map(tmp_path / "a_color.png", blots.expand(3, -1, -1), 8)
    write_map(tmp_path / "a_roughness.png", (1 - blots).roll((10, -20), (1, 2)), 8)
    parts = found(map(str, tmp_path.iterdir())).parts
    colour = blots.expand(1, 3, -1, -1)
    given = frozenset({"roughness"} if named else ())
    if named:
        assert "roughness" in read_material(parts, colour, (side, side), given=given).maps
        return
    with pytest.raises(Refused, match="crops: the roughness lies about 10 pixels down and -20 acr"):
        read_material(parts, colour, (side, side), given=given)


@pytest.mark.skipif(not SHARED.is_dir(), reason="public material sets are not at hand")
@pytest.mark.parametrize("moved", [False, True])
@pytest.mark.parametrize("name", ["bricks102", "castle_brick_broken_06", "forest_leaves"])
def test_crops_of_public_sets_are_told(name, moved):
    files = [str(path) for path in (SHARED / name).iterdir()]
    parts = found(files, {"normal": "none", "height": "none", "occlusion": "none"}).parts
    whole = (512, 1024) if name == "bricks102" else (1024, 1024)
    colour = load_picture(parts["colour"].file, side=256).pixels
    if not moved:
        assert "roughness" in read_material(parts, colour, whole).maps
        return
    with pytest.raises(Refused, match="different crops"):
        read_material(parts, colour.roll((40, 30), (2, 3)), whole)


def ribbed(axis: int) -> dict[str, torch.Tensor]:
    """Normals and a height of ribs whose relief lies along an axis (1 across, 2 down), each with a
    noise of its own."""
    line = torch.arange(float(SIDE)) / SIDE
    wave = 0.5 + 0.4 * (2 * torch.pi * 4 * line).sin()
    height = (wave.expand(SIDE, SIDE) if axis == 1 else wave[:, None].expand(SIDE, SIDE))[None]
    slope = (height.roll(-1, 3 - axis) - height.roll(1, 3 - axis))[0] / 2
    flat = torch.zeros_like(slope)
    normal = normals.normal_of(8 * torch.stack([slope, flat] if axis == 1 else [flat, slope]))
    random = torch.Generator().manual_seed(axis)
    noise = 0.002 * torch.randn(4, SIDE, SIDE, generator=random)
    return {"height": height + noise[:1], "normal": normals.coded(normal) + noise[1:]}


@pytest.mark.parametrize("axis", [1, 2])
def test_a_height_of_ribs_is_kept(tmp_path, axis):
    maps = ribbed(axis)
    written(tmp_path, normal=("a_normal.png", maps["normal"]))
    for name in ("normal", "height"):
        write_map(tmp_path / f"a_{name}.png", maps[name], 8)
    material = read(tmp_path)
    assert "slopes agree" in notes(material, "height")
    assert material.layout.gain > 0


@pytest.mark.parametrize("axis", [1, 2])
def test_ribs_of_another_crop_are_refused(tmp_path, axis):
    maps = ribbed(axis)
    moved = maps["height"].roll(4, 3 - axis)  # a quarter of a rib
    written(tmp_path, normal=("a_normal.png", maps["normal"]), height=("a_height.png", moved))
    place = "0 pixels down and 4 across" if axis == 1 else "4 pixels down and 0 across"
    with pytest.raises(Refused, match=f"different crops: .*{place}"):
        read(tmp_path)


def test_ribs_in_which_white_is_deep_are_turned_round(tmp_path):
    maps = ribbed(1)
    height = 1 - maps["height"]
    written(tmp_path, normal=("a_normal.png", maps["normal"]), height=("a_height.png", height))
    assert "turned round" in notes(read(tmp_path), "height")


def test_a_height_of_eight_bits_is_said_to_have_steps(tmp_path):
    written(tmp_path)
    write_map(tmp_path / "a_height.png", surface()["height"], 8)
    assert "8 bits: it has steps" in notes(read(tmp_path), "height")
    written(tmp_path)
    assert "8 bits" not in notes(read(tmp_path), "height")


def test_swapped_maps_are_refused(tmp_path):
    maps = surface()
    grey = maps["roughness"].expand(3, -1, -1)
    written(
        tmp_path,
        normal=("a_normal.png", grey),
        roughness=("a_roughness.png", normals.coded(maps["normal"])),
    )
    with pytest.raises(Refused, match="is no normal map in tangent space|where a roughness map is"):
        read(tmp_path)


def test_a_colour_picture_is_no_roughness(tmp_path):
    written(tmp_path, roughness=("a_roughness.png", surface()["colour"]))
    with pytest.raises(Refused, match=r"where a roughness map is grey.*maps\.roughness=FILE\[g\]"):
        read(tmp_path)


def test_packed_channels_are_taken_apart(tmp_path):
    maps = surface()
    arm = torch.cat([1 - maps["roughness"], maps["roughness"], 0 * maps["roughness"]])
    written(tmp_path, roughness=("a_arm.png", arm))
    (tmp_path / "a_roughness.png").unlink(missing_ok=True)
    material = read(tmp_path)
    assert (material.maps["roughness"] - maps["roughness"]).abs().max() < 1e-4
    assert (material.maps["occlusion"] - 1 + maps["roughness"]).abs().max() < 1e-4
    assert material.layout.constants == {"metallic": 0.0}


def test_a_channel_that_a_file_has_not_is_refused(tmp_path):
    written(tmp_path)
    with pytest.raises(Refused, match="has 3 channels, and no a"):
        read(tmp_path, maps={"roughness": str(tmp_path / "a_color.png") + "[a]"})


def test_smaller_maps_are_brought_to_the_size_of_the_colour_and_said(tmp_path):
    half = surface()["roughness"][:, ::2, ::2]
    written(tmp_path, roughness=("a_roughness.png", half))
    material = read(tmp_path)
    assert material.maps["roughness"].shape == (1, SIDE, SIDE)
    assert notes(material, "roughness") == "32x32 where the colour is 64x64"


def test_a_crop_lies_on_the_same_place_of_smaller_maps(tmp_path):
    """A ramp of a quarter of the size, cut at an odd place."""
    whole = (4 * SIDE, 4 * SIDE)
    ramp = ((torch.arange(SIDE) + 0.5) / SIDE).expand(1, SIDE, SIDE)
    written(tmp_path, roughness=("a_roughness.png", ramp))
    box = (101, 101, 33, 35)
    found = read(tmp_path, size=(33, 35), whole=whole, box=box).maps["roughness"]
    expected = (101 + torch.arange(35) + 0.5) / (4 * SIDE)
    assert (found - expected).abs().max() < 2e-3


def test_floating_point_heights_of_any_range_are_brought_to_0_and_1(tmp_path):
    pytest.importorskip("OpenEXR")
    written(tmp_path)
    (tmp_path / "a_height.png").unlink()
    height = surface()["height"]
    write_map(tmp_path / "a_height.exr", 4 * height - 2, 32)
    material = read(tmp_path, size=(SIDE // 2, SIDE // 2))
    assert "brought to 0 and 1" in notes(material, "height")
    own = (height - height.min()) / (height.max() - height.min())
    halved = torch.nn.functional.avg_pool2d(own, 2)
    assert (material.maps["height"] - halved).abs().mean() < 0.01


@pytest.mark.parametrize(
    "span", [(0.0, 0.03), (0.0, 0.002), (-0.005, 0.02), (-2.0, 5.0), (0.2, 0.7)]
)
@pytest.mark.parametrize("suffix", [".exr", ".tif"])
def test_heights_in_a_unit_are_brought_to_0_and_1_and_their_range_is_kept(tmp_path, span, suffix):
    height = surface()["height"]
    own = (height - height.min()) / (height.max() - height.min())
    written(tmp_path)
    (tmp_path / "a_height.png").unlink()
    numbers = span[0] + own * (span[1] - span[0])
    if suffix == ".exr":
        pytest.importorskip("OpenEXR")
        write_map(tmp_path / "a_height.exr", numbers, 32)
    else:
        pytest.importorskip("tifffile").imwrite(tmp_path / "a_height.tif", numbers[0].numpy())
    material = read(tmp_path)
    assert (material.maps["height"] - own).abs().max() < 1e-4
    assert material.heights == pytest.approx(span, abs=1e-6)
    assert f"from {span[0]:.4g} to {span[1]:.4g}" in notes(material, "height")
    slopes = normals.slopes_of(material.maps["normal"])
    gain = normals.gain_of(slopes, material.maps["height"])
    assert gain == pytest.approx(8 * float(height.max() - height.min()), rel=0.01)
    drawn = material.layout.drawn(material.planes)
    assert material.layout.decoded(drawn[0])["height"].max() == pytest.approx(1, abs=0.05)


def test_whole_numbers_have_no_unit(tmp_path):
    assert read(written(tmp_path)).heights is None


def test_other_maps_beyond_0_and_1_are_refused(tmp_path):
    pytest.importorskip("OpenEXR")
    written(tmp_path)
    (tmp_path / "a_roughness.png").unlink()
    write_map(tmp_path / "a_roughness.exr", 3 * surface()["roughness"], 32)
    with pytest.raises(Refused, match="where a roughness map lies in 0 to 1"):
        read(tmp_path)


def test_a_height_in_which_white_is_deep_is_turned_round(tmp_path):
    height = surface()["height"]
    material = read(written(tmp_path, height=("a_height.png", 1 - height)))
    assert "white is deep in it: turned round" in notes(material, "height")
    assert (material.maps["height"] - height).abs().max() < 2e-3


def test_a_height_in_which_white_is_deep_keeps_its_ends_in_its_unit(tmp_path):
    """0 and 1 of what is drawn stand for the numbers that the file has there."""
    tifffile = pytest.importorskip("tifffile")
    own = surface()["height"]
    own = (own - own.min()) / (own.max() - own.min())
    written(tmp_path)
    (tmp_path / "a_height.png").unlink()
    depth = 0.03 * (1 - own)
    tifffile.imwrite(tmp_path / "a_height.tif", depth[0].numpy())
    material = read(tmp_path)
    low, high = material.heights
    assert (low + material.maps["height"] * (high - low) - depth).abs().max() < 1e-6


def test_a_height_that_is_of_the_other_convention_alone_is_refused(tmp_path):
    """Normals whose curl says nothing, as they whirl, beside a height in which white is deep."""
    maps = surface()
    slopes = normals.slopes_of(maps["normal"])
    whirl = torch.stack([-slopes[1], slopes[0]]).roll(20, 2)
    stored = normals.flipped(normals.normal_of(slopes + 0.89 * whirl))
    assert not normals.convention_of(stored, 1 - maps["height"]).sure
    normal = ("a_normal.png", normals.coded(stored))
    written(tmp_path, normal=normal, height=("a_height.png", 1 - maps["height"]))
    with pytest.raises(Refused, match="only if green points down there: say maps.convention"):
        read(tmp_path)
    material = read(tmp_path, convention="directx")
    assert "white is deep in it: turned round" in notes(material, "height")


def test_flat_normals_are_left_out_and_said(tmp_path):
    flat = torch.tensor([0.5, 0.5, 1.0]).view(3, 1, 1).expand(3, SIDE, SIDE)
    material = read(written(tmp_path, normal=("a_normal.png", flat)))
    assert "normal" not in material.maps
    assert notes(material, "normal") == "flat everywhere: left out"


def test_maps_of_another_shape_are_refused(tmp_path):
    written(tmp_path, roughness=("a_roughness.png", surface()["roughness"][:, :40]))
    with pytest.raises(Refused, match="of another shape: crop both to the same part"):
        read(tmp_path)


def stored_turned(path: Path) -> None:
    """A file that lies on its side, and says so."""
    exif = Image.Exif()
    exif[0x0112] = 6
    with Image.open(path) as image:
        lying = image.transpose(Image.Transpose.ROTATE_90)
    lying.save(path, exif=exif)


def test_a_map_that_is_stored_turned_is_read_upright_and_that_is_said(tmp_path):
    written(tmp_path)
    write_map(tmp_path / "a_roughness.png", surface()["roughness"], 8)
    stored_turned(tmp_path / "a_roughness.png")
    material = read(tmp_path)
    assert (material.maps["roughness"] - surface()["roughness"]).abs().max() < 0.003
    assert "turned upright" in notes(material, "roughness")


def test_normals_that_are_stored_turned_are_refused(tmp_path):
    written(tmp_path)
    write_map(tmp_path / "a_normal.png", normals.coded(surface()["normal"]), 8)
    stored_turned(tmp_path / "a_normal.png")
    with pytest.raises(Refused, match=r"stored turned .* or say maps\.normal=none"):
        read(tmp_path)


def test_a_map_that_lies_on_its_side_is_said_to(tmp_path):
    written(tmp_path, roughness=("a_roughness.png", torch.rand(1, 80, 40)))
    with pytest.raises(Refused, match="lies on its side, its EXIF orientation counted: turn it"):
        read(tmp_path, size=(40, 80), whole=(40, 80), maps={"normal": "none", "height": "none"})


def test_the_part_under_a_crop_of_the_colour_is_taken(tmp_path):
    material = read(written(tmp_path), size=(20, 30), box=(4, 8, 20, 30))
    expected = surface()["roughness"][:, 4:24, 8:38]
    assert (material.maps["roughness"] - expected).abs().max() < 1e-4


def test_slopes_keep_their_steepness_in_a_smaller_size(tmp_path):
    """A surface seen from farther away is as steep."""
    whole = normals.slopes_of(read(written(tmp_path)).maps["normal"])
    half = normals.slopes_of(read(tmp_path, size=(SIDE // 2, SIDE // 2)).maps["normal"])
    assert half.shape == (2, 32, 32)
    assert 0.8 < float(half.std() / whole.std()) <= 1
    assert float(half.mean()) == pytest.approx(float(whole.mean()), abs=0.01)


CONVENTIONS = {
    "bricks102": "opengl",
    "facade005": "opengl",
    "forest_leaves": "directx",
    "rock053_mossy": "opengl",
    "tiles036": "directx",
    "castle_brick_broken_06": "opengl",
    "fabric_pattern_07": "opengl",
}


@pytest.mark.skipif(not SHARED.is_dir(), reason="public material sets are not at hand")
@pytest.mark.parametrize("name", CONVENTIONS)
def test_conventions_of_public_sets_are_found(name):
    files = [str(path) for path in (SHARED / name).iterdir() if "_dx" not in path.name]
    parts = found(files).parts
    colour = torch.rand(1, 3, 256, 512 if name == "bricks102" else 256)
    whole = (512, 1024) if name == "bricks102" else (1024, 1024)
    row = next(row for row in read_material(parts, colour, whole).rows if row.kind == "normal")
    assert row.notes[-1].startswith(CONVENTIONS[name])
