"""Whether alpha of a picture says what is covered, or holds something else."""

import numpy as np
from PIL import Image

COVERED, BETWEEN = 16, 0.1  # alpha so near to 0 and 255, and the share that lies between them


def covered(alpha: Image.Image, how: str, notes: list[str]) -> Image.Image | None:
    """Alpha where it says what is covered; None where it is to be left out."""
    counts = np.array(alpha.histogram())
    if how == "ignored":
        notes.append("its alpha holds another map, and is no part of the colour")
        return None
    if counts[255] == counts.sum():
        return alpha
    between = counts[COVERED : 256 - COVERED].sum() / counts.sum()
    cut_out = between <= BETWEEN and counts[256 - COVERED :].any()
    if how == "judged" and not counts[1:].any():
        notes.append("alpha left out, which is 0 everywhere")
        return None
    if how == "judged" and not cut_out:
        notes.append(
            f"alpha left out, which is neither 0 nor 1 in {between:.0%} of the pixels: it is no "
            "cut-out; if it holds a map, name that as maps.height=FILE[a]"
        )
        return None
    notes.append("transparent parts laid on white")
    if not cut_out:
        notes.append("which bleaches it much: save it without alpha, if that holds something else")
    return alpha
