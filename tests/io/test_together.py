"""Files that belong together: all new, or all as they were."""

from pathlib import Path

import pytest

from texturenet.errors import Refused
from texturenet.io.together import check_places, folder_aside, place

NAMES = "abc"


@pytest.fixture
def moves(tmp_path):
    """Three new files, two of which have an earlier one."""
    (tmp_path / "new").mkdir()
    for name in NAMES:
        (tmp_path / "new" / name).write_text(f"new {name}")
    for name in "ac":
        (tmp_path / name).write_text(f"earlier {name}")
    return [(tmp_path / "new" / name, tmp_path / name) for name in NAMES]


def texts(folder):
    return {path.name: path.read_text() for path in folder.iterdir() if path.is_file()}


def stopping(monkeypatch, at, error, after=False):
    """The move of that number (from 0) is interrupted, before it or after it."""
    usual, calls = Path.replace, []

    def replace(path, target):
        calls.append(path)
        if len(calls) == at + 1 and not after:
            raise error
        moved = usual(path, target)
        if len(calls) == at + 1:
            raise error
        return moved

    monkeypatch.setattr(Path, "replace", replace)


def test_new_files_replace_the_earlier_ones(tmp_path, moves):
    with folder_aside(tmp_path, "x") as aside:
        place(moves, aside)
    assert texts(tmp_path) == {name: f"new {name}" for name in NAMES}
    assert texts(tmp_path / "new") == {}
    assert {path.name for path in tmp_path.iterdir()} == {*NAMES, "new"}


@pytest.mark.parametrize("after", [False, True])
@pytest.mark.parametrize("error", [OSError(13, "no"), KeyboardInterrupt()])
@pytest.mark.parametrize("at", range(5))
def test_wherever_it_is_interrupted_everything_is_as_it_was(
    tmp_path, moves, monkeypatch, at, error, after
):
    """Two earlier files are moved away, three new ones come."""
    stopping(monkeypatch, at, error, after)
    with pytest.raises(type(error)), folder_aside(tmp_path, "x") as aside:
        place(moves, aside)
    assert texts(tmp_path) == {name: f"earlier {name}" for name in "ac"}
    assert texts(tmp_path / "new") == {name: f"new {name}" for name in NAMES}


class Killed(BaseException):
    """What undoes nothing: every further move fails too."""


@pytest.mark.parametrize("at", range(6))
def test_a_kill_leaves_files_of_one_set_and_the_last_only_with_all(
    tmp_path, moves, monkeypatch, at
):
    usual, calls = Path.replace, []

    def replace(path, target):
        calls.append(path)
        if len(calls) > at:
            raise Killed if len(calls) == at + 1 else OSError
        return usual(path, target)

    monkeypatch.setattr(Path, "replace", replace)
    (tmp_path / "aside").mkdir()
    try:
        place(moves, tmp_path / "aside")
    except Killed:
        assert at < 5
    found = texts(tmp_path)
    assert len({text.split()[0] for text in found.values()}) <= 1
    if found.get("c", "").startswith("new"):
        assert len(found) == 3
    if found.get("c", "").startswith("earlier"):
        assert len(found) == 2


def test_one_file_is_replaced_at_once(tmp_path, moves, monkeypatch):
    """A kill never finds it missing."""
    usual, seen = Path.replace, []

    def replace(path, target):
        seen.append((path, target, target.exists()))
        return usual(path, target)

    monkeypatch.setattr(Path, "replace", replace)
    place(moves[:1], tmp_path)
    assert seen == [(*moves[0], True)]
    assert (tmp_path / "a").read_text() == "new a"


def test_a_folder_in_the_way_is_refused(tmp_path):
    (tmp_path / "b").mkdir()
    with pytest.raises(Refused, match="b is a folder: move it, or give another name"):
        check_places([tmp_path / "a", tmp_path / "b"])


def test_a_folder_that_cannot_be_made_is_refused(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(Refused, match="cannot write into"), folder_aside(tmp_path / "file", "x"):
        pass
