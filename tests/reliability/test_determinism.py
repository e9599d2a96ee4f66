"""The same seed makes the same bits: in any process and batch, whatever the number of threads."""

from pathlib import Path

import numpy as np
import pytest
import torch
from helpers.killing import start
from PIL import Image

from texturenet.descriptors import formats
from texturenet.generator import release
from texturenet.io.pictures import to_bytes
from texturenet.noise import philox
from texturenet.sampling.texture import load
from texturenet.training.batches import Source

pytestmark = pytest.mark.usefixtures("elsewhere")


def run(folder, *arguments):
    process = start(folder, arguments)
    process.join()
    assert process.exitcode == 0, (folder / "errors.txt").read_text()


@pytest.fixture
def commands(small, exemplar_file, vgg_file, model):
    painted = [f"exemplar={exemplar_file}", f"descriptor.weights={vgg_file}", "threads=1"]
    grown = [f"image={exemplar_file}", "kind=ranvgg", "width=0.02", "evaluations=3", "threads=1"]
    return {
        "train": ["train", *small],
        "gatys": ["gatys", *painted, "steps=10", "coarse_steps=10"],
        "ranvgg": ["descriptor", *grown, "n_samples=2"],
        "sample": ["sample", f"model={model}", "size=200", "seed=3", "threads=1"],
        "film": ["film", f"model={model}", "kind=loop", "seconds=0.2", "size=64", "threads=1"],
    }


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["train", "gatys", "ranvgg", "sample", "film"])
def test_two_processes_make_the_same(kind, commands, tmp_path):
    outs = [tmp_path / f"{name}.png" if kind == "sample" else tmp_path / name for name in "ab"]
    for out in outs:
        run(tmp_path, *commands[kind], f"out={out}")
    made = [contents(out) for out in outs]
    assert made[0]
    assert made[0] == made[1]


def contents(out):
    """What was made: pixels, weights, losses; not how long it took."""
    found = {}
    for file in [out] if out.is_file() else sorted(out.rglob("*")):
        name = "" if file == out else str(file.relative_to(out))
        if file.suffix == ".png" and "loss" not in name:
            found[name] = np.asarray(Image.open(file)).tobytes()
        elif name == "metrics.csv":
            found[name] = file.read_text()
        elif file.suffix == ".safetensors":
            own = name.startswith("dots.")
            found[name] = (
                release.fingerprint(release.load(file)[0]) if own else formats.read(file).sha256
            )
    return found


@pytest.mark.slow
def test_threads_change_no_bit_of_a_picture_and_the_rounding_of_training(commands, tmp_path):
    for threads in (1, 2):
        arguments = [word for word in commands["sample"] if not word.startswith("threads")]
        run(tmp_path, *arguments, f"threads={threads}", f"out={threads}.png")
        arguments = [word for word in commands["train"] if "threads" not in word]
        run(tmp_path, *arguments, f"threads={threads}", f"out={threads}")
    assert (tmp_path / "1.png").read_bytes() == (tmp_path / "2.png").read_bytes()
    one, two = (release.load(tmp_path / name / "dots.safetensors")[0] for name in "12")
    for name, weight in one.weights().items():
        # Each step passes the rounding of the last one on.
        torch.testing.assert_close(weight, two.weights()[name], rtol=1e-2, atol=1e-2)


def test_noise_is_the_same_in_any_batch(model):
    net = load(str(model)).net
    source = Source(net.architecture, "uniform", None, philox.TRAINING)
    together = source.draw(source.torus(range(5, 9), 16)).noise
    alone = [source.draw(source.torus(range(seed, seed + 1), 16)).noise for seed in range(5, 9)]
    for scale, batch in enumerate(together):
        assert torch.equal(batch, torch.cat([one[scale] for one in alone]))
    pictures = net(together)
    for number, one in enumerate(alone):
        # Convolutions of other batches may sum in another order.
        torch.testing.assert_close(pictures[number : number + 1], net(one), rtol=0, atol=1e-6)


@pytest.mark.parametrize("name", list(release.released()))
def test_blocks_change_the_rounding_of_a_released_nets_picture_at_most(name):
    texture = load(name)
    window = texture.view(size=(192, 160), seed=2, origin=(-70, 33), tile="none", border=None)
    whole = texture.picture(window, (192, 160), (-70, 33))
    for height, width in ((64, 160), (192, 32), (48, 40)):
        parts = torch.empty_like(whole)
        for top in range(0, 192, height):
            for left in range(0, 160, width):
                part = texture.picture(window, (height, width), (-70 + top, 33 + left))
                parts[:, top : top + height, left : left + width] = part
        torch.testing.assert_close(parts, whole, rtol=0, atol=2e-5)
        apart = np.abs(to_bytes(parts).astype(int) - to_bytes(whole))
        assert apart.max() <= 1
        assert (apart > 0).mean() < 1e-4, "a byte in ten thousand"


def test_a_commands_picture_is_that_of_the_library(model, cli):
    from texturenet import load as opened

    assert cli("sample", f"model={model}", "size=96", "seed=7", "out=a.png")[0] == 0
    ours = to_bytes(opened(str(model)).render(96, 96, seed=7))
    assert np.array_equal(np.asarray(Image.open(Path("a.png"))), ours)
