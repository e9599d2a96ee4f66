"""Options of every verb: none unknown, none of the wrong kind, none that changes nothing."""

import contextlib
import json
from pathlib import Path

import numpy as np
import pytest
import torch
from helpers.options import NEEDED, SCHEMAS, leaves
from PIL import Image

from texturenet.commands import VERBS, app
from texturenet.commands.study import experiments, numbers
from texturenet.errors import Refused

pytestmark = pytest.mark.usefixtures("elsewhere")


def composed(verb, changes):
    return app.request(verb, NEEDED[verb] | changes).options


def test_every_verb_is_here():
    assert SCHEMAS.keys() == VERBS.keys()


@pytest.mark.parametrize("verb", SCHEMAS)
def test_a_misspelt_key_names_the_right_one(verb):
    for key in leaves(SCHEMAS[verb]):
        wrong = f"{key}q"
        with pytest.raises(Refused) as refusal:
            composed(verb, {wrong: 1})
        assert f"no option {wrong!r}. Did you mean {key}?" in str(refusal.value), key


@pytest.mark.parametrize("verb", SCHEMAS)
def test_every_key_refuses_what_is_of_another_kind_before_work_begins(verb):
    for key in leaves(SCHEMAS[verb]):
        later = key in CHECKED_LATER
        with contextlib.suppress(Refused) if later else pytest.raises(Refused):
            composed(verb, {key: {"no": {"such": 1}}})


# Of more than one kind, or a mapping: checked with the picture or the descriptor at hand.
CHECKED_LATER = {
    "size", "path", "layer_weights", "style_layer_weights", "content_layer_weights",
    "loss.layer_weights",
}  # fmt: skip


@pytest.mark.parametrize(
    ("verb", "words"),
    [
        ("sample", "size={a:1}"), ("film", "size=[[3]]"), ("film", "path=[[[1]],[2]]"),
        ("gatys", "size={a:1}"), ("transfer", "size=[[3]]"), ("score", "size={a:1}"),
        ("gatys", "layer_weights={no:{such:1}}"), ("gatys", "layer_weights={relu1_1:[1]}"),
        ("train", "loss.layer_weights={no:{such:1}}"), ("descriptor", "kind={a:1}"),
        ("descriptor", "kind=[1]"), ("train", "recipe={a:1}"), ("gatys", "descriptor=[1]"),
    ],
)  # fmt: skip
def test_the_others_are_refused_in_one_line(cli, verb, words, model, exemplar_file, vgg_file):
    given = {
        "sample": [f"model={model}"], "film": [f"model={model}", "kind=pan"],
        "gatys": [f"exemplar={exemplar_file}", f"descriptor.weights={vgg_file}"],
        "transfer": [f"content={exemplar_file}", f"style={exemplar_file}"],
        "score": [f"model={model}"], "descriptor": [f"image={exemplar_file}"],
        "train": [f"exemplar={exemplar_file}", f"descriptor.weights={vgg_file}"],
    }[verb]  # fmt: skip
    if "descriptor=" in words:
        given = given[:1]
    status, _, err = cli(verb, *given, words)
    assert (status, err.count("\n")) == (2, 1), err
    assert not Path("runs").exists()


def test_every_option_of_reproduce_changes_something(cli, model, tmp_path):
    changes = {"file", "model", "out", "workers", "device", "threads"}
    assert changes == set(leaves(SCHEMAS["reproduce"]))
    assert cli("sample", f"model={model}", "size=64", "out=a.png")[0] == 0
    assert cli("sample", f"model={model}", "size=64", "seed=5", "out=b.png")[0] == 0
    status, plain, _ = cli("reproduce", "a.png", f"model={model}")
    assert (status, "a.png" in plain, Path("again.png").exists()) == (0, True, False)
    assert cli("reproduce", "a.png")[0] == 2, "its net is none of the released"
    assert "b.png" in cli("reproduce", "b.png", f"model={model}")[1]
    assert cli("reproduce", "a.png", f"model={model}", "out=again.png")[0] == 0
    assert Path("again.png").read_bytes() == Path("a.png").read_bytes()
    assert "threads is 0" in cli("reproduce", "a.png", f"model={model}", "threads=0")[2]
    assert "workers is 0" in cli("reproduce", "a.png", f"model={model}", "workers=0")[2]


def test_workers_and_threads_of_reproduce_reach_what_draws(cli, model, monkeypatch):
    from texturenet.commands import reproduce

    assert cli("sample", f"model={model}", "size=64", "out=a.png")[0] == 0
    drawn, draw = [], reproduce.draw
    monkeypatch.setattr(
        reproduce,
        "draw",
        lambda canvas, out, workers: drawn.append(workers) or draw(canvas, out, 1),
    )
    try:
        given = [f"model={model}", "out=b.png", "workers=2", "threads=4"]
        assert cli("reproduce", "a.png", *given)[0] == 0
        assert (drawn, torch.get_num_threads()) == ([2], 4)
    finally:
        torch.set_num_threads(1)


def test_every_option_of_advise_changes_something(cli, tmp_path):
    pixels = np.full((200, 240, 3), 255, np.uint8)
    pixels[8:168, 8:200] = np.random.default_rng(0).integers(0, 255, (160, 192, 3))
    Image.fromarray(pixels).save("framed.png")
    changes = {
        "exemplar": "gravel", "size": 64, "picture.crop": "[10,10,150,150]", "picture.side": 100,
    }  # fmt: skip
    assert {*changes, "generator.scales", "threads"} == set(leaves(SCHEMAS["advise"]))
    plain = cli("advise", "exemplar=framed.png")[1]
    for key, value in changes.items():
        given = {"exemplar": "framed.png"} | {key: value}
        printed = cli("advise", *(f"{name}={text}" for name, text in given.items()))[1]
        assert printed != plain, key
    wide = ["exemplar=ihc"]
    assert cli("advise", *wide)[1] != cli("advise", *wide, "generator.scales=7")[1]
    try:
        assert cli("advise", "exemplar=framed.png", "threads=2")[0] == 0
        assert torch.get_num_threads() == 2
    finally:
        torch.set_num_threads(1)


@pytest.mark.usefixtures("cheap_costs")
def test_every_option_of_score_changes_something(cli, model, exemplar_file, vgg_file):
    Image.open(exemplar_file).resize((96, 96)).save("big.png")
    Image.open(exemplar_file).resize((96, 96)).rotate(90).save("other.png")
    base = {"model": model, "exemplar": "big.png", "seeds": 1, "descriptor": "vgg19", "threads": 1}
    changes = {
        "image": None, "exemplar": "other.png", "side": 72, "crop": "[0,0,80,80]", "seeds": 2,
        "size": 72, "descriptor": vgg_file,
    }  # fmt: skip
    maps = {name for name in leaves(SCHEMAS["score"]) if name.startswith("maps.")}  # of materials
    assert {*changes, *maps, "model", "out", "device", "threads"} == set(leaves(SCHEMAS["score"]))

    def figures(name, given):
        words = [f"{key}={value}" for key, value in given.items()]
        status, _, err = cli("score", *words, f"out={name}")
        assert status == 0, err
        found = json.loads(Path(name, "score.json").read_text())["figures"]
        # How long it takes changes by itself.
        return {key: value for key, value in found.items() if not key.startswith(("sec", "mega"))}

    plain = figures("plain", base)
    assert figures("again", base) == plain
    for key, value in changes.items():
        given = base | {key: value}
        if key == "image":
            given = {"image": "other.png", "exemplar": "big.png", "descriptor": "vgg19"}
        assert figures(key, given) != plain, key


STUDIED = {"exemplar": "gravel", "device": "cpu"}


@pytest.mark.parametrize(
    ("key", "value"), [("seed", 5), ("width", 0.25), ("architecture", "vgg19"), ("device", "gpu")]
)
def test_options_of_a_study_reach_what_builds_its_descriptors(key, value, monkeypatch):
    """Its numbers are in test_study.py."""
    built = []

    def made(chosen):
        built.append(getattr(chosen, key))
        raise Refused("enough")

    monkeypatch.setattr(experiments, "make", made)
    notes = type("Notes", (), {"folder": Path("study")})
    for changes in ({}, {key: value}):
        chosen = app.request("study", STUDIED | changes).options
        subject = experiments.subjects(chosen, None)[0]
        bench = experiments.StudyContext(chosen, numbers(chosen), None, notes, None)
        with pytest.raises(Refused, match="enough"):
            experiments.build(subject, bench)
    assert built[0] != built[1] == value


def test_a_quick_study_takes_the_short_numbers():
    for quick, wanted in ((True, "short"), (False, "full")):
        chosen = app.request("study", STUDIED | {"quick": quick}).options
        assert numbers(chosen) == getattr(chosen, wanted)
    short, full = chosen.short, chosen.full
    assert short != full
