"""The frozen pyramid: windows of any place and size agree, and so does the torus."""

import pytest
import torch
from helpers.killing import execute
from helpers.nets import FAMILIES, random_net, shape_of, texture
from hypothesis import given, settings
from hypothesis import strategies as some

from texturenet.generator.architecture import Architecture
from texturenet.generator.convolving import pad_torus
from texturenet.generator.frozen import FrozenPyramid, _convolved
from texturenet.noise.fields import Cells, Plane
from texturenet.noise.philox import address


@settings(max_examples=60, deadline=None)
@given(
    family=some.sampled_from(FAMILIES),
    scales=some.integers(1, 7),
    top=some.integers(-(2**33), 2**33),
    left=some.integers(-300, 300),
    height=some.integers(1, 70),
    width=some.integers(1, 70),
    above=some.integers(0, 40),
    before=some.integers(0, 40),
    seed=some.integers(0, 2**64 - 1),
)
def test_a_window_equals_that_region_of_a_larger_one(
    family, scales, top, left, height, width, above, before, seed
):
    plane = texture(scales, family=family)
    field = Plane(seed, "uniform")
    small = plane.window(field, (height, width), (top, left))
    large = plane.window(
        field, (height + above + 9, width + before + 9), (top - above, left - before)
    )
    region = large[..., above : above + height, before : before + width]
    assert small.shape == (1, 3, height, width)
    assert (small - region).abs().max() < 1e-5


def whole(plane, size, scale):
    """All cells of one period."""
    shape = plane.net.architecture
    counts = (side // shape.cell(scale) for side in size)
    return Cells(scale, shape.cell(scale), 0, 0, *counts, shape.noise_channels, plane.device)


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("scales", [1, 2, 3, 5, 6])
def test_the_wrapped_net_agrees_with_windows_of_periodic_noise(scales, family):
    plane = texture(scales, family=family)
    unit = max(plane.coarsest, 16)
    size = (unit, 2 * unit)
    field = Plane(5, "uniform", size)
    torus = plane.net([field(whole(plane, size, scale)) for scale in range(scales)])
    around = plane.window(field, (size[0] + 20, size[1] + 20), (-10, -10))
    assert (around[..., 10:-10, 10:-10] - torus).abs().max() < 1e-5
    assert (around[..., 10:-10, :10] - torus[..., -10:]).abs().max() < 1e-5


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("scales", [2, 4])
def test_rolling_the_noise_rolls_the_picture(scales, family):
    net = random_net(scales, family=family)
    noise = [torch.rand(1, 3, 4 * 2**k, 4 * 2**k) for k in range(scales)]
    rolled = [z.roll((2**k, 2**k), (2, 3)) for k, z in enumerate(noise)]
    shift = 2 ** (scales - 1)
    with torch.no_grad():
        assert torch.allclose(net(rolled), net(noise).roll((shift, shift), (2, 3)), atol=1e-5)


@pytest.mark.parametrize("family", FAMILIES)
def test_a_window_needs_no_cell_that_does_not_reach_it(family):
    """One cell less of halo, on either side of any scale, would change the window."""
    net, size = random_net(4, seed=3, family=family).double(), (10, 10)
    rows, columns = (net.architecture.spans(-3, 10) for _ in range(2))
    drops = [(row.drop, column.drop) for row, column in zip(rows, columns, strict=True)]
    noise = [
        torch.rand(1, 3, r.length, c.length).double() for r, c in zip(rows, columns, strict=True)
    ]
    picture = net(noise, drops)
    assert picture.shape[-2:] == size
    for scale in (3, 2):  # coarser scales are rounded up to whole cells
        for edge in (0, -1):
            changed = [z.clone() for z in noise]
            changed[scale][..., edge, :] += 1
            assert not torch.equal(net(changed, drops), picture)


def test_the_finest_scale_reads_four_cells_around():
    assert shape_of("growing", 1).spans(0, 10)[0].start == -2
    for family, halo in (("growing", 4), ("mixed", 4), ("bare", 2)):
        finest = shape_of(family, 6).spans(0, 10)[-1]
        assert (finest.start, finest.length) == (-halo, 10 + 2 * halo)


@pytest.mark.parametrize(("scales", "parameters"), [(5, 71_595), (6, 116_835)])
def test_parameters_before_folding_are_those_published(scales, parameters):
    """The port counts a bias and two norm parameters per hidden channel, and the coarse norms."""
    shape = Architecture.growing(scales, 8, 3)
    weights = sum(i * o * k * k + o for _, i, o, k in shape.convolutions())
    norms = sum(2 * o for *_, o, _ in list(shape.convolutions())[:-1])
    joins = sum(2 * shape.widths[scale] for scale in range(scales - 1))
    assert weights + norms + joins == parameters


def test_batches_do_not_mix():
    net = random_net(3)
    noise = [torch.rand(3, 3, 4 * 2**k, 4 * 2**k) for k in range(3)]
    with torch.no_grad():
        alone = net([z[1:2] for z in noise])
        assert torch.allclose(net(noise)[1:2], alone, atol=1e-6)


@pytest.mark.parametrize("field", ["scales", "step", "noise_channels"])
@pytest.mark.parametrize("value", [0, -1, 2.5, True, None, 10**9])
def test_architectures_that_cannot_be_are_refused(field, value):
    with pytest.raises(ValueError, match=field):
        Architecture.growing(**{"scales": 2, "step": 2, "noise_channels": 3, field: value})


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"widths": ()}, "number of scales"),
        ({"widths": (8,) * 13}, "number of scales"),
        ({"widths": (8, 0)}, "a width is 0"),
        ({"widths": (8, 2.0)}, "a width is 2.0"),
        ({"widths": (8, True)}, "a width is True"),
        ({"branch": -1}, "branch is -1"),
        ({"mixed": 1}, "mixed is 1"),
        ({"heads": None}, "heads is None"),
        ({"widths": (3072, 3072)}, "more than"),
    ],
)
def test_widths_that_cannot_be_are_refused(changed, words):
    with pytest.raises(ValueError, match=words):
        Architecture(**{"widths": (8, 4), "branch": 0, "noise_channels": 3} | changed)


@pytest.mark.parametrize("count", [1, 2, 3])
def test_heads_make_pictures_of_the_coarser_scales(count):
    net = random_net(3, family="bare")
    noise = [torch.rand(1, 3, 4 * 2**k, 4 * 2**k) for k in range(3)]
    features = net.climb(noise[:count], None)
    name = net.architecture.head(count - 1)
    weight, bias = (net.weights()[f"{name}.{part}"] for part in ("weight", "bias"))
    expected = torch.nn.functional.conv2d(features, weight, bias)
    assert torch.allclose(net(noise[:count]), expected, atol=1e-6)


def test_a_net_without_heads_has_no_coarser_pictures():
    with pytest.raises(ValueError, match="at its finest scale only"):
        random_net(3)([torch.rand(1, 3, 4, 4)])


def test_weights_of_another_shape_are_refused():
    weights = random_net(2).weights()
    weights["body.1.0.weight"] = torch.zeros(4, 4, 1, 1)
    with pytest.raises(ValueError, match=r"body.1.0.weight has shape \(4, 4, 1, 1\), not"):
        FrozenPyramid(Architecture.growing(2, 2, 3), weights)


def test_addresses_follow_the_plane():
    assert address(-3, 4, None).tolist() == [-3, -2, -1, 0]
    assert address(-3, 4, 5).tolist() == [2, 3, 4, 0]


def test_wrapping_and_its_gradient_are_torchs():
    x = torch.randn(2, 3, 5, 4, dtype=torch.float64, requires_grad=True)
    expected = torch.nn.functional.pad(x, (1, 1, 1, 1), mode="circular")
    assert torch.equal(pad_torus(x, 3), expected)
    assert torch.equal(pad_torus(x, 1), x)
    assert torch.autograd.gradcheck(lambda x: pad_torus(x, 3), x)
    assert torch.autograd.gradcheck(
        lambda x: pad_torus(x, 3), torch.randn(1, 1, 1, 2).double().requires_grad_()
    )


SETTINGS = [
    "torch.backends.cudnn.conv.fp32_precision = 'tf32'",
    "torch.backends.cudnn.conv.fp32_precision = 'ieee'",
    "torch.backends.cudnn.fp32_precision = 'ieee'",
    "torch.backends.fp32_precision = 'ieee'",
    "torch.backends.fp32_precision = 'tf32'",
    "torch.backends.cudnn.allow_tf32 = False",
    "torch.backends.cudnn.benchmark = True",
    "pass",
]
CONVOLVE = """
import torch
from torch._subclasses.fake_tensor import FakeTensorMode
from torch.utils._python_dispatch import TorchDispatchMode
from texturenet.generator.frozen import _convolved

class Calls(TorchDispatchMode):
    def __torch_dispatch__(self, function, types, args=(), kwargs=None):
        if "convolution" in str(function):
            calls.append((args, self.settings()))
        return function(*args, **(kwargs or {{}}))

    def settings(self):
        cudnn = torch.backends.cudnn
        pairs = [("generic", "all"), ("cuda", "all"), ("cuda", "conv"), ("cuda", "rnn")]
        precisions = [torch._C._get_fp32_precision_getter(*pair) for pair in pairs]
        return precisions, cudnn.enabled, cudnn.benchmark, cudnn.deterministic

calls = []
{setting}
before = Calls().settings()
with FakeTensorMode(), Calls():
    _convolved(torch.ones(1, 3, 8, 8, device="cuda"), torch.ones(4, 3, 3, 3, device="cuda"))
(args, during), = calls
assert before == during == Calls().settings(), (before, during)
assert args[-4:] == (False, True, True, False), args  # benchmark, deterministic, cuDNN, TF32
"""


@pytest.mark.slow
@pytest.mark.parametrize("setting", SETTINGS)
def test_a_gpu_convolves_exactly_whatever_a_program_sets_and_its_settings_stay(setting):
    """Settings are of the whole process: each in a new one. The GPU is a claim of fake tensors."""
    assert execute(CONVOLVE.format(setting=setting)) == ""


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
def test_the_convolution_for_gpus_gives_the_bits_of_conv2d(dtype, monkeypatch):
    """Computed on the CPU, which has both ways."""
    x, weight, bias = (torch.randn(s, dtype=dtype) for s in ((2, 5, 9, 7), (4, 5, 3, 3), (4,)))
    monkeypatch.setattr(torch.Tensor, "is_cuda", True, raising=False)
    for added in (None, bias):
        assert torch.equal(
            _convolved(x, weight, added), torch.nn.functional.conv2d(x, weight, added)
        )
