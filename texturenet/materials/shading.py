"""A lit picture of a material: physically based shading by one lamp and a sky.

The camera looks straight at the surface, as a flat plane and as a ball. Light is linear and has no
unit: the lamp and the sky are such that white paper seen flat comes out near white.
"""

import math
from collections.abc import Iterator

import torch
import torch.nn.functional as F
from torch import Tensor

from ..errors import Refused
from ..types import Size
from .kinds import KINDS, Maps
from .normals import gradient, normal_of

LAMP = 1.0  # irradiance over pi of a surface that faces it
ABOVE, BELOW = (0.42, 0.45, 0.5), (0.13, 0.12, 0.11)  # radiance of the sky at its top and bottom
LIGHT = 135.0, 50.0  # azimuth (0 is the right, 90 the top), elevation above the surface: degrees
FACING = 0.04  # reflectance of what is no metal, seen straight
ROUGHEST = 0.03  # the least roughness: a lamp has no size, and a mirror would not show it
DEPTH = 8.0  # slopes of a height that has no normals: pixels that its range is deep, of 256
ACROSS = 1.6  # widths of the picture, around the ball's middle
FINER = 2  # pixels of the ball across one that is shown, so that its rim has no moire
BACKGROUND = 0.18
SHAPES = "plane", "ball", "both"


def lit(
    maps: Maps, side: int = 512, light: tuple[float, float] = LIGHT, shape: str = "both"
) -> Tensor:
    """A picture of a material.

    Parameters
    ----------
    maps : as in memory; those that are missing are neutral
    side : pixels a side of the plane, and of the ball beside it
    light : azimuth and elevation of the lamp, in degrees
    shape : "plane", "ball" or "both"

    Returns
    -------
    float32 (3,side,side), or (3,side,2*side) of both, sRGB on [0,1]

    Raises
    ------
    Refused : for another shape
    """
    if shape not in SHAPES:
        raise Refused(f"shape={shape!r} is unknown: say {', '.join(SHAPES[:-1])} or {SHAPES[-1]}.")
    maps = _whole(maps)
    parts = []
    if shape in ("plane", "both"):
        parts.append(_plane(maps, side, light))
    if shape in ("ball", "both"):
        parts.append(_ball(maps, side, light))
    return _display(torch.cat(parts, 2))


def flat(maps: Maps, light: tuple[float, float] = LIGHT) -> Tensor:
    """The surface as it lies, pixel for pixel: (3,H,W) of maps (C,H,W), sRGB on [0,1]."""
    maps = _whole(maps)
    return _display(_shaded(maps, maps["normal"], _eye(maps["normal"]), _direction(light)))


def turned(maps: Maps, frames: int, side: int = 512, shape: str = "both") -> Iterator[Tensor]:
    """Pictures as `lit` makes them while the lamp goes round once."""
    for frame in range(frames):
        yield lit(maps, side, (LIGHT[0] + 360 * frame / frames, LIGHT[1]), shape)


def _whole(maps: Maps) -> Maps:
    """With neutral maps where some are missing; normals of a height where there are none."""
    height, width = next(iter(maps.values())).shape[-2:]
    whole = {}
    for kind in KINDS.values():
        neutral = torch.full((kind.channels, height, width), kind.neutral)
        if kind.name == "normal":
            neutral[2] = 1
            if "height" in maps and "normal" not in maps:
                bumps = F.pad(maps["height"][None], (1, 1, 1, 1), mode="replicate")[0]
                neutral = bumps_of(bumps, (height, width))
        whole[kind.name] = maps.get(kind.name, neutral).float()
    return whole


def bumps_of(height: Tensor, picture: Size) -> Tensor:
    """Normals (3,H,W) of a height (1,H+2,W+2) that has none of its own: of a part of a picture of
    that size (height and width, in pixels), and a pixel around it."""
    return normal_of(DEPTH * max(picture) / 256 * gradient(height[0]))


def _plane(maps: Maps, side: int, light: tuple[float, float]) -> Tensor:
    """The middle square, seen from above: radiance (3,side,side)."""
    shortest = min(maps["colour"].shape[-2:])
    top, left = ((length - shortest) // 2 for length in maps["colour"].shape[-2:])
    square = {kind: v[:, top : top + shortest, left : left + shortest] for kind, v in maps.items()}
    resized = {kind: _resized(values, (side, side)) for kind, values in square.items()}
    normal = _unit(resized["normal"])
    return _shaded(resized, normal, _eye(normal), _direction(light))


def _eye(normal: Tensor) -> Tensor:
    """The direction to the viewer (3,h,w): straight above."""
    return torch.tensor([0.0, 0.0, 1.0]).view(3, 1, 1).expand_as(normal)


def _resized(values: Tensor, size: tuple[int, int]) -> Tensor:
    return F.interpolate(
        values[None], size=size, mode="bilinear", antialias=True, align_corners=False
    )[0]


def _reduced(maps: Maps, side: int) -> Maps:
    """Maps whose shorter side has at most so many pixels."""
    height, width = maps["colour"].shape[-2:]
    share = side / min(height, width)
    if share >= 1:
        return maps
    size = round(height * share), round(width * share)
    return {kind: _resized(values, size) for kind, values in maps.items()}


def _ball(maps: Maps, side: int, light: tuple[float, float]) -> Tensor:
    """A ball on a plain ground: radiance (3,side,side).

    What is in front is laid on the picture by Lambert's equal-area projection (Snyder 1987, "Map
    Projections: A Working Manual", equation 24-2), so that nothing is stretched by much but at the
    rim.
    """
    maps, fine = _reduced(maps, side), side * FINER
    line = (torch.arange(fine) + 0.5) / fine * 2 - 1
    x, y = (line / 0.92).expand(fine, fine), (-line / 0.92)[:, None].expand(fine, fine)
    from_middle = x.square() + y.square()
    z = (1 - from_middle).clamp(min=0).sqrt()
    around = torch.stack([x, y, z])  # the ball's own normal
    factor = ACROSS / 2 / (1 + z).sqrt()
    shortest = min(maps["colour"].shape[-2:])
    places = torch.stack([0.5 + factor * x, 0.5 - factor * y]) * shortest  # pixels: right, down
    found = {kind: _wrapped(values, places) for kind, values in maps.items()}
    right = _unit(torch.stack([z, torch.zeros_like(z), -x]))
    up = torch.linalg.cross(around, right, dim=0)
    own = _unit(found["normal"])
    normal = _unit(own[0] * right + own[1] * up + own[2] * around)
    radiance = _shaded(found, normal, _eye(normal), _direction(light), around)
    radiance = torch.where(from_middle < 1, radiance, BACKGROUND)
    return F.avg_pool2d(radiance, FINER)


def _wrapped(values: Tensor, places: Tensor) -> Tensor:
    """Values (C,H,W) at pixels (2,h,w), right and down, of a picture that repeats."""
    height, width = values.shape[-2:]
    doubled = F.pad(values[None], (1, 1, 1, 1), mode="circular")
    right, down = places[0] % width, places[1] % height
    grid = torch.stack([(right + 1) / (width + 2) * 2 - 1, (down + 1) / (height + 2) * 2 - 1], -1)
    return F.grid_sample(doubled, grid[None], align_corners=False)[0]


def _unit(vectors: Tensor) -> Tensor:
    """Vectors (3,h,w) of length 1; several times as fast here as torch's normalize."""
    return vectors * vectors.square().sum(0, keepdim=True).clamp(min=1e-18).rsqrt()


def _direction(light: tuple[float, float]) -> Tensor:
    azimuth, elevation = (math.radians(angle) for angle in light)
    flat = math.cos(elevation)
    return torch.tensor([flat * math.cos(azimuth), flat * math.sin(azimuth), math.sin(elevation)])


def _shaded(
    maps: Maps, normal: Tensor, view: Tensor, lamp: Tensor, shape: Tensor | None = None
) -> Tensor:
    """Radiance (3,h,w) towards the viewer.

    Lambert's diffuse and GGX, as in Karis 2013, "Real Shading in Unreal Engine 4", section "Shading
    Model": facets by Walter et al. 2007, "Microfacet Models for Refraction", equation 33, with
    alpha the square of roughness (Burley 2012); Fresnel by Schlick 1994. Differs from it: Smith's
    visibility is exact, with the heights of facets (Heitz 2014, equation 99), and what is reflected
    is missing from the diffuse light.

    normal, view : unit vectors (3,h,w)
    lamp : a unit vector (3,)
    shape : the normal of what the surface lies on, on whose back no lamp shines
    """
    base, metallic = _linear(maps["colour"]), maps["metallic"]
    alpha = maps["roughness"].clamp(min=ROUGHEST).square()
    diffuse = base * (1 - metallic)
    facing = FACING * (1 - metallic) + base * metallic
    towards = lamp.view(3, 1, 1)
    n_l = (normal * towards).sum(0, keepdim=True).clamp(min=0)
    n_v = (normal * view).sum(0, keepdim=True).clamp(min=1e-3)
    half = _unit(towards + view)
    n_h = (normal * half).sum(0, keepdim=True).clamp(0, 1)
    v_h = (view * half).sum(0, keepdim=True).clamp(0, 1)
    fresnel = facing + (1 - facing) * (1 - v_h) ** 5
    specular = _ggx(n_h, alpha) * _visibility(n_l, n_v, alpha) * fresnel
    seen = 1.0 if shape is None else ((shape * towards).sum(0, keepdim=True) * 8 + 0.5).clamp(0, 1)
    key = LAMP * n_l * seen * (diffuse * (1 - fresnel) + math.pi * specular)
    return key + maps["occlusion"] * _ambient(normal, view, n_v, diffuse, facing, alpha)


def _ggx(n_h: Tensor, alpha: Tensor) -> Tensor:
    """The share of facets that lie so, per solid angle."""
    squared = alpha.square()
    return squared / (math.pi * (n_h.square() * (squared - 1) + 1).square())


def _visibility(n_l: Tensor, n_v: Tensor, alpha: Tensor) -> Tensor:
    """Smith's masking and shadowing, over 4 n.l n.v."""
    squared = alpha.square()
    light = n_v * (n_l.square() * (1 - squared) + squared).sqrt()
    eye = n_l * (n_v.square() * (1 - squared) + squared).sqrt()
    return 0.5 / (light + eye).clamp(min=1e-4)


def _ambient(
    normal: Tensor, view: Tensor, n_v: Tensor, diffuse: Tensor, facing: Tensor, alpha: Tensor
) -> Tensor:
    """Of a sky that brightens upwards, as the eye sees it: its mean over the half of directions
    that a surface sees is its value at the normal, softened, and rough reflections see it so too.
    The reflectance is Karis 2014, "Physically Based Shading on Mobile", for an even sky."""
    mirrored = 2 * n_v * normal - view
    rough = alpha.sqrt()
    a, b = _environment(n_v, rough)
    reflectance = (facing * a + b).clamp(max=1)
    reflected = _sky(torch.lerp(mirrored, normal, alpha.clamp(max=1)), 1 - 0.5 * rough)
    scattered = diffuse * _sky(normal, torch.full_like(n_v, 0.5))
    return (1 - reflectance) * scattered + reflectance * reflected


def _sky(direction: Tensor, sharpness: Tensor) -> Tensor:
    """Radiance (3,h,w) from a direction: top and bottom mixed by its height."""
    above, below = (torch.tensor(colour).view(3, 1, 1) for colour in (ABOVE, BELOW))
    # The surface lies flat before the eye, under a sky that stands at the top of the picture and
    # reaches over it.
    height = (0.6 * direction[1:2] + 0.8 * direction[2:3]) * sharpness
    return below + (above - below) * (0.5 + 0.5 * height.clamp(-1, 1))


def _environment(n_v: Tensor, rough: Tensor) -> tuple[Tensor, Tensor]:
    """Factor and offset of the reflectance under an even sky (Karis 2014, his fit)."""
    x, y = 1 - rough, 0.0425 - 0.0275 * rough
    z, w = 1.04 - 0.572 * rough, -0.04 + 0.022 * rough
    a = torch.minimum(x.square(), 2 ** (-9.28 * n_v)) * x + y
    return -1.04 * a + z, (1.04 * a + w).clamp(min=0)


def _linear(colour: Tensor) -> Tensor:
    """sRGB -> linear light (IEC 61966-2-1)."""
    return torch.where(colour <= 0.04045, colour / 12.92, ((colour + 0.055) / 1.055) ** 2.4)


def _display(radiance: Tensor) -> Tensor:
    """Linear light -> sRGB on [0,1]; what is brighter than 0.8 is compressed."""
    knee = 0.8
    over = (radiance - knee).clamp(min=0)
    soft = torch.where(radiance < knee, radiance, knee + (1 - knee) * over / (over + 1 - knee))
    curve = 1.055 * soft.clamp(min=1e-9) ** (1 / 2.4) - 0.055
    return torch.where(soft <= 0.0031308, 12.92 * soft, curve).clamp(0, 1)
