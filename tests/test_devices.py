"""The project's own code on tensors that claim to be on a GPU: no operation mixes devices."""

from dataclasses import replace
from itertools import product
from pkgutil import resolve_name
from types import SimpleNamespace

import pytest
import torch
from helpers.fake_gpu import fake_gpu, same_device
from helpers.nets import TILES, random_net, waved
from helpers.networks import method, narrow_vgg
from helpers.training import RECIPE
from torch import Tensor
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves

from texturenet.analysis.regularity import Regularity
from texturenet.commands import judging
from texturenet.descriptors.filters import FilterBank
from texturenet.descriptors.octaves import Octaves
from texturenet.descriptors.vgg import Vgg
from texturenet.evaluation import scorecard
from texturenet.evaluation.constancy import Constancy
from texturenet.evaluation.seams import seam
from texturenet.evaluation.spots import spot
from texturenet.generator.architecture import Architecture
from texturenet.generator.trainable import PyramidGenerator
from texturenet.losses import statistics
from texturenet.losses.content import MEAN
from texturenet.losses.priors import Detail, Glints, Range
from texturenet.losses.targets import targets_of
from texturenet.losses.texture import TextureLoss
from texturenet.noise import laws, philox
from texturenet.noise.waves import Waves
from texturenet.optimise import starts, tasks
from texturenet.optimise.blocks import Compute
from texturenet.optimise.objective import PixelUnits, Priors
from texturenet.optimise.painting import Painting
from texturenet.optimise.rescale import rescaled
from texturenet.sampling.texture import Texture
from texturenet.training.batches import Source, crops_of
from texturenet.training.between import Between
from texturenet.training.guard import Guard, Limits
from texturenet.training.module import TextureTraining
from texturenet.training.octave import Comparison, Octave
from texturenet.untrained.base import VggPlan
from texturenet.untrained.layer import Targets
from texturenet.untrained.ranvgg import RanVgg
from texturenet.untrained.singlevgg import SingleVgg

LAYERS = ["relu1_1", "pool1"]
WAVES = Waves(16, ((1, 2), (3, 0)))


@pytest.fixture
def gpu(monkeypatch):
    monkeypatch.setattr(philox, "ROUNDS", 1)  # all ten are alike
    with fake_gpu() as device:
        yield device


def descriptor(gpu, layers=LAYERS):
    facts = {"architecture": "vgg16", "convention": "caffe", "pooling": "avg"}
    return Vgg(narrow_vgg(width=3), layers, **facts).to(gpu)


def bank(gpu):
    sides = (3, 15)  # the larger one by FFT
    tensors = {f"conv{k}x{k}": (torch.randn(4, 3, k, k), torch.zeros(4)) for k in sides}
    return FilterBank(tensors, ["conv3x3", "relu_all"], convention="caffe").to(gpu)


def picture(gpu, side=32, count=1):
    return torch.rand(count, 3, side, side, device=gpu)


def on_cpu(tensor):
    return tensor.device == torch.device("cpu")


# Noise and generator


@pytest.mark.parametrize("law", laws.LAWS)
@pytest.mark.parametrize("waves", [None, WAVES, TILES])
def test_noise_of_a_torus(gpu, law, waves):
    architecture = Architecture.growing(3, 2, 3 + (waves.channels if waves else 0))
    source = Source(architecture, law, waves, philox.TRAINING)
    noise = source.draw(source.torus(range(2), 16).to(gpu)).noise
    assert {z.device for z in noise} == {gpu}


@pytest.mark.parametrize("waves", [None, WAVES, TILES])
def test_noise_of_a_window(gpu, waves):
    architecture = Architecture.growing(3, 2, 3 + (waves.channels if waves else 0))
    source = Source(architecture, "uniform", waves, philox.TRAINING)
    window = source.draw(source.window(range(2), 9).to(gpu))
    assert {z.device for z in window.noise} == {gpu}


def test_a_generator_is_calibrated_frozen_and_rounded(gpu):
    generator = PyramidGenerator(Architecture.growing(2, 2, 3)).to(gpu)
    source = Source(generator.architecture, "uniform", None, 0)
    noise = source.draw(source.torus(range(2), 16).to(gpu)).noise
    generator(noise).sum().backward()
    generator.calibrate(noise)
    generator(noise).sum().backward()
    frozen = generator.freeze().to(gpu)
    assert {tensor.device for tensor in frozen.weights().values()} == {gpu}
    assert frozen(noise).device == gpu
    assert frozen.in_precision(torch.bfloat16)(noise).device == gpu


# Losses


@pytest.mark.parametrize("units", TextureLoss.UNITS)
@pytest.mark.parametrize(("pooled", "second"), [(False, "gram"), (True, "covariance")])
def test_losses_of_texture(gpu, units, pooled, second):
    network = descriptor(gpu)
    targets = targets_of([picture(gpu, 16), picture(gpu, 16)], network, pooled=pooled)
    names = {second: 1.0, "mean": 1.0, "deviation": 1.0}
    made = torch.rand(2, 3, 16, 16, device=gpu, requires_grad=True)
    for combine in TextureLoss.COMBINATIONS:
        loss = TextureLoss(
            targets, names, combine=combine, unit_gradient=combine == "sum", pooled=pooled,
            units=units, ridge=0.1,
        )  # fmt: skip
        sum(loss(loss.errors(network(made))).values()).backward()
    assert made.grad.device == gpu


def test_features_of_octaves_and_of_filters(gpu):
    seen = picture(gpu).requires_grad_()
    for network in (descriptor(gpu), Octaves(descriptor(gpu), 2), bank(gpu)):
        sum(maps.sum() for maps in network(seen).values()).backward()
    for padding in product(("zeros", "circular", "replicate"), repeat=2):
        for network in (descriptor(gpu), bank(gpu)):
            features = network(seen, padding, recompute=True)
            sum(maps.sum() for maps in features.values()).backward()
    assert seen.grad.device == gpu


# Training


class Loop:
    """What a module and its guard read of Lightning's Trainer, and a step as it makes one."""

    world_size, global_rank = 1, 0

    def __init__(self, module):
        made = module.configure_optimizers()
        self.optimizers, self.module, self.global_step = [made["optimizer"]], module, 0
        self.lr_scheduler_configs = [SimpleNamespace(**made["lr_scheduler"])]
        module.trainer = self

    def step(self, guard):
        module, (optimizer,) = self.module, self.optimizers

        def closure():
            optimizer.zero_grad()
            loss = module.training_step(None, 0)
            loss.backward()
            return loss

        module.on_train_batch_start(None, 0)
        module.optimizer_step(0, 0, optimizer, closure)
        self.global_step += 1
        guard.on_train_batch_end(self, module, None, None, 0)


def training(gpu, recipe, waves=None):
    """Set up as `texturenet train` does, and moved as Lightning does."""
    network, exemplar = descriptor(gpu), torch.rand(1, 3, 40, 40)
    crops = torch.cat(crops_of(exemplar, recipe.size, 4)).to(gpu)
    loss = TextureLoss(
        targets_of(crops.split(1), network), {"covariance": 1.0, "mean": 1.0}, combine="log",
        units="whitened", ridge=0.1,
    )  # fmt: skip
    architecture = Architecture((4, 2, 2), 0, 3 + (waves.channels if waves else 0), heads=True)
    terms = {
        "range": Range(1.0),
        "detail": Detail(1.0, exemplar),
        "glints": Glints(1.0, exemplar),
    }
    generator = PyramidGenerator(architecture)
    early = Comparison(network, loss)
    octaves = [Octave(Comparison(network, loss), terms, early)]
    if recipe.windows:  # the halved exemplar: of the same shapes
        octaves.append(Octave(Comparison(network, loss), terms, early))
    placed = {"between": {0: differing(waves)}} if waves else {}
    module = TextureTraining(generator, octaves, recipe, waves, {}, None, placed)
    return module.to(gpu)


def differing(waves):
    """A term for how units differ, by the first of their numbers."""
    return Between(1.0, waves, torch.rand(3), torch.rand(3, 1), torch.rand(9, 1))


# A batch as large as what is judged at once. There is nothing that could record a step.
RECIPE = replace(RECIPE, batch=16, steps=2, whole_from=0.5, recorded=False)
LIMITS = Limits(every=1, worse=1e9, alike=0.0, patience=0, times=3)


@pytest.mark.parametrize("windows", [False, True])
def test_training_with_its_guard_and_release(gpu, windows):
    module = training(gpu, replace(RECIPE, kind="muon", windows=windows), TILES)
    loop, guard = Loop(module), Guard(LIMITS, lambda words: None)
    guard.on_train_start(loop, module)
    for _ in range(RECIPE.steps):
        loop.step(guard)
    assert module.generator.calibrated.device == gpu
    guard._go_back(loop, module, "worse")
    loop.step(guard)
    assert guard.best is not None  # judged pictures of the mean weights
    released = module.release()
    assert on_cpu(released.output_weight)
    assert module.judge(released)


class Crossing(TorchDispatchMode):
    """Notes what goes from one device to another."""

    def __init__(self):
        super().__init__()
        self.found = []

    def __torch_dispatch__(self, function, types, args=(), kwargs=None):
        made = function(*args, **(kwargs or {}))
        given = {str(one.device) for one in tree_leaves((args, made)) if isinstance(one, Tensor)}
        if len(given) > 1:
            self.found.append(function)
        return made


@pytest.mark.parametrize("windows", [False, True])
@pytest.mark.parametrize("calibrated", [False, True])
def test_what_is_recorded_of_a_step_never_leaves_the_gpu(gpu, windows, calibrated):
    module = training(gpu, replace(RECIPE, windows=windows), TILES)
    if calibrated:
        module.calibrate()
    for octave in range(len(module.octaves)):
        places = module.places(0, RECIPE.batch, philox.TRAINING, octave)
        with Crossing() as crossing:
            step = module._compare(places.to(gpu), octave, whole=True)
            assert len(crossing.found) == 1, "the places themselves"
            step.loss.backward()
        assert len(crossing.found) == 1, crossing.found
        assert {part.device for part in step} == {gpu}


def test_a_run_that_ended_early_is_calibrated_and_released(gpu):
    module = training(gpu, replace(RECIPE, kind="adam", freeze_at=1.0))
    Loop(module).step(Guard(LIMITS, lambda words: None))
    assert module.judge(module.release())
    assert module.device == gpu


def test_a_net_of_weights_on_a_gpu_is_used_on_either_device(gpu):
    """What `release` hands on: its module may have stayed on the GPU."""
    released = training(gpu, RECIPE).generator.freeze()
    for device in (gpu, torch.device("cpu")):
        texture = Texture(released.to(device), {"name": "random", "law": "uniform"})
        assert texture.device == device
        texture.render(24, 24)
        texture.rounding(24)


# Sampling


def textures(gpu):
    yield Texture(random_net(3).to(gpu), {"name": "random", "law": "gaussian"})
    for waves in (Waves(32, ((0, 2), (3, -1))), TILES):
        with_waves = waved(waves)  # uniform
        yield Texture(with_waves.net.to(gpu), with_waves.card)


@pytest.mark.parametrize("tile", ["none", "xy"])
def test_windows_and_tiles(gpu, tile):
    for texture in textures(gpu):
        side = texture.coarsest
        view = texture.view((side, side), 1, (0, 0), tile)
        assert view((5, 7), (3, -4)).device == gpu
        assert on_cpu(texture.render(side, side, 1, (2, 3), tile))


def test_tiles_that_match(gpu):
    for texture in textures(gpu):
        texture.render(96, 96, 1, tile="xy", border=2)


@pytest.mark.parametrize(
    ("kind", "more"),
    [
        ("interpolate", {}),
        ("interpolate", {"redresse": "variance"}),
        ("loop", {}),
        ("pan", {"path": ((0, 0), (3.3, 4.5))}),
        ("displace", {"patch": (8, 8)}),
        ("displace", {"patch": (8, 8), "grain": 2}),
    ],
)
def test_frames(gpu, kind, more):
    for texture in textures(gpu):
        film = texture.film(kind, seconds=1, fps=3, size=(24, 24), **more)
        assert on_cpu(film.frame(1))


# Pixels


COMPUTE = [Compute(), Compute(half=True), Compute(recompute=True), Compute(block=16)]
LBFGS, ADAM = method(), method(name="adam", learning_rate=0.1)
STYLE = tasks.Style(LAYERS, {"gram": 1.0, "mean": 1.0, "deviation": 1.0}, {}, True, MEAN)
CONTENT = tasks.Content({"relu1_1": 1.0}, False, MEAN)
SIZE = (32, 16)
UNIT = torch.zeros(3, 1, 1), torch.ones(3, 1, 1)
PRIORS = Priors(range=1.0, variation=1.0, exponent=None)


def plan(network, compute, units=None, wraps=(False, False)):
    return tasks.PaintingPlan(
        network, PixelUnits(units), SIZE, 2, 2, 1, lambda size: compute, lambda size: compute,
        PRIORS, UNIT, wraps,
    )  # fmt: skip


def noise(size):
    return starts.white(0.5, 0.1, size, 0, 0).clamp(0, 1)


def paint(levels, how, gpu):
    painting = Painting(levels, how, gpu)
    for step in painting:
        assert on_cpu(step.picture)


@pytest.mark.parametrize(
    ("how", "compute", "tile"),
    [
        *((LBFGS, compute, True) for compute in COMPUTE),
        *((ADAM, compute, False) for compute in (COMPUTE[0], COMPUTE[3])),
    ],
)
def test_a_texture_by_pixels(gpu, how, compute, tile):
    network, exemplar = descriptor(gpu), torch.rand(1, 3, 40, 36)
    made = plan(network, compute, network if tile else None, (tile, tile))
    paint(tasks.texture(made, exemplar, STYLE, noise, 0), how, gpu)


def test_a_texture_by_line_search(gpu):
    levels = tasks.texture(
        plan(descriptor(gpu), Compute()), torch.rand(1, 3, 40, 36), STYLE, noise, 0
    )
    paint(levels, method(line_search=True), gpu)


@pytest.mark.parametrize(
    ("how", "compute"), [(ADAM, COMPUTE[0]), (LBFGS, COMPUTE[1]), (LBFGS, COMPUTE[3])]
)
def test_a_transfer_and_one_resumed(gpu, how, compute):
    pictures = torch.rand(1, 3, *SIZE), torch.rand(1, 3, 40, 36)
    levels = tasks.transfer(plan(descriptor(gpu), compute), *pictures, STYLE, CONTENT, noise)
    painting = Painting(levels, how, gpu)
    for _ in zip(painting, range(2), strict=False):
        state = painting.state_dict()
    again = Painting(levels, how, gpu)
    again.load_state_dict(state)
    for step in again:
        assert on_cpu(step.picture)


def test_a_reconstruction_by_a_bank_of_filters(gpu):
    network = bank(gpu)
    contents = {"conv3x3": tasks.Content({"conv3x3": 1.0}, True, MEAN)}
    for compute in COMPUTE:
        made = plan(network, compute)
        paint(tasks.reconstruct(made, torch.rand(1, 3, *SIZE), contents, noise), LBFGS, gpu)


def test_a_descriptor_rescaled(gpu):
    for compute in COMPUTE:
        network = rescaled(descriptor(gpu), [torch.rand(1, 3, 32, 32)], compute)
        assert network(picture(gpu))["pool1"].device == gpu


# Networks that nobody trained


@pytest.mark.parametrize(
    ("builder", "built", "numbers"),
    [
        (RanVgg, True, {"n_samples": 2}),
        (SingleVgg, False, {"n_epochs": 2, "weight_steps": 1, "learning_rate": 0.1}),
    ],
)
def test_a_vgg_made_for_a_picture(gpu, builder, built, numbers):
    """Up to its third layer, which is behind a pooling; then taken up, and one layer more."""
    made = vgg_plan(built)
    first = builder(made, torch.rand(1, 3, 32, 32), gpu, **numbers)
    until(first, "conv2_1")
    again = builder(made, torch.rand(1, 3, 32, 32), gpu, **numbers)
    again.load_state_dict(first.state_dict())
    until(again, "conv2_2")
    assert {part.device for pair in again.tensors.values() for part in pair} == {gpu}


def vgg_plan(built):
    targets = Targets(["relu1_1", "relu2_1"], built, True, True, "avg")
    return VggPlan("vgg16", 0.03, 0.1, 0, targets, 2, 0.1, method(), Compute(half=True))


def until(builder, layer):
    """Go on until a layer is begun."""
    for step in builder:
        if step.layer == layer:
            return


# Evaluation


def test_a_score_card(gpu, monkeypatch):
    # Found on the CPU, whatever the exemplar lies on.
    found = Regularity(0.5, (3, 4), 99.0)
    monkeypatch.setattr(scorecard, "regularity", lambda picture: on_cpu(picture) and found)
    # Regions have grown to their whole at once.
    monkeypatch.setattr(torch, "equal", lambda *tensors: same_device(*tensors) is None)
    judges = [
        scorecard.Judge(descriptor("cpu"), {"layers": LAYERS}),
        scorecard.Judge(bank("cpu"), {"filters": ["relu_all"]}),
    ]
    monkeypatch.setattr(judging, "distances", lambda: {})  # plenoptic reads values
    exemplar, *pictures = torch.rand(3, 3, 64, 64)
    card = judging.judged_on(gpu, exemplar[None], judges, pictures)
    assert {"layers", "filters", "patches", "spot", "regularity"} <= set(card.figures)
    assert all(map(on_cpu, card.copies))


def test_seams(gpu):
    assert seam(picture(gpu)[0], "x")


def test_how_constant_a_film_is(gpu):
    constancy = Constancy(picture(gpu), descriptor(gpu))
    for _ in range(2):
        assert constancy(torch.rand(3, 32, 32))


# The test itself


def test_tensors_of_two_devices_raise(gpu):
    with pytest.raises(RuntimeError, match="devices"):
        torch.rand(3, device=gpu) + torch.rand(3)
    with pytest.raises(RuntimeError, match="cpu and cuda"):
        same_device(torch.rand(3, device=gpu), torch.rand(3))


def whitened_loss(gpu):
    targets = targets_of([picture(gpu)], descriptor(gpu))
    TextureLoss(targets, {"gram": 1.0}, combine="log", units="whitened", ridge=0.1)


def gradient_of_gram(gpu):
    statistics.gram(picture(gpu).requires_grad_()).sum().backward()


def frame_of_a_patch(gpu):
    next(textures(gpu)).film("displace", seconds=1, fps=2, size=(24, 24), patch=(8, 8)).frame(1)


def picture_in_blocks(gpu):
    levels = tasks.texture(plan(descriptor(gpu), COMPUTE[-1]), picture(gpu), STYLE, noise, 0)
    paint(levels, method(), gpu)


def random_vgg(gpu):
    until(RanVgg(vgg_plan(True), picture(gpu), gpu, n_samples=1), "conv1_2")


@pytest.mark.parametrize(
    ("target", "case"),
    [
        ("texturenet.training.batches:cells", lambda gpu: Loop(training(gpu, RECIPE)).step(None)),
        ("texturenet.losses.texture:whitening", whitened_loss),
        ("texturenet.losses.statistics:_Gram.backward", gradient_of_gram),
        ("texturenet.sampling.displacement:_pixels", frame_of_a_patch),
        ("texturenet.optimise.blocks:Block._pixels", picture_in_blocks),
        ("texturenet.untrained.base:VggBuilder.start", random_vgg),
        (
            "texturenet.evaluation.spots:_positions",
            lambda gpu: spot(*picture(gpu, 64).repeat(2, 1, 1, 1)),
        ),
    ],
)
def test_a_tensor_left_on_the_cpu_raises(gpu, monkeypatch, target, case):
    right = resolve_name(target)

    def fault(*args, **kwargs):
        made = right(*args, **kwargs)
        return tuple(part.cpu() for part in made) if isinstance(made, tuple) else made.cpu()

    monkeypatch.setattr(target.replace(":", "."), fault)
    with pytest.raises(RuntimeError, match="cpu"):
        case(gpu)


def test_nothing_stays_changed():
    before = torch.nn.Module._apply, torch.Tensor.backward, torch.autograd.backward
    with fake_gpu():
        assert torch.nn.Module._apply is not before[0]
    assert before == (torch.nn.Module._apply, torch.Tensor.backward, torch.autograd.backward)
    layer = torch.nn.Linear(2, 2)
    layer(torch.ones(1, 2)).sum().backward()
    assert torch.equal(layer.weight.grad, torch.ones(2, 2))
