"""The weights of a net -> a NumPy archive: what a program needs that computes the net itself.

Arrays, in this order: weight (O,I,k,k) and bias (O,) of every convolution, float32, named and
ordered as in `Architecture.shapes`; then the two notes, UTF-8 text as bytes, which NumPy reads
without pickle and other programs without knowing NumPy's strings.
"""

import io

import numpy as np

from ..sampling.texture import Texture
from .notes import notes_of
from .ports import ports_of


def npz_bytes(texture: Texture) -> bytes:
    """The file's bytes."""
    weights = texture.net.weights()
    arrays = {name: weights[name].cpu().numpy() for name in texture.net.architecture.shapes()}
    for name, text in notes_of(texture, ports_of(texture)).items():
        arrays[name] = np.frombuffer(text.encode(), np.uint8)
    file = io.BytesIO()
    np.savez(file, **arrays)  # type: ignore[arg-type]
    return file.getvalue()
