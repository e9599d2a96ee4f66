"""A material is written as a whole, and read back as it was."""

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from helpers.disks import small_disk
from PIL import Image

from texturenet.errors import Refused
from texturenet.io.map_files import read_map
from texturenet.materials import writing
from texturenet.materials.kinds import KINDS, Maps
from texturenet.materials.naming import found
from texturenet.materials.normals import gradient, normal_of
from texturenet.materials.presets import PRESETS
from texturenet.materials.reading import read_material
from texturenet.materials.writing import depth_of, write_frames, write_material

DEEP = 6.0  # pixels from the lowest to the highest


def hilly(height: int = 48, width: int = 64) -> Maps:
    """Maps of a periodic surface."""
    rows, columns = torch.meshgrid(torch.arange(height + 2), torch.arange(width + 2), indexing="ij")
    hills = torch.sin(rows * torch.pi / 8) * torch.cos(columns * torch.pi / 16) / 2 + 0.5
    noise = torch.rand(5, height, width, generator=torch.Generator().manual_seed(4))
    return {
        "colour": noise[:3],
        "normal": normal_of(gradient(hills * DEEP)),
        "height": hills[None, 1:-1, 1:-1],
        "roughness": noise[3:4],
        "occlusion": noise[4:5],
        "metallic": (noise[:1] > 0.5).float(),
    }


def reread(folder) -> Maps:
    """The maps of a folder, as `train` would find and read them."""
    parts = found([str(path) for path in folder.iterdir()]).parts
    colour = read_map(Path(parts["colour"].file)).values
    return read_material(parts, colour[None], (colour.shape[1], colour.shape[2])).maps


@pytest.mark.parametrize("preset", PRESETS)
def test_what_is_written_is_read_back_as_it_was(tmp_path, preset):
    maps = hilly()
    write_material(maps, preset, tmp_path, "hills")
    again = reread(tmp_path)
    assert set(again) == set(KINDS) - ({"height"} if preset == "gltf" else set())
    for kind, values in again.items():
        assert (values - maps[kind]).abs().max() < (0.01 if kind == "normal" else 0.003), kind


@pytest.mark.parametrize("preset", PRESETS)
def test_it_names_the_files_that_it_made_and_makes_no_others(tmp_path, preset):
    made = write_material(hilly(), preset, tmp_path / "new", "hills")
    chosen = PRESETS[preset]
    endings = [sheet.ending for sheet in chosen.sheets] + [chosen.document] * bool(chosen.document)
    assert [path.name for path in made] == ["hills" + ending for ending in endings]
    assert sorted((tmp_path / "new").iterdir()) == sorted(made)


@pytest.mark.parametrize("preset", PRESETS)
def test_files_have_the_bits_of_the_preset(tmp_path, preset):
    write_material(hilly(), preset, tmp_path, "a")
    for sheet in PRESETS[preset].sheets:
        assert read_map(tmp_path / f"a{sheet.ending}").bits == sheet.bits


def test_the_same_material_makes_the_same_bytes(tmp_path):
    for preset in ("gltf", "materialx", "godot"):
        first, again = (write_material(hilly(), preset, tmp_path / one, "a") for one in "bc")
        for one, other in zip(first, again, strict=True):
            assert one.read_bytes() == other.read_bytes()


def test_earlier_files_are_replaced_and_others_left(tmp_path):
    write_material(hilly(), "gltf", tmp_path, "a")
    (tmp_path / "notes.txt").write_text("mine")
    maps = hilly(16, 16)
    write_material(maps, "gltf", tmp_path, "a")
    assert read_map(tmp_path / "a_basecolor.png").values.shape == (3, 16, 16)
    assert (tmp_path / "notes.txt").read_text() == "mine"


def test_a_failure_leaves_the_earlier_files_and_nothing_else(tmp_path, monkeypatch):
    made = write_material(hilly(), "gltf", tmp_path, "a")
    before = {path: path.read_bytes() for path in made}
    usual = writing.write_map

    def failing(path, *rest):
        if path.name == "a_orm.png":
            raise Refused("the disk is full")
        return usual(path, *rest)

    monkeypatch.setattr(writing, "write_map", failing)
    with pytest.raises(Refused, match="the disk is full"):
        write_material(hilly(16, 16), "gltf", tmp_path, "a")
    assert {path: path.read_bytes() for path in tmp_path.iterdir()} == before


@pytest.mark.parametrize("error", [KeyboardInterrupt(), OSError(13, "Permission denied")])
@pytest.mark.parametrize("at", range(6))
def test_an_interruption_between_two_moves_leaves_the_earlier_material(
    tmp_path, monkeypatch, at, error
):
    """Three files are moved away, three come; then the document, as the last."""
    made = write_material(hilly(), "gltf", tmp_path, "a")
    (tmp_path / "notes.txt").write_text("mine")
    before = {path: path.read_bytes() for path in (*made, tmp_path / "notes.txt")}
    usual, calls = Path.replace, []

    def failing(path, target):
        moved = path.parent != target.parent  # others are within the folder aside
        calls.extend([path] * moved)
        if moved and len(calls) == at + 1:
            raise error
        return usual(path, target)

    monkeypatch.setattr(Path, "replace", failing)
    kind = KeyboardInterrupt if isinstance(error, KeyboardInterrupt) else Refused
    with pytest.raises(kind):
        write_material(hilly(16, 16), "gltf", tmp_path, "a")
    assert {path: path.read_bytes() for path in tmp_path.iterdir()} == before


def test_a_full_disk_leaves_nothing(tmp_path):
    with pytest.raises(Refused, match="cannot write"), small_disk():
        write_material(hilly(), "plain", tmp_path, "a")
    assert list(tmp_path.iterdir()) == []


def test_a_folder_in_the_way_is_refused_before_anything_is_made(tmp_path):
    (tmp_path / "a.gltf").mkdir()
    with pytest.raises(Refused, match="a.gltf is a folder: move it"):
        write_material(hilly(), "gltf", tmp_path, "a")
    assert [path.name for path in tmp_path.iterdir()] == ["a.gltf"]


def test_a_file_where_the_folder_should_be_is_refused(tmp_path):
    (tmp_path / "a").write_text("")
    with pytest.raises(Refused, match="cannot write into .*a: "):
        write_material(hilly(), "plain", tmp_path / "a", "b")


@pytest.mark.parametrize("name", ["", "..", "a/b", "a\nb", 'a"b', "b" * 201])
def test_names_that_no_file_can_have_are_refused(tmp_path, name):
    with pytest.raises(Refused, match="cannot begin the names of files: say"):
        write_material(hilly(), "plain", tmp_path, name)
    assert list(tmp_path.iterdir()) == []


def test_the_longest_name_is_written(tmp_path):
    assert len(write_material({"colour": hilly()["colour"]}, "gltf", tmp_path, "b" * 200)) == 2


def test_maps_of_several_sizes_and_no_maps_are_refused(tmp_path):
    maps = hilly() | {"height": torch.zeros(1, 4, 5)}
    with pytest.raises(Refused, match="one size, not of 4x5, 48x64: resize"):
        write_material(maps, "plain", tmp_path, "a")
    with pytest.raises(Refused, match="one size, not of none"):
        write_material({}, "plain", tmp_path, "a")


def test_an_unknown_preset_makes_no_folder(tmp_path):
    with pytest.raises(Refused, match="no preset 'x'"):
        write_material(hilly(), "x", tmp_path / "new", "a")
    assert list(tmp_path.iterdir()) == []


def test_the_depth_is_that_of_which_the_normals_are():
    assert depth_of(hilly()) == pytest.approx(DEEP / 64, rel=1e-3)
    assert depth_of(hilly(), 6400) == pytest.approx(DEEP / 6400, rel=1e-3)  # of a window
    assert depth_of({"height": torch.rand(1, 8, 8)}) == writing.DEPTH
    flat = hilly() | {"height": torch.full((1, 48, 64), 0.5)}
    assert depth_of(flat) == writing.DEPTH


def test_the_document_of_materialx_says_the_depth(tmp_path):
    write_material(hilly(), "materialx", tmp_path, "a")
    assert f'name="scale" type="float" value="{DEEP / 64:.6g}"' in (tmp_path / "a.mtlx").read_text()


def test_trimesh_reads_the_plane_with_its_textures(tmp_path):
    trimesh = pytest.importorskip("trimesh")
    maps = hilly()
    write_material(maps, "gltf", tmp_path, "wall")
    (mesh,) = trimesh.load(tmp_path / "wall.gltf").geometry.values()
    assert mesh.extents.tolist() == [1, 0.75, 0]
    assert (mesh.face_normals == [0, 0, 1]).all()
    material = mesh.visual.material
    wanted = (maps["colour"] * 255).round().permute(1, 2, 0).numpy()
    assert np.array_equal(np.asarray(material.baseColorTexture), wanted)
    assert np.array_equal(
        np.asarray(material.metallicRoughnessTexture)[..., 1],
        (maps["roughness"][0] * 255).round().numpy(),
    )


def test_every_texture_that_a_document_names_is_there(tmp_path):
    maps = {kind: hilly()[kind] for kind in ("colour", "occlusion")}
    for preset in ("gltf", "godot", "materialx"):
        write_material(maps, preset, tmp_path, "a")
    named = [image["uri"] for image in json.loads((tmp_path / "a.gltf").read_text())["images"]]
    text = (tmp_path / "a.tres").read_text() + (tmp_path / "a.mtlx").read_text()
    named += [word for word in text.split('"') if word.endswith(".png")]
    assert len(named) >= 5
    assert all((tmp_path / name).is_file() for name in named)


def test_every_frame_of_a_film_is_a_set(tmp_path):
    frames = [hilly(16, 16), hilly(16, 24)]
    (tmp_path / "film").mkdir()  # empty
    assert write_frames(iter(frames), "godot", tmp_path / "film", "a", 2) == tmp_path / "film"
    endings = [sheet.ending for sheet in PRESETS["godot"].sheets]
    names = {f"a_{number}{ending}" for number in ("0001", "0002") for ending in endings}
    assert {path.name for path in (tmp_path / "film").iterdir()} == names
    write_material(frames[1], "godot", tmp_path / "still", "a_0002")
    for ending in endings:
        one, other = (tmp_path / folder / f"a_0002{ending}" for folder in ("film", "still"))
        assert one.read_bytes() == other.read_bytes()


def test_numbers_of_frames_sort_as_text(tmp_path):
    write_frames([hilly(2, 2)], "gltf", tmp_path / "film", "a", 12345)
    assert (tmp_path / "film" / "a_00001_normal.png").is_file()


def test_frames_are_complete_or_absent(tmp_path):
    def failing():
        yield hilly(16, 16)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_frames(failing(), "plain", tmp_path / "film", "a", 2)
    assert list(tmp_path.iterdir()) == []
    with pytest.raises(Refused, match="cannot write"), small_disk():
        write_frames([hilly()], "plain", tmp_path / "film", "a", 1)
    assert list(tmp_path.iterdir()) == []
    (tmp_path / "mine").write_text("")
    with pytest.raises(Refused, match="exists already: frames go into a new folder"):
        write_frames([hilly()], "plain", tmp_path, "a", 1)


def test_a_real_set_comes_back_out_of_packed_files(tmp_path, shared):
    folder = shared / "materials" / "bricks102"
    if not folder.is_dir():
        pytest.skip("no set there")
    maps = reread(folder)
    for preset in ("unreal", "unity_hdrp"):
        made = write_material(maps, preset, tmp_path / preset, "bricks")
        assert Image.open(made[0]).size == (1024, 512)
        again = reread(tmp_path / preset)
        for kind in set(again) & set(maps):
            assert (again[kind] - maps[kind]).abs().max() < 0.006, (preset, kind)
