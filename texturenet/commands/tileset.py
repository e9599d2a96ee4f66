"""texturenet tileset: nets -> a sheet of tiles that fit, for Tiled, for Godot, and as files."""

import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

from torch import Tensor

from ..errors import Refused
from ..io.files import write_whole
from ..io.pictures import save_picture
from ..io.together import check_places, folder_aside, place
from ..materials.kinds import Maps
from ..materials.writing import check_name, write_material
from ..sampling import provenance
from ..tilesets import godot, tiled
from ..tilesets.describing import described
from ..tilesets.sets import Tileset
from ..tilesets.tileset import tileset
from . import app, materials, several
from .checks import output_path, set_threads
from .drawing import say_rounding
from .options.tiling import Tileset as Options
from .terminal import Bar, say

SHEET, TILED, GODOT = ".png", ".tsx", ".tres"
MATERIAL = "_material"  # sheets of all maps: some presets have a NAME.tres of their own


def main(arguments: Sequence[str]) -> int:
    return app.run("tileset", lambda request: drawn(request.options), arguments, outputs)


def outputs(chosen: Options) -> list[Path]:
    """The sheet and the two descriptions. Raises Refused for those that could not be."""
    sheet = _sheet(chosen)
    return [sheet.with_name(sheet.stem + ending) for ending in (SHEET, TILED, GODOT)]


def drawn(chosen: Options) -> None:
    """Draw all tiles, and write the sheet, its descriptions, and a file for each tile."""
    set_threads(chosen.threads)
    started, path = time.monotonic(), outputs(chosen)[0]
    textures, names = several.loaded(chosen, chosen.models)
    made = tileset(
        textures, chosen.kind, chosen.side,
        variants=chosen.variants, seed=chosen.seed, softness=chosen.softness,
        spread=chosen.spread, wander=chosen.wander, overlap=chosen.overlap,
        invert=several.inverted(chosen, dict(zip(chosen.models, names, strict=True))),
    )  # fmt: skip
    for note in made.notes:
        say(note)
    for one in textures:
        say_rounding(one)
    if chosen.preset:
        materials.check(made.blend(0), chosen.preset, path)
    _write(made, chosen, path)
    say(
        f"{path}: {made.rows}x{made.columns} tiles of {made.side} pixels, seed {made.seed}, "
        f"{time.monotonic() - started:.1f} s"
    )
    say(f"for Tiled: {path.stem}{TILED}; for Godot 4: {path.stem}{GODOT}")


def _write(made: Tileset, chosen: Options, path: Path) -> None:
    """Draw all tiles, once it is known that files can be written, and write them."""
    folder, name = path.parent, path.stem
    tiles = {
        f"{name}_tiles/{name}_{number:02}_{variant}{SHEET}": (number, variant)
        for number, variant in (made.every() if chosen.files else ())
    }
    others = (name + ending for ending in (SHEET, GODOT, TILED))
    check_places(folder / file for file in (*tiles, *others))
    with folder_aside(folder, name) as aside:
        sheet, maps = _sheets(made, bool(chosen.preset))
        told, record = described(made, name), _record(made, chosen)
        writers: dict[str, Callable[[Path], object]] = {
            file: partial(save_picture, pixels=made.cut(sheet, *tile))
            for file, tile in tiles.items()
        }
        writers[name + SHEET] = partial(save_picture, pixels=sheet, text=record)
        writers[name + GODOT] = partial(write_whole, data=godot.tres(told, name + SHEET))
        writers[name + TILED] = partial(write_whole, data=tiled.tsx(told, name + SHEET))
        try:
            for file, write in writers.items():
                (aside / file).parent.mkdir(exist_ok=True)
                (folder / file).parent.mkdir(exist_ok=True)
                write(aside / file)
            place([(aside / file, folder / file) for file in writers], aside)
        except OSError as error:
            raise Refused(f"cannot write {path}: {error.strerror or error}.") from error
    _say_left(folder / f"{name}_tiles", {Path(file).name for file in tiles})
    if maps is not None:
        record |= {"preset": chosen.preset}
        files = write_material(maps, chosen.preset, folder, name + MATERIAL, record)
        say(f"{chosen.preset}: {', '.join(file.name for file in files)} -> {folder}/")


def _say_left(folder: Path, tiles: set[str]) -> None:
    """An earlier set of more tiles, or of one with files=true, leaves some that are not of this."""
    left = sorted(file.name for file in folder.glob(f"*{SHEET}") if file.name not in tiles)
    if left:
        say(f"{folder}/ has {len(left)} more, as {left[0]}, that are not of this set.")


def _sheets(made: Tileset, whole: bool) -> tuple[Tensor, Maps | None]:
    """The sheet of colours (3,H,W), and of whole materials all of them."""
    with Bar("drawing tiles", len(made)) as bar:
        bar.start_at(0)
        maps = made.sheets(bar.reach) if whole else None
        return made.sheet(bar.reach) if maps is None else maps["colour"], maps


def _record(made: Tileset, chosen: Options) -> provenance.Record:
    """What the sheet says of how it was made."""
    first = made.textures[0]
    view = {"seed": made.seed}
    nets = {str(one.card["name"]): one.fingerprint for one in made.textures}
    return provenance.of_picture(first, view) | {
        "kind": "tileset", "models": nets, "set": made.kind, "side": made.side,
        "variants": made.variants, "spread": made.spread, "wander": made.wander,
        "overlap": made.overlap, "softness": made.softness, "invert": chosen.invert or [],
    }  # fmt: skip


def _sheet(chosen: Options) -> Path:
    """out that ends in .png names the sheet; else it is a folder, the sheet named after models."""
    out = output_path("out", chosen.out)
    if out.suffix.lower() != SHEET or out.is_dir():
        if out.suffix and not out.is_dir() and not chosen.out.endswith("/"):
            raise Refused(f"out is {out.name}: say a folder, or a name that ends in {SHEET}.")
        out = out / f"{'_'.join(several.names_of(chosen.models))[: several.LONGEST]}{SHEET}"
    check_name(out.stem)
    return out
