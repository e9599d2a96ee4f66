"""Writing leaves a whole file or none."""

import os
import subprocess
import sys
import threading
import zipfile
from pathlib import Path

import pytest
from helpers.disks import small_disk

from texturenet.errors import Refused
from texturenet.io import files
from texturenet.io.files import (
    aside_of,
    check_room,
    locked,
    own_folder,
    sweep,
    user_path,
    write_whole,
)


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


@pytest.mark.parametrize("writer", ["picture.png", "picture.jpg", "picture.webp", "net", "table"])
def test_no_writer_of_the_project_leaves_a_piece(tmp_path, writer):
    import torch
    from helpers.nets import random_net

    from texturenet.generator import release
    from texturenet.io.pictures import save_picture
    from texturenet.io.tables import Table

    table = Table(tmp_path / "table")
    table.rows = [{"step": step} for step in range(5000)]
    write, *what = {
        "net": (release.save, random_net(2), {"name": "a"}),
        "table": (lambda path: table.write(),),
    }.get(writer, (save_picture, torch.rand(3, 64, 64)))
    with pytest.raises(Refused, match="cannot write"), small_disk():
        write(tmp_path / writer, *what)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("text", ["~nosuchuser_at_all/x", "x" * 5000, "a\0b", "a\ud800"])
def test_paths_that_cannot_be_are_refused(text):
    with pytest.raises(Refused, match="cannot be used as a path"):
        user_path(text)


def test_the_projects_folders_are_found():
    for name, inside in (("conf", "train.yaml"), ("exemplars", "SOURCES.toml")):
        assert (own_folder(name) / inside).is_file()


@pytest.mark.parametrize("mask", [0o022, 0o077])
def test_files_get_the_rights_that_the_user_gives_files(tmp_path, mask):
    """Without a moment in which those of another thread are set aside."""
    before = os.umask(mask)
    try:
        path = write_whole(tmp_path / "a.txt", "text")
        assert path.stat().st_mode & 0o777 == 0o666 & ~mask
    finally:
        os.umask(before)


def test_no_other_thread_sees_another_umask(tmp_path, monkeypatch):
    asked = []
    monkeypatch.setattr(os, "umask", asked.append)
    thread = threading.Thread(target=write_whole, args=(tmp_path / "a.txt", "text"))
    thread.start()
    thread.join()
    assert (tmp_path / "a.txt").read_text() == "text"
    assert not asked


@pytest.mark.parametrize("name", ["a.MP4", "wall.Dzi", "a.gif", "frames", "a.7z"])
def test_pieces_of_every_suffix_are_swept_once_their_writer_is_gone(tmp_path, monkeypatch, name):
    monkeypatch.setattr(files.os, "getpid", lambda: 2**22 + 5)  # beyond what processes have
    piece = aside_of(tmp_path / name)
    piece.write_text("piece")
    sweep(tmp_path)
    assert piece.exists(), "it may still be written"
    os.utime(piece, (0, 0))
    sweep(tmp_path)
    assert not piece.exists()


def test_one_opener_has_the_lock_until_it_closes(tmp_path):
    for path in (tmp_path, write_whole(tmp_path / "a.txt", "text")):
        one, two = (os.open(path, os.O_RDONLY) for _ in range(2))
        assert locked(one)
        assert locked(one), "again by the same"
        assert not locked(two)
        os.close(one)
        assert locked(two)
        os.close(two)


def test_a_lock_ends_with_its_process(tmp_path):
    code = (
        "import os, sys; from texturenet.io.files import locked;"
        "print(locked(os.open(sys.argv[1], os.O_RDONLY)), flush=True); os.kill(os.getpid(), 9)"
    )
    done = subprocess.run([sys.executable, "-c", code, tmp_path], capture_output=True, text=True)
    assert done.stdout == "True\n"
    descriptor = os.open(tmp_path, os.O_RDONLY)
    assert locked(descriptor)
    os.close(descriptor)


def test_where_there_are_no_locks_everybody_may(tmp_path, monkeypatch):
    def without(*arguments):
        raise OSError(95, "Operation not supported")

    descriptor = os.open(tmp_path, os.O_RDONLY)
    monkeypatch.setattr(files.fcntl, "flock", without)
    assert locked(descriptor)
    monkeypatch.setattr(files, "fcntl", None)  # Windows
    assert locked(descriptor)
    os.close(descriptor)


def test_a_package_inside_a_zip_is_refused_in_one_sentence(tmp_path):
    """Python can import from a zip; files of its own a program cannot open there."""
    archive = tmp_path / "texturenet.zip"
    with zipfile.ZipFile(archive, "w") as packed:
        for name in ("__init__.py", "errors.py", "io/__init__.py", "io/files.py"):
            packed.write(Path(files.__file__).parents[1] / name, f"texturenet/{name}")
    code = (
        f"import sys; sys.path.insert(0, {str(archive)!r})\n"
        "from texturenet.errors import Refused\n"
        "from texturenet.io.files import own_folder\n"
        "try: own_folder('conf')\n"
        "except Refused as refusal: print(refusal)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.stdout.startswith(f"texturenet lies inside {archive}, where its conf cannot be")
    assert done.stdout.count("\n") == 1


def test_a_working_folder_that_is_gone_is_named(tmp_path, monkeypatch):
    gone = tmp_path / "gone"
    gone.mkdir()
    monkeypatch.chdir(gone)
    gone.rmdir()
    for call in (lambda: user_path("a.png"), lambda: check_room(Path("a.png"), 1)):
        with pytest.raises(Refused, match="a.png .* the working folder has been deleted"):
            call()
    with pytest.raises(Refused, match="cannot write a.txt: No such file"):
        write_whole(Path("a.txt"), "text")
    assert user_path(str(tmp_path)) == tmp_path


@pytest.mark.parametrize("arguments", ["sample model=gravel size=16", "advise exemplar=gravel"])
def test_commands_in_a_working_folder_that_is_gone_are_refused(tmp_path, arguments):
    """Where torch's own libraries would end the process."""
    script = (
        f'mkdir gone && cd gone && rmdir ../gone && "{sys.executable}" -m texturenet {arguments}'
    )
    done = subprocess.run(["sh", "-c", script], cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 2
    assert done.stderr.splitlines()[-1] == (
        "texturenet: the working folder has been deleted: change to one that exists."
    )
    assert "Traceback" not in done.stderr
