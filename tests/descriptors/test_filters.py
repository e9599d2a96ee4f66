"""A bank of random filters: FFT against convolution, shifts, seeds, what is computed."""

import pytest
import torch
import torch.nn.functional as F
from hypothesis import given, settings
from hypothesis import strategies as st

from texturenet.descriptors import network, sources
from texturenet.descriptors.fft import correlate, period, spectrum
from texturenet.descriptors.filters import ALL, FOURIER
from texturenet.descriptors.random import Filters, filters
from texturenet.descriptors.weights import FILTERS, checked
from texturenet.errors import Refused
from texturenet.losses.statistics import gram
from texturenet.losses.texture import TextureLoss
from texturenet.optimise.blocks import Compute, picture_statistics
from texturenet.optimise.objective import Objective, PixelUnits
from texturenet.optimise.rescale import rescaled

SIDES = [3, 7, 15, 23]


def bank(layers=(ALL,), seed=0, sides=SIDES, maps=4):
    return network(filters(Filters(sides, maps, seed, 0.0)), list(layers), "avg")


def picture(height=40, width=33, batch=1, seed=3):
    return torch.rand(batch, 3, height, width, generator=torch.Generator().manual_seed(seed))


@settings(max_examples=30, deadline=None)
@given(
    side=st.integers(0, 12).map(lambda n: 2 * n + 1),
    height=st.integers(25, 60),
    width=st.integers(25, 60),
    maps=st.integers(1, 20),
)
def test_fft_and_direct_convolution_agree_with_their_gradients(side, height, width, maps):
    generator = torch.Generator().manual_seed(side)
    kernel = torch.randn(maps, 3, side, side, generator=generator)
    found = {}
    for way in ("fourier", "direct"):
        x = picture(height, width, batch=2).requires_grad_()
        if way == "fourier":
            made = correlate(x, spectrum(kernel, period((height, width))), side // 2)
        else:
            made = F.conv2d(x, kernel)
        pull = torch.linspace(-1, 1, made.numel()).view_as(made)
        made.backward(pull)
        found[way] = made.detach(), x.grad
    for ours, torchs in zip(found["fourier"], found["direct"], strict=True):
        assert torch.allclose(ours, torchs, atol=1e-5 * torchs.abs().max().item())


@pytest.mark.parametrize("padding", ["zeros", "circular", "replicate"])
def test_large_filters_pad_as_small_ones_do(padding):
    seen = bank(["conv15x15", "relu23x23"])
    assert FOURIER <= 15
    direct = bank(["conv15x15", "relu23x23"])
    direct.fourier = 10**6
    for layer, maps in seen(picture(), (padding, padding)).items():
        assert torch.allclose(maps, direct(picture(), (padding, padding))[layer], atol=1e-3)
        assert maps.shape[-2:] == (40, 33)


def test_a_gram_matrix_is_blind_to_shifts_of_a_periodic_picture():
    seen, x = bank(), picture(32, 48)
    circular = ("circular", "circular")
    still = gram(seen(x, circular)[ALL])
    moved = gram(seen(x.roll((5, -11), (2, 3)), circular)[ALL])
    assert torch.allclose(still, moved, rtol=1e-4, atol=1e-4 * still.abs().max().item())
    # With borders it is not: the fact is of the period, not of the measure.
    plain = [gram(seen(p)[ALL]) for p in (x, x.roll((5, -11), (2, 3)))]
    assert not torch.allclose(*plain, rtol=1e-4, atol=1e-4 * still.abs().max().item())


def test_all_maps_lie_side_by_side_and_a_size_alone_is_computed_alone():
    features = bank([*(f"relu{side}x{side}" for side in SIDES), ALL])(picture())
    assert torch.equal(
        torch.cat([features[f"relu{side}x{side}"] for side in SIDES], 1), features[ALL]
    )
    assert bank(["relu7x7"]).computed == ["conv7x7", "relu7x7"]
    assert bank().only(["relu3x3"]).computed == ["conv3x3", "relu3x3"]


def test_responses_of_all_sizes_are_as_strong():
    """To white noise, about the mean colour; so that no size drowns the others in one matrix."""
    white = torch.randn(1, 3, 96, 96, generator=torch.Generator().manual_seed(0))
    seen = bank([f"conv{side}x{side}" for side in SIDES], maps=32)
    power = [
        maps.square().mean() for maps in seen.run(white, seen.blocks, ("circular",) * 2).values()
    ]
    assert max(power) < 1.4 * min(power)


def test_the_same_seed_gives_the_same_filters_and_another_others():
    prints = [filters(Filters(SIDES, 4, seed, 0.5)).sha256 for seed in (0, 0, 1)]
    assert prints[0] == prints[1] != prints[2]
    # Each side is drawn alone, whatever other sides there are.
    few, many = (filters(Filters(sides, 4, 0, 0.5)).tensors for sides in ([7], SIDES))
    assert torch.equal(few["conv7x7"][0], many["conv7x7"][0])


def test_centred_filters_are_blind_to_brightness_and_the_others_are_not():
    kernel, _ = filters(Filters([7], 8, 0, 0.75)).tensors["conv7x7"]
    sums, sizes = kernel.sum((1, 2, 3)).abs(), kernel.abs().sum((1, 2, 3))
    assert (sums[:6] < 1e-5 * sizes[:6]).all()
    assert (sums[6:] > 1e-3 * sizes[6:]).all()
    plain, _ = filters(Filters([7], 8, 0, 0.0)).tensors["conv7x7"]
    assert torch.equal(kernel[6:], plain[6:])


def test_it_is_frozen_and_keeps_its_weights_through_a_painting():
    seen = bank()
    assert list(seen.parameters()) == []
    assert seen.state_dict() == {}
    before = {name: tensor.clone() for name, tensor in seen.named_buffers()}
    x = picture().requires_grad_()
    seen(x)[ALL].square().mean().backward()
    assert x.grad.abs().sum() > 0
    for name, tensor in seen.named_buffers():
        assert torch.equal(before[name], tensor)


def test_rescaled_filters_have_a_mean_activation_of_one():
    x = picture(48, 48)
    seen = rescaled(bank(maps=8), [x], Compute())
    means = seen(x)[ALL].mean((0, 2, 3))
    assert means.median().item() == pytest.approx(1, abs=1e-4)
    assert means.max() < 1.001


def test_spectra_are_those_of_the_filters_and_size_at_hand():
    """Kept from one picture to the next, and made anew where either changes."""
    seen = bank(["relu15x15"])
    first, other = picture(40, 40), picture(50, 45)
    one = seen(first)["relu15x15"]
    fresh = bank(["relu15x15"])(other)["relu15x15"]
    assert torch.equal(seen(other)["relu15x15"], fresh)
    assert torch.equal(seen(first)["relu15x15"], one)
    kernel, bias = seen.convolution("conv15x15")
    doubled = seen.with_weights({"conv15x15": (2 * kernel, bias)})
    assert torch.allclose(doubled(first)["relu15x15"], 2 * one, atol=1e-4)


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: bank(["relu9x9"]), "a bank of filters has no layer 'relu9x9'. Did you mean"),
        (lambda: bank()(picture(11, 40)), "11x40 pixels is too small for layer relu23x23.*12"),
        (lambda: sources.load("random_filters"), "need sides, maps and a seed"),
        (lambda: checked(FILTERS, "caffe", {}, "it"), "no bank of filters: it holds nothing"),
        (
            lambda: checked(FILTERS, "caffe", {"conv4x4": (torch.ones(1, 3, 4, 4),) * 2}, "it"),
            "it holds conv4x4",
        ),
        (
            lambda: checked(
                FILTERS, "caffe", {"conv3x3": (torch.ones(1, 2, 3, 3), torch.ones(1))}, "it"
            ),
            r"not \(O, 3, 3, 3\)",
        ),
    ],
)
def test_what_cannot_be_is_refused(call, words):
    with pytest.raises(Refused, match=words):
        call()


def test_by_blocks_and_thrifty_it_sees_what_it_sees_at_once():
    """Statistics and gradients, as far as FFT in float32 goes."""
    # Seeds where rounding turns no response from one side of 0 to the other.
    x = picture(96, 80, seed=24)
    seen = bank(sides=[3, 15], maps=3)
    target = picture_statistics(seen, picture(96, 80, seed=4), [ALL], ["gram"], Compute())
    loss = TextureLoss(target, {"gram": 1.0}, combine="sum")
    objective = Objective(seen, PixelUnits(), texture=loss)
    found = {}
    for name, way in {
        "whole": Compute(), "recompute": Compute(recompute=True), "blocks": Compute(block=32)
    }.items():  # fmt: skip
        canvas = x.clone().requires_grad_()
        found[name] = objective.evaluate(canvas, way)[f"gram/{ALL}"], canvas.grad
    for name in ("recompute", "blocks"):
        assert found[name][0] == pytest.approx(found["whole"][0], rel=1e-4)
        near = found["whole"][1].abs().max().item() * 1e-4
        assert torch.allclose(found[name][1], found["whole"][1], atol=near)


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a GPU")
def test_it_goes_to_a_gpu_and_back():
    seen, x = bank(), picture()
    here = seen(x)[ALL]
    there = seen.to("cuda")(x.to("cuda"))[ALL].cpu()
    assert torch.allclose(here, there, atol=1e-3)
    assert torch.allclose(seen.to("cpu")(x)[ALL], here, atol=1e-5)
