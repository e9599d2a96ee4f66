"""The library as a program uses it: read by the type checker, not run."""

from pathlib import Path

from torch import Tensor

import texturenet


def draw(folder: Path) -> list[Tensor]:
    """A picture, a tile and the frames of a film."""
    try:
        brick = texturenet.load("brick", device="auto", precision="float32")
    except texturenet.Refused as refusal:
        raise SystemExit(str(refusal)) from None
    picture: Tensor = brick.render(300, 400, seed=1, origin=(-5, 7))
    tile: Tensor = brick.render(512, 512, tile="xy", border=3)
    film = brick.film("loop", seconds=2.0, fps=24.0, size=(256, 256), seeds=(0, 1))
    frames: list[Tensor] = list(film)
    return [picture, tile, film[0], *frames[: len(film)]]


def render(texture: texturenet.Texture, side: int) -> Tensor:
    return texture.render(side, side)


def learn(exemplar: str) -> texturenet.Texture:
    changes: dict[str, object] = {}
    for finding in texturenet.advise(exemplar, size=128):
        print(finding.text)
        changes |= finding.changes
    descriptor: str = texturenet.make_descriptor("ranvgg", exemplar)
    released: str = texturenet.train(exemplar, descriptor=descriptor, **changes)
    return texturenet.load(released)


def paint(exemplar: str, style: str) -> dict[str, Tensor]:
    painting = texturenet.gatys(exemplar, size=256, steps=100)
    for step in painting:
        shape: tuple[int, ...] = tuple(step.picture.shape)
        print(step.number, step.loss, max(step.losses.values()), shape)
        if step.loss < 1e-3:
            break
    styled = texturenet.transfer(exemplar, style)
    parts: dict[str, Tensor] = texturenet.reconstruct(exemplar, layers=["conv1_1"]).pictures
    return {"texture": painting.picture, "styled": styled.picture, **parts}
