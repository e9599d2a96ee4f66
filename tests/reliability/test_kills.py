"""Killed at any moment and resumed, a run ends as if nothing had happened, bit for bit."""

import csv
import os
import random
import signal
import time
from pathlib import Path

import numpy as np
import pytest
from helpers.killing import start
from PIL import Image

from texturenet.descriptors import formats
from texturenet.generator import release

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("elsewhere")]


def net(folder):
    """The weights and what was logged of every step."""
    with open(folder / "metrics.csv", newline="") as file:
        rows = [tuple(row.items()) for row in csv.DictReader(file)]
    return release.fingerprint(release.load(folder / "dots.safetensors")[0]), rows


def picture(folder):
    return np.asarray(Image.open(folder / "dots_gatys.png")).tobytes()


def descriptor(folder):
    (file,) = folder.glob("*.safetensors")
    return formats.read(file).sha256


@pytest.fixture
def runs(small, exemplar_file, vgg_file):
    """kind -> (arguments, what it ends with)."""
    trained = [item for item in small if not item.startswith("steps")]
    grown = ["descriptor", f"image={exemplar_file}", "width=0.02", "evaluations=4", "threads=1"]
    grown += ["picture.side=32"]
    painted = [f"exemplar={exemplar_file}", f"descriptor.weights={vgg_file}", "threads=1"]
    painted += ["device=cpu", "scales=2", "steps=40", "precision=float32"]
    return {
        "train": (["train", *trained, "steps=30", "log.checkpoints=3", "log.previews=10"], net),
        "gatys": (["gatys", *painted, "log.checkpoints=3", "log.previews=10"], picture),
        "adam": (["gatys", *painted, "optimizer=adam", "log.checkpoints=3"], picture),
        "ranvgg": ([*grown, "kind=ranvgg", "n_samples=4"], descriptor),
        "singlevgg": ([*grown, "kind=singlevgg", "n_epochs=4"], descriptor),
    }


def resumed(arguments, out):
    """The same command, going on where there is anything to go on from."""
    found = Path(out, "resume.ckpt")
    return [*arguments, f"out={out}", *[f"resume={found}"] * found.is_file()]


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory):
    """undisturbed(kind, arguments, ended) -> what a run ends with, and its seconds; made once."""
    made = {}
    start(tmp_path_factory.mktemp("first"), ["models"]).join()  # which takes its time to import

    def run(kind, arguments, ended):
        if kind not in made:
            folder, began = tmp_path_factory.mktemp("undisturbed"), time.monotonic()
            whole = start(folder, [*arguments, "out=whole"])
            whole.join()
            lasts = time.monotonic() - began
            assert whole.exitcode == 0, (folder / "errors.txt").read_text()
            made[kind] = ended(folder / "whole"), lasts
        return made[kind]

    return run


@pytest.mark.parametrize("kind", ["train", "gatys", "adam", "ranvgg", "singlevgg"])
def test_killed_at_random_moments_it_ends_the_same(kind, runs, tmp_path, request, undisturbed):
    arguments, ended = runs[kind]
    (wanted, lasts), moments = undisturbed(kind, arguments, ended), random.Random(kind)
    kills = stories = resumes = 0
    while kills < request.config.getoption("--kills"):
        out = tmp_path / f"killed {stories}"
        stories += 1
        while True:
            run = start(tmp_path, resumed(arguments, out))
            resumes += (out / "resume.ckpt").is_file()
            run.join(moments.uniform(0, lasts))
            if run.exitcode is not None:
                break
            run.kill()
            run.join()
            kills += 1
            unbroken(out)
            if kills >= request.config.getoption("--kills"):
                run = start(tmp_path, resumed(arguments, out))
                run.join()
                break
        assert run.exitcode == 0, (tmp_path / "errors.txt").read_text()
        assert ended(out) == wanted
    assert resumes, "every kill struck before anything was saved"


@pytest.mark.parametrize("kind", ["train", "gatys", "ranvgg"])
@pytest.mark.parametrize("event", ["flush", "rename", "renamed"])
def test_killed_while_it_is_saved_it_ends_the_same(kind, event, runs, tmp_path, undisturbed):
    arguments, ended = runs[kind]
    run = start(tmp_path, [*arguments, "out=killed"], (event, 3))
    run.join()
    assert run.exitcode == -signal.SIGKILL
    unbroken(tmp_path / "killed")
    again = start(tmp_path, resumed(arguments, tmp_path / "killed"))
    again.join()
    assert again.exitcode == 0, (tmp_path / "errors.txt").read_text()
    assert ended(tmp_path / "killed") == undisturbed(kind, arguments, ended)[0]


def unbroken(folder):
    """Every file that has its own name can be read."""
    for file in folder.rglob("*.*"):
        if file.name.startswith("."):
            continue
        if file.suffix == ".png":
            Image.open(file).load()
        elif file.suffix == ".ckpt":
            from texturenet.io.untrusted import read_pickle

            assert read_pickle(file)
        elif file.suffix == ".safetensors":
            (release.load if file.stem == "dots" else formats.read)(file)
        else:
            assert file.read_text().endswith("\n")


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signal_ends_training_after_the_step_it_came_in(cli, small, monkeypatch, number, code):
    from texturenet.training.module import TextureTraining

    taken = TextureTraining.training_step

    def step(self, batch, index):
        if self.global_step == 3:
            os.kill(os.getpid(), number)
        return taken(self, batch, index)

    monkeypatch.setattr(TextureTraining, "training_step", step)
    assert cli("train", *small, "out=run")[0] == code
    assert release.load(Path("run/dots.safetensors"))[1]["step"] == 4
    assert Path("run/resume.ckpt").is_file()


@pytest.mark.parametrize("kind", ["gatys", "ranvgg"])
@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signal_ends_an_optimisation_after_the_step_it_came_in(
    cli, runs, monkeypatch, kind, number, code
):
    from texturenet.optimise.descent import Descent

    evaluate, calls = Descent.evaluate, []

    def signalling(self):
        calls.append(None)
        if len(calls) == 3:
            os.kill(os.getpid(), number)
        return evaluate(self)

    monkeypatch.setattr(Descent, "evaluate", signalling)
    assert cli(*runs[kind][0], "out=run")[0] == code
    assert len(calls) <= 4
    assert Path("run/resume.ckpt").is_file()


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_a_run_killed_between_its_last_step_and_its_release_is_released(cli, small, seed):
    """Also where the best weights are not the last, as they are for one of these seeds."""
    given = [item for item in small if not item.startswith("steps")]
    given += ["steps=24", "guard.every=2", f"seed={seed}"]
    assert cli("train", *given, "out=run")[0] == 0
    released = Path("run/dots.safetensors")
    before, log = release.fingerprint(release.load(released)[0]), Path("run/metrics.csv")
    released.unlink()
    for out in ("run", "other"):
        assert cli("train", *given, "resume=run/resume.ckpt", f"out={out}")[0] == 0
        again = release.load(Path(out, "dots.safetensors"))[0]
        assert release.fingerprint(again) == before
        assert Path(out, "metrics.csv").read_text() == log.read_text()
        assert Path(out, "config.yaml").is_file()
