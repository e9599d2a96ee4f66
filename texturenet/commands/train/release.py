"""A trained module -> the run's released file, its samples, its tile, and lines about them."""

import platform
import shlex
from dataclasses import asdict
from pathlib import Path

import torch

from ... import __version__
from ...errors import Refused
from ...generator import release as net_file
from ...generator.architecture import Architecture
from ...imaging import beside
from ...io.exemplars import Picture
from ...io.pictures import save_picture
from ...materials.reading import Material
from ...sampling import provenance
from ...sampling.texture import Texture
from ...training.batches import crops_of
from ...training.module import TextureTraining
from .. import materials
from ..judging import SMALLEST, recorded, recorded_maps
from ..material_files import given, own_materials, portable
from ..options.training import Train
from ..terminal import say

SAMPLES = 4
MAP_FIGURES = ("slopes", "curl", "inward", "cross")
PRIVATE = (
    "exemplar",
    "material",
    "maps",
    "exemplars",
    "into",
    "name",
    "out",
    "parent",
    "resume",
    "descriptor",
    "log",
    "trainer",
    "device",
    "precision",
    "recorded",
    "threads",
)  # paths, or passing
JUDGED = 512  # the most pixels a side of the exemplar that samples are compared with
SIDE = 256  # of a sample; the tile is twice that


def release(
    module: TextureTraining,
    picture: Picture,
    chosen: Train,
    folder: Path,
    facts: dict,
    material: Material | None = None,
) -> Path:
    """Freeze, judge, write -> the released file. facts: the net's name, and what the run knows.
    material: whose colour the picture is."""
    net = net_file.rounded(module.release())
    errors = module.judge(net)
    name = facts["name"]
    card = card_of(module, net.architecture, chosen, facts) | {
        "errors": {term: round(value, 6) for term, value in errors.items()},
        "exemplar": picture.facts | _material_facts(chosen, material),
    }
    path = folder / f"{name}.safetensors"
    released = net_file.save(path, net, card)
    texture = Texture(*net_file.load(path))
    exemplar = chosen.exemplar or str(chosen.material)
    if found := score(texture, path, picture, exemplar, chosen, material):
        released = net_file.save(path, net, {**card, "score": found})
    shown = ", ".join(f"{term} {value:.4f}" for term, value in errors.items())
    say(f"relative errors of the frozen net: {shown}")
    say(f"released net: {released} ({released.stat().st_size / 1000:.0f} kB)")
    show(texture, picture, folder)
    if material:
        materials.show(texture, material.maps, folder, SIDE)
    return released


def card_of(
    module: TextureTraining, architecture: Architecture, chosen: Train, facts: dict
) -> dict[str, object]:
    """What a card says of the net and of how it was trained, whatever it was trained on."""
    return {
        "law": chosen.generator.law,
        **({"waves": module.waves.facts()} if module.waves else {}),
        **({"maps": module.views.layout.facts()} if module.views else {}),
        **module.told,
        "step": module.global_step,
        "view": architecture.view,
        **facts,
        "descriptor": _descriptor(module, chosen),
        "recipe": {key: value for key, value in asdict(chosen).items() if key not in PRIVATE},
        "versions": {
            "texturenet": __version__,
            "torch": torch.__version__,
            "python": platform.python_version(),
        },
    }


def _material_facts(chosen: Train, material: Material | None) -> dict[str, object]:
    """The name of a material of the project's own, by which it is found again, what was said of
    its files, and between which numbers its height lay, where they have a unit of their own."""
    found: dict[str, object] = {}
    if chosen.material in own_materials():
        found["material"] = chosen.material
    if reading := portable(chosen.maps):
        found["reading"] = reading
    if material and material.heights:
        found["heights"] = list(material.heights)
    return found


def score(
    texture: Texture,
    path: Path,
    picture: Picture,
    exemplar: str,
    chosen: Train,
    material: Material | None = None,
) -> dict[str, float] | None:
    """What `texturenet score` would say, for the card of the net. exemplar: as it was named."""
    if not chosen.log.score or min(picture.pixels.shape[-2:]) < SMALLEST:
        return None
    # The exemplar may be large, and figures say no more for it.
    side = min(JUDGED, *picture.pixels.shape[-2:])
    middle = crops_of(picture.pixels, side, 1)[0]
    try:
        found = recorded(texture, str(path), middle, chosen.descriptor.weights)
        if material:
            found |= recorded_maps(texture, material.maps)
    except Refused as refusal:
        say(f"without a score: {refusal}")
        return None
    if material:
        told = (f"{name} {found[name]:.3f}" for name in MAP_FIGURES if name in found)
        say(f"maps: {', '.join(told)}")
    merit = f"merit {found['merit']:.3f} (less is better)" if "merit" in found else "no merit"
    apart = [
        f"maps.{kind}={text}" for kind, text in given(chosen.maps).items() if text and "/" in text
    ]  # a card has no paths
    words = shlex.join([f"model={path}", f"exemplar={exemplar}", *apart])
    say(f"score: {merit}; all its figures: texturenet score {words}")
    return found


def show(texture: Texture, picture: Picture, folder: Path) -> None:
    """Samples of four seeds, one sheet with the exemplar, one tile and its repetition."""
    name = texture.card["name"]
    samples = [texture.render(SIDE, SIDE, seed) for seed in range(SAMPLES)]
    for seed, sample in enumerate(samples):
        save_picture(folder / f"{name}_{seed}.png", sample, _record(texture, SIDE, seed))
    exemplar = picture.pixels[0, :, :SIDE, :SIDE]
    save_picture(folder / f"{name}_sheet.png", beside([exemplar, *samples]))
    side = max(1, 2 * SIDE // texture.coarsest) * texture.coarsest
    tile = texture.render(side, side, tile="xy")
    save_picture(folder / f"{name}_tile.png", tile, _record(texture, side, tile="xy"))
    save_picture(folder / f"{name}_tile_2x2.png", tile.repeat(1, 2, 2))
    say(f"samples: {folder}/{name}_0.png to _{SAMPLES - 1}.png, all in {name}_sheet.png")
    say(f"tile of {side}x{side}: {folder}/{name}_tile.png, repeated 2x2 in {name}_tile_2x2.png")


def _record(texture: Texture, side: int, seed: int = 0, tile: str = "none") -> dict:
    view = {"size": (side, side), "seed": seed, "origin": (0, 0), "tile": tile, "border": None}
    return provenance.of_picture(texture, view)


def _descriptor(module: TextureTraining, chosen: Train) -> dict:
    """Without the folder of a local file."""
    network = chosen.descriptor
    facts = {"layers": network.layers, "pooling": network.pooling}
    if network.filters is not None:
        facts["filters"] = asdict(network.filters)
    weights = Path(network.weights).name
    return {"weights": weights, "sha256": module.descriptor.fingerprint, **facts}
