"""Two nets of one family, whose weights are mixed by the mask at every place (way "weights").

There is one texture everywhere, which changes along the mask: a leaf becomes a stone where it lies.
That takes nets that do the same work in the same channels, as nets do that grew from one start.
"""

from ..errors import Refused
from ..generator import family
from ..generator.mixing import Mixture
from ..generator.varying import VaryingPyramid
from ..sampling.texture import Texture


def varying(first: Texture, second: Texture) -> VaryingPyramid:
    """Both nets as one. Takes seconds: nets between them are measured.

    Raises
    ------
    Refused : for nets that are not known to be kin, and for those that differ in shape, law, waves
        or maps
    """
    members = [(one.net, one.card) for one in (first, second)]
    if not family.are_kin(members):
        names = " and ".join(str(card["name"]) for _, card in members)
        raise Refused(
            f"{names} are not known to be kin, and halfway between their weights lies mud: "
            "say way=height, or train both from one start (train .. parent=common)."
        )
    try:
        family.check_alike(*members)
    except Refused as refusal:
        raise Refused(f"{refusal} Say way=height.") from refusal
    return VaryingPyramid(Mixture([first.net, second.net], first.card["law"], first.waves))
