"""ranVGG and singleVGG: activations, choice, seeds, resuming, what is computed and comes back."""

from dataclasses import replace

import pytest
import torch
from helpers.pictures import dots

from texturenet.descriptors import network
from texturenet.descriptors.random import gaussian_kernel, shapes
from texturenet.descriptors.vgg import convolution_names
from texturenet.errors import Refused
from texturenet.optimise.blocks import Compute
from texturenet.optimise.method import Method
from texturenet.untrained.base import VggPlan
from texturenet.untrained.layer import Targets, target_layers
from texturenet.untrained.ranvgg import RanVgg
from texturenet.untrained.singlevgg import SingleVgg

TARGETS = ["relu1_1", "pool1", "pool2", "pool3", "pool4"]
LBFGS = Method("lbfgs", 1.0, 20, False, (0.9, 0.999), 1.0, 1, None)
CPU = torch.device("cpu")
SINGLE = {"n_epochs": 2, "weight_steps": 3, "learning_rate": 1e-4}


def picture(side=32):
    return torch.tensor(dots(side)).permute(2, 0, 1)[None].float() / 255


def plan(**changes):
    targets = Targets(TARGETS, built=True, normalise=True, automatic=False, pooling="avg")
    targets = replace(targets, **{k: changes.pop(k) for k in list(changes) if hasattr(targets, k)})
    made = VggPlan("vgg19", 0.05, 0.015, 0, targets, 4, 0.2, LBFGS, Compute())
    return replace(made, **changes)


def grown(kind="ranvgg", until=None, state=None, **changes):
    if kind == "ranvgg":
        growth = RanVgg(plan(**changes), picture(), CPU, n_samples=3)
    else:
        growth = SingleVgg(plan(**changes), picture(), CPU, **SINGLE)
    if state:
        growth.load_state_dict(state)
    for step in growth:
        if step.layer == until:
            break
    return growth


def means(growth):
    """Mean activation of every rectified layer on the picture."""
    weights = growth.weights("test")
    relus = [f"relu{name[4:]}" for name in weights.tensors]
    features = network(weights, relus, "avg")(picture())
    return {name: maps.mean().item() for name, maps in features.items()}


@pytest.mark.parametrize("kind", ["ranvgg", "singlevgg"])
@pytest.mark.parametrize("half", [False, True])
def test_mean_activation_is_one_at_every_layer(kind, half):
    found = means(grown(kind, compute=Compute(half)))
    assert len(found) == 16
    for name, mean in found.items():
        assert mean == pytest.approx(1, abs=1e-4), name


def test_without_normalisation_it_fades_from_layer_to_layer():
    found = list(means(grown(normalise=False)).values())
    assert found[0] > 30 * max(found[3:])


def test_the_kept_candidate_has_the_least_loss_of_those_drawn():
    growth = grown()
    kept = set()
    for name in growth.names:
        of_layer = [result for result in growth.results if result.layer == name]
        assert [result.number for result in of_layer] == [0, 1, 2]
        best = min(of_layer, key=lambda result: result.loss)
        assert [result for result in of_layer if result.kept] == [best]
        kept.add(best.number)
        # The layer is that candidate, up to its scale.
        kernel, _ = growth.drawn(name, best.number)
        ratio = growth.tensors[name][0] / kernel
        assert torch.allclose(ratio, ratio.mean().expand_as(ratio), rtol=1e-3)
    assert len(kept) > 1


def test_its_losses_are_those_of_reconstructions_from_the_same_noise():
    growth, first = RanVgg(plan(), picture(), CPU, n_samples=3), {}
    for step in growth:
        if step.step == 0:
            first.setdefault(step.layer, []).append(step)
    for steps in first.values():
        assert len(steps) == 3
        assert all(torch.equal(step.picture, steps[0].picture) for step in steps)
        assert len({step.loss for step in steps}) > 1


def test_single_vgg_starts_every_epoch_from_other_noise_and_learns():
    growth, starts = SingleVgg(plan(), picture(), CPU, **SINGLE), []
    for step in growth:
        if step.step == 0:
            starts.append(step.picture)
    assert len(starts) == 2 * 16
    for index, noise in enumerate(starts):
        assert not any(torch.equal(noise, other) for other in starts[:index])
    drawn = RanVgg(plan(), picture(), CPU, n_samples=1).drawn("conv1_1")[0]
    kernel = growth.tensors["conv1_1"][0]
    direction = [part / part.norm() for part in (kernel, drawn)]
    assert 1e-4 < (direction[0] - direction[1]).norm() < 0.5


def test_a_step_of_single_vgg_lowers_the_loss_that_the_reconstruction_has():
    growth = SingleVgg(plan(width=0.2), picture(), CPU, **SINGLE)
    layer = growth.first_layer()
    layers = layer.layers(growth.drawn(layer.name))
    start = growth.start(1)
    descent = growth.descent(layer, layers, start)
    list(growth.reconstruct(layer, 0, descent))
    below = layer.input_of(descent.best)
    pair = tuple(part.clone().requires_grad_() for part in layers[layer.name])
    before = layer.mismatch({layer.name: pair}, below).item()
    assert before == pytest.approx(
        sum(descent.objective.evaluate(descent.best.clone().requires_grad_(), Compute()).values()),
        rel=1e-3,
    )
    growth._train(layer, pair, torch.optim.Adam(pair, lr=1e-4), below)
    assert layer.mismatch({layer.name: pair}, below).item() < before


@pytest.mark.parametrize("kind", ["ranvgg", "singlevgg"])
def test_the_same_seed_gives_the_same_descriptor_and_another_another(kind):
    prints = [grown(kind, seed=seed).weights("test").sha256 for seed in (0, 0, 1)]
    assert prints[0] == prints[1] != prints[2]


@pytest.mark.parametrize("kind", ["ranvgg", "singlevgg"])
@pytest.mark.parametrize(
    ("built", "at"), [(True, "conv2_1"), (False, "conv4_2"), (True, "conv1_1")]
)
def test_interrupted_in_a_layer_and_resumed_it_ends_the_same(kind, built, at):
    whole = grown(kind, built=built, architecture="vgg16")
    half = grown(kind, until=at, built=built, architecture="vgg16")
    assert list(half.tensors) == whole.names[: whole.names.index(at)]
    resumed = grown(kind, state=half.state_dict(), built=built, architecture="vgg16")
    assert resumed.weights("test").sha256 == whole.weights("test").sha256
    assert resumed.results == whole.results
    assert resumed.pictures.keys() == whole.pictures.keys()
    for name, made in whole.pictures.items():
        assert torch.equal(made, resumed.pictures[name])


class Stop(Exception):
    pass


@pytest.mark.parametrize("kind", ["ranvgg", "singlevgg"])
@pytest.mark.parametrize("call", [1, 50, 400])
def test_a_check_ends_the_work_anywhere_and_the_layers_done_are_whole(kind, call):
    calls = []

    def check():
        calls.append(1)
        if len(calls) == call:
            raise Stop

    numbers = {"n_samples": 3} if kind == "ranvgg" else SINGLE
    builder = {"ranvgg": RanVgg, "singlevgg": SingleVgg}[kind]
    stopped = builder(plan(check=check), picture(), CPU, **numbers)
    with pytest.raises(Stop):
        list(stopped)
    assert grown(kind, state=stopped.state_dict()).results == grown(kind).results


def test_the_share_of_the_work_grows_from_nothing_to_all():
    growth = RanVgg(plan(), picture(), CPU, n_samples=2)
    shares = [step.share for step in growth]
    assert shares[0] == 0
    assert shares == sorted(shares)
    assert 0.98 < shares[-1] < 1


def test_built_targets_need_no_layer_above_the_one_being_made():
    growth = RanVgg(plan(), picture(), CPU, n_samples=1)
    layer = growth.first_layer()
    while layer is not None:
        convolutions = [name for name in layer.descriptor.computed if name[:4] == "conv"]
        assert convolutions[-1] == layer.name
        assert layer.dependent, "something has to depend on the layer"
        pair = layer.layers(growth.drawn(layer.name))[layer.name]
        layer = layer.next(pair)
    everything = RanVgg(plan(built=False), picture(), CPU, n_samples=1).first_layer()
    assert everything.above == convolution_names("vgg19")[1:12]  # as deep as pool4


def test_what_counts_at_each_layer():
    targets = Targets(TARGETS, True, True, False, "avg")
    assert target_layers("conv1_1", targets, "vgg19") == ["relu1_1"]
    assert target_layers("conv1_2", targets, "vgg19") == ["relu1_1", "pool1"]
    assert target_layers("conv2_1", targets, "vgg19") == ["relu1_1", "pool1", "relu2_1"]
    assert target_layers("conv2_2", targets, "vgg19") == ["relu1_1", "pool1", "pool2"]
    assert target_layers("conv5_1", targets, "vgg19") == [*TARGETS, "relu5_1"]
    everything = replace(targets, built=False)
    assert target_layers("conv2_1", everything, "vgg19") == TARGETS
    assert target_layers("conv5_2", everything, "vgg19") == [*TARGETS, "relu5_2"]


def test_the_pictures_features_are_those_of_the_whole_network():
    """What is computed once below a layer, and anew at it, is what all of it would give."""
    for built in (True, False):
        growth = grown(until="conv3_2", built=built)
        layer = growth.first_layer()
        layers = layer.layers(growth.drawn(layer.name, 1))
        objective = layer.objective(layers, growth.start())
        plainly = layer.descriptor.with_weights(layers)(picture())
        for target in layer.matched:
            found = objective.content.target(target)
            assert torch.allclose(found, plainly[target], rtol=1e-4, atol=1e-5)
            assert (
                objective.evaluate(picture().requires_grad_(), Compute())[f"content/{target}"]
                < 1e-9
            )


def test_automatic_weights_pull_as_strongly_from_every_target():
    for automatic, ratio in ((True, 1.0), (False, None)):
        growth = grown(until="conv3_1", automatic=automatic, normalise=False)
        layer, start = growth.first_layer(), growth.start()
        objective = layer.objective(layer.layers(growth.drawn(layer.name)), start)
        pulls = []
        for target in layer.matched:
            canvas = start.clone().requires_grad_()
            features = objective.descriptor.only([target])(canvas)
            errors = (features[target] - objective.content.target(target)).square().sum()
            (objective.content.layer_weights[target] * errors).backward()
            pulls.append(canvas.grad.norm().item())
        if ratio:
            assert pulls == pytest.approx([ratio] * len(pulls), rel=1e-3)
        else:
            assert max(pulls) > 100 * min(pulls)


@pytest.mark.parametrize("normalise", [True, False])
def test_a_random_net_gives_the_picture_back_from_its_first_layer(normalise):
    """At the full width, from relu1_1 alone: the figure that docs/descriptors.md states."""
    targets = {"layers": ["relu1_1"], "normalise": normalise}
    growth = RanVgg(plan(width=1.0, evaluations=60, **targets), picture(48), CPU, n_samples=1)
    for step in growth:
        if step.layer != "conv1_1":
            break
    error = (growth.pictures["conv1_1"] - picture(48)[0]).square().mean()
    assert -10 * error.log10() > 45  # decibels


def test_draws_are_normal_independent_and_in_their_place():
    kernel, bias = gaussian_kernel(7, 3, 0, (64, 32, 3, 3), 0.015)
    assert kernel.std().item() == pytest.approx(0.015, rel=0.02)
    assert kernel.mean().abs() < 5 * 0.015 / kernel.numel() ** 0.5
    assert bias.shape == (64,)
    assert 0.01 < bias.std() < 0.02
    flat = kernel.flatten(1)
    assert torch.corrcoef(flat)[0, 1:].abs().max() < 0.3
    for change in ({"seed": 8}, {"layer": 4}, {"candidate": 1}):
        which = {"seed": 7, "layer": 3, "candidate": 0} | change
        other = gaussian_kernel(**which, shape=(64, 32, 3, 3), deviation=0.015)[0]
        assert torch.corrcoef(torch.stack([kernel.flatten(), other.flatten()]))[0, 1].abs() < 0.03


def test_shapes_are_those_of_vgg():
    whole = shapes("vgg19", 1.0)
    assert sum(o * i * 9 + o for o, i, *_ in whole.values()) == 20_024_384
    assert next(iter(shapes("vgg16", 0.5).values())) == (32, 3, 3, 3)
    assert all(o == 1 for o, *_ in shapes("vgg16", 1e-3).values())


@pytest.mark.parametrize(
    ("damage", "words"),
    [
        (lambda state: state["tensors"].pop("conv1_1"), "not the first ones"),
        (
            lambda state: state["tensors"].update(conv1_1=(torch.ones(2, 3, 3, 3), torch.ones(2))),
            "conv1_1 has shape",
        ),
    ],
)
def test_a_state_of_another_network_is_refused(damage, words):
    state = grown(until="conv2_1").state_dict()
    damage(state)
    with pytest.raises(Refused, match=words):
        grown(state=state)


def test_only_what_lies_below_a_layer_is_fixed():
    """pool1 counts while conv1_2 is made, but depends on it."""
    growth = grown(until="conv1_2")
    layer = growth.first_layer()
    assert layer.matched == ["relu1_1", "pool1"]
    assert set(layer.fixed) == {"relu1_1"}
    assert layer.dependent == ["pool1"]


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a GPU")
@pytest.mark.parametrize("kind", [RanVgg, SingleVgg])
@pytest.mark.parametrize("automatic", [False, True])
def test_it_grows_on_a_gpu(kind, automatic):
    numbers = {"n_samples": 2} if kind is RanVgg else SINGLE
    growth = kind(plan(automatic=automatic), picture(), torch.device("cuda"), **numbers)
    for _ in growth:
        pass
    assert all(mean == pytest.approx(1, abs=1e-3) for mean in means(growth).values())
