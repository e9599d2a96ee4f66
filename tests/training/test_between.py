"""The term for how units of a lattice differ: nothing where they do as their numbers say."""

import pytest
import torch
import torch.nn.functional as F
from helpers.units import lattices
from hypothesis import given
from hypothesis import strategies as st

from texturenet.analysis.units import numbered
from texturenet.generator.architecture import Architecture
from texturenet.noise.philox import TRAINING
from texturenet.noise.units import Units
from texturenet.noise.waves import Waves
from texturenet.training.batches import Source
from texturenet.training.between import Between, _most, between_of

TORUS, SIZE, PICTURES = 48, 64, 24
BOND = Units((4, 0), (2, -4), 2)  # rows of 12 pixels; units of 12, each row moved by half of one
SLANTED = Units((4, 1), (1, -4), 2)
LATTICES = pytest.mark.parametrize("units", [BOND, SLANTED], ids=["bond", "slanted"])
MOVED = (5, 7)


def waves(units):
    return Waves(TORUS, (units.rows, units.across), units)


def source(units):
    shape = Architecture((8, 8, 8), 0, 3 + waves(units).channels, heads=True)
    return Source(shape, "uniform", waves(units), TRAINING)


def places(units, count=PICTURES, size=SIZE):
    return source(units).window(range(5, 5 + count), size)


def planes_of(first, second, contrast=0.1):
    """(..,2,H,W) of numbers on (0,1): the planes differ together by the first number and, three
    times less, in opposite senses by the second; both normal."""
    one, other = (torch.special.ndtri(numbers.clamp(1e-4, 1 - 1e-4)) for numbers in (first, second))
    return 0.5 + contrast * torch.stack([one + other / 3, one - other / 3], -3)


def told(places, units, size=SIZE):
    """(B,C,size,size): the numbers that a net is told with its finest noise, of each pixel."""
    told = source(units).draw(places).noise[-1][:, -units.channels :]
    halo = (told.shape[-1] - size) // 2
    return told[..., halo : halo + size, halo : halo + size]


def drawn(places, units, contrast=0.1):
    """Pictures (B,2,SIZE,SIZE) of what the numbers of units say."""
    numbers = told(places, units)
    return planes_of(numbers[:, 0], numbers[:, 1], contrast)


def exemplar(units, side=240):
    """Of 20 by 20 units or so, moved."""
    number = numbered(waves(units), (side, side), 1, MOVED)
    own = torch.Generator().manual_seed(9)
    several = torch.rand(2, int(number.max()) + 1, generator=own)
    return planes_of(*several[:, number])[None]


def term(units, weight=1.0):
    return between_of(weight, waves(units), exemplar(units), MOVED)


@LATTICES
def test_units_that_are_as_their_numbers_say_have_no_error(units):
    some = places(units)
    assert term(units)(drawn(some, units), some) < 0.02


@LATTICES
def test_units_that_are_all_alike_have_an_error_of_one_times_its_weight(units):
    some = places(units)
    flat = torch.full((PICTURES, 2, SIZE, SIZE), 0.5)
    assert term(units, 3.0)(flat, some) == pytest.approx(3, rel=0.12)


@LATTICES
def test_less_and_more_than_the_exemplar_are_errors(units):
    some, one = places(units), term(units)
    less, same, more = (one(drawn(some, units, by), some).item() for by in (0.06, 0.1, 0.14))
    assert less > same + 0.1
    assert more > same + 0.1


def test_the_second_number_counts_too():
    some = places(BOND)
    pictures = drawn(some, BOND)
    alike = pictures.mean(1, keepdim=True).expand_as(pictures)  # by the first number alone
    assert term(BOND)(alike, some) == pytest.approx(0.1, abs=0.03)  # 1/9 of the variance


def test_a_net_with_one_number_is_asked_for_one():
    units = Units(BOND.rows, BOND.across, 1)
    some = places(units)
    number = told(some, units)[:, 0]
    pictures = planes_of(number, torch.full_like(number, 0.5))
    assert term(units)(pictures, some) < 0.02


def test_more_numbers_than_planes_say_nothing():
    units = Units(BOND.rows, BOND.across, 5)
    some = places(units)
    assert term(units)(drawn(some, units), some) < 0.02


def test_pictures_cut_elsewhere_show_less():
    """Units of the picture that lie across those of the noise."""
    some = places(BOND)
    assert term(BOND)(drawn(some, BOND).roll((6, 6), (2, 3)), some) > 0.4


def test_a_unit_is_not_asked_for_more_than_the_exemplar_has():
    """The lowest and the highest of it are the ends."""
    one = term(BOND)
    ends = one.wanted(torch.tensor([[0.0, 0.5], [1.0, 0.5], [0.5, 0.5]]))[:, 0]
    lowest, highest, middle = (
        getattr(one.scores[:, 0], what)().item() for what in ("min", "max", "median")
    )
    assert ends[:2].tolist() == [lowest, highest]
    assert ends[2].item() == pytest.approx(middle, abs=0.1)


def test_means_that_are_asked_for_are_spread_as_the_exemplars_and_go_together_as_they_do():
    """Tiles of three colours: between them there are none."""
    colours = torch.tensor([[0.8, 0.2], [0.3, 0.9], [0.2, 0.1]])
    number = numbered(waves(BOND), (240, 240), 1, MOVED)
    which = torch.randint(3, (int(number.max()) + 1,), generator=torch.Generator().manual_seed(4))
    one = between_of(1.0, waves(BOND), colours[which][number].movedim(-1, 0)[None], MOVED)
    wanted = one.wanted(torch.rand(500, 2, generator=torch.Generator().manual_seed(5)))
    apart = torch.cdist(wanted, one.scores)
    least = torch.cdist(one.scores, one.scores)
    least = least[least > 0.1].min()
    assert (apart.min(1).values < 0.1 * least).float().mean() > 0.85
    near = one.scores[apart.argmin(1)]
    for kind in one.scores.unique(dim=0):
        given, found = (
            (torch.cdist(some, kind[None]) < 0.1 * least).float().mean().item()
            for some in (one.scores, near)
        )
        assert found == pytest.approx(given, abs=0.07)


@pytest.mark.parametrize("channels", [1, 2, 3, 5])
def test_there_is_a_mean_for_all_numbers_whatever_their_count(channels):
    units = Units(BOND.rows, BOND.across, channels)
    few = exemplar(units, 60)
    one = between_of(1.0, waves(units), few, MOVED)
    for share in (0.0, 0.5, 1.0):
        wanted = one.wanted(torch.full((3, channels), share))
        assert wanted.shape == (3, min(channels, 2))
        assert (wanted >= one.scores.min(0).values).all()
        assert (wanted <= one.scores.max(0).values).all()


def test_of_very_many_units_some_stand_for_all():
    scores = torch.randn(5000, 2, generator=torch.Generator().manual_seed(2))
    one = Between(1.0, waves(BOND), torch.ones(2), torch.eye(2), scores)
    assert len(one.scores) == 1024
    wanted = one.wanted(torch.rand(4000, 2, generator=torch.Generator().manual_seed(3)))
    assert torch.allclose(wanted.std(0), scores.std(0), rtol=0.05)
    assert abs(torch.corrcoef(wanted.T)[0, 1]) < 0.06


def test_the_light_of_an_exemplar_is_no_difference_between_its_units():
    ramp = torch.linspace(0.4, 0.6, 240)[:, None] + torch.linspace(-0.1, 0.1, 240)
    noise = 0.05 * torch.randn(2, 240, 240, generator=torch.Generator().manual_seed(1))
    one = between_of(1.0, waves(BOND), (ramp + noise)[None], (0, 0))
    assert one.energy < 1.5 * 0.1**2  # nothing, and what is chance
    lit = between_of(1.0, waves(BOND), exemplar(BOND) + 0.5 * ramp, MOVED)
    own = between_of(1.0, waves(BOND), exemplar(BOND), MOVED)
    of_both = (one.scores.var(0) * one.deviations[:2].mean() ** 2 for one in (lit, own))
    assert torch.allclose(*of_both, rtol=0.15)


def test_on_a_torus_too():
    some = source(BOND).torus(range(PICTURES), TORUS)
    numbers = told(some, BOND, TORUS)
    assert term(BOND)(planes_of(numbers[:, 0], numbers[:, 1]), some) < 0.04
    flat = torch.full((PICTURES, 2, TORUS, TORUS), 0.5)
    assert term(BOND)(flat, some) == pytest.approx(1, rel=0.15)


def test_of_halved_pictures_too():
    some = source(BOND).window(range(5, 29), SIZE, 1)
    halved = F.avg_pool2d(exemplar(BOND), 2)
    one = between_of(1.0, waves(BOND), halved, MOVED, 2)
    numbers = told(some, BOND)
    assert one(planes_of(numbers[:, 0], numbers[:, 1]), some) < 0.05
    assert one(torch.full((24, 2, SIZE, SIZE), 0.5), some) == pytest.approx(1, rel=0.15)


def test_where_no_unit_is_whole_it_says_nothing():
    units = Units((1, 0), (0, -1), 1)
    few = exemplar(BOND)
    one = between_of(1.0, waves(units), few, (0, 0))
    assert one(torch.rand(2, 2, 40, 40), places(units, 2)) == 0


def test_an_exemplar_of_few_units_has_none():
    few = torch.rand(1, 2, 60, 60, generator=torch.Generator().manual_seed(1))
    assert between_of(1.0, waves(Units((1, 0), (0, -1), 1)), few, (0, 0)) is None
    assert between_of(1.0, waves(BOND), few, (0, 0))


def test_units_that_hardly_differ_in_the_exemplar_count_little():
    noise = 0.5 + 0.2 * torch.rand(1, 2, 240, 240, generator=torch.Generator().manual_seed(1))
    some = places(BOND)
    flat = torch.full((PICTURES, 2, SIZE, SIZE), float(noise.mean()))
    assert between_of(1.0, waves(BOND), noise, (0, 0))(flat, some) < 0.8


def test_a_net_that_is_far_off_is_not_pushed_without_bounds():
    some, one = places(BOND), term(BOND)
    pushes = []
    for contrast in (0.5, 5.0, 50.0):
        pictures = drawn(some, BOND, contrast).requires_grad_()
        (gradient,) = torch.autograd.grad(one(pictures, some), pictures)
        pushes.append(contrast * gradient.norm().item())  # by as much as it is off
    assert max(pushes) < 3 * min(pushes)


@given(lattices, st.tuples(st.integers(0, 47), st.integers(0, 47)), st.integers(8, 90))
def test_no_picture_has_more_units_than_there_is_room_for(pair, shift, side):
    units = Units(*pair, 1)
    lines, moved = torch.arange(side), torch.tensor([shift])
    row, unit = units.counted(lines, lines, 1, TORUS, moved)
    most = _most(waves(units), side, side)
    assert int(row.max() - row.min()) < most[0]
    assert int(unit.max() - unit.min()) < most[1]
