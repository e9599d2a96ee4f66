"""OME-Zarr: the picture, its coarser levels, and parts of it that several processes write."""

import json
from itertools import pairwise

import numpy as np
import pytest
from helpers.nets import texture

zarr_python = pytest.importorskip("zarr")

from texturenet.errors import Refused  # noqa: E402
from texturenet.io.large import zarr  # noqa: E402
from texturenet.io.pictures import to_bytes  # noqa: E402
from texturenet.sampling.joining import Unfit  # noqa: E402
from texturenet.sampling.large import LargePicture  # noqa: E402
from texturenet.sampling.shards import ShardDrawing, check_parts, finish  # noqa: E402


@pytest.fixture(autouse=True)
def small_shards(monkeypatch):
    monkeypatch.setattr(zarr, "CHUNK", 16)
    monkeypatch.setattr(zarr, "SHARD", 32)
    monkeypatch.setattr(zarr, "SMALLEST", 16)


def picture(**more):
    view = {"size": (71, 90), "seed": 3, "origin": (-5, 7), "tile": "none", "border": None} | more
    return LargePicture(texture(3), view, {"kind": "picture", "seed": view["seed"]})


def expected(drawn):
    view = dict(drawn.view)
    height, width = view.pop("size")
    return to_bytes(drawn.texture.render(height, width, **view))


def drawn(path, piece=None, workers=1, **more):
    drawing = ShardDrawing(path, picture(**more), piece)
    drawing.check_room()
    drawing.resume()
    return sum(drawing.draw(workers))


def files(path):
    return {file.relative_to(path): file.read_bytes() for file in path.rglob("*") if file.is_file()}


def test_the_folder_holds_the_picture_and_its_means(tmp_path):
    path = tmp_path / "big.zarr"
    assert drawn(path) == 71 * 90
    levels = [np.asarray(zarr_python.open_array(f"{path}/{n}")[:]) for n in range(4)]
    assert [level.shape for level in levels] == [(3, 71, 90), (3, 36, 45), (3, 18, 23), (3, 9, 12)]
    apart = np.abs(levels[0].transpose(1, 2, 0).astype(int) - expected(picture()))
    assert apart.max() <= 1
    for finer, coarser in pairwise(levels):
        assert np.array_equal(zarr.means(finer.transpose(1, 2, 0)), coarser.transpose(1, 2, 0))
    assert [file.name for file in tmp_path.iterdir()] == ["big.zarr"]


def test_it_says_what_ome_zarr_asks_for(tmp_path):
    drawn(tmp_path / "big.zarr")
    said = json.loads((tmp_path / "big.zarr" / "zarr.json").read_text())
    assert (said["zarr_format"], said["node_type"]) == (3, "group")
    ome = said["attributes"]["ome"]
    assert ome["version"] == "0.5"
    (scales,) = ome["multiscales"]
    assert [axis["name"] for axis in scales["axes"]] == ["c", "y", "x"]
    assert [one["path"] for one in scales["datasets"]] == ["0", "1", "2", "3"]
    steps = scales["datasets"][2]["coordinateTransformations"]
    assert [(one["type"], one[one["type"]]) for one in steps] == [
        ("scale", [1.0, 4.0, 4.0]),
        ("translation", [0.0, 1.5, 1.5]),
    ]
    assert said["attributes"]["texturenet"] == picture().record


def test_means_of_odd_sides_keep_the_last_pixel():
    pixels = np.array([[[1], [3], [9]], [[5], [7], [11]], [[20], [21], [200]]], np.uint8)
    assert zarr.means(pixels)[..., 0].tolist() == [[4, 10], [21, 200]]


def test_parts_make_the_same_folder(tmp_path):
    drawn(tmp_path / "one" / "big.zarr")
    path = tmp_path / "two" / "big.zarr"
    for number in (3, 1, 2):
        drawn(path, (number, 3))
    assert sorted(file.name for file in path.parent.iterdir()) == [
        "big.zarr", "big.zarr.1of3", "big.zarr.2of3", "big.zarr.3of3",
    ]  # fmt: skip
    list(finish(path, check_parts(path)))
    assert files(path) == files(tmp_path / "one" / "big.zarr")
    assert [file.name for file in path.parent.iterdir()] == ["big.zarr"]


@pytest.mark.slow
def test_several_processes_write_the_same_folder(tmp_path, monkeypatch):
    monkeypatch.undo()  # workers have the shards of every day
    for name, workers in (("one", 1), ("two", 2)):
        drawn(tmp_path / name / "big.zarr", workers=workers, size=(700, 4500))
    assert files(tmp_path / "one" / "big.zarr") == files(tmp_path / "two" / "big.zarr")


def test_an_interrupted_picture_is_gone_on_with(tmp_path):
    drawn(tmp_path / "one" / "big.zarr")
    path = tmp_path / "two" / "big.zarr"
    steps = ShardDrawing(path, picture()).draw(1)
    next(steps)
    next(steps)
    steps.close()
    again = ShardDrawing(path, picture())
    assert again.resume() == 2
    assert again.pixels_done() == 2 * 32 * 32
    list(again.draw(1))
    assert files(path) == files(tmp_path / "one" / "big.zarr")


def test_a_shard_that_was_damaged_meanwhile_is_drawn_anew(tmp_path):
    path = tmp_path / "big.zarr"
    steps = ShardDrawing(path, picture()).draw(1)
    next(steps)
    next(steps)
    steps.close()
    zarr.file_of(path, 0, zarr.Levels(71, 90).shards(0)[0]).write_bytes(b"damaged")
    assert ShardDrawing(path, picture()).resume() == 1


def lines_of(path):
    with pytest.raises(Unfit) as refusal:
        check_parts(path)
    return refusal.value.lines


def test_what_is_wrong_with_parts_is_told_with_its_remedy(tmp_path):
    path = tmp_path / "big.zarr"
    drawn(path, (1, 4))
    drawn(path, (2, 4))
    steps = ShardDrawing(path, picture(), (3, 4)).draw(1)
    next(steps)
    steps.close()
    zarr.file_of(path, 0, zarr.Levels(71, 90).shards(0)[1]).write_bytes(b"damaged")
    again = "draw it by the command of the other parts, with part="  # this record says too little
    assert lines_of(path) == [
        f"big.zarr.1of4: shard 0/1 is damaged; {again}1/4",
        f"big.zarr.3of4: 1 of 2 shards are not drawn; {again}3/4",
        f"part 4 of 4 is missing; {again}4/4",
    ]


def test_another_picture_in_its_place_is_refused(tmp_path):
    drawn(tmp_path / "big.zarr")
    with pytest.raises(Refused, match="holds something else"):
        ShardDrawing(tmp_path / "big.zarr", picture(seed=4)).check_room()
    (tmp_path / "folder.zarr").mkdir()
    with pytest.raises(Refused, match="holds something else"):
        ShardDrawing(tmp_path / "folder.zarr", picture()).check_room()


def test_two_at_once_are_refused(tmp_path):
    pytest.importorskip("fcntl")
    steps = ShardDrawing(tmp_path / "big.zarr", picture()).draw(1)
    next(steps)
    with pytest.raises(Refused, match="being drawn by another process"):
        list(ShardDrawing(tmp_path / "big.zarr", picture()).draw(1))
    list(steps)


def test_a_part_that_there_is_not_is_refused(tmp_path):
    with pytest.raises(Refused, match="has 9 shards"):
        ShardDrawing(tmp_path / "big.zarr", picture(), (1, 10))


def test_a_folder_without_parts_is_refused(tmp_path):
    drawn(tmp_path / "big.zarr")
    with pytest.raises(Refused, match="no picture in parts"):
        check_parts(tmp_path / "big.zarr")
