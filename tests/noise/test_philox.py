"""The noise field: published vectors, one value per address, laws."""

import pytest
import torch

from texturenet.noise.laws import LAWS
from texturenet.noise.philox import CALIBRATION, PICTURES, address, cells, philox

# Random123, tests/kat_vectors, lines "philox4x32 10": counter, key, result.
VECTORS = [
    ("00000000 00000000 00000000 00000000", "00000000 00000000",
     "6627e8d5 e169c58d bc57ac4c 9b00dbd8"),
    ("ffffffff ffffffff ffffffff ffffffff", "ffffffff ffffffff",
     "408f276d 41c83b0e a20bc7c6 6d5451fd"),
    ("243f6a88 85a308d3 13198a2e 03707344", "a4093822 299f31d0",
     "d16cfe09 94fdcceb 5001e420 24126ea1"),
]  # fmt: skip


def words(text):
    return [torch.tensor(int(word, 16)) for word in text.split()]


@pytest.mark.parametrize(("counter", "key", "result"), VECTORS)
def test_philox_gives_the_published_vectors(counter, key, result):
    assert philox(words(counter), words(key)) == words(result)


def field(top, left, height, width, seeds=(7,), scale=1, channels=3, period=(None, None), **more):
    rows, columns = address(top, height, period[0]), address(left, width, period[1])
    return cells(seeds, scale, rows, columns, channels, **more)


@pytest.mark.parametrize("origin", [0, -13, 2**31 - 5, 2**32 - 5, -(2**32), 2**47 - 40, -(2**47)])
def test_a_cell_has_one_value_in_every_window(origin):
    whole = field(origin, origin, 20, 24)
    part = field(origin + 3, origin + 5, 9, 11)
    assert torch.equal(whole[..., 3:12, 5:16], part)


def test_addresses_that_share_low_bits_differ():
    places = [0, 2**16, 2**32, 2**40, -1, -(2**32)]
    rows = [field(place, 0, 4, 4) for place in places]
    columns = [field(0, place, 4, 4) for place in places]
    tiles = torch.stack(rows + columns[1:])
    assert len(torch.unique(tiles.flatten(1), dim=0)) == len(tiles)


def test_beyond_the_plane_is_refused():
    with pytest.raises(ValueError, match="48-bit"):
        field(2**47, 0, 1, 1)


def test_seeds_scales_streams_and_channels_are_independent():
    first = field(0, 0, 64, 64, channels=6)
    others = [
        field(0, 0, 64, 64, seeds=(8,), channels=6),
        field(0, 0, 64, 64, seeds=(7 + 2**32,), channels=6),
        field(0, 0, 64, 64, scale=2, channels=6),
        field(0, 0, 64, 64, stream=CALIBRATION, channels=6),
    ]
    everything = torch.cat([first, *others]).flatten(2).flatten(0, 1)  # (30, 4096)
    correlation = torch.corrcoef(everything) - torch.eye(30)
    assert correlation.abs().max() < 0.1  # 435 pairs, deviation 1/64 each


def test_a_sample_does_not_depend_on_its_batch_mates():
    batch = field(0, 0, 8, 8, seeds=(3, 4, 5))
    assert torch.equal(batch[1:2], field(0, 0, 8, 8, seeds=(4,)))


def test_more_channels_leave_the_first_as_they_were():
    assert torch.equal(field(0, 0, 8, 8, channels=7)[:, :3], field(0, 0, 8, 8, channels=3))


def test_a_periodic_axis_repeats_and_the_other_does_not():
    wide = field(0, -8, 8, 24, period=(None, 8))
    assert torch.equal(wide[..., :8], wide[..., 8:16])
    assert torch.equal(wide[..., :8], wide[..., 16:])
    tall = field(-8, 0, 16, 8, period=(None, 8))
    assert not torch.equal(tall[..., :8, :], tall[..., 8:, :])


def test_uniform_is_uniform_and_strictly_inside():
    sorted_values = field(0, 0, 500, 500, channels=4).flatten().sort().values.double()
    assert sorted_values[0] > 0
    assert sorted_values[-1] < 1
    steps = torch.arange(1, len(sorted_values) + 1) / len(sorted_values)
    # Kolmogorov's distance of a million draws stays under 1.95e-3 in 999 cases of 1000.
    assert (sorted_values - steps).abs().max() < 1.95e-3


def test_gaussian_has_normal_moments():
    values = LAWS["gaussian"](field(0, 0, 500, 500, channels=4)).double()
    assert values.isfinite().all()
    moments = [(values**power).mean().item() for power in (1, 2, 4)]
    assert moments == pytest.approx([0, 1, 3], abs=0.02)


def test_extreme_uniform_words_stay_finite_as_gaussian():
    smallest, largest = 0.5 * 2.0**-23, 1 - 0.5 * 2.0**-23
    edge = torch.tensor([smallest, largest], dtype=torch.float32)
    assert LAWS["gaussian"](edge).isfinite().all()


@pytest.mark.skipif(not torch.cuda.is_available(), reason="no GPU")
def test_the_gpu_draws_the_same_bits():
    rows = address(-5, 64, None)
    here = cells((1, 2), 0, rows, rows, 3, PICTURES)
    there = cells((1, 2), 0, rows.cuda(), rows.cuda(), 3, PICTURES).cpu()
    assert torch.equal(here, there)
