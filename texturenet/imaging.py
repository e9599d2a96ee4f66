"""Pictures (B,3,H,W) in [0,1] as signals: resizing, luminance, pictures side by side."""

import torch
import torch.nn.functional as F
from torch import Tensor

from .types import Size


def beside(pictures: list[Tensor], gap: int = 8) -> Tensor:
    """Pictures (3,h,w), on the CPU, in one row (3,H,W) on white, centred.

    gap : pixels between two of them
    """
    height = max(picture.shape[-2] for picture in pictures)
    width = sum(picture.shape[-1] + gap for picture in pictures) - gap
    row = torch.ones(3, height, width)
    left = 0
    for picture in pictures:
        top = (height - picture.shape[-2]) // 2
        row[:, top : top + picture.shape[-2], left : left + picture.shape[-1]] = picture
        left += picture.shape[-1] + gap
    return row


def fine_band(picture: Tensor, coarser: Size) -> Tensor:
    """What a picture (1,3,H,W) loses when it is brought down to a coarser size: the same shape."""
    height, width = picture.shape[-2:]
    return picture - resized(resized(picture, coarser), (height, width))


def resized(picture: Tensor, size: Size, wraps: tuple[bool, bool] = (False, False)) -> Tensor:
    """A picture (1,3,H,W) brought up or down to a size, in [0,1].

    wraps: the axes (rows, columns) on which it repeats, and goes on doing so.
    """
    if tuple(picture.shape[-2:]) == tuple(size):
        return picture
    # Of three periods the middle one has neighbours on both sides.
    times = [3 if wrap else 1 for wrap in wraps]
    wide = [length * count for length, count in zip(size, times, strict=True)]
    picture = picture.repeat(1, 1, *times)
    picture = F.interpolate(picture, size=wide, mode="bicubic", antialias=True).clamp(0, 1)
    top, left = (length if wrap else 0 for length, wrap in zip(size, wraps, strict=True))
    return picture[..., top : top + size[0], left : left + size[1]]


# Rec. 601, as YIQ has it: luminance of R, G, B.
LUMINANCE = (0.299, 0.587, 0.114)


def luminance(picture: Tensor) -> Tensor:
    """Weighted sum of R, G, B: (1,3,H,W) -> (1,1,H,W), on the device of the picture."""
    return torch.einsum("c,bchw->bhw", torch.tensor(LUMINANCE).to(picture), picture)[:, None]
