"""Options of what is to be mended in a photograph -> what `analysis.preparing` takes."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from ..analysis.preparing import Preparation, prepared
from ..errors import Refused
from ..io.exemplars import Picture, PictureFile
from .options.preparing import Mending, MendingFirst
from .schema import validated

NOTHING = Preparation(light="keep", part="whole")


def preparation(chosen: Mending, crop: Sequence[int] | None, side: int | None) -> Preparation:
    """What the options ask for. Raises Refused for those that exclude each other."""
    if chosen.corners is None and chosen.proportion is not None:
        raise Refused(
            f"proportion={chosen.proportion:g} is that of a rectangle: name its four corners too."
        )
    if chosen.corners is not None:
        others = {
            "crop": crop is not None,
            "perspective=mend": chosen.perspective == "mend",
            "lens=mend": chosen.lens == "mend",
        }
        for other in (name for name, given in others.items() if given):
            raise Refused(f"corners and {other} exclude each other: give one of them.")
    unasked = chosen.corrections == "auto"
    return Preparation(
        corners=chosen.corners,
        proportion=chosen.proportion,
        perspective=unasked or chosen.perspective == "mend",
        lens=chosen.lens == "mend",
        straighten=unasked or chosen.straighten,
        light=chosen.light,
        part=chosen.part,
        side=side,
    )


def read(
    file: PictureFile,
    chosen: MendingFirst,
    crop: Sequence[int] | None,
    side: int | None,
    smallest: int = 1,
) -> Picture:
    """A picture of a file with what is to be mended before it is learnt from."""
    wanted = preparation(chosen, crop, side)
    crop = None if crop is None else list(crop)
    if replace(wanted, side=None) == NOTHING:
        return file.picture(crop=crop, side=side, smallest=smallest)
    picture = file.picture(crop=crop, smallest=smallest)
    made = prepared(picture.pixels, replace(wanted, prefix="prepare."))
    if (shortest := min(made.pixels.shape[-2:])) < smallest:
        raise Refused(
            f"{file.path} is {shortest} pixels wide once it is mended, fewer than the {smallest} "
            "trained on: use a smaller `size`, or a larger photograph."
        )
    return replace(picture, pixels=made.pixels, notes=(*picture.notes, *made.notes))


def first_of(card: Mapping) -> MendingFirst:
    """What was mended in the exemplar of a net, by its card."""
    facts = card.get("recipe", {}).get("prepare", {})
    return validated(MendingFirst, facts if isinstance(facts, dict) else {})
