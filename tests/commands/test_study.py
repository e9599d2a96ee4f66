"""texturenet study descriptors: what there is to be seen, judged, interrupted, resumed, refused."""

import json
import os
import re
import signal
import time
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pytest
import torch
from helpers.pictures import dots
from PIL import Image

from texturenet import load
from texturenet.commands import weights
from texturenet.commands.study import experiments
from texturenet.commands.study.notebook import Notebook
from texturenet.commands.study.page import write_page
from texturenet.descriptors import formats, sources
from texturenet.errors import Refused
from texturenet.io.exemplars import load_picture

pytestmark = pytest.mark.usefixtures("elsewhere")

SUBJECTS = ["trained", "ranvgg", "ranvgg_plain", "singlevgg", "filters"]


@pytest.fixture(autouse=True)
def small_nets(monkeypatch):
    """A study takes nets as training makes them: here of three scales, of small pictures, and
    without the score, which it does not ask for."""
    from texturenet.commands.train import run as verb

    train = verb.train

    def smaller(request):
        chosen = request.options
        generator = replace(chosen.generator, scales=3, widths=[4])
        freeze = replace(chosen.freeze, samples=2)
        small = replace(chosen, size=80, batch=2, generator=generator, freeze=freeze)
        small = replace(small, log=replace(chosen.log, score=False))
        return train(replace(request, options=small))

    monkeypatch.setattr(verb, "train", smaller)


@pytest.fixture
def given(vgg_file):
    """Overrides that make a study a matter of seconds."""
    Image.fromarray(dots(128)).save("<b>dots & spots.png")
    short = {
        "built": 32, "n_samples": 1, "n_epochs": 1, "evaluations": 2, "maps": 2,
        "reconstruct_steps": 2, "gatys_steps": 2, "coarse_steps": 1, "train_steps": 1,
    }  # fmt: skip
    return [
        "descriptors", "exemplar=<b>dots & spots.png", "quick=true", f"descriptor={vgg_file}",
        "device=cpu", "threads=1", "width=0.05",
        *(f"short.{key}={value}" for key, value in short.items()),
    ]  # fmt: skip


class Links(HTMLParser):
    def __init__(self, text):
        super().__init__()
        self.images, self.open = [], []
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        if tag == "img":
            self.images.append(dict(attributes)["src"])
        elif tag != "meta":
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag


@pytest.mark.slow
def test_it_leaves_one_page_with_all_there_is_to_be_seen(cli, given, monkeypatch, blank_figures):
    blank_figures["while"] = lambda: len(list(Path("s/results").glob("*.json"))) < 20
    status, out, err = cli("study", *given, "out=s")
    assert status == 0, err
    text = Path("s/index.html").read_text()
    page = Links(text)
    assert not page.open
    assert "<b>dots" not in text
    assert "&lt;b&gt;dots &amp; spots" in text
    for image in page.images:
        assert Image.open(Path("s", image)).size[0] >= 32
    assert {"reconstruct.png", "gatys.png", "exemplar.png"} <= set(page.images)
    for subject in SUBJECTS:
        assert f"pictures/gatys_{subject}_texture.png" in page.images
        assert f"pictures/net_{subject}_sample_0.png" in page.images
        layers = experiments.SIDES if subject == "filters" else experiments.LAYERS
        for layer in layers:
            assert f"pictures/reconstruct_{subject}_{layer}.png" in page.images
    assert "[20/20]" in out
    for name in ("ranVGG, not normalised", "singleVGG", "random filters", "trained (narrow"):
        assert text.count(name) >= 4
    cells = [json.loads(path.read_text()) for path in Path("s/results").glob("net_*.json")]
    assert all(set(cell["errors"]) == {"trained", "unseen filters"} for cell in cells)
    # Done again, there is nothing left to do.
    for name in experiments.EXPERIMENTS:
        monkeypatch.setitem(experiments.EXPERIMENTS, name, None)
    before = {path: path.read_bytes() for path in Path("s").rglob("*.json")}
    assert cli("study", *given, "out=s")[0] == 0
    assert before == {path: path.read_bytes() for path in Path("s").rglob("*.json")}
    status, _, err = cli("study", *given, "out=s", "seed=1")
    assert (status, "s holds a study with other options" in err) == (2, True)


@pytest.mark.slow
@pytest.mark.usefixtures("blank_figures")
def test_interrupted_it_goes_on_where_it_was(cli, given, monkeypatch):
    from texturenet.untrained import base

    iterate, seen = base.VggBuilder.__iter__, []

    def cut(self):
        for step in iterate(self):
            seen.append(step.layer)
            if step.layer == "conv2_1" and len(seen) < 30:
                os.kill(os.getpid(), signal.SIGINT)
                time.sleep(0.01)
            yield step

    monkeypatch.setattr(base.VggBuilder, "__iter__", cut)
    status, out, err = cli("study", *given, "out=s")
    assert status == 130
    assert "to go on: the same command with out=s" in out
    assert Path("s/descriptors/ranvgg/resume.ckpt").is_file()
    first = len(seen)
    seen += [""] * 30
    status, _, err = cli("study", *given, "out=s")
    assert status == 0, err
    assert seen[first + 30] == "conv2_1", "the layers that were made are not made again"


@pytest.mark.slow
@pytest.mark.usefixtures("blank_figures")
@pytest.mark.parametrize("left", ["resume", "net"])
def test_training_that_ended_before_it_was_noted_does_not_stop_a_study(tmp_path, left):
    """Killed between its last step and its release, or stopped in the very last step."""
    bench = study_of(tmp_path)
    (filters,) = [s for s in experiments.subjects(bench.chosen, None) if s.filters]
    experiments.build(filters, bench)
    experiments.learn(filters, bench)
    net = tmp_path / "s/nets/filters/net.safetensors"
    before = net.stat().st_mtime_ns
    if left == "resume":
        net.unlink()
    facts, pictures = experiments.learn(filters, bench)
    assert set(pictures) == {"sample_0", "sample_1"}
    assert facts["seconds"] > 0
    assert (net.stat().st_mtime_ns == before) is (left == "net")


@pytest.fixture
def bench(tmp_path, monkeypatch):
    monkeypatch.setenv("TORCH_HOME", str(tmp_path / "nothing"))
    Image.fromarray(dots(128)).save("dots.png")
    picture = load_picture("dots.png")
    from texturenet.commands import app

    chosen = app.request("study", {"exemplar": "dots.png", "descriptor": "vgg19"}).options
    notes = Notebook(tmp_path / "n", {})
    return experiments.StudyContext(
        chosen, chosen.short, picture, notes, weights.at_hand(chosen.descriptor)
    )


def study_of(tmp_path, **changes):
    """A bench whose numbers are these."""
    from texturenet.commands import app

    Image.fromarray(dots(160)).save("dots.png")
    numbers = {
        "side": 128, "built": 32, "n_samples": 1, "n_epochs": 1, "evaluations": 2, "maps": 2,
        "reconstruct_steps": 2, "gatys_steps": 2, "coarse_steps": 1, "train_steps": 1,
    }  # fmt: skip
    given = {f"full.{key}": value for key, value in (numbers | changes).items()}
    given |= {"exemplar": "dots.png", "width": 0.05, "device": "cpu", "threads": 1}
    chosen = app.request("study", given).options
    picture = load_picture("dots.png", side=chosen.full.side)
    return experiments.StudyContext(
        chosen, chosen.full, picture, Notebook(tmp_path / "s", {}), None
    )


def figures(tmp_path, bench):
    """What the numbers of a study decide."""
    by = {subject.name: subject for subject in experiments.subjects(bench.chosen, None)}
    for name in ("ranvgg", "singlevgg", "filters"):
        experiments.build(by[name], bench)
    folder = tmp_path / "s/descriptors"
    cards = {
        name: formats.read_card(formats.find(folder / name)) for name in ("ranvgg", "singlevgg")
    }
    back, pictures = experiments.give_back(by["filters"], bench)
    painted, texture = experiments.paint(by["filters"], bench)
    experiments.learn(by["filters"], bench)
    (steps,) = painted["curves"].values()
    return {
        "side": texture["texture"].shape[-1],
        "built": pictures["original"].shape[-1],
        "n_samples": len(cards["ranvgg"]["layers"]) // 13,
        "n_epochs": len(cards["singlevgg"]["layers"]) // 13,
        "evaluations": len((folder / "ranvgg/trace.csv").read_text().splitlines()) // 13,
        "maps": len(sources.load(str(folder / "filters")).tensors["conv3x3"][0]),
        "reconstruct_steps": len(back["curves"]["relu_all"]) - 1,
        "steps": len(steps),
        "train_steps": load(str(tmp_path / "s/nets/filters"), device="cpu").card["step"],
    }


@pytest.mark.slow
@pytest.mark.usefixtures("blank_figures")
def test_every_number_of_a_study_is_used(tmp_path):
    few = figures(tmp_path / "few", study_of(tmp_path / "few"))
    changes = {
        "side": 144, "built": 40, "n_samples": 2, "n_epochs": 2, "maps": 3, "train_steps": 2,
        "reconstruct_steps": 3,
    }  # fmt: skip
    many = figures(tmp_path / "many", study_of(tmp_path / "many", gatys_steps=3, **changes))
    for key, value in changes.items():
        assert many[key] == value != few[key], key
    assert many["steps"] == few["steps"] + 1
    coarse = study_of(tmp_path / "coarse", coarse_steps=4, evaluations=3)
    found = figures(tmp_path / "coarse", coarse)
    assert found["steps"] == few["steps"] + 3
    assert found["evaluations"] == few["evaluations"] + 1


def test_judges_tell_the_exemplar_from_other_pictures(bench):
    exemplar = bench.picture.pixels[0]
    assert set(bench.judges) == {"unseen filters"}  # there are no trained weights here
    itself = bench.judged(exemplar)["unseen filters"]
    noise = torch.rand(3, 128, 128, generator=torch.Generator().manual_seed(0))
    assert itself < 1e-6
    assert bench.judged(exemplar.roll(16, 2))["unseen filters"] < 0.02
    assert bench.judged(noise)["unseen filters"] > 0.3
    assert bench.judged(exemplar, noise)["unseen filters"] == pytest.approx(
        (itself + bench.judged(noise)["unseen filters"]) / 2
    )


def test_without_trained_weights_the_rest_is_studied(bench, capsys):
    found = weights.at_hand(bench.chosen.descriptor)
    assert "without a trained network: the weights vgg19 of torchvision" in capsys.readouterr().out
    names = [subject.name for subject in experiments.subjects(bench.chosen, found)]
    assert names == SUBJECTS[1:]


def test_a_notebook_keeps_what_was_noted_and_refuses_another_study(tmp_path):
    notes = Notebook(tmp_path / "n", {"seed": 0})
    assert notes.facts("a") is None
    notes.note("a", {"seconds": 2.0}, {"b": torch.zeros(3, 8, 8)})
    again = Notebook(tmp_path / "n", {"seed": 0})
    assert again.facts("a") == {"seconds": 2.0, "pictures": {"b": "pictures/a_b.png"}}
    assert (tmp_path / "n/pictures/a_b.png").is_file()
    with pytest.raises(Refused, match="holds a study with other options"):
        Notebook(tmp_path / "n", {"seed": 1})
    (tmp_path / "n/results/a.json").write_text("[")
    with pytest.raises(Refused, match="a.json is damaged: delete it"):
        again.facts("a")
    (tmp_path / "other").mkdir()
    (tmp_path / "other/exemplar.png").write_bytes(b"mine")
    with pytest.raises(Refused, match="holds other files, and no study"):
        Notebook(tmp_path / "other", {"seed": 0})


def test_a_page_of_half_a_study_is_whole(bench):
    facts = {"seconds": 61.0, "title": "ranVGG"}
    bench.notes.note("build_ranvgg", facts, {})
    page = write_page(bench.notes.folder, bench.notes, bench.picture, SUBJECTS)
    assert not Links(page.read_text()).open
    assert re.search('ranVGG</td><td class="number">61 s', page.read_text())


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (["study", "texture", "exemplar=brick"], "subject is 'texture'. Known: descriptors"),
        (["study", "descriptors"], "exemplar is missing: say exemplar=VALUE"),
        (["study", "descriptors", "exemplar=absent.png"], "no exemplar 'absent.png'"),
        (["study", "descriptors", "exemplar=brick", "short.side=64"], "short.side is 64"),
        (["study", "descriptors", "exemplar=brick", "full.maps=0"], "full.maps is 0"),
        (["study", "descriptors", "exemplar=brick", "architecture=vgg11"], "architecture is"),
        (["study", "descriptors", "exemplar=brick", "device=tpu"], "device is 'tpu'"),
        (["study", "descriptors", "exemplar=brick", "quick=maybe"], "quick"),
        (["study", "descriptors", "exemplar=brick", "seed=-1"], "seed is -1"),
        (["study", "descriptors", "exemplar=brick", "width=0"], "width is 0"),
        (
            ["study", "descriptors", "exemplar=brick", "descriptor=vgg61"],
            "no weights called 'vgg61'",
        ),
        (["study", "descriptors", "exemplar=brick", "descriptor=a,(1).pth"], "no weights file a,"),
        (["study", "descriptors", "-m", "exemplar=brick,gravel", "out=s"], "with -m, out="),
    ],
)
def test_refusals_are_one_line_with_status_2_and_leave_nothing(cli, tmp_path, change, words):
    status, _, err = cli(*change)
    assert status == 2
    assert len(err.strip().splitlines()) == 1, err
    assert re.search(words, err), err
    assert list(tmp_path.iterdir()) == []
