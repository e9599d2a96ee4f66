"""Levels coarse to fine: what each step shows, what is kept, stopping and going on."""

from copy import deepcopy

import pytest
import torch
from helpers.networks import method, narrow_vgg

from texturenet import imaging
from texturenet.descriptors.vgg import Vgg
from texturenet.losses.content import Scaling
from texturenet.noise import laws
from texturenet.optimise import colours, starts
from texturenet.optimise.blocks import Compute
from texturenet.optimise.objective import PixelUnits, Priors
from texturenet.optimise.painting import Painting
from texturenet.optimise.tasks import (
    Content,
    PaintingPlan,
    Style,
    octaves,
    reconstruct,
    texture,
    transfer,
)

CPU = torch.device("cpu")
SCALING = Scaling(1.0, 0, 0, 0)


def picture(height=32, width=40, seed=0):
    generator = torch.Generator().manual_seed(seed)
    return torch.rand(1, 3, height, width, generator=generator)


def plan(**change):
    layers = ["relu1_1", "pool1", "relu2_2"]
    seen = Vgg(
        narrow_vgg(width=4), layers, architecture="vgg16", convention="torchvision", pooling="avg"
    )
    given = {
        "descriptor": seen,
        "units": PixelUnits(),
        "size": (32, 36),
        "scales": 2,
        "steps": 5,
        "coarse_steps": 4,
        "compute": lambda size: Compute(),
        "compute_targets": lambda size: Compute(),
        "priors": Priors(),
    }
    return PaintingPlan(**given | change)


def style(**change):
    given = {"layers": ["relu1_1", "pool1"], "statistics": {"gram": 1.0}, "layer_weights": {}}
    return Style(**given | {"relative": True, "scaling": SCALING} | change)


def white(size):
    return starts.white(0.5, 0.2, size, 0, 0).clamp(0, 1)


def painting(**change):
    levels = texture(plan(**change), picture(), style(), white, 0)
    return Painting(levels, method(), CPU)


def test_a_step_before_every_move_and_one_where_a_level_ends():
    made = painting()
    steps = list(made)
    assert [(s.level, s.step) for s in steps] == [
        *((0, k) for k in range(5)),
        *((1, k) for k in range(6)),
    ]
    assert [s.number for s in steps] == list(range(11))
    assert {s.picture.shape for s in steps} == {(3, 16, 18), (3, 32, 36)}
    shares = [s.share for s in steps]
    assert (shares[0], shares[-1]) == (0, 1)
    assert shares == sorted(shares)
    for step in steps:
        assert step.loss == pytest.approx(sum(step.losses.values()))
        assert 0 <= step.picture.min() <= step.picture.max() <= 1


def test_the_losses_of_a_step_are_those_of_its_picture():
    made = painting(bounds=(torch.zeros(3, 1, 1), torch.ones(3, 1, 1)))
    for step in made:
        objective = made.levels[step.level].objective()
        losses = objective.evaluate(step.picture[None].clone().requires_grad_(), Compute())
        assert losses == pytest.approx(step.losses, rel=1e-4)


def test_the_picture_is_the_best_at_its_full_size_at_any_time():
    made, best = painting(), {}
    for step in made:
        best.setdefault(step.level, []).append((step.loss, step.picture))
        assert made.picture.shape == (3, 32, 36)
    loss, found = min(best[1], key=lambda pair: pair[0])
    assert torch.equal(made.picture, found)
    assert loss < best[1][0][0]


@pytest.mark.parametrize("stop", range(12))
def test_stopped_anywhere_it_goes_on_to_the_same_picture(stop):
    through = painting()
    steps = list(through)
    first = painting()
    for count, _ in enumerate(first):
        if count == stop:
            break
    second = painting()
    second.load_state_dict(first.state_dict())
    assert torch.equal(second.picture, first.picture)
    rest = list(second)
    assert torch.equal(second.picture, through.picture)
    # What it ends with is looked at again.
    seen = [(step.number, step.loss) for step in steps]
    assert [(step.number, step.loss) for step in rest] == seen[min(stop + 1, 10) :]


class Stop(Exception):
    pass


def collect(steps, seen):
    for step in steps:
        seen.append(step)


@pytest.mark.parametrize("line_search", [False, True])
@pytest.mark.parametrize("call", [1, 4, 6, 9, 20, 40, 61, 75])
def test_a_painting_that_a_check_interrupts_goes_on_to_the_same(call, line_search):
    """In targets, in an evaluation, in a gradient, in a line search."""
    calls = []

    def check():
        calls.append(1)
        if len(calls) == call:
            raise Stop

    def made():
        network = plan().descriptor.interruptible(check)
        levels = texture(plan(descriptor=network), picture(), style(), white, 0)
        return Painting(levels, method(line_search=line_search), CPU)

    first, steps = made(), []
    with pytest.raises(Stop):
        collect(first, steps)
    second = made()
    second.load_state_dict(deepcopy(first.state_dict()))
    steps += second
    calls[:] = [1] * call  # which raises no more
    through = list(made())
    assert [(s.number, s.loss) for s in steps] == [(s.number, s.loss) for s in through]


def test_every_level_starts_from_the_best_of_the_one_before():
    made = painting()
    last, first = None, None
    for step in made:
        if step.level == 0 and (last is None or step.loss < last.loss):
            last = step
        if step.level == 1 and first is None:
            first = step
    smaller = imaging.resized(first.picture[None], (16, 18))
    wanted = imaging.resized(imaging.resized(last.picture[None], (32, 36)), (16, 18))
    plain = (smaller - last.picture).abs().mean()
    assert plain < 0.5 * (picture(16, 18) - last.picture).abs().mean()
    assert (smaller - wanted).abs().mean() < 0.1  # detail was added


def test_reconstruction_is_one_picture_for_each_part():
    contents = {
        name: Content({name: 1.0}, False, Scaling(1.0, -1, -1, 0)) for name in ("relu1_1", "pool1")
    }
    levels = reconstruct(plan(size=(32, 40), steps=30), picture(), contents, white)
    made = Painting(levels, method(), CPU)
    errors = {}
    for step in made:
        errors.setdefault(step.part, []).append(step.loss)
    assert made.pictures.keys() == contents.keys()
    for part, losses in errors.items():
        assert losses[-1] < losses[0] / 20, part
    away = [(made.pictures[part] - picture()[0]).abs().mean().item() for part in contents]
    assert away[0] < 0.6 * (white((32, 40)) - picture()).abs().mean()


def moved(content_weight, style_weight, start=white):
    content = Content({"relu2_2": 1.0}, True, SCALING, content_weight)
    levels = transfer(
        plan(steps=40, scales=1), *(imaging.resized(picture(), (32, 36)), picture(24, 24, 7)),
        *(style(weight=style_weight), content, start),
    )  # fmt: skip
    made = Painting(levels, method(), CPU)
    return made, list(made)


def test_transfer_without_style_reconstructs():
    _, steps = moved(1.0, 0.0)
    assert steps[0].losses.keys() == {"content/relu2_2"}
    assert steps[-1].loss < steps[0].loss / 20
    one = Content({"relu2_2": 1.0}, True, SCALING)
    levels = reconstruct(plan(steps=40, scales=1), imaging.resized(picture(), (32, 36)),
                         {"relu2_2": one}, white)  # fmt: skip
    again = list(Painting(levels, method(), CPU))
    assert [s.loss for s in again] == [s.loss for s in steps]


def test_transfer_without_content_is_texture_synthesis():
    _, steps = moved(0.0, 1.0)
    levels = texture(plan(steps=40, scales=1), picture(24, 24, 7), style(), white, None)
    again = list(Painting(levels, method(), CPU))
    assert [s.loss for s in again] == [s.loss for s in steps]
    assert torch.equal(steps[-1].picture, again[-1].picture)


def test_starting_at_the_exemplar_it_stays():
    levels = texture(
        plan(size=(32, 40), scales=1), picture(), style(), lambda size: picture(), None
    )
    made = Painting(levels, method(), CPU)
    assert {step.loss for step in made} == {0.0}
    assert torch.equal(made.picture, picture()[0])


def test_a_tile_is_as_good_across_its_border_as_inside():
    """The texture loss of a tile is that of the tile turned round."""
    made = painting(wraps=(True, True), size=(32, 36))
    list(made)
    objective = made.levels[-1].objective()
    losses = []
    for turn in ((0, 0), (10, -14)):
        canvas = made.picture.roll(turn, (1, 2))[None].clone().requires_grad_()
        losses.append(sum(objective.evaluate(canvas, Compute()).values()))
    assert losses[0] == pytest.approx(losses[1], rel=1e-3)


def test_octaves_stop_at_64_pixels():
    assert [octaves(side) for side in (20, 64, 127, 128, 256, 300, 1024)] == [1, 1, 1, 2, 3, 3, 5]
    assert octaves(1024, 130) == 2


def test_sizes_halve_and_tiles_keep_their_grain():
    assert plan(size=(250, 301), scales=3).sizes() == [(62, 75), (125, 150), (250, 301)]
    tile = plan(size=(240, 300), scales=3, wraps=(True, False))
    grain = tile.descriptor.smallest
    assert all(height % grain == 0 for height, _ in tile.sizes())
    assert tile.sizes()[-1] == (240, 300)


# Where pictures start.


def test_noise_is_the_fields_own_and_another_for_every_seed_and_scale():
    kinds = [laws.normal((16, 16), seed, scale) for seed, scale in ((0, 0), (1, 0), (0, 1))]
    assert torch.equal(kinds[0], laws.normal((16, 16), 0, 0))
    assert torch.equal(kinds[0][..., :8, :8], laws.normal((8, 8), 0, 0))
    for one, two in ((0, 1), (0, 2)):
        assert torch.corrcoef(torch.stack([kinds[one], kinds[two]]).flatten(1))[0, 1].abs() < 0.1


def test_random_phase_keeps_variance_and_the_correlation_of_colours():
    grey = picture(64, 64)[:, :1].expand(-1, 3, -1, -1) * torch.tensor([1.0, 0.5, 0.2]).view(
        3, 1, 1
    )
    grey = imaging.resized(grey, (32, 32))
    made = starts.random_phase(grey, (128, 96), 0, 0)
    assert made.shape == (1, 3, 128, 96)
    assert made.mean().abs() < 0.02
    for channel in range(3):
        ratio = made[:, channel].std() / grey[:, channel].std()
        assert 0.7 < ratio < 1.4
    colours_of = torch.corrcoef(made[0].flatten(1))
    assert colours_of.min() > 0.999


def test_random_phase_repeats_without_a_seam():
    smooth = imaging.resized(picture(8, 8), (48, 48))
    made = starts.random_phase(smooth, (64, 64), 0, 0)
    inside = (made[..., 1:] - made[..., :-1]).square().mean((0, 1, 2))
    across = (made[..., 0] - made[..., -1]).square().mean()
    assert across < inside.max() * 1.5


@pytest.mark.parametrize("size", [(8, 100), (3, 3), (1, 1), (64, 64)])
def test_random_phase_of_any_size(size):
    made = starts.random_phase(picture(), size, 0, 0)
    assert made.shape[-2:] == size
    assert made.isfinite().all()


def test_a_picture_that_repeats_is_resized_as_one():
    tile = picture(16, 16)
    larger = imaging.resized(tile, (24, 24), (True, True))
    turned = imaging.resized(tile.roll((8, 8), (2, 3)), (24, 24), (True, True))
    assert torch.allclose(turned, larger.roll((12, 12), (2, 3)), atol=1e-5)


# Colours that stay.


def test_matched_colours_have_the_models_mean_and_covariance():
    one, two = picture(40, 40) * 0.2 + 0.4, picture(30, 50, 1) * 0.1 + 0.3
    two = two + 0.1 * two.flip(1)
    made = colours.matched(one, two)[0].flatten(1)
    wanted = two[0].flatten(1)
    assert torch.allclose(made.mean(1), wanted.mean(1), atol=1e-3)
    assert torch.allclose(torch.cov(made), torch.cov(wanted), atol=1e-4)


def test_matching_with_itself_or_a_grey_picture_does_no_harm():
    one = picture(20, 20) * 0.5 + 0.25
    assert torch.allclose(colours.matched(one, one), one, atol=1e-3)
    flat = torch.full((1, 3, 10, 10), 0.5)
    assert colours.matched(flat, one).isfinite().all()
    assert torch.allclose(colours.matched(one, flat), torch.full_like(one, 0.5), atol=0.02)


def test_recoloured_has_the_luminance_of_one_and_the_colours_of_the_other():
    made, content = picture(20, 24) * 0.2 + 0.4, picture(10, 12, 1) * 0.2 + 0.4
    found = colours.recoloured(made, content)
    assert torch.allclose(imaging.luminance(found), imaging.luminance(made), atol=1e-5)
    larger = imaging.resized(content, (20, 24))
    chroma = larger - imaging.luminance(larger)
    assert torch.allclose(found - imaging.luminance(found), chroma, atol=1e-5)
