"""Film files of every kind: whole, streamed, with their record, or absent."""

import json
import os
from itertools import product

import numpy as np
import pytest
from helpers.disks import small_disk
from PIL import Image

from texturenet.errors import Refused
from texturenet.io import video

av = pytest.importorskip("av")
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


@pytest.mark.parametrize(("name", "codec"), [("a.mp4", "h264"), ("a.webm", "vp9")])
def test_videos_say_what_their_colours_mean(tmp_path, name, codec):
    """BT.709 as primaries, transfer and matrix, in video range; the rate that was given."""
    video.write(tmp_path / name, frames(), 23.976, RECORD)
    with av.open(str(tmp_path / name)) as film:
        stream = film.streams.video[0]
        context = stream.codec_context
        assert (context.name, context.pix_fmt) == (codec, "yuv420p")
        tags = (context.color_primaries, context.color_trc, context.colorspace)
        assert tags == (1, 1, 1), "ITU-T H.273"
        assert context.color_range == av.video.reformatter.ColorRange.MPEG
        assert float(stream.average_rate) == pytest.approx(23.976, rel=1e-3)
        assert len(list(film.decode(video=0))) == 12


def test_an_mp4_begins_to_play_at_once(tmp_path):
    """The index in front, the colours in it as well."""
    data = video.write(tmp_path / "a.mp4", frames(), 24, RECORD).read_bytes()
    assert data.index(b"moov") < data.index(b"mdat")
    place = data.index(b"colrnclx")
    assert data[place + 8 : place + 15] == bytes([0, 1, 0, 1, 0, 1, 0])  # 0: video range


def patches(seed):
    """64 flat patches (256,256,3): the corners of the cube and colours between."""
    corners = list(product((0, 128, 255), repeat=3))
    others = np.random.default_rng(seed).integers(0, 256, (64 - len(corners), 3))
    colours = np.concatenate([corners, others]).astype(np.uint8).reshape(8, 8, 3)
    return colours.repeat(32, 0).repeat(32, 1)


def inside(frame):
    """Without the rims of the patches."""
    return frame.astype(int).reshape(8, 32, 8, 32, 3)[:, 8:24, :, 8:24]


def by_the_standard(frame):
    """The formulas of BT.709: luma and colour differences in video range -> RGB."""
    planes = [
        np.frombuffer(plane, np.uint8).reshape(plane.height, -1)[:, : plane.width].astype(float)
        for plane in frame.planes
    ]
    luma = (planes[0] - 16) / 219
    blue, red = ((plane.repeat(2, 0).repeat(2, 1) - 128) / 224 for plane in planes[1:])
    red, blue = luma + 1.5748 * red, luma + 1.8556 * blue
    green = (luma - 0.2126 * red - 0.0722 * blue) / 0.7152
    return (255 * np.stack([red, green, blue], -1)).clip(0, 255).round()


@pytest.mark.parametrize("name", ["a.mp4", "a.webm"])
def test_colours_of_a_video_are_those_of_the_stills(tmp_path, name):
    for seed in range(3):
        still = patches(seed)
        path = video.write(tmp_path / name, [still] * 3, 24.0, RECORD)
        with av.open(str(path)) as film:
            decoded = [by_the_standard(frame) for frame in film.decode(video=0)]
        for frame in [*decoded, *video.read(path, (256, 256), 24.0, 3)]:
            away = inside(frame) - inside(still)
            assert np.abs(np.median(away, axis=(1, 3))).max() <= 2, "the colour of a patch"
            assert np.quantile(np.abs(away), 0.999) <= 2, "pixels, but for faults of the codec"


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


@pytest.mark.parametrize("name", ["a.mp4", "a.webm", "a.gif", "a.webp", "a.apng"])
def test_a_disk_that_fills_is_named_and_leaves_nothing(tmp_path, name):
    """At the first byte, on the way, and with the last byte."""
    noise = [np.random.default_rng(i).integers(0, 256, (64, 64, 3), np.uint8) for i in range(9)]
    whole = video.write(tmp_path / name, noise, 24.0, RECORD).stat().st_size
    (tmp_path / name).unlink()
    for limit in (1, whole // 2, whole - 1):
        with pytest.raises(Refused, match="cannot write .*: File too large"), small_disk(limit):
            video.write(tmp_path / name, iter(noise), 24.0, RECORD)
        assert list(tmp_path.iterdir()) == []


def test_a_fault_on_the_way_is_not_hidden_by_a_full_disk(tmp_path):
    def broken():
        yield from frames(5)
        raise KeyError("a fault on the way")

    with pytest.raises(KeyError), small_disk(1):
        video.write(tmp_path / "a.mp4", broken(), 24.0, RECORD)
    assert list(tmp_path.iterdir()) == []


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


@pytest.mark.parametrize("name", ["a.gif", "a.webp", "a.apng"])
def test_loops_that_cannot_be_read_are_refused(tmp_path, name):
    path = video.write(tmp_path / name, frames(), 24.0, RECORD)
    whole, random = path.read_bytes(), np.random.default_rng(0)
    refused = 0
    for _ in range(100):
        harmed = bytearray(whole[: random.integers(20, len(whole))])
        for place in random.integers(len(harmed), size=10):
            harmed[place] ^= 0x55
        path.write_bytes(harmed)
        try:
            list(video.read(path, (32, 48), 24.0, 12))
        except Refused:
            refused += 1
    assert refused > 30


def test_the_limit_of_pixels_that_a_program_sets_for_pillow_is_not_ours(tmp_path, monkeypatch):
    path = video.write(tmp_path / "a.apng", frames(), 24.0, RECORD)
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 100)
    assert len(list(video.read(path, (32, 48), 24.0, 12))) == 12
    # Of these Pillow asks about every frame.
    for name in ("a.gif", "a.webp"):
        monkeypatch.undo()
        path = video.write(tmp_path / name, frames(), 24.0, RECORD)
        monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 100)
        with pytest.raises(Refused, match="exceeds limit"):
            list(video.read(path, (32, 48), 24.0, 12))


@pytest.mark.parametrize("name", ["a.mp4", "a.gif", "a.webp", "a.apng"])
def test_films_of_another_size_are_refused_before_they_are_decoded(tmp_path, name):
    path = video.write(tmp_path / name, frames(), 24.0, RECORD)
    with pytest.raises(Refused, match="does not have the size of 48x32"):
        next(video.read(path, (48, 32), 24.0, 12))


def test_without_pyav_the_extra_is_named(tmp_path, monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "av", None)
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


def test_without_the_encoder_it_is_named_before_the_work(tmp_path, monkeypatch):
    monkeypatch.setitem(video.VIDEOS, ".mp4", video.VIDEOS[".mp4"]._replace(codec="libx999"))
    with pytest.raises(Refused, match="mp4 needs libx999, which this build of av lacks"):
        video.check_output(tmp_path / "a.mp4", (32, 32), 9, 30)


@pytest.mark.parametrize(
    "name",
    [
        *("a:b c.mp4", "%03d.mp4", "a[1](2).mp4", "-y.mp4", "~a.webm", "a|b;c'd\".webm", "a.MP4"),
        os.fsdecode(b"\xff.mp4"),
    ],
)
def test_any_name_is_a_name(tmp_path, name):
    path = video.write(tmp_path / name, frames(), 24.0, RECORD)
    assert list(tmp_path.iterdir()) == [path]
    assert RECORD.items() <= json.loads(video.record_text(path)).items()
    assert len(list(video.read(path, (32, 48), 24.0, 12))) == 12


def test_a_list_of_other_files_is_no_film(tmp_path):
    """ffmpeg reads playlists by their contents, whatever they are called."""
    video.write(tmp_path / "other.mp4", frames(), 24.0, RECORD)
    path = tmp_path / "a.mp4"
    path.write_text("#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\nother.mp4\n#EXT-X-ENDLIST\n")
    with pytest.raises(Refused, match="cannot be read as a film"):
        list(video.read(path, (32, 48), 24.0, 12))


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
