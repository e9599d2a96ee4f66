"""Writing leaves a whole file or none."""

import pytest
from helpers.disks import small_disk

from texturenet.errors import Refused
from texturenet.io.files import own_folder, user_path, write_whole


def test_it_makes_the_folder_and_replaces_what_was_there(tmp_path):
    target = tmp_path / "new folder" / "é.txt"
    for text in ("one", "two"):
        write_whole(target, text)
        assert target.read_text() == text
    assert list(target.parent.iterdir()) == [target]


def test_a_write_that_fails_leaves_the_earlier_file_and_nothing_else(tmp_path):
    target = write_whole(tmp_path / "a.bin", b"earlier")
    with pytest.raises(Refused, match="cannot write .*a.bin: File too large"), small_disk():
        write_whole(target, b"x" * 2000)
    assert target.read_bytes() == b"earlier"
    assert list(tmp_path.iterdir()) == [target]


def test_an_interruption_leaves_nothing(tmp_path, monkeypatch):
    def interrupted(*arguments):
        raise KeyboardInterrupt

    monkeypatch.setattr("os.fsync", interrupted)
    with pytest.raises(KeyboardInterrupt):
        write_whole(tmp_path / "a.txt", "text")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("writer", ["picture.png", "picture.jpg", "picture.webp", "net", "curve"])
def test_no_writer_of_the_project_leaves_a_piece(tmp_path, writer):
    import torch
    from helpers.nets import random_net

    from texturenet.commands.figures import plot_losses
    from texturenet.generator import release
    from texturenet.io.pictures import save_picture

    write, *what = {
        "net": (release.save, random_net(2), {"name": "a"}),
        "curve": (plot_losses, [{"step": 0, "error/a": 1.0}], 5),
    }.get(writer, (save_picture, torch.rand(3, 64, 64)))
    with pytest.raises(Refused, match="cannot write"), small_disk():
        write(tmp_path / writer, *what)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("text", ["~nosuchuser_at_all/x", "x" * 5000])
def test_paths_that_cannot_be_are_refused(text):
    with pytest.raises(Refused, match="cannot be used as a path"):
        user_path(text)


def test_the_projects_folders_are_found():
    for name, inside in (("conf", "train.yaml"), ("exemplars", "SOURCES.toml")):
        assert (own_folder(name) / inside).is_file()
