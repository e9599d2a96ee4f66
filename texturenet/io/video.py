"""Frames (H,W,3) uint8, one at a time -> a film file or a folder, complete or absent; and back.

MP4 and WebM are written frame by frame through PyAV, ffmpeg's libraries in this process: a full
disk arrives as its error number, where a pipe to the ffmpeg program only breaks and the reason has
to be found in what the program printed. Their colours are BT.709 in video range, and tagged so.
GIF, WebP and APNG are for short loops: Pillow holds all of their frames. Without a suffix the
frames become PNG files.
"""

import io
import json
import shutil
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from fractions import Fraction
from itertools import chain, pairwise
from pathlib import Path
from typing import NamedTuple

import numpy as np
from PIL import Image

from ..errors import Refused, reason
from .files import absolute, aside_of, check_room, sweep
from .pictures import exif_text, opened_picture, png_text, read_bytes, read_text, save_bytes


class Video(NamedTuple):
    """container: ffmpeg's name of the format; codec: of its encoder; the options of both."""

    container: str
    codec: str
    options: dict[str, str]
    container_options: dict[str, str]


VIDEOS = {
    ".mp4": Video("mp4", "libx264", {"crf": "18", "preset": "medium"}, {"movflags": "+faststart"}),
    ".webm": Video("webm", "libvpx-vp9", {"crf": "24", "b": "0", "row-mt": "1"}, {}),
}
LOOPS = {".gif": "GIF", ".webp": "WEBP", ".apng": "PNG"}
BITS = 4  # of a pixel of a video, twice what loops of fine gravel were seen to take
LONGEST = {".gif": 65_535, ".webp": 16_383, ".apng": 2**31 - 1}
LARGEST_LOOP = 2**27  # pixels of all frames, in memory at three bytes each
FRAME = "frame_{:06d}.png"
BT709 = 1  # its number as primaries, transfer and matrix (ITU-T H.273); 1 is also "video range"
# Chroma is the mean of 2x2 pixels: of swscale's filters the one that changes colours least.
TO_VIDEO = (
    ("scale", "flags=accurate_rnd+full_chroma_int+area:out_color_matrix=bt709:out_range=tv"),
    ("format", "yuv420p"),
    ("setparams", "range=tv:color_primaries=bt709:color_trc=bt709:colorspace=bt709"),
)
TO_RGB = (
    (
        "scale",
        "flags=accurate_rnd+full_chroma_int+full_chroma_inp+bicubic"
        ":in_color_matrix=bt709:in_range=tv",
    ),
    ("format", "rgb24"),
)


def bytes_at_most(path: Path, size: tuple[int, int], frames: int) -> float:
    """Bytes that a film of `frames` of a size (height, width) may come to; textures are hard to
    compress."""
    per_pixel = BITS if path.suffix.lower() in VIDEOS else 3 * 8
    return frames * size[0] * size[1] * per_pixel / 8 + 2**16


def check_output(path: Path, size: tuple[int, int], frames: int, fps: float) -> None:
    """Refuse a film that its format or the disk cannot hold.

    Parameters
    ----------
    path : of the file or folder
    size : (height, width) in pixels
    frames : how many
    fps : frames a second

    Raises
    ------
    Refused : with the limit of the format, or the bytes that are free
    """
    suffix = path.suffix.lower()
    if suffix and path.is_dir():
        raise Refused(f"{path} is a folder: say the name of a file.")
    check_room(path, bytes_at_most(path, size, frames))
    if suffix in VIDEOS:
        _check_video(suffix, size)
    elif suffix in LOOPS:
        _check_loop(suffix, size, frames, fps)
    elif suffix:
        suffixes = ", ".join([*VIDEOS, *LOOPS])
        raise Refused(
            f"cannot write a film as {path.name!r}: use {suffixes}, or a folder for PNG files."
        )
    elif path.exists() and (not path.is_dir() or any(path.iterdir())):
        raise Refused(f"{path} exists already: frames go into a new folder.")


def _check_video(suffix: str, size: tuple[int, int]) -> None:
    av, (height, width), name = _av(), size, suffix[1:]
    try:
        av.Codec(VIDEOS[suffix].codec, "w")
    except ValueError as error:
        raise Refused(
            f"{name} needs {VIDEOS[suffix].codec}, which this build of av lacks: "
            "pip install --force-reinstall --only-binary av av."
        ) from error
    if height % 2 or width % 2:
        even = f"[{height + height % 2},{width + width % 2}]"
        raise Refused(f"size {height}x{width}: {name} needs even sides, such as {even}.")
    if max(size) > 16384:
        raise Refused(f"size {height}x{width}: {name} ends at 16384 a side.")


def _check_loop(suffix: str, size: tuple[int, int], frames: int, fps: float) -> None:
    height, width = size
    if frames * height * width > LARGEST_LOOP:
        most = LARGEST_LOOP // (height * width)
        raise Refused(
            f"{frames} frames of {height}x{width}: {suffix[1:]} is for short loops, at this "
            f"size {most} frames; say out=NAME.mp4."
        )
    if max(size) > LONGEST[suffix]:
        raise Refused(f"size {height}x{width}: {suffix[1:]} ends at {LONGEST[suffix]} a side.")
    if suffix == ".gif" and not 2 <= fps <= 50:
        raise Refused(f"fps is {fps}: a GIF shows 2 to 50 frames a second.")


def write(path: Path, frames: Iterable[np.ndarray], fps: float, record: dict) -> Path:
    """All frames into `path`, by its suffix.

    Parameters
    ----------
    path : of the film; without a suffix that of a new or empty folder
    frames : (H,W,3) uint8, sRGB, all of one size; taken one at a time
    fps : frames a second
    record : what the file carries, as JSON

    Raises
    ------
    Refused : where the file cannot be written; then nothing is left of it
    """
    path = absolute(path)  # a plain "." has no name
    suffix = path.suffix.lower()
    aside = aside_of(path)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        sweep(path.parent)
        if suffix in VIDEOS:
            _write_video(aside, frames, fps, json.dumps(record), VIDEOS[suffix])
        elif suffix in LOOPS:
            _write_loop(aside, frames, fps, json.dumps(record), LOOPS[suffix])
        else:
            _write_folder(aside, frames, record)
            if path.is_dir():
                path.rmdir()
        aside.replace(path)
    except OSError as error:
        raise Refused(f"cannot write {path}: {error.strerror or reason(error)}.") from error
    finally:
        if aside.is_dir():
            shutil.rmtree(aside, ignore_errors=True)
        aside.unlink(missing_ok=True)
    return path


def _write_video(path: Path, frames, fps: float, text: str, kind: Video) -> None:
    av, frames = _av(), iter(frames)
    first = next(frames)
    rate = Fraction(fps).limit_denominator(1001)
    try:
        with _new_video(path, kind) as container:
            container.metadata["comment"] = text
            stream = container.add_stream(kind.codec, rate=rate, options=kind.options)
            _describe(stream, first.shape[:2])
            for picture in _converted(chain([first], frames), rate):
                container.mux(stream.encode(picture))
            container.mux(stream.encode(None))
    except av.FFmpegError as error:
        raise OSError(error.errno, error.strerror or reason(error)) from error


@contextmanager
def _new_video(path: Path, kind: Video) -> Iterator:
    """A container to write into. The first fault is the one that is raised: closing a file that
    could not be written fails again."""
    av = _av()
    # Without "file:" ffmpeg takes what stands before a colon for a protocol.
    options = {"format": kind.container, "container_options": kind.container_options}
    container = av.open(f"file:{path}", "w", **options)
    try:
        yield container
    except BaseException:
        with suppress(av.FFmpegError):
            container.close()
        raise
    container.close()


def _describe(stream, size: tuple[int, int]) -> None:
    """Size and colours of a video."""
    stream.height, stream.width = size
    stream.pix_fmt = "yuv420p"
    context = stream.codec_context
    context.thread_type = "AUTO"  # PyAV's default cuts frames into slices, which costs quality
    context.colorspace = context.color_primaries = context.color_trc = BT709
    context.color_range = BT709


def _converted(frames: Iterator[np.ndarray], rate: Fraction) -> Iterator:
    """RGB -> Y'CbCr frames of BT.709 with their times."""
    av, convert = _av(), None
    for index, frame in enumerate(frames):
        convert = convert or _filters(frame.shape[:2], "rgb24", TO_VIDEO)
        picture = convert(av.VideoFrame.from_ndarray(np.ascontiguousarray(frame), "rgb24"))
        picture.pts, picture.time_base = index, 1 / rate
        yield picture


def _filters(size: tuple[int, int], pixels: str, steps: tuple[tuple[str, str], ...]):
    """ffmpeg's filters, one after the other, as a function of a frame; pixels: their format."""
    graph = _av().filter.Graph()
    height, width = size
    source = f"video_size={width}x{height}:pix_fmt={pixels}:time_base=1/1"
    row = [graph.add("buffer", source), *(graph.add(*step) for step in steps)]
    row.append(graph.add("buffersink"))
    for one, following in pairwise(row):
        one.link_to(following)
    graph.configure()

    def convert(frame):
        graph.push(frame)
        return graph.pull()

    return convert


def _write_loop(path: Path, frames, fps: float, text: str, kind: str) -> None:
    pictures = [Image.fromarray(frame) for frame in frames]
    options = {"save_all": True, "append_images": pictures[1:], "loop": 0}
    options["duration"] = _durations(len(pictures), fps, 10 if kind == "GIF" else 1)
    if kind == "GIF":
        options["comment"] = text
    elif kind == "WEBP":
        options |= {"quality": 90, **exif_text(text)}
    else:
        options |= png_text(text)
    data = io.BytesIO()  # Pillow itself does not notice every short write
    pictures[0].save(data, kind, **options)
    path.write_bytes(data.getbuffer())


def _durations(count: int, fps: float, unit: int) -> list[int]:
    """Milliseconds of every frame, in the format's unit, that keep time over the whole film."""
    ends = [round(1000 * (index + 1) / fps / unit) * unit for index in range(count)]
    return [end - start for start, end in zip([0, *ends], ends, strict=False)]


def _write_folder(path: Path, frames, record: dict) -> None:
    shutil.rmtree(path, ignore_errors=True)
    path.mkdir()
    for index, frame in enumerate(frames):
        save_bytes(path / FRAME.format(index), frame, record | {"frame": index})


def record_text(path: Path) -> str | None:
    """The text that a film carries, None if there is none. Raises Refused."""
    if path.suffix.lower() not in VIDEOS:
        return read_text(path / FRAME.format(0) if path.is_dir() else path)
    with _opened_video(path) as container:
        texts = {key.lower(): value for key, value in container.metadata.items()}
    return texts.get("comment")


def read(path: Path, size: tuple[int, int], fps: float, count: int) -> Iterator[np.ndarray]:
    """The frames of a film, one at a time.

    Parameters
    ----------
    path : of a file or of a folder of frames
    size : (height, width) that the film should have
    fps, count : its frames a second and how many it should have

    Yields
    ------
    (H,W,3) uint8

    Raises
    ------
    Refused : for a film of another size, and where it cannot be read
    """
    if path.is_dir():
        yield from (read_bytes(file) for file in sorted(path.glob("frame_*.png")))
    elif path.suffix.lower() in VIDEOS:
        yield from _read_video(path, size)
    else:
        yield from _read_loop(path, size, fps, count)


def _read_loop(path: Path, size: tuple[int, int], fps: float, count: int) -> Iterator[np.ndarray]:
    """What shows in the middle of every frame's time: frames that are alike are stored as one."""
    shown, end = 0, 0.0
    with opened_picture(path) as film:
        _check_size(path, (film.height, film.width), size)
        for index in range(getattr(film, "n_frames", 1)):
            film.seek(index)
            pixels = np.asarray(film.convert("RGB"))
            if getattr(film, "n_frames", 1) == 1:  # of which no format keeps the time
                yield from [pixels] * count
                return
            end += film.info.get("duration", 0)
            while (shown + 0.5) * 1000 / fps < end:
                yield pixels
                shown += 1


def _read_video(path: Path, size: tuple[int, int]) -> Iterator[np.ndarray]:
    with _opened_video(path) as container:
        stream = next(iter(container.streams.video), None)
        _check_size(path, (stream.height, stream.width) if stream else None, size)
        convert = _filters(size, stream.codec_context.pix_fmt, TO_RGB)
        for frame in container.decode(stream):
            yield convert(frame).to_ndarray()


def _check_size(path: Path, size: tuple[int, int] | None, wanted: tuple[int, int]) -> None:
    if size != tuple(wanted):
        raise Refused(f"{path} does not have the size of {wanted[0]}x{wanted[1]} that it says.")


@contextmanager
def _opened_video(path: Path) -> Iterator:
    """A film file, as nothing but what its suffix says: ffmpeg also reads lists of other files."""
    av, container = _av(), VIDEOS[path.suffix.lower()].container
    try:
        options = {"format": container, "metadata_errors": "replace"}
        with av.open(f"file:{absolute(path)}", **options) as opened:
            yield opened
    except (av.FFmpegError, OSError) as error:
        raise Refused(
            f"{path} cannot be read as a film ({error.strerror or reason(error)})."
        ) from error


def _av():
    try:
        import av
        import av.filter
    except ImportError as error:
        raise Refused("videos need: pip install 'texturenet[film]'.") from error
    return av
