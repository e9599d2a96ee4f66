"""Distances without a network, on cases whose answer is known."""

import pytest
import torch

from texturenet.evaluation import copies, distances
from texturenet.io.exemplars import load_picture


@pytest.fixture(scope="module")
def gravel():
    return load_picture("gravel", side=160).pixels[0, :, :160, :160]


def noise(side=160, seed=0):
    return torch.rand(3, side, side, generator=torch.Generator().manual_seed(seed))


DISTANCES = (distances.patch_wasserstein, distances.colour_distance, distances.spectrum_error)


@pytest.mark.parametrize("distance", DISTANCES)
def test_a_picture_is_at_no_distance_from_itself(distance, gravel):
    assert distance(gravel, gravel) == pytest.approx(0, abs=1e-6)


@pytest.mark.parametrize("distance", DISTANCES)
def test_noise_is_far_and_a_shifted_copy_near(distance, gravel):
    shifted, far = distance(gravel.roll((31, 17), (1, 2)), gravel), distance(noise(), gravel)
    assert shifted < (0.1 if distance is distances.spectrum_error else 0.05)  # of its two seams
    assert far > 4 * shifted


@pytest.mark.parametrize("distance", DISTANCES)
def test_sizes_need_not_agree(distance, gravel):
    assert distance(gravel[:, :120, :140], gravel) < 0.25


def test_colours_alone_change_the_colours_by_as_much(gravel):
    """Shifted by 0.1 in every colour: by 0.1 times the mean length of a unit vector's sum."""
    brighter = distances.colour_distance(gravel * 0.8 + 0.1, gravel * 0.8)
    directions = distances.normal((32, 3), 0, 2, 1)[0, 0]
    directions = directions / directions.norm(dim=1, keepdim=True)
    assert brighter == pytest.approx(0.1 * directions.sum(1).abs().mean().item(), rel=1e-3)
    # Order does not count.
    shuffled = gravel.flatten(1)[:, torch.randperm(160 * 160)].view_as(gravel)
    assert distances.colour_distance(shuffled, gravel) < 1e-6
    assert distances.patch_wasserstein(shuffled, gravel) > 0.2


def test_the_spectrum_knows_scale_contrast_and_direction(gravel):
    contrast = distances.spectrum_error((gravel - 0.5) * 0.5 + 0.5, gravel)
    assert contrast == pytest.approx(torch.tensor(4.0).log().item(), rel=0.02)
    line = 0.5 + 0.4 * torch.sin(torch.arange(200) / 3)
    stripes, later = (line[start : start + 160].expand(3, 160, 160) for start in (0, 35))
    assert distances.spectrum_error(stripes.mT, stripes) > 1
    assert distances.spectrum_error(later, stripes) < 0.1


def test_diversity_is_nothing_for_one_picture_and_one_for_pictures_of_a_law():
    white = [noise(128, seed) for seed in range(4)]
    assert distances.diversity([white[0]] * 3, white[0]) == 0
    assert distances.diversity(white, noise(128, 9)) == pytest.approx(1, abs=0.1)
    alike = [0.9 * white[0] + 0.1 * other for other in white]
    assert distances.diversity(alike, noise(128, 9)) < 0.1


@pytest.mark.parametrize("period", [16, 25.6])  # its corners, 64 apart, are in step, and against it
def test_diversity_of_what_repeats_itself_does_not_hang_on_where_the_corners_lie(period):
    def stripes(phase):
        wave = torch.sin(2 * torch.pi * (torch.arange(128) / period + phase))
        return (0.5 + 0.4 * wave).expand(3, 128, 128)

    seeds = [stripes(phase) for phase in (0.0, 0.25, 0.5, 0.75)]
    # Of four phases no two are alike: pairs differ by 4/3 of what chance makes them.
    assert distances.diversity(seeds, stripes(0.1)) == pytest.approx(4 / 3, rel=0.15)


def share(picture, exemplar):
    return copies.copy_map(picture, exemplar).float().mean().item()


def test_the_exemplar_is_all_copy_and_noise_none(gravel):
    assert share(gravel, gravel) == 1
    assert share(noise(), gravel) == 0
    assert share(noise(seed=1), noise(seed=0)) == 0


def test_a_shifted_copy_is_a_copy_but_for_its_seams(gravel):
    """Patches of 11 pixels across one seam each way: about an eighth of the picture."""
    found = share(gravel.roll((40, 64), (1, 2)), gravel)
    assert 0.75 < found < 0.97


def test_a_mosaic_of_the_exemplar_is_a_copy_inside_its_pieces(gravel):
    side, generator = 40, torch.Generator().manual_seed(0)
    mosaic = torch.empty_like(gravel)
    for top in range(0, 160, side):
        for left in range(0, 160, side):
            row, column = torch.randint(0, 160 - side, (2,), generator=generator).tolist()
            piece = gravel[:, row : row + side, column : column + side]
            mosaic[:, top : top + side, left : left + side] = piece
    cells = copies.copy_map(mosaic, gravel)
    # Of 40 pixels, patches of 11 that start within the first 30 lie in one piece.
    starts = torch.arange(0, 150, 4)
    inside = (starts % side) <= side - 11
    whole = inside[:, None] & inside[None]
    assert cells[whole].float().mean() > 0.95
    assert cells[~whole].float().mean() < 0.5
    assert 0.45 < cells.float().mean() < 0.8


def test_a_slightly_changed_copy_is_a_copy_and_another_part_is_not(gravel):
    assert share((gravel + 0.02 * (noise() - 0.5)).clamp(0, 1), gravel) > 0.95
    assert share(gravel[:, :76], gravel[:, 84:]) < 0.05


def test_a_copy_in_one_coordinate_alone_is_none():
    """Columns of the exemplar in another order: rows match everywhere, columns nowhere."""
    exemplar = noise(96)
    order = torch.randperm(96, generator=torch.Generator().manual_seed(1))
    assert share(exemplar[:, :, order], exemplar) == 0


def test_portilla_simoncelli_statistics_know_texture_from_noise(gravel):
    pytest.importorskip("plenoptic")
    from texturenet.evaluation.portilla import portilla_simoncelli as distance

    assert distance(gravel, gravel) == 0
    assert distance(gravel.roll((32, 16), (1, 2)), gravel) < 1e-4  # they are of the torus
    assert distance(gravel[:, :150, :130], gravel) < 0.2
    assert distance(noise(), gravel) > 0.3
    grey = torch.full_like(gravel, 0.5)
    assert 0.5 < distance(grey, gravel) < 1.5  # without contrast, and still a number


def test_without_plenoptic_its_extra_is_named(monkeypatch):
    import sys

    from texturenet.errors import Refused
    from texturenet.evaluation import portilla

    monkeypatch.setitem(sys.modules, "plenoptic", None)
    with pytest.raises(Refused, match=r"pip install 'texturenet\[score\]'"):
        portilla.check()


def test_the_highest_frequencies_count(gravel):
    """A checkerboard of single pixels, the artefact of many upsamplings."""
    line = torch.arange(160)
    board = 0.1 * (1 - 2 * ((line[:, None] + line[None]) % 2))
    assert distances.spectrum_error(gravel + board, gravel) > 0.02
    stripes = 0.1 * (1 - 2 * (line % 2)).expand(160, 160)
    assert distances.spectrum_error(gravel + stripes, gravel) > 0.02


def test_smooth_pictures_of_one_law_are_no_copies():
    def field(seed, deviation):
        line = torch.arange(-3 * deviation, 3 * deviation + 1)
        kernel = torch.exp(-line.square() / (2 * deviation**2))
        white = noise(128 + 6 * deviation, seed) - 0.5
        for shape in ((1, 1, 1, -1), (1, 1, -1, 1)):
            white = torch.nn.functional.conv2d(white[:, None], kernel.view(shape))[:, 0]
        return 0.5 + 0.2 * white / white.std()

    for deviation in (6, 12):
        assert share(field(0, deviation), field(1, deviation)) < 0.12


def test_two_samples_of_one_law_are_near_by_portilla_simoncelli():
    pytest.importorskip("plenoptic")
    from texturenet.evaluation.portilla import portilla_simoncelli as distance

    assert distance(noise(256, 1), noise(256, 2)) < 0.2


def test_a_spectrum_has_a_gradient(gravel):
    """As a loss may be made of it."""
    picture = gravel.clone().requires_grad_()
    distances.polar_spectrum(picture, 64).log().sum().backward()
    assert picture.grad.abs().sum() > 0
