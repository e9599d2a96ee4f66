"""texturenet export: a released net -> a file that other programs run."""

from collections.abc import Sequence
from pathlib import Path

from ..errors import Refused
from ..export import formats
from ..export.notes import notes_file
from ..export.ports import Ports, ports_of
from ..generator import release
from ..io.files import write_whole
from ..sampling.texture import load
from . import app
from .checks import output_path, set_threads
from .options.exporting import Export
from .terminal import say

ENGINES = {"onnx": "onnxruntime", "torchscript": "torch"}


def main(arguments: Sequence[str]) -> int:
    return app.run("export", lambda request: export(request.options), arguments, outputs)


def outputs(chosen: Export) -> list[Path]:
    """The files. Raises Refused for those that could not be."""
    path = _path(chosen, release.card_of(release.find(chosen.model))["name"])
    notes = _notes_path(chosen)
    return [path] if notes is None else [path, notes]


def export(chosen: Export) -> None:
    """Write the file, and say what it takes and gives."""
    path, far, ports = _write(chosen)
    say(f"{path}: {path.stat().st_size / 1000:.0f} kB, format {chosen.format}")
    if chosen.notes is not None:
        say(f"{chosen.notes}: what it says of itself")
    _say_ports(ports)
    if chosen.format not in ENGINES:
        return
    engine = ENGINES[chosen.format]
    if far is None:
        say(f"not compared with what texturenet draws: {engine} is not installed")
    else:
        say(f"{engine} draws what texturenet draws, to {far:.1e}")


def export_with(**overrides: object) -> str:
    """The same from Python, without a word -> the path of the file."""
    return str(_write(app.request("export", overrides).options)[0])


def _write(chosen: Export) -> tuple[Path, float | None, Ports]:
    set_threads(chosen.threads)
    texture = load(chosen.model, device="cpu")
    path, notes, ports = _path(chosen, texture.card["name"]), _notes_path(chosen), ports_of(texture)
    far = formats.write(texture, chosen.format, path)
    if notes is not None:
        write_whole(notes, notes_file(texture, ports))
    return path, far, ports


def _path(chosen: Export, name: str) -> Path:
    """out with a suffix names a file; else it is a folder, its file named after the model."""
    out = output_path("out", chosen.out)
    if not out.suffix or out.is_dir() or chosen.out.endswith("/"):
        out = out / f"{name}{formats.FORMATS[chosen.format].suffixes[0]}"
    formats.check_suffix(chosen.format, out)
    return out


def _notes_path(chosen: Export) -> Path | None:
    if chosen.notes is None:
        return None
    path = output_path("notes", chosen.notes)
    if path.suffix.lower() != ".json" or path.is_dir():
        raise Refused(f"notes is {chosen.notes}: it must be a .json file.")
    return path


def _say_ports(ports: Ports) -> None:
    groups = dict.fromkeys(each.name.split("_")[0] for each in ports.inputs)
    scales = len(ports.inputs) // len(groups)
    sides = f"sides and places are multiples of {ports.multiple}"
    say(f"in   {' and '.join(groups)} of {scales} scales; {sides}")
    drawn = ", ".join(f"{name} ({channels})" for name, channels in ports.outputs.items())
    same = "".join(f"; {name} is {value:g} everywhere" for name, value in ports.constants.items())
    say(f"out  {drawn}{same}")
