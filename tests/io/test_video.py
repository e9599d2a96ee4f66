"""Film files of every kind: whole, streamed, with their record, or absent."""

import json
import subprocess

import numpy as np
import pytest
from PIL import Image

from texturenet.errors import Refused
from texturenet.io import video

imageio_ffmpeg = pytest.importorskip("imageio_ffmpeg")
RECORD = {"kind": "film", "odd": "a=b; #c\\d é \"quoted\" 'it' [1, 2]"}


def frames(count=12, height=32, width=48):
    """Smooth coloured waves that move."""
    rows, columns = np.mgrid[:height, :width] / 8.0
    for index in range(count):
        wave = [np.sin(rows + columns * k + index / 2) * 100 + 127 for k in (1, 0.5, 2)]
        yield np.stack(wave, axis=-1).astype(np.uint8)


@pytest.mark.parametrize(
    ("name", "away"),
    [("a.mp4", 12), ("a.webm", 12), ("a.gif", 12), ("a.webp", 8), ("a.apng", 0), ("a", 0)],
)
def test_every_kind_of_film_comes_back(tmp_path, name, away):
    path = tmp_path / name
    video.check_output(path, (32, 48), 12, 24.0)
    assert video.write(path, frames(), 24.0, RECORD) == path
    assert [file.name for file in tmp_path.iterdir()] == [name]
    text = video.record_text(path)
    assert RECORD.items() <= json.loads(text).items()
    found = list(video.read(path, (32, 48), 24.0, 12))
    assert len(found) == 12
    for made, kept in zip(frames(), found, strict=True):
        assert np.abs(made.astype(int) - kept).mean() <= away


def test_videos_play_everywhere(tmp_path):
    """4:2:0, BT.709, the index in front, the rate that was asked for."""
    video.write(tmp_path / "a.mp4", frames(), 23.976, RECORD)
    done = subprocess.run(
        [imageio_ffmpeg.get_ffmpeg_exe(), "-i", tmp_path / "a.mp4"], capture_output=True, text=True
    )
    assert "yuv420p(tv, bt709" in done.stderr
    assert "23.98 fps" in done.stderr
    assert "h264" in done.stderr
    data = (tmp_path / "a.mp4").read_bytes()
    assert data.index(b"moov") < data.index(b"mdat")


@pytest.mark.parametrize(("suffix", "unit"), [("gif", 10), ("webp", 1), ("apng", 1)])
def test_loops_repeat_for_ever_and_keep_time(tmp_path, suffix, unit):
    path = tmp_path / f"a.{suffix}"
    video.write(path, frames(30), 30.0, RECORD)
    with Image.open(path) as film:
        assert film.n_frames == 30
        assert film.info.get("loop", 0) == 0
        spans = []
        for index in range(30):
            film.seek(index)
            film.load()
            spans.append(film.info["duration"])
    assert sum(spans) == pytest.approx(1000, abs=unit + 2)


def test_frames_are_streamed(tmp_path):
    """No more than a few are alive at once."""
    alive = []

    def watched():
        import weakref

        for frame in frames(60, 256, 256):
            held = frame.copy()
            alive.append(weakref.ref(held))
            assert sum(reference() is not None for reference in alive) <= 4
            yield held
            del held

    video.write(tmp_path / "a.mp4", watched(), 30.0, RECORD)
    assert len(alive) == 60


@pytest.mark.parametrize("name", ["a.mp4", "a.webm", "a.gif", "a.webp", "a.apng", "a"])
def test_a_film_that_breaks_off_leaves_nothing(tmp_path, name):
    def broken():
        yield from frames(5)
        raise KeyError("a fault on the way")

    with pytest.raises(KeyError):
        video.write(tmp_path / name, broken(), 24.0, RECORD)
    assert list(tmp_path.iterdir()) == []


def test_a_disk_that_fills_is_said_and_leaves_nothing(tmp_path):
    """ffmpeg may write no more than 2 kB."""
    limited = tmp_path / "ffmpeg"
    limited.write_text(f'#!/bin/sh\nulimit -f 2\nexec {imageio_ffmpeg.get_ffmpeg_exe()} "$@"\n')
    limited.chmod(0o755)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("IMAGEIO_FFMPEG_EXE", str(limited))
        noise = (
            np.random.default_rng(i).integers(0, 256, (64, 64, 3), np.uint8) for i in range(90)
        )
        with pytest.raises(Refused, match="cannot write .*a.mp4"):
            video.write(tmp_path / "a.mp4", noise, 24.0, RECORD)
    assert [file.name for file in tmp_path.iterdir()] == ["ffmpeg"]


@pytest.mark.parametrize(
    ("name", "size", "count", "fps", "words"),
    [
        ("a.mp4", (33, 48), 9, 30, r"mp4 needs even sides, such as \[34,48\]"),
        ("a.webm", (32, 47), 9, 30, "even sides"),
        ("a.mp4", (2, 20_000), 9, 30, "ends at 16384"),
        ("a.gif", (1024, 1024), 200, 30, "at this size 128 frames"),
        ("a.gif", (32, 32), 9, 60, "2 to 50 frames"),
        ("a.webp", (20_000, 2), 9, 30, "webp ends at 16383"),
        ("a.gif", (2, 70_000), 9, 30, "gif ends at 65535"),
        ("a.avi", (32, 32), 9, 30, "use .mp4, .webm, .gif, .webp, .apng, or a folder"),
        ("a.png", (32, 32), 9, 30, "or a folder"),
    ],
)
def test_films_that_a_format_cannot_hold_are_refused(tmp_path, name, size, count, fps, words):
    with pytest.raises(Refused, match=words):
        video.check_output(tmp_path / name, size, count, fps)


def test_a_folder_with_something_in_it_is_left_alone(tmp_path):
    (tmp_path / "a").mkdir()
    video.check_output(tmp_path / "a", (32, 48), 12, 30)
    video.write(tmp_path / "a", frames(2), 30, RECORD)
    with pytest.raises(Refused, match="exists already"):
        video.check_output(tmp_path / "a", (32, 48), 12, 30)


def test_what_is_no_film_is_refused(tmp_path):
    for name in ("a.mp4", "a.gif"):
        (tmp_path / name).write_bytes(b"nothing of the kind")
        with pytest.raises(Refused, match="cannot be read"):
            video.record_text(tmp_path / name)


def test_without_ffmpeg_the_extra_is_named(tmp_path, monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "imageio_ffmpeg", None)
    with pytest.raises(Refused, match=r"texturenet\[film\]"):
        video.check_output(tmp_path / "a.mp4", (32, 32), 9, 30)


@pytest.mark.parametrize("name", ["a.gif", "a.webp", "a.apng"])
def test_frames_that_are_alike_are_still_counted(tmp_path, name):
    """The formats store them as one that stays longer."""
    two = list(frames(2))
    video.write(tmp_path / name, [two[0]] * 5 + [two[1]] * 4, 30.0, RECORD)
    found = list(video.read(tmp_path / name, (32, 48), 30.0, 9))
    assert len(found) == 9
    assert np.array_equal(found[0], found[4])
    assert not np.array_equal(found[4], found[5])


def test_a_name_with_a_colon_is_a_name(tmp_path):
    path = video.write(tmp_path / "a:b c.mp4", frames(), 24.0, RECORD)
    assert RECORD.items() <= json.loads(video.record_text(path)).items()
    assert len(list(video.read(path, (32, 48), 24.0, 12))) == 12


def test_a_video_of_another_size_is_refused(tmp_path):
    path = video.write(tmp_path / "a.mp4", frames(), 24.0, RECORD)
    with pytest.raises(Refused, match="does not have the size of 48x32"):
        list(video.read(path, (48, 32), 24.0, 12))


def test_a_folder_is_not_overwritten_by_a_film(tmp_path):
    (tmp_path / "a.mp4").mkdir()
    with pytest.raises(Refused, match="is a folder"):
        video.check_output(tmp_path / "a.mp4", (32, 48), 12, 30)


def test_the_folder_one_is_in_can_take_frames(tmp_path, monkeypatch):
    from pathlib import Path

    (tmp_path / "empty").mkdir()
    monkeypatch.chdir(tmp_path / "empty")
    video.check_output(Path(), (32, 48), 2, 30)
    video.write(Path(), frames(2), 30, RECORD)
    assert len(list((tmp_path / "empty").iterdir())) == 2
