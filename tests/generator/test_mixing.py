"""Nets between nets: plain convolutions whose channels vary as much as those of both."""

import math
from dataclasses import replace

import pytest
import torch
from helpers.nets import FAMILIES, LAYOUT, WAVES, material, random_net, waved

from texturenet.errors import Refused
from texturenet.generator.family import are_kin, card_between, check_alike, root_of
from texturenet.generator.frozen import FrozenPyramid
from texturenet.generator.mixing import NODES, Mixture, Path
from texturenet.generator.moments import measured, probe
from texturenet.generator.release import fingerprint

CARD = {"name": "a", "law": "uniform"}


def pair(family="mixed", **more):
    return [random_net(3, step=4, seed=seed, family=family, **more) for seed in (0, 1)]


def moments_of(net, law="uniform", waves=None):
    return measured(net.architecture, net.weights(), probe(net.architecture, law, waves))


@pytest.mark.parametrize("family", FAMILIES)
def test_the_walk_through_a_net_draws_what_the_net_draws(family):
    net = random_net(3, step=4, family=family)
    given = probe(net.architecture, "uniform", None)
    found = measured(net.architecture, net.weights(), given)
    drawn = net(given.noise, given.drops).double()
    assert torch.allclose(found["output"].mean, drawn.mean((0, 2, 3)), atol=1e-5)
    assert torch.allclose(found["output"].deviation, drawn.std((0, 2, 3), correction=0), atol=1e-5)
    heads = {name for name, *_ in net.architecture.convolutions()}
    assert heads <= found.keys(), "heads of coarser scales too"


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("share", [0.25, 0.5])
def test_means_and_deviations_lie_between_in_every_channel(family, share):
    nets = pair(family)
    mixed = Mixture(nets, "uniform").net((1 - share, share))
    found, (first, second) = moments_of(mixed), map(moments_of, nets)
    for name, *_ in mixed.architecture.convolutions():
        for part in ("mean", "deviation"):
            has, one, two = (getattr(each[name], part) for each in (found, first, second))
            assert torch.allclose(has, torch.lerp(one, two, share), atol=1e-3), (name, part)


def test_averaged_weights_alone_lose_contrast():
    """What the mending is for."""
    nets = pair()
    weights = [net.weights() for net in nets]
    plain = {name: (weights[0][name] + weights[1][name]) / 2 for name in weights[0]}
    lost = moments_of(FrozenPyramid(nets[0].architecture, plain))["output"].deviation.mean()
    kept = moments_of(Mixture(nets, "uniform").net((0.5, 0.5)))["output"].deviation.mean()
    assert lost < 0.7 * kept


def test_a_share_of_all_is_the_net_itself():
    nets = pair()
    mixture = Mixture(nets, "uniform")
    assert mixture.net((1, 0)) is nets[0]
    assert mixture.net((0, 1)) is nets[1]
    path = Path(mixture)
    assert path.net(0.0) is nets[0]
    assert path.net(1.0) is nets[1]


def test_a_net_mixed_with_itself_is_itself():
    net, *_ = pair()
    mixed = Mixture([net, net], "uniform").net((0.5, 0.5))
    for name, tensor in net.weights().items():
        assert torch.allclose(mixed.weights()[name], tensor, atol=1e-5), name


def test_the_result_is_the_same_every_time_and_in_either_order():
    nets = pair()
    once, again = (Mixture(nets, "uniform").net((0.3, 0.7)) for _ in range(2))
    assert fingerprint(once) == fingerprint(again)
    turned = Mixture(nets[::-1], "uniform").net((0.7, 0.3))
    for name, tensor in once.weights().items():
        assert torch.allclose(turned.weights()[name], tensor, atol=1e-5), name


def test_three_nets_are_mixed_in_any_shares():
    nets = [random_net(3, step=4, seed=seed, family="mixed") for seed in range(3)]
    shares = (0.2, 0.3, 0.5)
    found = moments_of(Mixture(nets, "uniform").net(shares))["output"].deviation
    ends = [moments_of(net)["output"].deviation for net in nets]
    wanted = sum(share * end for share, end in zip(shares, ends, strict=True))
    assert torch.allclose(found, wanted, atol=1e-3)


@pytest.mark.parametrize("shares", [(0.5, 0.6), (1.5, -0.5), (1.0,), (math.nan, 1.0)])
def test_shares_that_do_not_sum_to_one_are_refused(shares):
    with pytest.raises(Refused, match="sum to 1"):
        Mixture(pair(), "uniform").net(shares)


def test_a_path_is_exact_at_its_nodes_and_near_between():
    nets = pair()
    mixture = Mixture(nets, "uniform")
    path, noise = Path(mixture), probe(nets[0].architecture, "uniform", None)

    def drawn(net):
        return net(noise.noise, noise.drops)

    node, between = 5 / NODES, 5.5 / NODES
    assert torch.allclose(drawn(path.net(node)), drawn(mixture.net((1 - node, node))), atol=1e-4)
    exact = drawn(mixture.net((1 - between, between)))
    away = (drawn(path.net(between)) - exact).square().mean().sqrt()
    assert away < 0.05 * exact.std()


def test_waves_take_part():
    ends = [waved(), waved()]
    weights = {name: -tensor for name, tensor in ends[1].net.weights().items()}
    other = FrozenPyramid(ends[1].net.architecture, weights)
    mixed = Mixture([ends[0].net, other], "uniform", WAVES).net((0.25, 0.75))
    found = moments_of(mixed, waves=WAVES)["output"].deviation
    known = [moments_of(net, waves=WAVES)["output"].deviation for net in (ends[0].net, other)]
    assert torch.allclose(found, torch.lerp(*known, 0.75), atol=1e-3)


def test_nets_of_several_shapes_are_refused():
    with pytest.raises(Refused, match="cannot be mixed"):
        Mixture([random_net(3), random_net(2)], "uniform")
    with pytest.raises(Refused, match="two or more"):
        Mixture([random_net(3)], "uniform")


def test_what_cannot_be_mixed_is_named():
    net = random_net(3)
    one = net, CARD
    check_alike(one, (net, CARD | {"name": "b"}))
    tartan, stone = waved(), material()
    for other, word in (
        ((random_net(2), CARD), "shape differs: 3 scales"),
        ((net, CARD | {"law": "gaussian"}), "law of the noise differs: uniform, and gaussian"),
    ):
        with pytest.raises(Refused, match=word):
            check_alike(one, other)
    moved = tartan.card | {"waves": {"torus": 32, "vectors": [[0, 2], [3, 1]]}}
    with pytest.raises(Refused, match=r"waves differ: \(0,2\) \(3,-1\) in 32"):
        check_alike((tartan.net, tartan.card), (tartan.net, moved))
    kinds = replace(LAYOUT, kinds=("colour", "normal", "height", "roughness", "metallic"))
    other = stone.card | {"maps": replace(kinds, constants={}).facts()}
    with pytest.raises(Refused, match="maps differ"):
        check_alike((stone.net, stone.card), (stone.net, other))


def test_kin_have_a_root_in_common():
    nets = pair()
    marks = [fingerprint(net) for net in nets]
    child = CARD | {"root": marks[0]}
    assert root_of(CARD, marks[0]) == root_of(child, marks[1]) == marks[0]
    assert are_kin([(nets[0], CARD), (nets[1], child)])
    assert not are_kin([(nets[0], CARD), (nets[1], CARD)])


def test_the_card_of_a_net_between_names_its_parents_and_nothing_that_it_is_not():
    nets = pair()
    exemplar = {"name": "gravel", "licence": "CC0-1.0", "size": [2, 2]}
    first = CARD | {"exemplar": exemplar, "recipe": {}, "score": {}, "errors": {}, "step": 3}
    card = card_between([(nets[0], first), (nets[1], CARD | {"name": "b"})], (0.75, 0.25), "m")
    assert [(p["name"], p["share"]) for p in card["parents"]] == [("a", 0.75), ("b", 0.25)]
    assert [p["fingerprint"] for p in card["parents"]] == list(map(fingerprint, nets))
    assert card["parents"][0]["exemplar"] == {"name": "gravel", "licence": "CC0-1.0"}
    assert not {"recipe", "score", "errors", "step", "exemplar", "root"} & card.keys()


def test_ranges_of_maps_lie_between_too():
    stone = material()
    low = stone.card | {"maps": replace(LAYOUT, low=0.0, steepest=4.0).facts()}
    card = card_between([(stone.net, stone.card), (stone.net, low)], (0.5, 0.5), "m")
    assert card["maps"]["low"] == pytest.approx(LAYOUT.low / 2)
    assert card["maps"]["steepest"] == pytest.approx((LAYOUT.steepest + 4) / 2)
    assert card["maps"]["constants"] == {"metallic": 0.25}


def test_a_dead_channel_is_not_blown_up():
    nets = pair()
    opposite = {name: -tensor for name, tensor in nets[0].weights().items()}
    mixed = Mixture([nets[0], FrozenPyramid(nets[0].architecture, opposite)], "uniform").net(
        (0.5, 0.5)
    )
    assert all(tensor.isfinite().all() for tensor in mixed.weights().values())
    noise = probe(mixed.architecture, "uniform", None)
    assert mixed(noise.noise, noise.drops).isfinite().all()
