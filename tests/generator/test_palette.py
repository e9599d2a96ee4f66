"""Several textures in one net: what is released draws what was trained, by names, and no more."""

import json

import pytest
import torch
from helpers.nets import FAMILIES, random_net
from helpers.palettes import NAMES, noise_of, palette_file, random_nets
from safetensors import safe_open
from safetensors.torch import save_file

import texturenet
from texturenet.errors import Refused
from texturenet.generator import release
from texturenet.generator.family import are_kin
from texturenet.generator.mixing import Mixture
from texturenet.generator.palette import named, split


@pytest.mark.parametrize("family", FAMILIES)
def test_every_texture_of_a_file_is_drawn_as_it_was_trained(tmp_path, family):
    path, nets = palette_file(tmp_path / "pal.safetensors", family=family)
    noise = noise_of(nets.architecture)
    for name, member in zip(NAMES, nets.members, strict=True):
        net, _ = release.load(release.find(f"{path}:{name}"))
        with torch.no_grad():
            assert torch.allclose(net(noise), member(noise), atol=1e-5), name
            coarse = noise[:-1]
            if net.architecture.heads:
                assert torch.allclose(net(coarse), member(coarse), atol=1e-5)


@pytest.mark.parametrize("family", FAMILIES)
def test_what_is_judged_is_all_of_them_on_the_same_noise(family):
    nets = random_nets(3, family=family)
    noise = noise_of(nets.architecture)
    nets.calibrate(noise)
    frozen = nets.freeze()
    with torch.no_grad():
        pictures = frozen(noise)
        assert torch.allclose(pictures, nets(noise), atol=1e-5)
    assert len(pictures) == 3 * len(noise[0])
    one, two, three = pictures.chunk(3)
    assert min((one - two).abs().max(), (two - three).abs().max()) > 0.01


def test_convolutions_are_there_once_and_learn_from_all():
    nets = random_nets(2)
    first, second = nets.members
    assert first.body[0][0].weight is second.body[0][0].weight
    assert first.body[0][0].norm.weight is not second.body[0][0].norm.weight
    own = sum(p.numel() for p in first.parameters())
    assert sum(p.numel() for p in nets.parameters()) < 1.5 * own
    nets(noise_of(nets.architecture)).square().sum().backward()
    both = first.body[0][0].weight.grad.clone()
    nets.zero_grad()
    second(noise_of(nets.architecture)).square().sum().backward()
    assert not torch.allclose(both, first.body[0][0].weight.grad)


def test_a_texture_is_a_net_as_any(tmp_path):
    path, _ = palette_file(tmp_path / "pal.safetensors")
    texture = texturenet.load(path, device="cpu", texture="moss.2")
    same = texturenet.load(f"{path}:moss.2", device="cpu")
    in_folder = texturenet.load(f"{tmp_path}:moss.2", device="cpu")
    picture = texture.render(32, 32)
    assert torch.equal(picture, same.render(32, 32))
    assert torch.equal(picture, in_folder.render(32, 32))
    card = texture.card
    assert (card["name"], card["palette"], card["step"]) == ("moss.2", "pal", 5)
    assert card["exemplar"] == {"name": "moss.2", "licence": "of moss.2"}
    assert "textures" not in card
    assert release.card_of(release.find(f"{path}:moss.2")) == card
    alone = release.save(tmp_path / "alone.safetensors", texture.net, card)
    assert torch.equal(texturenet.load(alone, device="cpu").render(32, 32), picture)
    whole = release.whole_file(release.find(f"{path}:moss.2"))
    (tmp_path / "whole.safetensors").write_bytes(whole)
    drawn = texturenet.load(tmp_path / "whole.safetensors", device="cpu").render(32, 32)
    assert torch.equal(drawn, picture)


def test_textures_of_one_palette_are_kin_and_mix(tmp_path):
    path, _ = palette_file(tmp_path / "pal.safetensors")
    other, _ = palette_file(tmp_path / "other.safetensors", seed=1)
    one, two = (release.load(named(path, name)) for name in NAMES)
    assert are_kin([one, two])
    assert not are_kin([one, release.load(named(other, NAMES[0]))])
    shape = one[0].architecture
    noise = noise_of(shape, count=8, side=64)
    pictures = []
    with torch.no_grad():
        for share in (1.0, 0.5, 0.0):
            net = Mixture([one[0], two[0]], "uniform").net((share, 1 - share))
            pictures.append(net(noise))
    assert torch.equal(pictures[0], one[0](noise))
    between = pictures[1].std((0, 2, 3)) / (pictures[0].std((0, 2, 3)) + pictures[2].std((0, 2, 3)))
    assert ((between - 0.5).abs() < 0.1).all(), "as much contrast as lies between both"


@pytest.mark.parametrize(
    ("word", "apart"),
    [
        ("a/pal.safetensors:moss", ("a/pal.safetensors", "moss")),
        ("a/pal.safetensors", ("a/pal.safetensors", None)),
        ("a/pal:moss", ("a/pal:moss", None)),
        ("a:b/pal.safetensors:x.safetensors:y", ("a:b/pal.safetensors:x.safetensors", "y")),
    ],
)
def test_names_are_taken_apart(tmp_path, word, apart):
    file, texture = split(tmp_path / word)
    assert (file, texture) == (tmp_path / apart[0], apart[1])
    if texture:
        assert named(file, texture) == tmp_path / word


def test_what_is_asked_for_wrongly_is_refused_with_the_names(tmp_path):
    path, _ = palette_file(tmp_path / "pal.safetensors")
    for wrong in (release.load, release.card_of, release.plain_file):
        with pytest.raises(Refused, match=r"red sand, moss\.2: say pal\.safetensors:red sand"):
            wrong(path)
        with pytest.raises(Refused, match=r"no texture 'mos'.*red sand, moss\.2"):
            wrong(named(path, "mos"))
    plain = {"name": "dots", "law": "uniform"}
    one = release.save(tmp_path / "dots.safetensors", random_net(3), plain)
    with pytest.raises(Refused, match="holds one texture: leave out :a"):
        release.load(release.find(f"{one}:a"))
    with pytest.raises(Refused, match="there is no model 'nothing:a'"):
        release.find("nothing:a")


def changed(path, change):
    """Of a palette's file: its card is changed."""
    with safe_open(path, "pt") as file:
        card = json.loads(file.metadata()["texturenet"])
        tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
    change(card)
    save_file(tensors, path, metadata={"texturenet": json.dumps(card)})


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda card: card.pop("textures"), "does not say which 2 to 16 textures"),
        (lambda card: card.update(textures=["a", "b"]), "does not say which"),
        (lambda card: card.update(textures={"a": {}}), "does not say which"),
        (lambda card: card.update(textures={str(i): {} for i in range(17)}), "does not say which"),
        (lambda card: card.update(textures={"a": {}, "b": 1}), "does not say which"),
        (lambda card: card.update(textures={"a": {}, "../b": {}}), "cannot name a file"),
        (lambda card: card.update(textures={"a": {}, "b": {}, "c": {}}), "has shape"),
        (lambda card: card.update(format=2), "claims several textures"),
        (lambda card: card.update(waves={"torus": 32, "vectors": [[1, 0]]}), "claims waves"),
        (lambda card: card["architecture"].update(outputs=5), "says of which maps wrongly"),
    ],
)
def test_files_that_claim_what_cannot_be_are_refused(tmp_path, change, words):
    path, _ = palette_file(tmp_path / "pal.safetensors", names=("a", "b"))
    changed(path, change)
    with pytest.raises(Refused, match=words):
        release.load(named(path, "a"))


def test_what_a_file_says_of_a_texture_cannot_change_how_it_is_drawn(tmp_path):
    path, _ = palette_file(tmp_path / "pal.safetensors", names=("a", "b"))
    before = texturenet.load(path, "cpu", texture="a")

    def change(card):
        card["textures"]["a"] |= {"law": "gaussian", "steering": {}, "maps": {}, "name": "../x"}

    changed(path, change)
    after = texturenet.load(path, "cpu", texture="a")
    assert after.card == before.card
    assert torch.equal(after.render(32, 32), before.render(32, 32))
