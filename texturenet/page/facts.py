"""A net's card -> the rows that a page shows of it."""

import math

from ..sampling.texture import Texture
from ..types import Card

Row = tuple[str, str]
ROUNDED = "rounded to 16 bits for a smaller page; some pixels differ a little"


def card_rows(texture: Texture, size: int, weights: str = "exact") -> list[Row]:
    """(name, text) of what is known. size: of the file, in bytes; weights: as `write_page`."""
    card, shape = texture.card, texture.net.architecture
    exemplar, score = card.get("exemplar") or {}, card.get("score") or {}
    parameters = sum(tensor.numel() for tensor in texture.net.weights().values())
    rows = [
        ("Learnt from", exemplar.get("name")),
        ("Origin", exemplar.get("origin")),
        ("Licence", exemplar.get("licence")),
        ("Draws", _draws(texture)),
        ("Net", f"{parameters:,} numbers in {shape.scales} scales, {size / 1000:.0f} kB"),
        ("Weights", ROUNDED if weights == "half" else None),
        ("Noise", _noise(texture)),
        ("Tiles", _tiles(texture)),
        ("Trained", _trained(card)),
        ("Merit", f"{score['merit']:.3f}, 0 is best" if "merit" in score else None),
        ("SHA-256", f"{texture.fingerprint} (of the weights)"),
    ]
    return [(name, str(text)) for name, text in rows if text]


def summary(texture: Texture) -> str:
    """One line under its picture."""
    licence = (texture.card.get("exemplar") or {}).get("licence")
    kinds = "material" if texture.layout else "colour"
    return f"{kinds}, {licence}" if licence else kinds


def _draws(texture: Texture) -> str:
    layout = texture.layout
    return ", ".join([*layout.kinds, *layout.constants]) if layout else "colour"


def _noise(texture: Texture) -> str:
    channels, waves = texture.net.architecture.noise_channels, texture.waves
    if waves is None:
        return f"{texture.card['law']}, {channels} channels a scale"
    units = f" and {waves.units.channels} numbers of each unit" if waves.units else ""
    return (
        f"{texture.card['law']}, {channels - waves.channels} channels a scale, beside "
        f"{len(waves.vectors)} waves{units}"
    )


def _tiles(texture: Texture) -> str:
    coarsest = texture.net.architecture.coarsest
    periods = texture.waves.periods if texture.waves else (1, 1)
    down, right = (math.lcm(period, coarsest) for period in periods)
    if down == right:
        return f"sides are multiples of {down} pixels"
    return f"heights are multiples of {down} pixels, widths of {right}"


def _trained(card: Card) -> str | None:
    if "step" not in card:
        return None
    device = f" on {card['device']}" if card.get("device") else ""
    return f"{card['step']} steps in {card.get('seconds', 0) / 60:.0f} min{device}"
