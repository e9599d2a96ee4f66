"""Blends of nets that nobody trained, and of two that come with the project."""

import pickle
from dataclasses import replace

import pytest
import torch
from helpers.nets import LAYOUT, TILES, WAVES, material, random_net, texture, waved

import texturenet
from texturenet.blending.blend import Blend, blend
from texturenet.blending.masks import Gradient
from texturenet.errors import Refused
from texturenet.sampling.texture import Texture


def named(name, net, **card):
    return Texture(net, {"name": name, "law": "uniform", **card})


def pair():
    """Two nets of one architecture, with contrast."""
    return [
        named(name, contrasted(random_net(3, seed=seed, family="mixed")))
        for name, seed in (("a", 1), ("b", 2))
    ]


def contrasted(net):
    """The same net, its colours brought to a mean of 0.5 and a deviation of 0.15."""
    plain = named("net", net)
    made = plain.window(plain.plane((1, 1), 0), (64, 64), (0, 0))[0]  # (3,64,64)
    scale, weights = 0.15 / made.std((1, 2)), dict(net.weights())
    weights["output.weight"] = weights["output.weight"] * scale.view(3, 1, 1, 1)
    weights["output.bias"] = (weights["output.bias"] - made.mean((1, 2))) * scale + 0.5
    return type(net)(net.architecture, weights)


def across(start=200, end=600, first=None, second=None, **more):
    first, second = (first, second) if first else pair()
    return blend({first: Gradient((0, end), (0, start)), second: None}, **more)


@pytest.mark.parametrize("way", ["height", "features"])
def test_windows_agree(way):
    both = across(0, 300, way=way)
    whole = both.render(280, 300, 5)
    for top, left, height, width in ((0, 0, 90, 131), (61, 77, 100, 223), (279, 299, 1, 1)):
        part = both.render(height, width, 5, origin=(top, left))
        assert (part - whole[:, top : top + height, left : left + width]).abs().max() < 2e-5


def test_where_a_mask_is_one_the_bits_are_those_of_the_net():
    both = across(290, 310)
    first, second = (one.render(40, 600, 3) for one in both.textures)
    made = both.render(40, 600, 3)
    assert torch.equal(made[..., :290], first[..., :290])  # beside what is mixed in one block
    assert torch.equal(made[..., 311:], second[..., 311:])
    assert not torch.equal(made[..., 295:305], first[..., 295:305])


def test_by_features_the_bits_are_those_of_the_net_as_far_as_it_looks():
    both = across(290, 310, way="features")
    first, second = (one.render(40, 600, 3) for one in both.textures)
    made, reach = both.render(40, 600, 3), both.net.architecture.view // 2
    assert torch.equal(made[..., : 290 - reach], first[..., : 290 - reach])
    assert torch.equal(made[..., 311 + reach :], second[..., 311 + reach :])
    assert not torch.equal(made[..., 295:305], first[..., 295:305])


def test_nets_that_are_not_seen_are_not_computed(monkeypatch):
    both = across(200, 220)
    drawn = []
    window = Texture.window
    monkeypatch.setattr(
        Texture,
        "window",
        lambda self, field, size, place, planes=3: (
            drawn.append((self.card["name"], place[1])) or window(self, field, size, place, planes)
        ),
    )
    both.render(16, 700)
    assert drawn == [("a", 0), ("b", 0), ("b", 256), ("b", 512)]


def test_as_much_is_seen_of_a_net_as_its_mask_says():
    first, second = texturenet.load("leaves"), texturenet.load("lichen")
    flat = [
        named(one.card["name"], replace_output(one.net, colour))
        for one, colour in ((first, 0.0), (second, 1.0))
    ]
    for share in (0.2, 0.5, 0.8):
        both = blend({flat[0]: share, flat[1]: None})
        object.__setattr__(both, "members", with_heights(both.members, (first, second)))
        seen = 1 - both.render(256, 256).mean().item()
        assert abs(seen - share) < 0.1, (share, seen)


def replace_output(net, colour):
    weights = {name: tensor.clone() for name, tensor in net.weights().items()}
    weights["output.weight"].zero_()
    weights["output.bias"].fill_(colour)
    return type(net)(net.architecture, weights)


def with_heights(members, textures):
    """Members of one colour, with the heights of the nets that they were made of."""
    from texturenet.blending.heights import measured

    return tuple(
        replace(measured(its)[0], texture=one.texture, mean=one.mean)
        for one, its in zip(members, textures, strict=True)
    )


def test_edges_are_as_wide_as_softness_says():
    def mixed(softness):
        both = blend(dict(zip(pair(), (0.5, None), strict=True)), softness=softness)
        first, second = (one.render(128, 128) for one in both.textures)
        made, apart = both.render(128, 128), (first - second).abs() > 0.05
        either = ((made - first).abs() < 0.01) | ((made - second).abs() < 0.01)
        return (~either & apart).sum() / apart.sum()

    assert mixed(0.5) < mixed(4) < mixed(32)


def test_a_tile_is_its_own_neighbour():
    both = blend(dict(zip(pair(), (torch.rand(32, 32), None), strict=True)), fit="tile", spread=8)
    tile = both.view((32, 32), 1, (0, 0), "xy")
    made = both.picture(tile, (32, 32))
    assert torch.allclose(both.picture(tile, (32, 32), (-32, 64)), made, atol=2e-5)
    assert torch.allclose(both.picture(tile, (32, 32), (16, 0))[:, 16:], made[:, :16], atol=2e-5)


def test_a_tile_is_its_own_neighbour_with_numbers_of_units():
    """Which lie across its border."""
    one = waved(TILES, scales=4)
    both = blend({one: torch.rand(32, 32), texture(4): None}, fit="tile", spread=8, way="height")
    tile = both.view((64, 64), 1, (0, 0), "xy")
    made = both.picture(tile, (64, 64))
    assert torch.allclose(both.picture(tile, (64, 64), (-64, 128)), made, atol=2e-5)
    assert torch.allclose(both.picture(tile, (64, 64), (48, 0))[:, 16:], made[:, :48], atol=2e-5)


def test_nets_of_other_scales_waves_and_laws_blend_by_height():
    nets = [
        waved(), named("small", random_net(2, seed=3)),
        named("normal", random_net(4, seed=4), law="gaussian"),
    ]  # fmt: skip
    assert nets[2].card["law"] == "gaussian"
    both = blend({nets[0]: Gradient((0, 0), (0, 60)), nets[1]: None, nets[2]: 0.3})
    whole, part = both.render(60, 60), both.render(20, 60, origin=(31, 0))
    assert (whole[:, 31:51] - part).abs().max() < 2e-5
    assert both.coarsest == WAVES.torus
    with pytest.raises(Refused, match="laws gaussian and uniform"):
        both.film("loop")


@pytest.mark.parametrize(
    ("other", "said"),
    [
        (lambda: texture(4, family="mixed"), "different architectures"),
        (waved, "different architectures and waves"),
    ],
)
def test_what_cannot_be_mixed_by_features_is_refused_with_the_reason(other, said):
    with pytest.raises(Refused, match=f"{said}.*say way=height"):
        blend({pair()[0]: 0.5, other(): None}, way="features")


def test_by_features_a_mask_of_one_half_keeps_the_deviation_between_both():
    nets = [texturenet.load(name, device="cpu") for name in ("grass", "gravel")]
    low, high = sorted(one.render(192, 192).std().item() for one in nets)
    made = blend(dict(zip(nets, (0.5, None), strict=True)), way="features").render(192, 192)
    assert 0.9 * low < made.std().item() < 1.1 * high


def test_films_move_both_nets_and_leave_the_masks():
    both = across(20, 40)
    film = both.film("loop", seconds=1, fps=4, size=(32, 64))
    alone = both.textures[0].film("loop", seconds=1, fps=4, size=(32, 64))
    assert torch.equal(film[1][..., :20], alone[1][..., :20])
    assert not torch.equal(film[0], film[1])
    with pytest.raises(Refused, match="of one net, not of a blend"):
        both.film("displace")


def materials():
    second = replace(LAYOUT, constants={"metallic": 0.75}, low=0.0, high=0.5, gain=1.5)
    nets = material(seed=1), material(seed=2, layout=second)
    return [
        Texture(one.net, one.card | {"name": name})
        for one, name in zip(nets, ("stone", "soil"), strict=True)
    ]


def test_all_maps_of_materials_are_mixed_by_the_same_shares():
    both = across(30, 40, *materials())
    made, first, second = (one.maps(24, 70, 4) for one in (both, *both.textures))
    assert made.keys() == first.keys() == second.keys()
    for kind, values in made.items():
        assert torch.equal(values[..., :30], first[kind][..., :30]), kind
        assert torch.equal(values[..., 41:], second[kind][..., 41:]), kind
        between = values[..., 30:41]
        assert torch.isfinite(between).all()
    assert torch.allclose(made["normal"].norm(dim=0), torch.ones(24, 70), atol=1e-5)
    assert torch.equal(made["colour"], both.render(24, 70, 4))


def test_with_a_net_of_colours_alone_only_colours_are_drawn():
    both = blend({materials()[0]: 0.5, pair()[0]: None})
    assert both.layout is None
    assert both.notes == ("a draws colour alone: of the others too only colour is drawn.",)
    with pytest.raises(Refused, match="it is no material"):
        both.maps(8, 8)


def test_sums_that_are_not_one_are_said():
    first, second = pair()
    both = blend({first: torch.full((4, 4), 0.2), second: torch.full((4, 4), 0.6)})
    assert both.notes == ("masks add up to 0.8 to 0.8: they are divided by their sum.",)
    same = blend({first: 0.25, second: 0.75})
    assert torch.equal(both.render(40, 40), same.render(40, 40))
    assert not same.notes


def test_pictures_of_several_sizes_are_added_up_as_they_lie():
    first, second = pair()
    both = blend({first: torch.eye(4), second: torch.zeros(2, 2)})
    assert "0 to 1: they are divided by their sum. Where that is 0, all nets" in both.notes[0]
    halves = torch.tensor([[0.0, 1.0]]), torch.tensor([[1.0, 0.0], [1.0, 0.0]])
    whole = dict(zip((first, second), halves, strict=True))
    assert not blend(whole, fit="stretch", size=(2, 2)).notes


def test_it_can_be_sent_to_another_process():
    both = across(0, 40)
    both.render(8, 8)
    again = pickle.loads(pickle.dumps(both))
    assert isinstance(again, Blend)
    assert torch.equal(again.render(8, 40), both.render(8, 40))


@pytest.mark.parametrize(
    ("models", "more", "said"),
    [
        ({"grass": 1.0}, {}, "1 models: a blend has 2 to 16"),
        (dict.fromkeys(range(17), 0.5), {}, "17 models: a blend has 2 to 16"),
        ({"grass": None, "gravel": None}, {}, "2 masks are None"),
        ({"grass": 1.0, "nothing": None}, {}, "there is no model 'nothing'"),
        ({"grass": 1.0, "gravel": None}, {"way": "heights"}, "Did you mean height"),
        ({"grass": 1.0, "gravel": None}, {"softness": 0.1}, "softness is 0.1"),
        ({"grass": 1.0, "gravel": None}, {"softness": float("nan")}, "softness is nan"),
        ({"grass": 1.0, "gravel": None, "rust": 0.0}, {"way": "features"}, "blends 2 nets, not 3"),
        ({"grass": torch.full((2, 2), float("nan")), "gravel": None}, {}, "4 values that are NaN"),
    ],
)
def test_what_cannot_be_is_refused(models, more, said):
    with pytest.raises(Refused, match=said):
        blend(models, **more)


def test_two_nets_of_one_name_are_refused():
    with pytest.raises(Refused, match="two of these nets are called 'a': say it once"):
        blend({pair()[0]: 0.5, pair()[0]: None})
    one, other = pair()
    renamed = replace(other, card={**other.card, "name": "a"})
    with pytest.raises(Refused, match="are called 'a': they are told apart by name, so train one"):
        blend({one: 0.5, renamed: None})


def test_matching_tiles_are_refused():
    with pytest.raises(Refused, match="of one net, not of a blend"):
        across().render(64, 64, tile="xy", border=1)
