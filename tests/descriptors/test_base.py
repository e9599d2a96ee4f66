"""What all descriptors share: which methods a subclass owes, and that long work can be stopped."""

import pytest
import torch

from texturenet.descriptors import network, random
from texturenet.descriptors.base import Descriptor
from texturenet.descriptors.random import Filters
from texturenet.descriptors.vgg import Vgg


class Stop(Exception):
    pass


def vgg(layers):
    shapes = random.shapes("vgg16", 1 / 16)
    weights = {
        name: random.gaussian_kernel(1, index, 0, shape, 0.2)
        for index, (name, shape) in enumerate(shapes.items())
    }
    kind = {"architecture": "vgg16", "convention": "caffe", "pooling": "avg"}
    return Vgg(weights, layers, **kind)


def bank(layers):
    sides = Filters(sides=(3, 17), maps=32, seed=0, centred=0.5)
    return network(random.filters(sides), layers, "avg")


def counting(limit):
    """A check that raises at its call number `limit`, and the list of its calls."""
    calls = []

    def check():
        calls.append(1)
        if len(calls) == limit:
            raise Stop

    return check, calls


def test_a_descriptor_without_its_methods_cannot_be_made():
    with pytest.raises(TypeError, match="abstract"):
        Descriptor(["conv1"], ["conv1"], "caffe", "a network")


@pytest.mark.parametrize("made", [vgg(["pool1", "relu3_2"]), bank(["relu_all"])])
@pytest.mark.parametrize("recompute", [False, True])
def test_a_check_changes_no_number_and_is_called_in_both_passes(made, recompute):
    check, calls = counting(None)
    gradients, counts = [], []
    for descriptor in (made, made.interruptible(check)):
        x = torch.rand(1, 3, 40, 36, generator=torch.manual_seed(0)).requires_grad_()
        features = descriptor(x, recompute=recompute)
        counts.append(len(calls))
        sum(maps.square().sum() for maps in features.values()).backward()
        gradients.append(x.grad)
    assert torch.equal(*gradients)
    convolutions = sum(name.startswith("conv") for name in made.computed)
    assert counts[1] >= convolutions
    assert len(calls) - counts[1] >= convolutions - 1
    assert made.check is None, "the descriptor it was made of is as before"


@pytest.mark.parametrize("made", [vgg(["relu3_2"]), bank(["relu_all"])])
def test_what_the_check_raises_ends_either_pass(made):
    check, calls = counting(None)
    x = torch.rand(1, 3, 40, 36).requires_grad_()
    made.interruptible(check)(x)
    forward = len(calls)
    check, _ = counting(2)
    with pytest.raises(Stop):
        made.interruptible(check)(x)
    check, _ = counting(forward + 1)
    features = made.interruptible(check)(x)
    with pytest.raises(Stop):
        sum(maps.sum() for maps in features.values()).backward()


def test_networks_made_of_an_interruptible_one_are_interruptible():
    def stop():
        raise Stop

    made = vgg(["relu2_2"]).interruptible(stop)
    for other in (made.only(["relu1_2"]), made.divided({}), made.with_weights({})):
        with pytest.raises(Stop):
            other(torch.rand(1, 3, 16, 16))
