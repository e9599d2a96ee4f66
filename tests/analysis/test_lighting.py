"""Uneven light: what is laid over an exemplar is found and taken away; an exemplar stays."""

import pytest
import torch
import torch.nn.functional as F

from texturenet.analysis.lighting import evened, light_of, to_linear, to_srgb
from texturenet.io.exemplars import load_picture

LINE = torch.linspace(0, 1, 512)
FIELDS = {
    "from the right": (1 - 0.4 * LINE).expand(512, 512),
    "from below": (0.6 + 0.4 * LINE)[:, None].expand(512, 512),
    "across": 1 - 0.2 * (LINE + LINE[:, None]),
    "vignette": 1 - 0.8 * ((LINE - 0.5) ** 2 + (LINE[:, None] - 0.5) ** 2),
}


def shaded(picture, field):
    """In linear light."""
    return to_srgb(to_linear(picture) * field)


def low(picture):
    """Means of sixteen parts, without that of all, in 255ths."""
    parts = 255 * F.adaptive_avg_pool2d(picture, 4)
    return parts - parts.mean((2, 3), keepdim=True)


def test_light_and_srgb_are_one_the_other_way_round():
    values = torch.linspace(0, 1, 1000)
    assert torch.allclose(to_srgb(to_linear(values)), values, atol=1e-5)
    assert to_linear(torch.tensor(0.5)).item() == pytest.approx(0.21404, abs=1e-5)


@pytest.mark.parametrize("field", ["from the right", "from below", "across"])
@pytest.mark.parametrize("name", ["redbrick", "knit"])
def test_a_gradient_of_40_percent_is_undone_within_2(name, field):
    picture = load_picture(name).pixels
    photo = shaded(picture, FIELDS[field])
    before = (low(photo) - low(picture)).abs().max()
    light = light_of(photo)
    assert light.found
    after = (low(evened(photo, light)) - low(picture)).abs().max()
    assert before > 5
    assert after < 2


@pytest.mark.parametrize("name", ["redbrick", "knit", "weave", "pebbles"])
@pytest.mark.parametrize("field", FIELDS)
def test_light_that_is_laid_over_a_picture_makes_no_difference(name, field):
    """To what is made of it but for how bright it is, where it is always evened out."""
    picture = load_picture(name).pixels
    photo = shaded(picture, FIELDS[field])
    plain = to_linear(evened(picture, light_of(picture, always=True)))
    made = to_linear(evened(photo, light_of(photo, always=True)))
    as_bright = made * plain.mean() / made.mean()
    assert (low(to_srgb(as_bright)) - low(to_srgb(plain))).abs().max() < 1


EVEN = [
    *("redbrick", "weave", "pebbles", "knit", "scales", "gravel", "rust", "leather", "terrazzo"),
    *("beads", "leaves", "lichen"),
]


@pytest.mark.parametrize("name", EVEN)
def test_what_is_lit_evenly_stays_as_it_is(name):
    """Rendered materials, gravel and leather: nothing is found that could not be chance."""
    light = light_of(load_picture(name).pixels)
    assert light.unevenness == 0
    assert not light.found


def test_a_picture_without_unevenness_is_hardly_touched():
    picture = load_picture("redbrick").pixels
    assert (evened(picture, light_of(picture)) - picture).abs().max() < 1e-5


def test_how_uneven_the_light_is_is_measured():
    light = light_of(shaded(load_picture("gravel").pixels, FIELDS["from the right"]))
    assert light.unevenness == pytest.approx(1 / 0.6 - 1, abs=0.15)


def test_colours_and_the_mean_stay():
    picture = load_picture("redbrick").pixels
    photo = shaded(picture, FIELDS["across"])
    made = evened(photo, light_of(photo))
    mean, before = made.mean((2, 3)), photo.mean((2, 3))
    assert (mean - before).abs().max() < 1.5 / 255
    ours, theirs = to_linear(made), to_linear(photo)
    unclipped = (made < 0.999).all(1) & (photo > 0.05).all(1)
    shares = [(x / x.sum(1, keepdim=True)).permute(0, 2, 3, 1)[unclipped] for x in (ours, theirs)]
    assert (shares[0] - shares[1]).abs().max() < 1e-4


def test_dark_stones_in_a_corner_are_not_taken_for_shadow():
    """As least squares would: they count for little."""
    picture = load_picture("redbrick").pixels.clone()
    picture[..., 384:, 384:] *= 0.3
    light = light_of(picture)
    made = evened(picture, light)
    others = (made - picture)[..., :384, :384].mean().abs().item()
    assert others < 2 / 255
    assert made[..., 384:, 384:].mean() < 1.25 * picture[..., 384:, 384:].mean()


def test_pictures_of_other_shapes_are_evened_too():
    picture = load_picture("redbrick").pixels[..., :300, :]
    field = FIELDS["from the right"][:300]
    photo = shaded(picture, field)
    made = evened(photo, light_of(photo))
    assert (low(made) - low(picture)).abs().max() < 0.5 * (low(photo) - low(picture)).abs().max()


@pytest.mark.parametrize("size", [(1, 1), (1, 40), (7, 5), (20, 300)])
def test_small_pictures_have_light_too(size):
    light = light_of(torch.full((1, 3, *size), 0.5))
    assert light.unevenness == pytest.approx(0, abs=1e-6)
