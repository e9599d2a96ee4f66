"""texturenet morph: nets -> the net between two of them, as a released file."""

from collections.abc import Sequence
from pathlib import Path

import torch

from .. import __version__
from ..errors import Refused
from ..generator import release
from ..sampling.between import row
from . import app, kinship
from .checks import output_path, set_threads
from .options.morphing import Morph
from .terminal import say

SUFFIX = ".safetensors"


def main(arguments: Sequence[str]) -> int:
    return app.run("morph", lambda request: morph(request.options), arguments, outputs)


def outputs(chosen: Morph) -> list[Path]:
    """The file that it writes. Raises Refused for one that could not be."""
    return [_path(chosen, [release.card_of(release.find(one))["name"] for one in chosen.models])]


def morph(chosen: Morph) -> None:
    set_threads(chosen.threads)
    nets = row(chosen.models, "cpu")
    path = _path(chosen, [one.card["name"] for one in nets.all])
    mixed = nets.mixture(chosen.at)
    if chosen.at == int(chosen.at):
        raise Refused(f"at is {chosen.at:g}: that is {mixed.card['name']} itself, no net between.")
    kinship.say_strangers(nets)
    versions = {"texturenet": __version__, "torch": torch.__version__}
    card = mixed.card | {"name": path.stem, "versions": versions}
    released = release.save(path, release.rounded(mixed.net), card)
    told = " and ".join(
        f"{100 * one['share']:.3g} % {one['name']}" for one in mixed.card["parents"]
    )
    say(f"{released}: {told}, {released.stat().st_size / 1000:.0f} kB")


def _path(chosen: Morph, names: Sequence[str]) -> Path:
    place = min(int(chosen.at), max(0, len(names) - 2))
    usual = f"{names[place]}_{names[place + 1]}_{chosen.at:g}"
    path = output_path("out", chosen.out or f"{usual}{SUFFIX}")
    if path.is_dir() or path.suffix != SUFFIX:
        raise Refused(f"out is {path}: say a file that ends in {SUFFIX}.")
    if not release.can_name_files(path.stem):
        raise Refused(f"out is {path.name!r}: no net can be called {path.stem[:80]!r}.")
    files = [release.file_of(release.find(one)) for one in chosen.models]
    if any(path.exists() and path.samefile(file) for file in files):
        raise Refused(f"out is {path}, one of the nets that are mixed: say another name.")
    return path
