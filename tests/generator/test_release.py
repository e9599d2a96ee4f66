"""Released files: round trip, the port's net pixel for pixel, and files that are refused."""

import json

import numpy as np
import pytest
import torch
from helpers.nets import random_net
from safetensors.torch import save_file

from texturenet import load
from texturenet.errors import Refused
from texturenet.generator import release

CARD = {"name": "dots", "law": "uniform"}


def test_a_saved_net_makes_the_same_pixels(tmp_path):
    net = random_net(3)
    path = release.save(tmp_path / "dots.safetensors", net, CARD | {"step": 5})
    texture = load(path, device="cpu")
    assert texture.card["step"] == 5
    noise = [torch.rand(1, 3, 8 * 2**k, 8 * 2**k) for k in range(3)]
    with torch.no_grad():
        assert torch.equal(texture.net(noise), net(noise))


def test_the_port_loads_and_makes_its_pictures(shared):
    """The published net of the PyTorch port against its own output, on the 0-255 scale."""
    texture = load(shared / "gutierrez_animalskin_params.pytorch", device="cpu")
    assert texture.net.architecture.scales == 6
    reference = np.load(shared / "gutierrez_animalskin_reference.npz")
    noise = [torch.tensor(reference[f"z{k}"]) for k in range(5, -1, -1)]  # z0 is the finest
    with torch.no_grad():
        found = texture.net(noise) * 255
    mean = torch.tensor([103.939, 116.779, 123.68]).view(3, 1, 1)
    wanted = (torch.tensor(reference["eval"]) + mean).flip(1)  # BGR to RGB
    assert (found - wanted).abs().max() < 1e-3


def test_a_card_is_read_and_checked_alone(tmp_path):
    path = release.save(tmp_path / "dots.safetensors", random_net(3), CARD | {"step": 5})
    assert release.card_of(path) == release.load(path)[1]
    release.save(path, random_net(3), CARD | {"name": "../dots"})
    with pytest.raises(Refused, match="cannot name a file"):
        release.card_of(path)
    path.write_bytes(b"nothing of the kind")
    with pytest.raises(Refused, match="damaged or truncated"):
        release.card_of(path)
    other = tmp_path / "dots.pth"
    torch.save({"a": torch.zeros(1)}, other)
    with pytest.raises(Refused, match="neither"):
        release.card_of(other)


def test_names_paths_and_run_folders_are_found(tmp_path):
    path = release.save(tmp_path / "dots.safetensors", random_net(2), CARD)
    assert release.find(str(path)) == path
    assert release.find(str(tmp_path)) == path
    for name, file in release.released().items():
        assert release.find(name) == file
    with pytest.raises(Refused, match="there is no model 'brik'.*Known"):
        release.find("brik")


def test_every_released_net_is_small_and_complete():
    nets = release.released()
    assert len(nets) >= 2
    for name, path in nets.items():
        net, card = release.load(path)
        assert path.stat().st_size < 500_000, "16 bits a weight"
        assert card["name"] == name
        assert card["exemplar"]["licence"]
        assert card["recipe"]["steps"] == card["step"]
        assert path.with_suffix(".jpg").is_file(), "a preview stands beside it"
        said = card["architecture"]  # format 1: a number of scales; 2: the width of each
        assert net.architecture.scales == (said.get("scales") or len(said["widths"]))


def test_a_rounded_net_has_half_the_bytes_and_loads_as_it_was_saved(tmp_path):
    net = random_net(3)
    whole = release.save(tmp_path / "whole.safetensors", net, CARD)
    half = release.save(tmp_path / "half.safetensors", release.rounded(net), CARD)
    count = sum(tensor.numel() for tensor in net.weights().values())
    assert whole.stat().st_size - half.stat().st_size == pytest.approx(2 * count, abs=100)
    back = release.load(half)[0].weights()
    for name, weight in net.weights().items():
        assert torch.equal(back[name], weight.half().float())
        assert torch.equal(release.load(whole)[0].weights()[name], weight)


def test_a_net_beyond_the_range_of_sixteen_bits_is_not_rounded(tmp_path):
    net = random_net(2)
    net.weights()["output.bias"][1] = 7e4
    assert release.rounded(net) is net
    back = release.load(release.save(tmp_path / "large.safetensors", net, CARD))[0]
    assert torch.equal(back.weights()["output.bias"], net.weights()["output.bias"])


def tensors_of(net):
    return {name: tensor.clone() for name, tensor in net.weights().items()}


def write(path, tensors, **changes):
    facts = {"format": 1, "architecture": {"scales": 2, "step": 2, "noise_channels": 3}, **CARD}
    save_file(tensors, path, metadata={"texturenet": json.dumps(facts | changes)})


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"format": 7}, "has format 7; this version reads 1 to 6"),
        ({"format": True}, "has format True"),
        ({"format": [1]}, r"has format \[1\]"),
        ({"format": 2}, "widths is 'None': it must be a list of numbers"),
        ({"law": "cauchy"}, "noise of law 'cauchy'"),
        (
            {"architecture": {"scales": 2, "step": 2}},
            "noise_channels is None: it must lie between 1 and 64",
        ),
        ({"architecture": {"scales": 99, "step": 2, "noise_channels": 3}}, "between 1 and 12"),
        (
            {"architecture": {"scales": 3, "step": 2, "noise_channels": 3}},
            "does not hold the layers",
        ),
        ({"architecture": {"scales": 2, "step": 4, "noise_channels": 3}}, "has shape"),
        ({"architecture": "large"}, "scales is None"),
    ],
)
def test_claims_that_do_not_fit_are_refused(tmp_path, changes, words):
    write(tmp_path / "a.safetensors", tensors_of(random_net(2)), **changes)
    with pytest.raises(Refused, match=words):
        release.load(tmp_path / "a.safetensors")


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_weights_that_are_not_finite_are_refused(tmp_path, value):
    tensors = tensors_of(random_net(2))
    tensors["output.bias"][1] = value
    write(tmp_path / "a.safetensors", tensors)
    with pytest.raises(Refused, match=r"output.bias holds values that are not finite"):
        release.load(tmp_path / "a.safetensors")


def test_foreign_and_broken_files_are_refused(tmp_path):
    save_file({"a": torch.ones(2)}, tmp_path / "foreign.safetensors")
    write(tmp_path / "cut.safetensors", tensors_of(random_net(2)))
    whole = (tmp_path / "cut.safetensors").read_bytes()
    (tmp_path / "cut.safetensors").write_bytes(whole[: len(whole) // 2])
    (tmp_path / "empty.safetensors").write_bytes(b"")
    torch.save(random_net(2), tmp_path / "pickled.pt")
    torch.save({"weight": torch.ones(2)}, tmp_path / "other.pth")
    (tmp_path / "text.ckpt").write_text("hello")
    for path, words in (
        ("foreign.safetensors", "not one of texturenet"),
        ("cut.safetensors", "damaged or truncated"),
        ("empty.safetensors", "damaged or truncated"),
        ("pickled.pt", "holds more than tensors"),
        ("other.pth", "neither a texturenet model nor"),
        ("text.ckpt", "cannot be read: it is damaged"),
    ):
        with pytest.raises(Refused, match=words):
            release.load(tmp_path / path)


@pytest.mark.parametrize("name", ["../escape", "/tmp/abs", "a\nb", "", None, "x" * 201])
def test_a_card_cannot_choose_where_pictures_go(tmp_path, name):
    write(tmp_path / "a.safetensors", tensors_of(random_net(2)), name=name)
    with pytest.raises(Refused, match="cannot name a file"):
        release.load(tmp_path / "a.safetensors")


def test_a_folder_with_several_nets_names_them(tmp_path):
    for name in ("one", "two"):
        release.save(tmp_path / f"{name}.safetensors", random_net(2), CARD)
    with pytest.raises(Refused, match="not one.safetensors, two.safetensors"):
        release.find(str(tmp_path))
