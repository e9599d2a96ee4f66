"""What a training run begins with: everything read, checked and built, and nothing written yet."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

import torch

from ...errors import Refused
from ...generator.architecture import COLOURS
from ...generator.release import can_name_files
from ...hardware import best_precision, device_of
from ...io.exemplars import Picture
from ...io.files import user_path
from ...materials.reading import Material
from ...training.module import TextureTraining
from ...training.pace import Pace
from ...training.resume import check_resumable
from .. import mending
from ..app import Request
from ..checks import set_threads
from ..material_files import files_of
from ..options.training import Train
from ..plan import check, with_advice
from ..terminal import say
from . import palette, several, steering
from .length import pace_for
from .parent import Parent, parent_of
from .parent import check as check_parent
from .setup import build, recipe_of, with_defaults


@dataclass(frozen=True)
class Prepared:
    """names: what the textures are called, one for each picture; name: what the net is called.
    precision: in Lightning's words. pace: where minutes are asked for, and not steps."""

    chosen: Train
    pictures: Sequence[Picture]
    names: Sequence[str]
    name: str
    material: Material | None
    module: TextureTraining
    parent: Parent | None
    device: torch.device
    precision: str
    pace: Pace | None


def prepared(request: Request) -> Prepared:
    """Raises Refused for what cannot be trained."""
    _check(request.options)
    set_threads(request.options.threads)
    parent = parent_of(request.options.parent)
    device = several.own(request.options, device_of(request.options.device))
    precision = _precision(request.options, device)
    chosen, pictures, material, called = _read(request)
    names = [_usual(called or one.name) for one in pictures]
    palette.check_names(pictures, names)
    name = _name(chosen, names)
    smallest = min(pictures, key=lambda one: min(one.pixels.shape[-2:]))
    chosen, loaded = with_defaults(chosen, smallest, material)
    if parent:
        check_parent(parent, chosen, material.layout.count if material else COLOURS)
    pace = pace_for(chosen, recipe_of(chosen))
    if chosen.exemplars:
        module = palette.build(chosen, loaded, pictures, names, device)
    else:
        module = build(chosen, loaded, pictures[0], device, material)
    _begin(module, parent, chosen)
    if chosen.resume is not None:
        check_resumable(user_path(chosen.resume), module, pace)
    return Prepared(
        chosen, pictures, names, name, material, module, parent, device, precision, pace
    )


def _check(chosen: Train) -> None:
    """What can be refused before anything is loaded."""
    check(chosen)
    steering.check(chosen)
    palette.check(chosen)
    several.check(chosen)
    pace_for(chosen, recipe_of(chosen))


def _read(request: Request) -> tuple[Train, list[Picture], Material | None, str]:
    """The options after the advice, the exemplars, and the maps and the name of a material."""
    if request.options.exemplars:
        return *palette.read(request), None, ""
    found = files_of(request.options)
    file = found.opened()
    chosen = with_advice(request, file)
    reading = chosen.picture
    picture = mending.read(file, chosen.prepare, reading.crop, reading.side, chosen.size)
    material = found.material(file, picture, chosen.picture.crop, chosen.maps)
    return chosen, [picture], material, found.name


def _begin(module: TextureTraining, parent: Parent | None, chosen: Train) -> None:
    """With the weights of a parent; a run that is resumed has its own."""
    if parent is None:
        return
    module.origin |= {"parent": parent.fingerprint}
    if chosen.resume is None:
        for net in module.nets:
            parent.begin(net, module.waves)
    say(f"grown from {parent.name}")


def _usual(name: str) -> str:
    """What a texture is called after its exemplar's file, where it can be."""
    name = re.sub(r"[^\w .-]", "_", name).strip(" .-")
    return name if can_name_files(name) else "texture"


def _name(chosen: Train, textures: Sequence[str]) -> str:
    """What the net is called: as `name` or `into` says, or after its textures."""
    key, name = ("into", chosen.into) if chosen.exemplars else ("name", chosen.name)
    if name is None:
        return _usual("_".join(textures))
    if not can_name_files(name):
        raise Refused(f"{key} is {name!r}: letters, digits, spaces, . - and _, and not so long.")
    return name


def _precision(chosen: Train, device: torch.device) -> str:
    """In Lightning's words, with `auto` decided."""
    if chosen.precision == "auto":
        return best_precision(device.type)
    return {"float32": "32-true", "bfloat16": "bf16-mixed"}[chosen.precision]
