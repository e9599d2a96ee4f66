"""Frames (H,W,3) uint8, one at a time -> a film file or a folder, complete or absent; and back.

MP4 and WebM go through a pipe to ffmpeg (imageio-ffmpeg), frame by frame. GIF, WebP and APNG are
for short loops: Pillow holds all of their frames. Without a suffix the frames become PNG files.
"""

import json
import re
import shutil
import subprocess
from collections.abc import Iterable, Iterator
from itertools import chain
from pathlib import Path

import numpy as np
from PIL import Image

from ..errors import Refused, reason
from .files import aside_of, check_room, sweep
from .pictures import exif_text, png_text, read_bytes, read_text, save_bytes

VIDEOS = {
    ".mp4": ["-c:v", "libx264", "-crf", "18", "-preset", "medium", "-movflags", "+faststart"],
    ".webm": ["-c:v", "libvpx-vp9", "-crf", "24", "-b:v", "0", "-row-mt", "1"],
}
LOOPS = {".gif": "GIF", ".webp": "WEBP", ".apng": "PNG"}
BITS = 4  # of a pixel of a video, twice what loops of fine gravel were seen to take
LONGEST = {".gif": 65_535, ".webp": 16_383, ".apng": 2**31 - 1}
MOST_HELD = 2**27  # pixels of a loop, held in memory at three bytes each
FRAME = "frame_{:06d}.png"


def bytes_at_most(path: Path, size: tuple[int, int], frames: int) -> float:
    """What a film may come to; textures are hard to compress."""
    per_pixel = BITS if path.suffix.lower() in VIDEOS else 3 * 8
    return frames * size[0] * size[1] * per_pixel / 8 + 2**16


def check_output(path: Path, size: tuple[int, int], frames: int, fps: float) -> None:
    """Refuse a film that its format or the disk cannot hold."""
    suffix, (height, width) = path.suffix.lower(), size
    if suffix and path.is_dir():
        raise Refused(f"{path} is a folder: say the name of a file.")
    check_room(path, bytes_at_most(path, size, frames))
    if suffix in VIDEOS:
        _ffmpeg()
        if height % 2 or width % 2:
            even = f"[{height + height % 2},{width + width % 2}]"
            raise Refused(f"size {height}x{width}: {suffix[1:]} needs even sides, such as {even}.")
        if max(size) > 16384:
            raise Refused(f"size {height}x{width}: {suffix[1:]} ends at 16384 a side.")
    elif suffix in LOOPS:
        if frames * height * width > MOST_HELD:
            most = MOST_HELD // (height * width)
            raise Refused(
                f"{frames} frames of {height}x{width}: {suffix[1:]} is for short loops, at this "
                f"size {most} frames; say out=NAME.mp4."
            )
        if max(size) > LONGEST[suffix]:
            raise Refused(f"size {height}x{width}: {suffix[1:]} ends at {LONGEST[suffix]} a side.")
        if suffix == ".gif" and not 2 <= fps <= 50:
            raise Refused(f"fps is {fps}: a GIF shows 2 to 50 frames a second.")
    elif suffix:
        known = ", ".join([*VIDEOS, *LOOPS])
        raise Refused(
            f"cannot write a film as {path.name!r}: use {known}, or a folder for PNG files."
        )
    elif path.exists() and (not path.is_dir() or any(path.iterdir())):
        raise Refused(f"{path} exists already: frames go into a new folder.")


def write(path: Path, frames: Iterable[np.ndarray], fps: float, record: dict) -> Path:
    """All frames into `path`, by its suffix; record is what the file carries. Raises Refused."""
    path = path.absolute()  # a plain "." has no name, and ffmpeg takes a colon for a protocol
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


def _write_video(path: Path, frames, fps: float, text: str, options: list[str]) -> None:
    """Through ffmpeg; imageio-ffmpeg's own writer does not look at how that ended, so that a full
    disk would go unseen."""
    frames = iter(frames)
    first = next(frames)
    height, width = first.shape[:2]
    command = [_ffmpeg(), "-y", "-loglevel", "error", "-f", "rawvideo", "-pix_fmt", "rgb24"]
    command += ["-s", f"{width}x{height}", "-r", f"{fps}", "-i", "-", "-an"]
    # Players take files without a word about colours for BT.709.
    command += ["-vf", "scale=out_color_matrix=bt709:out_range=tv", "-colorspace", "bt709"]
    command += ["-color_primaries", "bt709", "-color_trc", "bt709", "-pix_fmt", "yuv420p"]
    command += [*options, "-metadata", f"comment={text}", f"file:{path}"]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stderr=subprocess.PIPE)
    try:
        for frame in chain([first], frames):
            process.stdin.write(frame.tobytes())
        process.stdin.close()
        said = process.stderr.read().decode(errors="replace")
        if process.wait():
            raise OSError(None, said.strip().splitlines()[-1] if said.strip() else "ffmpeg failed")
    except BrokenPipeError as error:
        said = process.stderr.read().decode(errors="replace").strip().splitlines()
        raise OSError(None, said[-1] if said else "ffmpeg ended early") from error
    finally:
        process.kill()
        process.stdin.close()
        process.stderr.close()
        process.wait()


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
    pictures[0].save(path, kind, **options)


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
    """The text that a film carries. Raises Refused."""
    if path.suffix.lower() not in VIDEOS:
        return read_text(path / FRAME.format(0) if path.is_dir() else path)
    command = [_ffmpeg(), "-loglevel", "error", "-i", f"file:{path.absolute()}"]
    command += ["-f", "ffmetadata", "-"]
    done = subprocess.run(command, capture_output=True)
    if done.returncode:
        said = done.stderr.decode(errors="replace").strip().splitlines()
        raise Refused(f"{path} cannot be read as a film ({said[-1][:120] if said else 'ffmpeg'}).")
    found = re.search(r"^comment=(.*)$", done.stdout.decode(errors="replace"), re.M | re.I)
    return re.sub(r"\\(.)", r"\1", found[1]) if found else None


def read(path: Path, size: tuple[int, int], fps: float, count: int) -> Iterator[np.ndarray]:
    """The frames of a film that should be `count` of a size and rate, one at a time (H,W,3)."""
    if path.is_dir():
        yield from (read_bytes(file) for file in sorted(path.glob("frame_*.png")))
    elif path.suffix.lower() in VIDEOS:
        yield from _read_video(path, size)
    else:
        yield from _read_loop(path, fps, count)


def _read_loop(path: Path, fps: float, count: int) -> Iterator[np.ndarray]:
    """What shows in the middle of every frame's time: frames that are alike are stored as one."""
    shown, end = 0, 0.0
    with Image.open(path) as film:
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
    asked = [_ffmpeg(), "-hide_banner", "-i", f"file:{path.absolute()}"]
    said = subprocess.run(asked, capture_output=True).stderr.decode(errors="replace")
    found = re.search(r"Video: .*?[ ,](\d+)x(\d+)[ ,\[]", said)
    if not found or (int(found[2]), int(found[1])) != tuple(size):
        raise Refused(f"{path} does not have the size of {size[0]}x{size[1]} that it says.")
    command = [_ffmpeg(), "-loglevel", "error", "-i", f"file:{path.absolute()}", "-f", "rawvideo"]
    command += ["-vf", "scale=in_color_matrix=bt709:in_range=tv", "-pix_fmt", "rgb24", "-"]
    length = size[0] * size[1] * 3
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as process:
        try:
            while len(data := process.stdout.read(length)) == length:
                yield np.frombuffer(data, np.uint8).reshape(*size, 3)
        finally:
            process.kill()


def _ffmpeg() -> str:
    try:
        import imageio_ffmpeg
    except ImportError as error:
        raise Refused("videos need: pip install 'texturenet[film]'.") from error
    return imageio_ffmpeg.get_ffmpeg_exe()
