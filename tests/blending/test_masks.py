import numpy as np
import pytest
import torch

from texturenet.blending.masks import Constant, Gradient, Masks, Raster, mask_of, raster
from texturenet.errors import Refused

PICTURE = torch.tensor([[0.0, 0.25, 1.0], [1.0, 0.5, 0.0]])


def two(mask, spread=0):
    return Masks(("a", "b"), (mask, None), spread)


def test_once_lies_pixel_for_pixel_and_its_border_goes_on():
    shares = two(Raster(PICTURE, "once", (10, -1)))((4, 5), (9, -2))
    assert torch.equal(shares[0, 1:3, 1:4], PICTURE)
    assert torch.equal(shares[0, 0], shares[0, 1])
    assert torch.equal(shares[0, :, 4], shares[0, :, 3])
    assert torch.equal(shares[1], 1 - shares[0])


def test_tile_repeats_and_stretch_reaches_from_end_to_end():
    tiled = two(Raster(PICTURE, "tile"))((2, 3), (-2, 3 * 10**9))[0]
    assert torch.equal(tiled, PICTURE)
    wide = two(Raster(PICTURE, "stretch", (5, 5), (4, 12)))((4, 12), (5, 5))[0]
    assert (wide[0, 0], wide[0, -1], wide[-1, 0]) == (0, 1, 1)
    assert torch.allclose(wide[0, 2:6], torch.tensor([0.03125, 0.09375, 0.15625, 0.21875]))
    small = two(Raster(torch.ones(64, 64), "stretch", (0, 0), (8, 8)))((8, 8), (0, 0))[0]
    assert (small == 1).all()


def test_a_gradient_is_even_and_level_across():
    line = Gradient((0, 10), (0, 20))(torch.arange(2), torch.arange(31))
    assert torch.allclose(line[0, 10:21], torch.linspace(0, 1, 11))
    assert (line[:, :10] == 0).all()
    assert (line[:, 21:] == 1).all()
    with pytest.raises(Refused, match="two places that differ"):
        Gradient((1, 1), (1, 1))(torch.arange(2), torch.arange(2))


def test_spread_makes_a_step_a_ramp_that_ends_and_windows_agree_to_the_bit():
    step = two(lambda rows, columns: (columns >= 100).float(), spread=21)
    whole = step((40, 200), (0, 0))
    line = whole[0, 0]
    assert (line[:89] == 0).all()
    assert (line[111:] == 1).all()
    assert (line.diff() >= 0).all()
    assert line.diff().max() < 0.11
    assert torch.equal(step((7, 30), (5, 90)), whole[:, 5:12, 90:120])


def test_a_period_repeats_masks():
    masks = two(Raster(torch.rand(16, 16)), spread=6)
    first, next_ = (masks((16, 16), place, (16, 16)) for place in ((0, 0), (-16, 32)))
    assert torch.equal(first, next_)


def test_weights_are_divided_by_their_sum_and_even_where_there_is_none():
    masks = Masks(("a", "b", "c"), (Constant(0.5), Constant(1.0), Constant(0.5)))
    assert masks((1, 1), (0, 0)).flatten().tolist() == [0.25, 0.5, 0.25]
    nothing = Masks(("a", "b"), (Constant(0.0), Constant(0.0)))
    assert nothing((1, 1), (0, 0)).flatten().tolist() == [0.5, 0.5]


def test_what_is_nearly_one_net_is_one_net():
    shares = two(Constant(1 - 1e-6))((1, 1), (0, 0))
    assert shares.flatten().tolist() == [1, 0]


@pytest.mark.parametrize("given", [PICTURE, PICTURE.numpy(), PICTURE[None], PICTURE.tolist()])
def test_pictures_of_numbers_of_any_kind(given):
    assert torch.equal(mask_of("a", given).values, PICTURE)
    assert isinstance(mask_of("a", 0.5), Constant)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (np.full((2, 2), np.nan), "4 values that are NaN"),
        (PICTURE * 3 - 1, "values from -1 to 2"),
        (torch.ones(3, 4, 4), r"shape \(3, 4, 4\)"),
        (torch.ones(0, 4), r"shape \(0, 4\)"),
        ("path.png", "no picture of numbers"),
        (1.5, "it must lie in 0 to 1"),
        (float("nan"), "it must lie in 0 to 1"),
    ],
)
def test_what_is_no_mask_is_refused(given, said):
    with pytest.raises(Refused, match=said):
        mask_of("a", given)


def test_what_a_function_gives_is_checked():
    for wrong, said in (
        (torch.ones(3, 3), "gives shape"),
        (torch.full((2, 2), -0.1), "negative"),
        ("x", "gives no numbers"),
        (torch.full((2, 2), float("nan")), "not finite"),
    ):
        with pytest.raises(Refused, match=said):
            two(lambda rows, columns, wrong=wrong: wrong)((2, 2), (0, 0))


@pytest.mark.parametrize(
    ("laid", "said"),
    [({"origin": (0.5, 0)}, "whole numbers"), ({"origin": 5}, "whole numbers"),
     ({"fit": "stretch", "size": (4,)}, "whole numbers"),
     ({"fit": "stretch", "size": (0, 5)}, "at least 1 pixel a side")],
)  # fmt: skip
def test_places_and_sizes_are_whole_numbers(laid, said):
    with pytest.raises(Refused, match=said):
        raster("a", PICTURE, **laid)
    with pytest.raises(Refused, match=r"spread is 2\.5"):
        Masks(("a", "b"), (Constant(1.0), None), 2.5)


def test_ways_to_lay_a_picture_are_checked():
    with pytest.raises(Refused, match=r"fit is 'stretched'\. Did you mean stretch"):
        raster("a", PICTURE, fit="stretched")
    with pytest.raises(Refused, match="needs the size"):
        raster("a", PICTURE, fit="stretch")
    with pytest.raises(Refused, match="spread is 513: it must be a whole number from 0 to 512"):
        two(Constant(1.0), spread=513)
    with pytest.raises(Refused, match=r"spread is 1\.5: it must be a whole number"):
        two(Constant(1.0), spread=1.5)
    for size in ((0, 9), (9, -5)):
        with pytest.raises(Refused, match="a picture has at least 1 pixel a side"):
            raster("a", PICTURE, fit="stretch", size=size)
