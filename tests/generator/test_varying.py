"""Two nets as one whose weights lie between theirs, as far as a channel behind the noise says."""

import pytest
import torch
from helpers.nets import FAMILIES, random_net

from texturenet.generator.mixing import Mixture
from texturenet.generator.moments import probe
from texturenet.generator.varying import STEPS, VaryingPyramid


def pair(family="mixed"):
    return [random_net(3, step=4, seed=seed, family=family) for seed in (0, 1)]


def shared(net, share):
    """Windows of noise with one share behind it everywhere, and what is dropped of them."""
    noise, drops = probe(net.architecture, "uniform", None)
    return [torch.cat([z, torch.full_like(z[:, :1], share)], 1) for z in noise], drops


@pytest.mark.parametrize("family", FAMILIES)
def test_by_one_share_it_draws_what_the_net_there_draws(family):
    mixture = Mixture(pair(family), "uniform")
    varying = VaryingPyramid(mixture)
    given = probe(mixture.shape, "uniform", None)
    for step in (1, STEPS // 2):
        share = step / STEPS
        between = mixture.net((share, 1 - share))(given.noise, given.drops)
        made = varying(*shared(mixture.nets[0], share))
        assert torch.allclose(made, between, atol=1e-4)


def test_between_steps_contrast_is_kept():
    mixture = Mixture(pair(), "uniform")
    ends, share = [net(*probe(mixture.shape, "uniform", None)) for net in mixture.nets], 3.5 / STEPS
    made = VaryingPyramid(mixture)(*shared(mixture.nets[0], share))
    wanted = torch.lerp(ends[1].std(), ends[0].std(), share)
    assert made.std() == pytest.approx(float(wanted), rel=0.1)


@pytest.mark.parametrize("family", FAMILIES)
def test_by_one_net_alone_the_bits_are_its_own(family):
    nets = pair(family)
    varying, given = (
        VaryingPyramid(Mixture(nets, "uniform")),
        probe(nets[0].architecture, "uniform", None),
    )
    for share, net in ((1.0, nets[0]), (0.0, nets[1])):
        noise, drops = shared(net, share)
        assert torch.equal(varying(noise, drops), net(*given))
        noise[-1][:, -1, :8, :8] = 0.5  # both are computed, for the sake of a corner
        made, alone = varying(noise, drops), net(*given)
        assert torch.equal(made[..., 12:, 12:], alone[..., 12:, 12:])
        assert not torch.equal(made, alone)


def test_half_precision_is_that_of_its_nets():
    nets = [net.in_precision(torch.bfloat16) for net in pair()]
    varying = VaryingPyramid(Mixture(nets, "uniform"))
    exact = VaryingPyramid(Mixture(pair(), "uniform"))
    rounded, made = (net(*shared(nets[0], 0.4)).float() for net in (varying, exact))
    assert varying.fine == torch.bfloat16
    assert 0 < (rounded - made).square().mean().sqrt() < 0.02 * made.std()
