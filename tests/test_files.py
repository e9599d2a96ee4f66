"""Writing leaves a whole file or none."""

import pytest

from texturenet.errors import Refused
from texturenet.files import own_folder, written_whole


def test_a_failure_leaves_the_earlier_file_and_nothing_else(tmp_path):
    target = tmp_path / "a.txt"
    target.write_text("earlier")
    with pytest.raises(RuntimeError), written_whole(target) as aside:  # noqa: PT012
        aside.write_text("half")
        raise RuntimeError
    assert target.read_text() == "earlier"
    assert list(tmp_path.iterdir()) == [target]


def test_success_replaces_it_and_makes_the_folder(tmp_path):
    target = tmp_path / "new folder" / "é.txt"
    for text in ("one", "two"):
        with written_whole(target) as aside:
            assert aside.suffix == ".txt"
            aside.write_text(text)
        assert target.read_text() == text
    assert list(target.parent.iterdir()) == [target]


def test_a_disk_error_is_refused_in_one_line(tmp_path):
    with (
        pytest.raises(Refused, match="cannot write .*a.txt: No space left"),
        written_whole(tmp_path / "a.txt"),
    ):
        raise OSError(28, "No space left on device")
    assert list(tmp_path.iterdir()) == []


def test_the_projects_folders_are_found():
    for name, inside in (("conf", "train.yaml"), ("exemplars", "SOURCES.toml")):
        assert (own_folder(name) / inside).is_file()
