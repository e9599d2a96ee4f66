"""Parts of a large picture: joined they are the picture, and what is wrong with them is told."""

import json

import pytest
from helpers.nets import texture

import texturenet
from texturenet.errors import Refused
from texturenet.io.large import pieces
from texturenet.sampling import joining
from texturenet.sampling.drawing import Drawing
from texturenet.sampling.joining import Joining, Unfit, complete, found_in
from texturenet.sampling.large import LargePicture

pytest.importorskip("tifffile")
SUFFIXES = [".tif", ".png"]
pytestmark = pytest.mark.usefixtures("small_parts")


def picture(**more):
    view = {"size": (100, 150), "seed": 3, "origin": (-5, 7), "tile": "none", "border": None}
    view |= more
    record = {"kind": "picture", "seed": view["seed"], "size": list(view["size"])}
    return LargePicture(texture(3), view, record)


def drawn(path, number, of, **more):
    """One piece -> its file."""
    drawing = Drawing(path, picture(**more), piece=(number, of))
    drawing.check_room()
    assert sum(drawing.draw(1)) == drawing.pixels
    return drawing.paths[0]


def all_drawn(path, of, **more):
    return [drawn(path, number, of, **more) for number in range(1, of + 1)]


def join(path, folder):
    joined = Joining(path, complete(found_in([folder])))
    joined.check_room()
    return list(joined.draw(1))


@pytest.mark.parametrize("suffix", SUFFIXES)
@pytest.mark.parametrize("of", [1, 3])
def test_the_joined_file_has_the_bytes_of_one_that_was_drawn_at_once(tmp_path, suffix, of):
    whole = tmp_path / f"whole{suffix}"
    list(Drawing(whole, picture()).draw(1))
    all_drawn(tmp_path / "parts" / f"big{suffix}", of)
    path = tmp_path / f"big{suffix}"
    assert sum(join(path, tmp_path / "parts")) == 100 * 150
    assert path.read_bytes() == whole.read_bytes()
    assert {file.name for file in tmp_path.iterdir()} == {whole.name, path.name, "parts"}


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_pieces_are_disjoint_and_cover_the_picture(tmp_path, suffix):
    files = all_drawn(tmp_path / f"big{suffix}", 3)
    numbers = [number for file in files for number in pieces.opened(file).numbers]
    assert numbers == list(range(pieces.opened(files[0]).parts))


def test_a_piece_says_what_it_is_of(tmp_path):
    file = drawn(tmp_path / "big.tif", 2, 3)
    assert file.name == "big.tif.2of3"
    piece = pieces.opened(file)
    assert piece.record == picture().record
    assert (piece.kind, piece.number, piece.of) == (".tif", 2, 3)
    assert piece.shape == (100, 150, 3, 8, 0)


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_an_interrupted_piece_is_gone_on_with_and_ends_the_same(tmp_path, suffix):
    whole = drawn(tmp_path / "whole" / f"big{suffix}", 1, 2)
    path = tmp_path / f"big{suffix}"
    steps = Drawing(path, picture(), piece=(1, 2)).draw(1)
    next(steps)
    steps.close()
    again = Drawing(path, picture(), piece=(1, 2))
    assert again.resume() == 1
    assert sum(again.draw(1)) + 0 < again.pixels
    assert again.paths[0].read_bytes() == whole.read_bytes()


def test_what_a_piece_takes_is_said_before_and_is_enough(tmp_path):
    for suffix in SUFFIXES:
        drawing = Drawing(tmp_path / f"big{suffix}", picture(), piece=(2, 3))
        most = drawing.bytes_at_most()
        list(drawing.draw(1))
        assert drawing.paths[0].stat().st_size <= most


@pytest.mark.parametrize(
    ("piece", "message"),
    [((0, 3), "say 1/3 to 3/3"), ((4, 3), "say 1/3 to 3/3"), ((1, 99), "has 12 blocks")],
)
def test_a_piece_that_there_is_not_is_refused(tmp_path, piece, message):
    with pytest.raises(Refused, match=message):
        Drawing(tmp_path / "big.tif", picture(), piece=piece).check_room()


def lines_of(folder):
    with pytest.raises(Unfit) as refusal:
        complete(found_in([folder]))
    return refusal.value.lines


def test_every_piece_that_is_missing_is_named_with_its_remedy(tmp_path):
    drawn(tmp_path / "big.tif", 2, 4)
    how = "draw it by the command of the other parts, with part="  # this record says too little
    assert lines_of(tmp_path) == [f"part {n} of 4 is missing; {how}{n}/4" for n in (1, 3, 4)]


@pytest.mark.parametrize(
    ("changes", "how"),
    [({"seed": 4}, "seed 4, not 3"), ({"size": (100, 151)}, r"size \[100, 151\], not")],
)
def test_a_piece_of_another_picture_is_named_with_its_remedy(tmp_path, changes, how):
    all_drawn(tmp_path / "big.tif", 3)
    drawn(tmp_path / "big.tif", 2, 3, **changes)
    (line,) = lines_of(tmp_path)
    assert line.startswith("big.tif.2of3: of another picture (")
    assert how.replace("\\", "") in line
    assert line.endswith(", with part=2/3")


def test_a_piece_that_is_there_twice_is_named(tmp_path):
    files = all_drawn(tmp_path / "big.tif", 2)
    (tmp_path / "copy.tif.2of2").write_bytes(files[1].read_bytes())
    (line,) = lines_of(tmp_path)
    move = f"move {tmp_path / 'copy.tif.2of2'} to another folder"
    assert line == f"copy.tif.2of2: the same as big.tif.2of2; {move}"


PICTURE = {"kind": "picture", "model": "dots", "precision": "float32", "size": [3, 4], "seed": 5,
           "origin": [0, 0], "tile": "none", "border": None}  # fmt: skip


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({}, "model=dots precision=float32 'size=[3,4]' seed=5"),
        ({"model": "a b;c"}, "'model=a b;c' precision=float32 'size=[3,4]' seed=5"),
        ({"kind": "steered"}, None),
        ({"border": 4}, None),
        ({"size": ["1", 2]}, None),
        ({"model": "a\nb"}, None),
    ],
)
def test_the_command_is_that_of_the_record_or_is_not_made_up(changes, words, monkeypatch):
    monkeypatch.setattr(joining, "_is_known", lambda record: True)
    said = joining.how_to_draw(PICTURE | changes, "big.tif", "2/3")
    command = f"draw it with `texturenet sample {words} out=big.tif part=2/3`"
    assert said == (command if words else "draw it by the command of the other parts, with "
                    "part=2/3")  # fmt: skip


def test_a_net_of_the_name_of_a_released_one_is_no_other(tmp_path):
    """The command would draw with the released one, which its name means."""
    net = texturenet.load("gravel", "cpu")
    record = PICTURE | {"model": "gravel", "weights": net.fingerprint}
    assert "sample model=gravel " in joining.how_to_draw(record, "big.tif", "2/3")
    said = joining.how_to_draw(record | {"weights": "1234"}, "big.tif", "2/3")
    assert "sample model=FILE " in said
    assert said.endswith("part=2/3`, FILE being the net gravel (weights 1234)")


def test_a_foreign_piece_is_to_go_where_its_own_is_there(tmp_path):
    all_drawn(tmp_path / "big.tif", 3)
    for number, of in ((2, 2), (4, 4)):
        drawn(tmp_path / "other.tif", number, of, seed=9)
        (tmp_path / f"other.tif.{number}of{of}").rename(tmp_path / f"big.tif.{number}of{of}")
    assert [line.rpartition("; ")[2] for line in lines_of(tmp_path)] == [
        f"move {tmp_path / name} to another folder" for name in ("big.tif.2of2", "big.tif.4of4")
    ]


@pytest.mark.parametrize("suffix", SUFFIXES)
@pytest.mark.parametrize("where", [0.5, -1, "short", "long"])
def test_a_damaged_block_is_named_and_leaves_no_picture(tmp_path, suffix, where):
    file = all_drawn(tmp_path / "parts" / f"big{suffix}", 3)[1]
    data = bytearray(file.read_bytes())
    if where == "short":
        data = data[:-7]
    elif where == "long":
        data += b"more"
    else:
        data[int(where * len(data)) if where > 0 else where] ^= 1
    file.write_bytes(data)
    with pytest.raises(Unfit) as refusal:
        join(tmp_path / f"big{suffix}", tmp_path / "parts")
    (line,) = refusal.value.lines
    assert line.startswith(f"{file.name}: ")
    assert line.endswith(", with part=2/3")
    assert [path.name for path in tmp_path.iterdir()] == ["parts"]


def test_an_interrupted_join_is_gone_on_with_and_ends_the_same(tmp_path):
    all_drawn(tmp_path / "parts" / "big.png", 3)
    join(tmp_path / "whole.png", tmp_path / "parts")
    path = tmp_path / "big.png"
    steps = Joining(path, complete(found_in([tmp_path / "parts"]))).draw(1)
    next(steps)
    next(steps)
    steps.close()
    again = Joining(path, complete(found_in([tmp_path / "parts"])))
    assert again.resume() == 2
    list(again.draw(1))
    assert path.read_bytes() == (tmp_path / "whole.png").read_bytes()


@pytest.mark.parametrize(
    "data", [b"", b"anything else", pieces.MAGIC, pieces.MAGIC + b"\xff\xff\xff\x7f{}"]
)
def test_what_is_no_piece_is_refused(tmp_path, data):
    (tmp_path / "big.tif.1of2").write_bytes(data)
    with pytest.raises(Refused, match="no part of a picture"):
        complete(found_in([tmp_path]))


@pytest.mark.parametrize(
    "facts", [{"piece": [3, 2]}, {"shape": [100, 150]}, {"parts": 7}, {"kind": ".gif"}]
)
def test_numbers_that_do_not_fit_together_are_refused(tmp_path, facts):
    file = drawn(tmp_path / "big.tif", 1, 2)
    data = file.read_bytes()
    start = len(pieces.MAGIC) + 4
    length = int.from_bytes(data[start - 4 : start], "little")
    head = json.loads(data[start : start + length])
    text = json.dumps(head | facts).encode()
    file.write_bytes(pieces.MAGIC + len(text).to_bytes(4, "little") + text)
    with pytest.raises(Refused, match="no part of a picture"):
        pieces.opened(file)


def test_a_folder_without_pieces_is_refused(tmp_path):
    with pytest.raises(Refused, match="holds no parts"):
        joining.found_in([tmp_path])
