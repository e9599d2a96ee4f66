"""What a film shows: a net, the row of nets that a morph passes through, or nets and a mask."""

from dataclasses import replace

from ..blending.blended import Blend
from ..errors import Refused
from ..sampling import provenance
from ..sampling.morphing import Row
from ..sampling.motions import Motion
from ..sampling.render import Renderer
from . import kinship
from .drawing import loaded
from .masked import texture_of
from .options import blending, sampling


def models_of(chosen: sampling.Film) -> list[str]:
    """One net; of a morph or a blend two or more. Raises Refused for what excludes each other."""
    morphing = chosen.kind == "morph"
    if chosen.mask is not None and (morphing or chosen.models is None):
        what = "kind=morph goes through all of them" if morphing else "there is one"
        raise Refused(f"mask= says where each of several models=a,b is seen, and {what}.")
    if morphing and chosen.models is None:
        raise Refused("kind=morph goes from net to net: say models=a,b in place of model.")
    if chosen.models is not None and not morphing and chosen.mask is None:
        raise Refused(
            f"models= is of kind=morph, not of {chosen.kind}: say model=NAME, or mask=FILE as well."
        )
    return chosen.models or [str(chosen.model)]


def shown(chosen: sampling.Film, motion: Motion) -> tuple[Renderer, provenance.Record]:
    """What is filmed, and what the film's record says of it beside."""
    if chosen.mask is not None:
        return _blended(chosen, motion)
    nets = [loaded(replace(chosen, model=model)) for model in models_of(chosen)]
    if chosen.kind != "morph":
        return nets[0], {}
    row = Row.of(nets)
    kinship.say_strangers(row)
    return row, provenance.others(row.others)


def _blended(chosen: sampling.Film, motion: Motion) -> tuple[Renderer, provenance.Record]:
    """Several nets under a mask that lies still, as `texturenet blend` makes them."""
    if refused := [name for name in ("preset", "map", "report", "engine") if getattr(chosen, name)]:
        raise Refused(f"{refused[0]}= is for films of one net, and mask= of several: leave it out.")
    asked = blending.Blend(
        models=models_of(chosen), mask=chosen.mask, seed=motion.seeds[0], size=motion.size,
        origin=motion.origin, tile=chosen.tile, precision=chosen.precision, device=chosen.device,
    )  # fmt: skip
    texture, record = texture_of(asked, motion.size)
    texture.check_film(chosen.kind)
    return texture, record


def nets_of(texture: Renderer) -> list[Renderer]:
    """All that are drawn."""
    if isinstance(texture, Row):
        return list(texture.all)
    return list(texture.textures) if isinstance(texture, Blend) else [texture]
