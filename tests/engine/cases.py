"""Windows that the engine is compared by, and how Python draws them."""

from dataclasses import dataclass, replace
from functools import cache

import numpy as np
import torch
from helpers.nets import LAYOUT, TILES, WAVES, material, random_net, waved

import texturenet
from texturenet.generator import release
from texturenet.io.pictures import to_bytes
from texturenet.noise.fields import Bordered, Cells, Plane, Turned
from texturenet.sampling.texture import Texture

FAR = 2**40
CARDS = {name: release.card_of(path) for name, path in sorted(release.released().items())}
RELEASED = list(CARDS)
MATERIALS = [name for name, card in CARDS.items() if card.get("maps")]
REGULAR = [name for name, card in CARDS.items() if card.get("waves")]
SMALL = "gaussian", "wide_gaussian", "heads", "tartan", "tiles", "stone", "slate"


@cache
def side_of(name, least=1):
    """The smallest side of a tile of a released net that is at least so many pixels."""
    step = texturenet.load(name, "cpu").coarsest
    return -(-least // step) * step


@dataclass(frozen=True)
class Case:
    """A window as the JavaScript module takes it; `maps`: all maps of it, not the picture."""

    net: str
    seed: int = 0
    row: int = 0
    column: int = 0
    height: int = 40
    width: int = 52
    tile: tuple[int, int] = (0, 0)
    border: int | None = None
    time: float | None = None
    other: int | None = None
    rates: tuple[int, ...] | None = None
    scale: int = 1
    maps: bool = False

    def __str__(self):
        plain = Case(self.net)
        told = [
            f"{name}={value}"
            for name, value in vars(self).items()
            if value != getattr(plain, name) and name != "net"
        ]
        return " ".join([self.net, *told])


def small(name):
    """A random net of a kind that no released one is of."""
    if name == "heads":
        return Texture(random_net(4, step=5, family="bare"), {"name": name, "law": "uniform"})
    if name == "gaussian":
        return Texture(random_net(3, step=3), {"name": name, "law": "gaussian"})
    if name == "wide_gaussian":  # two groups of four channels of noise, widths that fill no vector
        net = random_net(2, step=11, channels=6, family="mixed")
        return Texture(net, {"name": name, "law": "gaussian"})
    if name == "tartan":
        return waved()
    if name == "tiles":
        return waved(TILES, scales=4)
    if name == "stone":
        return material(waves=WAVES)
    return material(layout=replace(LAYOUT, gain=0.0, constants={"metallic": 0.5}))


def cases():
    """Every released net near and far, and each option with a net that shows it."""
    far = {"seed": 2**64 - 5, "row": 2**39 + 12345, "column": -(2**38) - 77}
    for name in RELEASED:
        yield Case(name, seed=3, row=-9, column=5)
        yield Case(name, **far)
    for name in SMALL:
        yield Case(name, seed=11, row=-3, column=-8)
        yield Case(name, **far)
    for name in (*MATERIALS, "stone", "slate"):
        yield Case(name, seed=7, row=-21, column=4, maps=True)
    yield Case("leaves", seed=2**53 + 1, row=FAR - 40, column=-FAR)
    yield Case("leaves", height=1, width=1, row=7)
    yield Case("leaves", height=3, width=131, row=1)  # more than a block
    yield Case("leaves", seed=5, tile=(64, 48), row=-30, column=20, height=70)
    yield Case("leaves", seed=5, tile=(0, 48))
    for name in REGULAR:
        side = side_of(name)
        yield Case(name, seed=5, tile=(side, side), row=side - 20, column=-20)
    for name in MATERIALS:
        side = side_of(name)
        yield Case(name, seed=5, tile=(side, side), row=-1, column=side - 20, maps=True)
    yield Case("leaves", seed=8, border=2**64 - 1, tile=(144, 160), row=120, column=-30)
    for name in (REGULAR[0], MATERIALS[0]):
        side = side_of(name, 176)
        view = {"seed": 8, "border": 4, "tile": (side, side), "row": side - 20, "column": -30}
        yield Case(name, maps=name in MATERIALS, **view)
    yield Case("tartan", seed=8, border=9, tile=(96, 96))
    yield Case("tiles", seed=8, tile=(64, 96), row=-9, column=90)
    yield Case("tiles", seed=8, tile=(0, 64), row=-(2**37) + 5, column=50)
    yield Case("tiles", seed=8, border=9, tile=(160, 160), row=140)
    yield Case("tiles", seed=2**64 - 3, time=0.25, other=4, tile=(64, 64), row=3)
    yield Case("leaves", seed=3, time=0.0)
    yield Case("leaves", seed=2**64 - 1, time=0.375, row=5)
    name, rates = REGULAR[-1], (1, 0, -1, 2, 3)
    yield Case(name, seed=3, time=0.25, other=77, rates=rates, tile=(side_of(name), 0))
    yield Case("gaussian", seed=3, time=0.625)
    yield Case("leaves", seed=3, time=0.375, tile=(144, 144), border=6, row=130)
    yield Case("cobbles", seed=3, time=0.5, maps=True)
    for scale in (2, 4, 8):
        yield Case("heads", seed=4, row=-7, column=3, scale=scale)
    yield Case("heads", seed=4, row=3, scale=2, tile=(8, 12))


def drawn(texture, case):
    """What Python draws of a case: (H,W,3) bytes, or {kind: (C,H,W)}."""
    size, place = (case.height, case.width), (case.row, case.column)
    planes = texture.net.architecture.outputs if case.maps else 3
    octave = case.scale.bit_length() - 1
    period = tuple(length << octave if length else None for length in case.tile)
    seeded = case.seed if case.border is None else case.border
    noise = texture.waved(field_of(texture, case, period), seeded)
    with torch.inference_mode():
        if case.maps:
            return {
                kind: values.numpy()
                for kind, values in texture.maps_of(
                    lambda size, place: texture.window(noise, size, place, planes), size, place
                ).items()
            }
        if octave:
            return to_bytes(coarser(texture, noise, size, place, octave))
        return to_bytes(texture.window(noise, size, place).clamp(0, 1))


def field_of(texture, case, period):
    """The noise of a case."""
    other = case.seed + 1 & 2**64 - 1 if case.other is None else case.other
    law = texture.card["law"] if case.time is None else "gaussian"

    def one(seed, border):
        plane = Plane(seed, law, period)
        if case.border is None:
            return plane
        margin = texture.layout.margin if texture.layout else 0
        reach = tuple(cells + margin for cells in texture.net.architecture.halo_cells())
        return Bordered(plane, Plane(border, law, period), reach)

    first = one(case.seed, case.border)
    if case.time is None:
        return first
    second = one(other, None if case.border is None else case.border + 1 & 2**64 - 1)
    rates = case.rates or (1,) * texture.net.architecture.scales
    angles = tuple(2 * np.pi * case.time * rate for rate in rates)
    return Turned(first, second, angles, texture.card["law"])


def coarser(texture, noise, size, place, octave):
    """A picture by the head of a coarser scale."""
    shape = texture.net.architecture
    drawing = shape.reduced(octave)
    rows, columns = (drawing.spans(*pair) for pair in zip(place, size, strict=True))
    cells = [
        Cells(scale, shape.cell(scale), row.start, column.start, row.length, column.length,
              shape.noise_channels, texture.device)
        for scale, (row, column) in enumerate(zip(rows, columns, strict=True))
    ]  # fmt: skip
    drops = [(row.drop, column.drop) for row, column in zip(rows, columns, strict=True)]
    return texture.net([noise(some) for some in cells], drops)[:, :3].clamp(0, 1)


def compare(made, expected):
    """The engine's picture or maps against Python's."""
    if isinstance(expected, dict):
        assert list(made) == list(expected)
        for kind, values in expected.items():
            # Of data on [0,1], or of unit vectors.
            assert np.abs(made[kind] - values).max() <= (4e-5 if kind == "normal" else 2e-5), kind
        return
    differs = np.abs(made[..., :3].astype(int) - expected)
    assert differs.max() <= 1
    assert (differs > 0).sum() <= max(2, differs.size // 1000)
    assert (made[..., 3] == 255).all()
