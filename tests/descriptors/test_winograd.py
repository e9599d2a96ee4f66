"""Convolutions by a quarter of the products: exact, used where they save, what they keep."""

import gc
from concurrent.futures import ThreadPoolExecutor

import pytest
import torch
import torch.nn.functional as F
from helpers.networks import narrow_vgg

from texturenet.descriptors import winograd
from texturenet.descriptors.base import convolve
from texturenet.descriptors.vgg import Vgg
from texturenet.losses.texture import TextureLoss
from texturenet.optimise import memory
from texturenet.optimise.blocks import Compute, picture_statistics
from texturenet.optimise.objective import Objective, PixelUnits

LAYERS = ["relu1_1", "relu2_1", "relu3_1"]
KIND = {"architecture": "vgg16", "convention": "torchvision", "pooling": "avg"}
PADDINGS = [("zeros", "zeros"), ("circular", "circular"), ("replicate", "zeros")]


@pytest.fixture(autouse=True)
def measured(monkeypatch):
    """Every machine is one that was measured."""
    monkeypatch.setattr(torch.backends.cpu, "get_cpu_capability", lambda: "AVX2")
    monkeypatch.setattr(torch.backends.mkl, "is_available", lambda: True)


@pytest.fixture
def everywhere(monkeypatch):
    """It is used wherever it can be."""
    monkeypatch.setattr(winograd, "GAIN", 0.0)


@pytest.fixture
def counted(monkeypatch):
    """The shapes that were convolved by it."""
    shapes, original = [], winograd.convolve

    def count(x, kernel, bias, padding):
        shapes.append(tuple(kernel.shape))
        return original(x, kernel, bias, padding)

    monkeypatch.setattr(winograd, "convolve", count)
    return shapes


def case(inputs=16, outputs=32, size=(13, 18), count=2, dtype=torch.float32):
    generator = torch.Generator().manual_seed(0)
    x = torch.randn(count, inputs, *size, generator=generator, dtype=dtype)
    kernel = torch.randn(outputs, inputs, 3, 3, generator=generator, dtype=dtype)
    bias = torch.randn(outputs, generator=generator, dtype=dtype)
    return x, kernel / (9 * inputs) ** 0.5, bias


def picture(height=48, width=40):
    return torch.rand(1, 3, height, width, generator=torch.Generator().manual_seed(1))


def vgg(layers=LAYERS, width=32, **change):
    return Vgg(narrow_vgg(width=width), layers, **KIND | change)


def gradients(features, x):
    generator = torch.Generator().manual_seed(2)
    weights = [torch.randn(maps.shape, generator=generator) for maps in features.values()]
    return torch.autograd.grad(list(features.values()), x, weights)[0]


def apart(one, two):
    return ((one - two).norm() / two.norm()).item()


SIZES = [(1, 1), (2, 3), (4, 4), (5, 8), (6, 6), (13, 18), (40, 7), (3, 300)]


@pytest.mark.parametrize("padding", [(1, 1), (2, 1), (0, 2), (2, 2)])
@pytest.mark.parametrize("size", SIZES)
def test_in_float64_it_is_the_convolution_and_its_gradient(size, padding):
    size = tuple(max(n, 3 - 2 * zeros) for n, zeros in zip(size, padding, strict=True))
    x, kernel, bias = case(3, 5, size, dtype=torch.float64)
    x.requires_grad_()
    ours = winograd.convolve(x, kernel, bias, padding)
    plain = F.conv2d(x, kernel, bias, padding=padding)
    weights = torch.randn(plain.shape, dtype=torch.float64)
    assert torch.allclose(ours, plain, rtol=0, atol=1e-9)
    found, expected = (torch.autograd.grad(y, x, weights)[0] for y in (ours, plain))
    assert torch.allclose(found, expected, rtol=0, atol=1e-9)


@pytest.mark.parametrize("most", [0, 10**6])
def test_the_gradient_is_that_of_finite_differences(most, monkeypatch):
    monkeypatch.setattr(winograd, "TRANSPOSED", most)
    x, kernel, bias = case(2, 3, (6, 5), count=1, dtype=torch.float64)
    x.requires_grad_()
    assert torch.autograd.gradcheck(lambda z: winograd.convolve(z, kernel, bias, (1, 1)), x)


@pytest.mark.parametrize("channels", [64, 512])
def test_in_float32_errors_are_those_of_rounding(channels):
    x, kernel, bias = case(channels, 32, (24, 23))
    exact = F.conv2d(x.double(), kernel.double(), bias.double(), padding=1)
    ours = winograd.convolve(x, kernel, bias, (1, 1))
    assert ours.dtype == torch.float32
    assert apart(ours, exact) < 3e-6
    assert (ours - exact).abs().max() < 1e-5 * exact.abs().max()


@pytest.mark.parametrize("tiles", [1, 3, 10, 1000])
@pytest.mark.parametrize("size", [(13, 18), (16, 24)])
def test_the_size_of_chunks_changes_rounding_at_most(tiles, size, monkeypatch):
    x, kernel, bias = case(size=size, count=3)
    before = winograd.convolve(x, kernel, bias, (1, 1))
    monkeypatch.setattr(winograd, "TILES", tiles)
    assert apart(winograd.convolve(x, kernel, bias, (1, 1)), before) < 1e-6


def test_memory_beside_the_output_is_bounded(monkeypatch):
    """Buffers are as large for a wide picture as for a small one."""
    made, original = [], winograd._Chunk

    def chunk(*given):
        made.append(original(*given))
        return made[-1]

    monkeypatch.setattr(winograd, "_Chunk", chunk)
    for size in ((32, 32), (4, 1000), (1000, 4), (200, 300)):
        x, kernel, bias = case(size=size, count=2)
        winograd.convolve(x, kernel, bias, (1, 1))
    assert [chunk.windows[0, 0, ..., 0].numel() <= winograd.TILES for chunk in made] == [True] * 4


def test_the_same_bits_again_and_with_any_number_of_threads():
    x, kernel, bias = case(64, 64, (40, 52))
    x.requires_grad_()
    before, made = torch.get_num_threads(), []
    try:
        for threads in (1, 1, 2, 3):
            torch.set_num_threads(threads)
            y = winograd.convolve(x, kernel, bias, (1, 1))
            made.append((y, torch.autograd.grad(y.square().sum(), x)[0]))
    finally:
        torch.set_num_threads(before)
    for y, gradient in made[1:]:
        assert torch.equal(y, made[0][0])
        assert torch.equal(gradient, made[0][1])


def test_many_may_convolve_at_once():
    x, kernel, bias = case(size=(40, 40))
    alone = winograd.convolve(x, kernel.clone(), bias, (1, 1))
    with ThreadPoolExecutor(8) as pool:
        for y in pool.map(lambda _: winograd.convolve(x, kernel, bias, (1, 1)), range(32)):
            assert torch.equal(y, alone)


@pytest.mark.parametrize("padding", PADDINGS)
@pytest.mark.parametrize("recompute", [False, True])
def test_a_network_has_the_same_features_and_gradients(padding, recompute, monkeypatch, counted):
    x, made = picture().requires_grad_(), []
    for gain in (float("inf"), 0.0):
        monkeypatch.setattr(winograd, "GAIN", gain)
        features = vgg()(x, padding, recompute)
        made.append((features, gradients(features, x)))
    (plain, expected), (ours, found) = made
    assert counted
    for layer, maps in plain.items():
        assert apart(ours[layer], maps) < 1e-5, layer
    assert apart(found, expected) < 1e-4


@pytest.mark.weights
def test_the_real_vgg16_has_the_same_features(monkeypatch, counted):
    from texturenet.descriptors import sources

    loaded, made = sources.load("vgg16"), []
    layers = ["relu1_1", "relu2_1", "relu3_1", "relu4_1", "relu5_1"]
    network = Vgg(loaded.tensors, layers, **KIND | {"convention": loaded.convention})
    x = picture(64, 64).requires_grad_()
    for gain in (float("inf"), 0.0):
        monkeypatch.setattr(winograd, "GAIN", gain)
        features = network(x)
        made.append((features, gradients(features, x)))
    assert len(counted) == 11
    for layer in layers:
        assert apart(made[1][0][layer], made[0][0][layer]) < 1e-5, layer
    assert apart(made[1][1], made[0][1]) < 1e-4


def test_a_picture_by_blocks_has_the_gradient_of_the_whole(everywhere, counted):
    network = vgg()
    targets = picture_statistics(network, picture(40, 56), LAYERS, ["gram"], Compute())
    texture = TextureLoss(targets, {"gram": 1.0}, combine="sum")
    goal, found = Objective(network, PixelUnits(), texture=texture), []
    for way in (Compute(), Compute(block=16), Compute(recompute=True)):
        canvas = picture(57, 43).requires_grad_()
        goal.evaluate(canvas, way)
        found.append(canvas.grad)
    assert counted
    assert torch.equal(found[2], found[0]), "features computed again are the same bits"
    assert apart(found[1], found[0]) < 1e-4


def test_a_check_is_called_as_often_as_without_it(monkeypatch):
    counts = []
    for gain in (float("inf"), 0.0):
        monkeypatch.setattr(winograd, "GAIN", gain)
        calls = []
        network = vgg().interruptible(lambda calls=calls: calls.append(1))
        x = picture().requires_grad_()
        features = network(x)
        forward = len(calls)
        gradients(features, x)
        counts.append((forward, len(calls)))
    assert counts[0] == counts[1]
    assert counts[0][1] > counts[0][0] > 4


@pytest.mark.parametrize(
    ("used", "change"),
    [
        (True, {}),
        (False, {"channels": 16}),
        (False, {"size": (6, 6)}),
        (True, {"channels": 128, "size": (20, 20)}),
        (False, {"side": 5}),
        (False, {"dtype": torch.float64}),
        (False, {"dtype": torch.bfloat16}),
        (False, {"trainable": True}),
        (False, {"half": True}),
        (False, {"frozen": False}),
        (False, {"processor": "DEFAULT"}),
        (False, {"mkl": False}),
        (False, {"device": "meta"}),
    ],
)
def test_it_is_used_where_it_is_exact_enough_and_faster(used, change, counted, monkeypatch):
    given = {"channels": 64, "size": (64, 64), "side": 3, "dtype": torch.float32} | change
    if "processor" in change:
        monkeypatch.setattr(torch.backends.cpu, "get_cpu_capability", lambda: change["processor"])
    if "mkl" in change:
        monkeypatch.setattr(torch.backends.mkl, "is_available", lambda: False)
    form = {"dtype": given["dtype"], "device": change.get("device", "cpu")}
    channels, side = given["channels"], given["side"]
    x = torch.zeros(1, channels, *given["size"], **form)
    kernel = torch.zeros(channels, channels, side, side, **form)
    kernel.requires_grad_(change.get("trainable", False))
    with torch.autocast("cpu", torch.bfloat16, enabled=change.get("half", False)):
        frozen = change.get("frozen", True)
        convolve(x, kernel, kernel.new_zeros(channels), ("zeros", "zeros"), frozen)
    assert bool(counted) is used


def test_avx512_needs_more_channels(monkeypatch):
    kernel = torch.zeros(64, 64, 3, 3)
    assert winograd.gain(kernel, 4, (128, 128)) >= winograd.GAIN
    monkeypatch.setattr(torch.backends.cpu, "get_cpu_capability", lambda: "AVX512")
    assert winograd.gain(kernel, 4, (128, 128)) < winograd.GAIN
    assert winograd.gain(torch.zeros(128, 128, 3, 3), 4, (64, 64)) >= winograd.GAIN


@pytest.mark.parametrize("most", [0, 10**6])
def test_taps_are_computed_once_and_die_with_the_kernel(most, monkeypatch):
    monkeypatch.setattr(winograd, "TRANSPOSED", most)
    x, kernel, bias = case()
    before = len(winograd._kept)
    taps, transposed = winograd.taps_of(kernel)
    assert taps.shape == (36, 16, 32)
    assert torch.equal(transposed, taps.mT)
    assert (transposed.data_ptr() == taps.data_ptr()) is (most == 0), "a copy of small ones"
    winograd.convolve(x, kernel, bias, (1, 1))
    assert winograd.taps_of(kernel)[0] is taps
    assert winograd.taps_of(kernel)[1] is transposed
    assert len(winograd._kept) == before + 1
    del kernel
    gc.collect()
    assert len(winograd._kept) == before


def test_a_kernel_that_is_changed_has_new_taps():
    x, kernel, bias = case()
    one = winograd.convolve(x, kernel, bias, (1, 1))
    kernel *= 2
    two = winograd.convolve(x, kernel, bias, (1, 1))
    bias = bias.view(-1, 1, 1)
    assert apart(two - bias, 2 * (one - bias)) < 1e-6


def test_networks_with_other_weights_are_computed_by_these(everywhere, counted):
    x, network = picture(), vgg()
    first = network(x)
    means = {f"relu{name[4:]}": torch.full((32,), 2.0) for name in narrow_vgg(width=32)}
    halved = network.divided(means)(x)
    other = narrow_vgg(width=32, seed=5)
    swapped = network.with_weights(other)(x)
    fresh = Vgg(other, LAYERS, **KIND)(x)
    assert counted
    for layer, maps in first.items():
        assert apart(halved[layer], maps / 2) < 1e-5
        assert torch.equal(swapped[layer], fresh[layer])
        assert torch.equal(network(x)[layer], maps), "the network itself is as before"


def test_a_network_in_float64_is_torchs(everywhere, counted):
    network = vgg()
    network(picture())
    shapes = len(counted)
    assert shapes
    features = network.double()(picture().double())
    assert features["relu3_1"].dtype == torch.float64
    assert len(counted) == shapes


@pytest.mark.parametrize(("most", "times"), [(0, 1), (2**16, 2)])
def test_estimates_of_memory_count_what_is_kept(most, times, monkeypatch):
    monkeypatch.setattr(winograd, "TRANSPOSED", most)
    network, size = vgg(width=64), (64, 64)
    x = picture(*size).requires_grad_()
    gradients(network(x), x)
    kernels = [network.convolution(name)[0] for name in network.computed if "conv" in name]
    kept = [winograd._kept[kernel] for kernel in kernels if kernel in winograd._kept]
    assert len(kept) == 3, "conv1_2, conv2_1 and conv2_2"
    bytes_kept = times * sum(taps.nbytes for _, taps, _ in kept)
    assert network.cache_bytes(size) == bytes_kept
    assert network.cache_bytes(size, half=True) == 0
    assert network.cache_bytes((8, 8)) == 0
    whole, in_half = (memory.of_features(network, size, Compute(half=h)) for h in (False, True))
    monkeypatch.setattr(winograd, "GAIN", float("inf"))
    assert whole - memory.of_features(network, size, Compute()) == bytes_kept
    assert in_half == memory.of_features(network, size, Compute(half=True))
