"""A picture block by block: every pixel once, and exactly what a look at the whole would see."""

import pytest
import torch
from helpers.networks import narrow_vgg
from hypothesis import given, settings
from hypothesis import strategies as st

from texturenet.descriptors.vgg import Vgg
from texturenet.losses.content import ContentLoss
from texturenet.losses.texture import TextureLoss
from texturenet.optimise.blocks import Compute, blocks, picture_features, picture_statistics
from texturenet.optimise.objective import Objective, PixelUnits, Priors
from texturenet.optimise.rescale import rescaled

ALL = {"gram": 1.0, "mean": 0.5, "deviation": 0.25}
STYLE = ["relu1_1", "pool2", "relu4_1"]
KIND = {"architecture": "vgg16", "convention": "torchvision", "pooling": "avg"}
lengths = st.integers(8, 90)
settings.register_profile("unhurried", deadline=None, max_examples=50)
settings.load_profile("unhurried")


def descriptor(layers=(*STYLE, "relu3_2"), **change):
    return Vgg(narrow_vgg(width=4), layers, **KIND | change).double()


def picture(height, width, seed=0):
    generator = torch.Generator().manual_seed(seed)
    return torch.rand(1, 3, height, width, generator=generator, dtype=torch.float64)


@given(lengths, lengths, st.integers(4, 60), st.sampled_from([1, 2, 4, 8]), st.booleans())
def test_blocks_own_every_position_of_every_layer_once(height, width, block, stride, wrap):
    if wrap:
        height, width = -(-height // stride) * stride, -(-width // stride) * stride
    owned = {s: torch.zeros(height // s, width // s) for s in (1, 2, 4, 8) if s <= stride}
    for region in blocks((height, width), block, stride, 7, (wrap, False)):
        for s, found in owned.items():
            inside, among = region.rows.in_view(s), region.rows.in_picture(s)
            assert inside.stop - inside.start == among.stop - among.start
            found[among, region.columns.in_picture(s)] += 1
    for found in owned.values():
        assert (found == 1).all()


@given(lengths, lengths, st.integers(4, 60), st.booleans(), st.booleans())
def test_adding_is_the_transpose_of_cutting(height, width, block, rows, columns):
    whole = picture(height, width)
    for region in blocks((height, width), block, 2, 9, (rows, columns)):
        part = torch.rand_like(region.cut(whole))
        spread = torch.zeros_like(whole)
        region.add(spread, part)
        assert torch.allclose((region.cut(whole) * part).sum(), (whole * spread).sum())


CASES = [
    ((97, 83), (False, False)),
    ((64, 48), (True, True)),
    ((48, 61), (True, False)),
    ((24, 40), (False, True)),
]


def objective(size, wraps):
    seen = descriptor()
    targets = picture_statistics(seen, picture(40, 56, 1), STYLE, list(ALL), Compute())
    content = None
    if wraps == (False, False):  # a tile has no content
        features = picture_features(seen, picture(*size, 2), ["relu3_2"], Compute())
        content = ContentLoss(features, {"relu3_2": 2.0}, relative=True)
    texture = TextureLoss(targets, ALL, combine="sum")
    priors = Priors(range=1.0, variation=0.1, exponent=1.25)
    return Objective(
        seen, PixelUnits(seen), texture=texture, content=content, priors=priors, wraps=wraps
    ).double()


@pytest.mark.parametrize(("size", "wraps"), CASES)
@pytest.mark.parametrize(
    "way",
    [
        Compute(recompute=True),
        Compute(block=16),
        Compute(block=33, recompute=True),
        Compute(block=500),
    ],
)
def test_the_gradient_by_blocks_is_that_of_the_whole(size, wraps, way):
    goal = objective(size, wraps)
    canvas = (goal.units.canvas(picture(*size, 3)) * 1.2).requires_grad_()
    terms = goal.evaluate(canvas, Compute())
    gradient = canvas.grad.clone()
    for name, value in goal.evaluate(canvas, way).items():
        assert value == pytest.approx(terms[name], rel=1e-12)
    assert torch.allclose(canvas.grad, gradient, rtol=1e-10, atol=1e-14)


@pytest.mark.parametrize("padding", [("zeros", "zeros"), ("replicate", "zeros")])
@pytest.mark.parametrize("block", [16, 30])
def test_targets_by_blocks_are_those_of_the_whole(padding, block):
    seen, exemplar = descriptor(), picture(70, 53)
    whole = picture_statistics(seen, exemplar, STYLE, list(ALL), Compute(), padding)
    parts = picture_statistics(seen, exemplar, STYLE, list(ALL), Compute(block=block), padding)
    for layer, kept in whole.items():
        for name, value in kept.items():
            assert torch.allclose(parts[layer][name], value, rtol=1e-10)
    one = picture_features(seen, exemplar, ["relu3_2", "pool2"], Compute())
    many = picture_features(seen, exemplar, ["relu3_2", "pool2"], Compute(block=block))
    for layer, maps in one.items():
        assert torch.allclose(many[layer], maps)


def test_half_precision_by_blocks_is_near_the_whole():
    seen = Vgg(narrow_vgg(width=32), STYLE, **KIND)
    targets = picture_statistics(seen, picture(48, 48, 1).float(), STYLE, ["gram"], Compute())
    goal = Objective(seen, PixelUnits(), texture=TextureLoss(targets, {"gram": 1.0}, combine="sum"))
    canvas, found = picture(48, 48).float().requires_grad_(), []
    for way in (Compute(), Compute(half=True), Compute(half=True, block=16)):
        goal.evaluate(canvas, way)
        found.append(canvas.grad.clone())
    for gradient in found[1:]:
        assert ((gradient - found[0]).norm() / found[0].norm()).item() < 0.1


@pytest.mark.parametrize("pooling", ["avg", "max"])
def test_a_tile_is_described_as_an_endless_plane(pooling):
    """Turning a periodic picture round turns its features round, whatever was its border."""
    seen, tile = descriptor(pooling=pooling), picture(32, 48)
    padding = ("circular", "circular")
    one, turned = seen(tile, padding), seen(tile.roll((8, -16), (2, 3)), padding)
    for layer, maps in one.items():
        stride = seen.geometry[layer][1]
        moved = maps.roll((8 // stride, -16 // stride), (2, 3))
        assert torch.allclose(turned[layer], moved), layer


def test_geometry_tells_how_far_a_position_sees():
    """A pixel farther away than the reach makes no difference; the farthest within it does."""
    seen = descriptor(["relu3_2"])
    _, stride, reach = seen.geometry["relu3_2"]
    first, at = picture(96, 96), 10  # a position in the middle
    for far, changes in ((reach, True), (reach + 1, False)):
        second = first.clone()
        second[..., at * stride - far, :] += 1
        one, two = (seen(x)["relu3_2"][..., at, 12] for x in (first, second))
        assert torch.equal(one, two) is not changes


@settings(max_examples=10)
@given(st.integers(0, 1000))
def test_rescaled_filters_have_a_mean_activation_of_one(seed):
    tensors = narrow_vgg(width=5, seed=seed)
    exemplars = [picture(32, 32, seed).float(), picture(24, 40, seed + 1).float()]
    relus = [f"relu{name[4:]}" for name in tensors]
    plainly = Vgg(tensors, relus, **KIND)
    changed = rescaled(plainly, exemplars, Compute(block=16))
    before, after, other = plainly(exemplars[0]), changed(exemplars[0]), changed(exemplars[1])
    for layer in relus:
        means = [x[layer].mean((0, 2, 3)) for x in (after, other)]
        mean = torch.stack(means).mean(0)
        # What fires is at one, what hardly fires below, and no filter is anything but scaled.
        assert (mean < 1 + 1e-3).all()
        if before[layer].any():  # a narrow random network can be dead from a layer on
            assert mean.max() == pytest.approx(1, rel=1e-3)
        flat = before[layer].flatten(2), after[layer].flatten(2)
        alike = torch.nn.functional.cosine_similarity(*flat, dim=2)
        fires = flat[0].sum(2) > 1e-3
        assert (alike[fires] > 0.999).all()
