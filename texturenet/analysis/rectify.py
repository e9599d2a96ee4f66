"""A plane that was photographed at a slant (1,3,H,W) -> the plane as seen from straight ahead.

A view says where each point of the plane lies in the photograph: by a homography (Hartley and
Zisserman 2004, "Multiple View Geometry in Computer Vision", section 2.3), then by a lens that
bends straight lines (their section 7.4). Both are counted from the middle of the photograph, down
and right, in units of its shorter side. Whatever is mended, pixels are interpolated once.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

from ..errors import Refused
from ..types import Size

Corner = tuple[float, float]  # row and column; the upper left pixel reaches from 0 to 1 in both
Frame = tuple[float, float, float, float]  # top, left, height, width, in units of the plane
FLATTEST = 0.01  # of the sine of an angle at a corner, below which four corners are none
OUTSIDE = 1e6  # where what lies behind the camera is put
SAMPLES = 2**21  # that are taken at a time
MOST_STEPS = 4  # samples a side of a pixel, beyond which the photograph is shrunk first
PROBES = 33  # points a side, at which it is seen how much a view shrinks
EDGE = 9  # points of each side of a frame that have to lie inside the photograph
CENTRES = 17  # a side, of frames that are tried at a time
ROUNDS = 4  # of ever finer centres
HALVINGS = 24  # of the step to the largest frame


@dataclass(frozen=True)
class View:
    """Where the points of a plane lie in a photograph.

    Attributes
    ----------
    matrix : (3,3), float64, from (down, right, 1) on the plane to those without a lens, up to a
        factor
    bulge : of the lens, which takes a point at distance r to r (1 + bulge r^2): above 0 lines bend
        outwards at their ends (pincushion), below 0 inwards (barrel)
    """

    matrix: Tensor
    bulge: float = 0.0

    def pixels(self, points: Tensor, size: Size) -> Tensor:
        """Points (...,2) of the plane -> rows and columns (...,2) in a photograph of this size."""
        ends = points.new_ones(*points.shape[:-1], 1)
        down, right, depth = (torch.cat([points, ends], -1) @ self.matrix.T).unbind(-1)
        seen = torch.stack([down, right], -1) / depth.clamp(min=1e-9)[..., None]
        squares = seen.square().sum(-1, keepdim=True)
        bent = 1 + self.bulge * squares
        # Beyond the distance where a lens turns back, and behind the camera, there is nothing.
        sound = (depth[..., None] > 1e-9) & (1 + 3 * self.bulge * squares > 0)
        middle = torch.tensor(size, dtype=points.dtype) / 2
        return torch.where(sound, seen * bent * min(size) + middle, OUTSIDE)


def plain_view() -> View:
    """Of a plane that is the photograph."""
    return View(torch.eye(3, dtype=torch.float64))


def frame_of(size: Size) -> Frame:
    """All of a photograph, in units of its shorter side."""
    height, width = (length / min(size) for length in size)
    return -height / 2, -width / 2, height, width


def check_corners(corners: Sequence[Corner], size: Size) -> None:
    """Refuse four corners that are none of a rectangle in a photograph of this size."""
    height, width = size
    for row, column in corners:
        if not (0 <= row <= height and 0 <= column <= width):
            raise Refused(
                f"corner [{row:g},{column:g}] lies outside the picture, which is {height}x{width}: "
                "rows and columns are counted from its upper left corner."
            )
    points = torch.tensor([tuple(map(float, corner)) for corner in corners]).double()
    ahead = points.roll(-1, 0) - points
    lengths = ahead.norm(dim=1)
    if (torch.cdist(points, points) + 2 * torch.eye(4)).min() < 1:
        raise Refused("two of the corners are the same: name four, clockwise from the upper left.")
    before, after = (ahead / lengths[:, None]).roll(1, 0), ahead / lengths[:, None]
    turns = before[:, 1] * after[:, 0] - before[:, 0] * after[:, 1]  # sines, clockwise above 0
    if (turns < -FLATTEST).all():
        raise Refused("the corners run anticlockwise: name them clockwise from the upper left.")
    if not (turns > FLATTEST).all():
        raise Refused(
            "the corners are not those of a convex quadrilateral: name them clockwise from the "
            "upper left, no three of them on one line."
        )


def between_corners(
    corners: Sequence[Corner], size: Size, proportion: float | None = None
) -> tuple[View, Frame]:
    """The view of a rectangle by its four corners in a photograph of this size, and its frame.

    Parameters
    ----------
    corners : clockwise from the upper left
    proportion : height over width of the rectangle; that of the means of its sides if None, which
        is too little along a side that leads away from the camera

    Raises
    ------
    Refused : for corners outside, equal, not convex or not clockwise
    """
    check_corners(corners, size)
    shorter = min(size)
    points = (torch.tensor(corners).double() - torch.tensor(size).double() / 2) / shorter
    across, down, back, up = (points.roll(-1, 0) - points).norm(dim=1).tolist()
    height, width = (down + up) / 2, (across + back) / 2
    if proportion is not None:
        area = height * width
        height, width = math.sqrt(area * proportion), math.sqrt(area / proportion)
    frame = (-height / 2, -width / 2, height, width)
    return View(homography(torch.tensor(outline(frame)).double(), points)), frame


def outline(frame: Frame) -> list[Corner]:
    """The corners of a frame, clockwise from the upper left."""
    top, left, height, width = frame
    bottom, right = top + height, left + width
    return [(top, left), (top, right), (bottom, right), (bottom, left)]


def homography(points: Tensor, images: Tensor) -> Tensor:
    """The (3,3) that takes four points (4,2) to their images (4,2), float64, its last entry 1."""
    rows = []
    for (x, y), (u, v) in zip(points.tolist(), images.tolist(), strict=True):
        rows.append([x, y, 1, 0, 0, 0, -u * x, -u * y])
        rows.append([0, 0, 0, x, y, 1, -v * x, -v * y])
    entries = torch.linalg.solve(torch.tensor(rows).double(), images.double().flatten())
    return torch.cat([entries, entries.new_ones(1)]).view(3, 3)


def size_of(frame: Frame, size: Size) -> Size:
    """The pixels of a frame, as large as those in the middle of a photograph of this size."""
    height, width = (max(1, round(length * min(size))) for length in frame[2:])
    return height, width


def corners_of(view: View, frame: Frame, size: Size) -> list[Corner]:
    """Where the corners of a frame lie in a photograph of this size: rows and columns."""
    points = view.pixels(torch.tensor(outline(frame)).double(), size)
    return [(row, column) for row, column in points.tolist()]


def largest_frame(view: View, size: Size) -> Frame:
    """The largest upright rectangle of the plane that a photograph of this size shows all of, of
    the photograph's own proportions."""
    whole = frame_of(size)
    half = torch.tensor(whole[2:]).double() / 2
    line = torch.linspace(-1, 1, EDGE).double()
    ends = torch.ones_like(line)
    sides = ((line, ends), (line, -ends), (ends, line), (-ends, line))
    edge = torch.cat([torch.stack(side, 1) for side in sides])  # (4*EDGE,2)
    centre, reach, scale = torch.zeros(2).double(), half, torch.zeros(())
    for _ in range(ROUNDS):
        steps = torch.linspace(-1, 1, CENTRES).double()
        tried = centre + torch.cartesian_prod(steps, steps) * reach  # (n,2)
        scales = _scales(view, size, tried, edge * half)
        best = int(scales.argmax())
        centre, scale, reach = tried[best], scales[best], reach * 2 / CENTRES
    height, width = (2 * half * scale).tolist()
    return centre[0].item() - height / 2, centre[1].item() - width / 2, height, width


def _scales(view: View, size: Size, centres: Tensor, edge: Tensor) -> Tensor:
    """How much a frame with this edge (e,2) can be enlarged around each centre (n,2) -> (n,)"""
    least, most = torch.zeros(len(centres)).double(), torch.full((len(centres),), 4.0).double()
    bounds = torch.tensor(size).double() + 1e-6
    for _ in range(HALVINGS):
        middle = (least + most) / 2
        points = view.pixels(centres[:, None] + middle[:, None, None] * edge, size)  # (n,e,2)
        inside = ((points >= -1e-6) & (points <= bounds)).flatten(1).all(1)
        least, most = torch.where(inside, middle, least), torch.where(inside, most, middle)
    return least


def rectified(picture: Tensor, view: View, frame: Frame, size: Size) -> Tensor:
    """A frame of the plane that a picture (1,3,H,W) shows, as a picture (1,3,h,w) of a size.

    Interpolated bicubically; where it shrinks, each pixel is the mean of as many samples as it
    covers pixels. What lies outside the picture is what its border is.
    """
    shape = tuple(picture.shape[-2:])
    times = _shrinking(view, frame, size, shape)
    if times > MOST_STEPS:
        smaller = [max(1, round(MOST_STEPS * length / times)) for length in shape]
        picture = F.interpolate(picture, smaller, mode="bilinear", antialias=True)
        times = MOST_STEPS
    steps = math.ceil(times - 0.01)
    rows = max(1, SAMPLES // (steps**2 * size[1]))
    strips = [
        _strip(picture, view, frame, size, (top, min(size[0], top + rows)), steps)
        for top in range(0, size[0], rows)
    ]
    return torch.cat(strips, 2).clamp(0, 1)


def _strip(
    picture: Tensor, view: View, frame: Frame, size: Size, rows: tuple[int, int], steps: int
) -> Tensor:
    """Some rows of a rectified picture."""
    shape = tuple(picture.shape[-2:])
    samples = view.pixels(_points(frame, size, rows, steps), shape)
    places = 2 * samples / torch.tensor(shape).double() - 1
    grid = places.flip(-1).to(picture.dtype)[None]  # (1,h*steps,w*steps,2), right before down
    made = F.grid_sample(picture, grid, "bicubic", padding_mode="border", align_corners=False)
    return F.avg_pool2d(made, steps) if steps > 1 else made


def _points(frame: Frame, size: Size, rows: tuple[int, int], steps: int) -> Tensor:
    """The middles of samples in some rows of a frame of so many pixels (n,m,2)."""
    top, left, height, width = frame
    down = torch.arange(rows[0] * steps, rows[1] * steps).double() + 0.5
    right = torch.arange(size[1] * steps).double() + 0.5
    down, right = top + down * height / (size[0] * steps), left + right * width / (size[1] * steps)
    return torch.stack(torch.meshgrid(down, right, indexing="ij"), -1)


def _shrinking(view: View, frame: Frame, size: Size, shape: Size) -> float:
    """Pixels of a picture of this shape between neighbours of what is made of it, at most."""
    probes = view.pixels(_points(frame, (PROBES, PROBES), (0, PROBES), 1), shape)
    down = (probes[1:] - probes[:-1]).norm(dim=-1).max().item() * PROBES / size[0]
    right = (probes[:, 1:] - probes[:, :-1]).norm(dim=-1).max().item() * PROBES / size[1]
    return max(down, right)
