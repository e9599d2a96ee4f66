"""Films as functions of time: where they begin and end, what moves, what must not flicker."""

import math

import pytest
import torch
from helpers.nets import texture
from hypothesis import given, settings
from hypothesis import strategies as some

import texturenet
from texturenet.errors import Refused
from texturenet.sampling.motions import Motion, along
from texturenet.sampling.resample import LOBES, shifted, taps

SMALL = {"seconds": 1, "fps": 8, "size": (40, 48)}


def film(kind, scales=3, **more):
    return texture(scales).film(kind, **SMALL | more)


@pytest.mark.parametrize("kind", ["interpolate", "loop", "pan"])
def test_the_first_frame_is_the_still_of_the_first_seed(kind):
    found = film(kind, seeds=(5, 6), origin=(3, -2))
    still = texture(3).render(40, 48, seed=5, origin=(3, -2))
    assert (found.frame(0) - still).abs().max() < 1e-4


def test_interpolation_ends_at_the_last_seed_and_passes_through_the_others():
    found = film("interpolate", seconds=5, fps=1, seeds=(1, 2, 3))
    for frame, seed in ((0, 1), (2, 2), (4, 3)):
        assert torch.equal(found.frame(frame), texture(3).render(40, 48, seed=seed))
    assert not found.closed


def test_frames_are_made_alone_and_in_any_order():
    found = film("loop")
    assert torch.equal(torch.stack(list(found))[5], film("loop").frame(5))
    assert len(found) == 8


@pytest.mark.parametrize(
    ("kind", "more", "closed"),
    [
        ("loop", {}, True),
        ("interpolate", {}, False),
        ("interpolate", {"seeds": (1, 2, 3, 1)}, True),
        ("interpolate", {"seeds": (1, 2, 1), "rates": (0.5, 1, 1)}, False),
        ("interpolate", {"boomerang": True}, True),
        ("pan", {}, False),
        ("pan", {"path": ((0, 0), (0, 48)), "tile": "x"}, True),
        ("pan", {"path": ((0, 0), (0, 47)), "tile": "x"}, False),
        ("pan", {"path": ((0, 0), (7.5, 3), (0, 0))}, True),
        ("displace", {"path": ((0, 0), (7, 3), (0, 0))}, True),
        ("displace", {}, False),
    ],
)
def test_a_film_is_closed_if_it_comes_back(kind, more, closed):
    """Then the step from the last frame to the first is one like the others."""
    found = film(kind, fps=16, **more)
    assert found.closed is closed
    frames = torch.stack(list(found))
    steps = (frames - frames.roll(1, 0)).square().mean(dim=(1, 2, 3)).sqrt()
    if closed:
        assert steps[0] <= 1.5 * steps[1:].max()
    elif kind == "interpolate":  # whose steps are small
        assert steps[0] > 1.5 * steps[1:].max()


@pytest.mark.parametrize("kind", ["interpolate", "loop"])
def test_frames_of_tiles_are_tiles(kind):
    found = film(kind, tile="xy")
    for field in (found.moment(0.3),):
        around = field((60, 68), (-10, -10))
        assert torch.allclose(around[..., :20, :], around[..., 40:, :], atol=1e-5)
        assert torch.allclose(around[..., :20], around[..., 48:], atol=1e-5)


def test_times_are_eased_and_there_and_back():
    linear = [film("interpolate").time(i) for i in range(8)]
    assert linear == pytest.approx([i / 7 for i in range(8)])
    smooth = [film("interpolate", easing="smooth").time(i) for i in range(8)]
    assert smooth[0] == 0
    assert smooth[-1] == 1
    assert smooth[1] < linear[1]
    assert smooth[6] > linear[6]
    back = [film("interpolate", boomerang=True).time(i) for i in range(8)]
    assert back == pytest.approx([0, 0.25, 0.5, 0.75, 1, 0.75, 0.5, 0.25])


def test_rates_hold_scales_still():
    """With every rate 0 nothing moves; with only the finest moving, the change stays small."""
    still = film("loop", rates=(0, 0, 0))
    assert torch.equal(still.frame(0), still.frame(4))
    fine, all_ = film("loop", rates=(0, 0, 1)), film("loop")
    change = [(f.frame(0) - f.frame(2)).square().mean() for f in (fine, all_)]
    assert 0 < change[0] < change[1]


def test_redresse_changes_the_middle_and_not_the_ends():
    films = [
        film("interpolate", seconds=3, fps=1, redresse=how) for how in ("cdf", "variance", "none")
    ]
    for frame in (0, 2):
        assert all(torch.equal(films[0].frame(frame), f.frame(frame)) for f in films)
    middles = [f.frame(1) for f in films]
    for a, b in ((0, 1), (0, 2), (1, 2)):
        assert not torch.allclose(middles[a], middles[b], atol=1e-3)


@settings(max_examples=20, deadline=None)
@given(down=some.integers(-70, 70), right=some.integers(-70, 70))
def test_a_pan_by_whole_pixels_is_a_window(down, right):
    found = film("pan", path=((0, 0), (down, right)))
    last = texture(3).render(40, 48, origin=(down, right))
    assert (found.frame(7) - last).abs().max() < 1e-5


def test_a_pan_by_half_a_pixel_comes_back_by_another_half():
    """Shifting by 1/2 twice is shifting by 1, but for the finest detail."""
    plane = texturenet.load("brick", device="cpu")
    window = plane.still(plane.plane((96, 96), 0), 0)

    def half(size, place):
        return shifted(window, size, place, (0.0, 0.5))

    twice = shifted(half, (64, 64), (0, 0), (0.0, 0.5))
    once = window((64, 64), (0, 1))
    rest = (twice - once).square().mean().sqrt() / once.std()
    assert rest < 0.05


@pytest.mark.parametrize("name", ["brick", "gravel", "ihc", "pebbles"])
def test_a_slow_pan_does_not_flicker(name):
    """Contrast hardly depends on the fraction, and sharpness three times less than with bilinear
    weights; what there is of the finest waves, no weights keep between pixels."""
    plane = texturenet.load(name, device="cpu")
    size = (192, 192)
    moving = plane.film("pan", seconds=1, fps=8, size=size, path=((0, 0), (0, 0.875)))
    frames = torch.stack(list(moving))
    sharpness = frames.diff(dim=-1).square().mean(dim=(1, 2, 3)).sqrt()
    contrast = frames.flatten(1).std(1)
    assert contrast.min() / contrast.max() > 0.99
    still = plane.render(192, 193)
    halfway = (still[..., 1:] + still[..., :-1]) / 2
    blurred = (
        halfway.diff(dim=-1).square().mean().sqrt() / still.diff(dim=-1).square().mean().sqrt()
    )
    assert blurred < 0.85
    assert 1 - sharpness.min() / sharpness.max() < (1 - blurred) / 3


def test_taps_sum_to_one_and_are_symmetrical():
    for fraction in (0.0, 0.25, 0.5, 0.9):
        assert taps(fraction).sum().item() == pytest.approx(1, abs=1e-6)
    assert torch.allclose(taps(0.25), taps(0.75).flip(0))
    assert taps(0.0)[LOBES - 1].item() == pytest.approx(1, abs=1e-6)


@pytest.mark.parametrize("grain", [1, 2, 4, 8])
@pytest.mark.parametrize("name", ["brick", "random"])
def test_what_moves_keeps_its_picture_at_every_offset(name, grain):
    """Inside the patch: the second seed's texture, shifted; outside: the first's, still."""
    plane = texturenet.load(name, device="cpu") if name == "brick" else texture(5, seed=1)
    size, patch = (160, 160), (128, 128)
    path = ((0, 0), (21, 29))
    found = plane.film(
        "displace", seconds=1, fps=6, size=size, patch=patch, path=path, grain=grain, seeds=(0, 1)
    )
    moving, still = (plane.render(*size, seed=seed) for seed in (1, 0))
    margin = {1: 4, 2: 10, 4: 22, 8: 46}[grain]
    seen = set()
    for frame in range(6):
        down, right = (
            math.floor(value / grain + 0.5) * grain
            for value in along(found.motion.path, found.time(frame))
        )
        seen.add((down, right))
        picture = found.frame(frame)
        high, wide = (min(128, 160 - moved) - 2 * margin for moved in (down, right))
        inside = picture[:, down + margin :, right + margin :][:, :high, :wide]
        assert (inside - moving[:, margin:, margin:][:, :high, :wide]).abs().max() < 1e-4
        above = max(0, down - margin)
        assert (picture[:, :above] - still[:, :above]).abs().max() < 1e-4 if above else True
    assert len(seen) > 3


def test_a_patch_that_moves_by_whole_coarsest_cells_is_moved_noise():
    """At the coarsest grain the field alone says it all, as in windows."""
    found = film("displace", scales=3, grain=4, patch=(16, 16), path=((0, 0), (12, 8)))
    window = found.moment(0.5)
    assert window.grain == 4
    large, small = window((40, 48), (0, 0)), window((20, 20), (7, 9))
    assert (large[..., 7:27, 9:29] - small).abs().max() < 1e-5


@pytest.mark.parametrize("grain", [1, 2, 4])
def test_displaced_windows_agree_wherever_they_are_cut(grain):
    window = film("displace", grain=grain, patch=(16, 20), path=((2, 3), (13, 11))).moment(0.6)
    large, small = window((40, 48), (-5, -3)), window((20, 21), (2, 6))
    assert (large[..., 7:27, 9:30] - small).abs().max() < 1e-5


def test_a_path_is_walked_at_an_even_speed():
    path = ((0.0, 0.0), (0.0, 30.0), (10.0, 30.0))
    assert along(path, 0.0) == (0.0, 0.0)
    assert along(path, 0.5) == (0.0, 20.0)
    assert along(path, 1.0) == pytest.approx((10.0, 30.0))
    assert along(((1.0, 1.0), (1.0, 1.0)), 0.5) == (1.0, 1.0)


REFUSED = [
    ("loop", {"kind": "spin"}, "kind is 'spin'"),
    ("loop", {"easing": "fast"}, "easing is 'fast'"),
    ("interpolate", {"redresse": "no"}, "redresse is 'no'"),
    ("loop", {"rates": (1, 1)}, "3 scales, one rate each"),
    ("loop", {"rates": (1, 1, 0.5)}, "whole numbers only"),
    ("interpolate", {"rates": (1, 1, math.inf)}, "one rate each"),
    ("pan", {"rates": (1, 1, 1)}, "rates means nothing to a film of kind pan"),
    ("loop", {"path": ((0, 0), (1, 1))}, "path means nothing"),
    ("pan", {"patch": (8, 8)}, "patch means nothing"),
    ("pan", {"path": ((0, 0),)}, "2 to 1000 places"),
    ("pan", {"path": ((0, 0), (math.nan, 1))}, r"within 2\^31"),
    ("pan", {"path": ((0, 0), (1,))}, "2 to 1000 places"),
    ("loop", {"seeds": (1,)}, "needs 2 seeds"),
    ("loop", {"seeds": (-1, 2)}, "seed is -1"),
    ("loop", {"size": (0, 10)}, "height is 0"),
    ("loop", {"size": (42, 48), "tile": "y"}, "nearest: 40 and 44"),
    ("loop", {"tile": "z"}, "tile is 'z'"),
    ("displace", {"grain": 3}, "grain is 3: it must be one of 1, 2, 4"),
    ("displace", {"patch": (0, 8)}, "multiples of grain, 1"),
    ("displace", {"patch": (6, 8), "grain": 4}, "multiples of grain, 4"),
    ("loop", {"seconds": 0}, "0 frames"),
    ("loop", {"fps": 10**9}, "frames: a film has"),
    ("loop", {"speed": 3}, "a film has no 'speed'"),
    ("loop", {"seeds": (4, 4)}, "through two different"),
    ("displace", {"tile": "xy"}, "tile=xy means nothing"),
    ("loop", {"size": (40.0, 48)}, "cannot be made so"),
    ("loop", {"size": (40, 48, 2)}, "size is"),
    ("loop", {"origin": (0.5, 0)}, "cannot be made so"),
    ("loop", {"seconds": math.nan}, "cannot be made so"),
    ("loop", {"rates": (1, 1, 1e308)}, "one rate each, to 1000"),
    ("displace", {"patch": (10**21, 5)}, "within 2"),
    ("displace", {"patch": (5,)}, "patch is"),
    ("displace", {"grain": 2.0}, "cannot be made so"),
    ("pan", {"path": [[0, 0], [1, "a"]]}, "cannot be made so"),
]


@pytest.mark.parametrize(("kind", "more", "words"), REFUSED)
def test_films_that_cannot_be_are_refused(kind, more, words):
    with pytest.raises(Refused, match=words):
        texture(3).film(**{"kind": kind} | SMALL | more)


def test_a_seed_that_comes_twice_is_held():
    """Mixing it with itself, as if that were another draw, would leave the law."""
    held = film("interpolate", seconds=9, fps=1, seeds=(4, 5, 5, 4))
    assert torch.equal(held.frame(3), held.frame(4))
    assert torch.equal(held.frame(4), held.frame(5))


def test_numbers_may_come_in_arrays():
    import numpy

    path = numpy.array([[0, 0], [5, 7]])
    found = texture(3).film(
        "pan", **SMALL | {"size": numpy.array([40, 48])}, path=path, origin=[numpy.int8(3), 0]
    )
    assert torch.allclose(found.frame(7), texture(3).render(40, 48, origin=(8, 7)), atol=1e-5)


def test_a_motion_is_a_value():
    one, two = (Motion("loop", 8, (40, 48), (0, 1)) for _ in range(2))
    assert one == two
    assert hash(one) == hash(two)
