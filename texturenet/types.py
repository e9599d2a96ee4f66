"""Names for tuples that many packages pass on."""

from torch import Tensor

Size = tuple[int, int]
ConvWeights = tuple[Tensor, Tensor]  # kernel (O,I,3,3), bias (O,)
Place = tuple[int, int]  # row, column of the upper left pixel
