"""Names for tuples that many packages pass on."""

from typing import Any

from torch import Tensor

Size = tuple[int, int]
ConvWeights = tuple[Tensor, Tensor]  # kernel (O,I,3,3), bias (O,)
Card = dict[str, Any]  # what a released file says of its net: name, law, exemplar, licence ...
Place = tuple[int, int]  # row, column of the upper left pixel
