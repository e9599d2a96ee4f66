"""Steps by recordings: what goes in is one tensor, and gradients are those of the step itself."""

import pytest
import torch
from helpers.nets import WAVES
from helpers.training import RECIPE, module
from torch import nn

from texturenet.generator.architecture import Architecture
from texturenet.noise.philox import TRAINING
from texturenet.training import recorded
from texturenet.training.batches import Source
from texturenet.training.recorded import Recorder, Step

SHAPE = Architecture.growing(3, 2, 3 + WAVES.channels)


@pytest.mark.parametrize("waves", [None, WAVES])
@pytest.mark.parametrize("how", ["torus", "window"])
def test_places_are_packed_into_one_tensor(waves, how):
    source = Source(SHAPE, "uniform", waves, TRAINING)
    places = getattr(source, how)(range(2**40, 2**40 + 3), 32)
    again = places.unpacked(places.packed())
    assert again.form == places.form
    noise = zip(source.draw(places).noise, source.draw(again).noise, strict=True)
    assert all(torch.equal(one, two) for one, two in noise)


def test_batches_at_another_origin_have_another_form():
    source = Source(SHAPE, "uniform", None, TRAINING)
    forms = {source.window(range(seed, seed + 2), 16).form for seed in range(0, 100, 2)}
    assert 1 < len(forms) <= 8
    assert source.window(range(1), 16).form != source.window(range(1), 20).form


class Graph:
    """A recording that takes the step anew: what there is without a GPU."""

    def __init__(self, work, places, parameters, pool):
        self.work, self.parameters, self.made = work, parameters, places

    def __call__(self, places):
        assert places.form == self.made.form
        step = self.work(places)
        gradients = torch.autograd.grad(step.loss, self.parameters, allow_unused=True)
        loss = recorded._Derived.apply(step.loss.detach(), gradients, *self.parameters)
        return Step(loss, step.pictures, step.numbers)


@pytest.fixture
def recordings(monkeypatch):
    made = []
    monkeypatch.setattr(recorded, "Recording", lambda *given: made.append(given) or Graph(*given))
    monkeypatch.setattr(torch.cuda, "graph_pool_handle", lambda: None)
    return made


def test_gradients_are_those_of_the_step(recordings):
    one, two = module(), module()
    recorder = Recorder(two.generator.parameters())
    for first in (0, 2, 4):
        places = one.places(first, 2, TRAINING)
        wanted = one._compare(places, 0, whole=True)
        found = recorder("kind", places, lambda places: two._compare(places, 0, whole=True))
        for net, step in ((one, wanted), (two, found)):
            net.generator.zero_grad()
            (2 * step.loss).backward()
        assert torch.equal(wanted.numbers, found.numbers)
        pairs = zip(one.generator.parameters(), two.generator.parameters(), strict=True)
        assert all(torch.allclose(a.grad, b.grad) for a, b in pairs)
    assert len(recordings) == 1, "tori all have one form"


def test_every_kind_is_recorded_once(recordings):
    net = module()
    recorder = Recorder(net.generator.parameters())
    for kind in ("early", "whole", "early"):
        recorder(kind, net.places(0, 2, TRAINING), lambda at: net._compare(at, 0, whole=True))
    assert len(recordings) == 2


def test_what_cannot_be_recorded_is_taken_as_it_is(monkeypatch):
    def fails(*_):
        raise RuntimeError("operation not permitted when stream is capturing")

    monkeypatch.setattr(recorded, "Recording", fails)
    monkeypatch.setattr(torch.cuda, "graph_pool_handle", lambda: None)
    weight = nn.Parameter(torch.ones(2))
    recorder = Recorder([weight])
    places = module().places(0, 2, TRAINING)

    def work(at):
        return Step(weight.sum(), torch.zeros(1), torch.zeros(1))

    with pytest.warns(UserWarning, match="not permitted"):
        assert recorder("kind", places, work).loss == 2
    assert recorder("kind", places, work).loss == 2


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a GPU")
def test_a_recording_on_a_gpu_gives_the_steps_numbers():
    plain = module(RECIPE).cuda()
    recorder = Recorder(plain.generator.parameters())
    for first in (0, 2, 4):
        places = plain.places(first, 2, TRAINING)
        taken = plain._compare(places.to(plain.device), 0, whole=True)
        wanted = torch.autograd.grad(taken.loss, list(plain.generator.parameters()))
        found = recorder("kind", places, lambda at: plain._compare(at, 0, whole=True))
        plain.generator.zero_grad()
        found.loss.backward()
        torch.testing.assert_close(found.numbers, taken.numbers, rtol=1e-4, atol=1e-5)
        for parameter, gradient in zip(plain.generator.parameters(), wanted, strict=True):
            torch.testing.assert_close(parameter.grad, gradient, rtol=1e-2, atol=1e-5)
