"""texturenet descriptor as a user types it: what it leaves, refuses, resumes, where it serves."""

import csv
import json
import os
import re
import signal
import time
from dataclasses import fields
from pathlib import Path

import pytest
import torch
from helpers.killing import interrupt
from helpers.networks import flat, narrow_vgg
from helpers.options import leaves
from helpers.pictures import broken
from PIL import Image
from safetensors import safe_open
from safetensors.torch import save_file

import texturenet
from texturenet.commands.options import descriptor as kinds
from texturenet.commands.options.shared import Filters
from texturenet.descriptors import formats, sources
from texturenet.descriptors.vgg import convolution_names
from texturenet.descriptors.weights import fingerprint
from texturenet.errors import Refused

pytestmark = pytest.mark.usefixtures("elsewhere")

GROWN = ("ranvgg", "singlevgg")
KINDS = (*GROWN, "random_filters")


@pytest.fixture
def fast(exemplar_file):
    """{kind: overrides} that make each a matter of a second."""
    grown = [
        f"image={exemplar_file}", "width=0.05", "evaluations=3", "picture.side=32",
        "device=cpu", "precision=float32", "threads=1",
    ]  # fmt: skip
    return {
        "ranvgg": ["kind=ranvgg", *grown, "n_samples=2"],
        "singlevgg": ["kind=singlevgg", *grown, "n_epochs=2", "weight_steps=2"],
        "random_filters": ["kind=random_filters", "sides=[3,15]", "maps=4"],
    }


def call(cli, given, *more):
    """The last of two is meant, as on a command line."""
    keys = {item.split("=")[0]: item for item in [*given, *more]}
    return cli("descriptor", *keys.values())


def made(given, **more):
    keys = dict(item.split("=", 1) for item in given)
    import yaml

    return texturenet.make_descriptor(**{k: yaml.safe_load(v) for k, v in keys.items()} | more)


def card_of(path):
    with safe_open(path, framework="pt") as file:
        return json.loads(file.metadata()[formats.KEY])


LEFT = {
    "ranvgg": {"dots_ranvgg.safetensors", "layers.png", "trace.csv", "resume.ckpt", "config.yaml"},
    "singlevgg": {
        "dots_singlevgg.safetensors", "layers.png", "trace.csv", "resume.ckpt", "config.yaml",
    },
    "random_filters": {"random_filters.safetensors", "filters.png", "config.yaml"},
}  # fmt: skip


@pytest.mark.parametrize("kind", KINDS)
def test_each_leaves_everything_it_promises(cli, fast, kind, tmp_path):
    status, out, err = call(cli, fast[kind])
    assert status == 0, err
    (folder,) = (tmp_path / "runs").iterdir()
    assert {path.name for path in folder.iterdir()} == LEFT[kind]
    assert [path.name for path in tmp_path.iterdir()] == ["runs"]
    (file,) = folder.glob("*.safetensors")
    assert str(file.relative_to(tmp_path)) in out
    for picture in folder.glob("*.png"):
        assert Image.open(picture).size[0] > 500
        assert picture.name in out
    card = card_of(file)
    assert card["kind"] == kind
    assert card["sha256"] == sources.load(str(file)).sha256
    assert str(tmp_path) not in json.dumps(card)
    if kind in GROWN:
        rows = list(csv.DictReader((folder / "trace.csv").read_text().splitlines()))
        assert len(rows) == 16 * 2 * 3
        assert [row["layer"] for row in rows[::6]] == convolution_names("vgg19")
        assert [(row["layer"], row["number"]) for row in card["layers"]] == [
            (name, number) for name in convolution_names("vgg19") for number in (0, 1)
        ]
        assert card["picture"]["name"] == "dots"
        assert re.search(r"conv\d_\d \(\d+/16\) (candidate|epoch) [12]/2 loss|all layers made", out)
        assert " s left" in out


@pytest.mark.parametrize("kind", KINDS)
def test_it_can_be_named_wherever_vgg_can(cli, fast, kind, exemplar_file, small):
    path = made(fast[kind], out="d")
    before = Path(path).read_bytes()
    layers = ["relu3x3", "relu_all"] if kind == "random_filters" else ["relu1_1", "pool2"]
    chosen = f"layers=[{','.join(layers)}]"
    for named in (f"descriptor={path}", "descriptor=d"):  # the file, or its folder
        common = [named, "steps=2", "device=cpu", "threads=1"]
        for verb, key in (("gatys", "exemplar"), ("reconstruct", "image")):
            arguments = [verb, f"{key}={exemplar_file}", chosen, *common, f"out={verb}"]
            status, _, err = cli(*arguments)
            assert status == 0, err
        pair = [f"content={exemplar_file}", f"style={exemplar_file}", "size=48"]
        shallow = f"content_layers=[{layers[0]}]"
        status, _, err = cli("transfer", *pair, f"style_{chosen}", shallow, *common, "out=transfer")
        assert status == 0, err
    trained = [item for item in small if not item.startswith("descriptor")]
    status, _, err = cli("train", *trained, f"descriptor={path}", f"descriptor.{chosen}", "out=net")
    assert status == 0, err
    card = texturenet.load("net", device="cpu").card["descriptor"]
    assert card["sha256"] == sources.load(path).sha256
    assert card["layers"] == layers
    # Whatever it served for, it is what it was.
    assert Path(path).read_bytes() == before


@pytest.mark.parametrize("verb", ["gatys", "reconstruct", "transfer", "train"])
def test_random_filters_need_no_file_and_their_layers_are_the_usual_ones(
    cli, verb, exemplar_file, small, tmp_path
):
    bank = ["descriptor=random_filters", "descriptor.filters.sides=[3,15]"]
    bank += ["descriptor.filters.maps=3"]
    if verb == "train":
        given = [item for item in small if not item.startswith(("descriptor", "size"))]
        given.append("size=32")
    else:
        given = ["steps=2", "device=cpu", "threads=1", "precision=float32"]
        given += {
            "gatys": [f"exemplar={exemplar_file}"],
            "reconstruct": [f"image={exemplar_file}"],
            "transfer": [f"content={exemplar_file}", f"style={exemplar_file}", "size=48"],
        }[verb]
    status, out, err = cli(verb, *given, *bank, "out=run")
    assert status == 0, err
    config = Path("run/config.yaml").read_text()
    if verb == "train":
        assert "covariance/relu_all" in out
        # A film's report can be made against the same filters again.
        film = ["model=run", "seconds=0.2", "fps=10", "size=32", "report=true", "out=film.gif"]
        status, out, err = cli("film", *film, f"exemplar={exemplar_file}")
        assert status == 0, err
        assert "distance to the exemplar" in out
    else:
        assert "relu_all" in config


@pytest.mark.parametrize("kind", GROWN)
def test_stopping_and_resuming_is_running_through(cli, fast, kind, monkeypatch):
    from texturenet.untrained import base

    assert call(cli, fast[kind], "out=whole")[0] == 0
    iterate = base.VggBuilder.__iter__

    def cut(self):
        for step in iterate(self):
            if (step.layer, step.number, step.step) == ("conv3_2", 1, 1):
                os.kill(os.getpid(), signal.SIGINT)
                time.sleep(0.01)
            yield step

    monkeypatch.setattr(base.VggBuilder, "__iter__", cut)
    status, out, _ = call(cli, fast[kind], "out=half")
    assert status == 130
    assert "resume=half/resume.ckpt" in out
    assert not list(Path("half").glob("*.safetensors"))
    monkeypatch.setattr(base.VggBuilder, "__iter__", iterate)
    status, out, err = call(cli, fast[kind], "resume=half/resume.ckpt")
    assert status == 0, err
    assert "-> half/" in out
    whole, half = (sources.load(folder) for folder in ("whole", "half"))
    assert whole.sha256 == half.sha256
    assert Path("whole/trace.csv").read_text() == Path("half/trace.csv").read_text()
    assert card_of(next(Path("whole").glob("*.safetensors")))["layers"] == card_of(
        next(Path("half").glob("*.safetensors"))
    )["layers"]  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_an_interrupted_run_leaves_what_it_takes_to_go_on(fast, tmp_path, number, code):
    long = [i for i in fast["ranvgg"] if not i.startswith("evaluations")] + ["evaluations=100"]
    arguments, resume = ["descriptor", *long, "out=run"], tmp_path / "run/resume.ckpt"
    status, out, _ = interrupt(tmp_path, arguments, number, resume.is_file)
    assert status == code, out
    assert "to go on: the same command with resume=run/resume.ckpt" in out


def test_a_second_run_does_not_overwrite_the_first(cli, fast, tmp_path):
    for _ in range(2):
        assert call(cli, fast["random_filters"])[0] == 0
    assert {path.name for path in (tmp_path / "runs").iterdir()} == {
        "random_filters", "random_filters-2",
    }  # fmt: skip


def test_out_may_be_a_file_beside_which_the_rest_lies(cli, fast):
    assert call(cli, fast["random_filters"], "out=mine.safetensors")[0] == 0
    assert Path("mine.safetensors").is_file()
    assert {path.name for path in Path("mine").iterdir()} == {"filters.png", "config.yaml"}


# Another value for every key; each has to change the weights that come of it.
CHANGES = {
    "ranvgg": {"n_samples": 1},
    "singlevgg": {"n_epochs": 1, "weight_steps": 1, "learning_rate": 1e-3},
    "random_filters": {"seed": 1, "sides": [3], "maps": 3, "centred": 0.0},
}
BOTH = {
    "seed": 1, "picture.crop": [0, 0, 40, 40], "picture.side": 40, "architecture": "vgg16",
    "width": 0.06, "deviation": 0.15, "normalise": False, "pooling": "max",
    "layers": ["pool3"], "targets": "all", "weighting": "automatic", "evaluations": 6,
    "noise": 0.05, "history": 1, "line_search": True, "precision": "bfloat16",
}  # fmt: skip
SHOWN = {"kind", "image", "out", "resume", "device", "max_memory", "threads"}


@pytest.mark.parametrize("kind", KINDS)
def test_every_option_is_shown_to_matter_somewhere(kind):
    known = set(leaves(kinds.KINDS[kind]))
    mine = CHANGES[kind] | (BOTH if kind in GROWN else {})
    assert set(mine) | SHOWN >= known
    assert set(mine) <= known


@pytest.fixture(scope="module")
def plain(tmp_path_factory):
    """plain(overrides, ...) -> the file of a descriptor, which is made once."""
    files = {}

    def file(given, **more):
        key = (*given, *more.items())
        if key not in files:
            files[key] = made(given, out=str(tmp_path_factory.mktemp("plain") / "d"), **more)
        return files[key]

    return file


@pytest.mark.usefixtures("blank_figures")
@pytest.mark.parametrize(
    ("kind", "key", "value"),
    [(k, key, value) for k in KINDS for key, value in CHANGES[k].items()]
    + [("singlevgg", key, value) for key, value in BOTH.items()],
)
def test_every_option_changes_the_weights(fast, plain, kind, key, value):
    """Of singlevgg, whose weights follow everything that its reconstructions follow."""
    more = {"evaluations": 6} if key == "history" else {}
    before = plain(fast[kind], **more)
    changed = made(fast[kind], out="changed", **more | {key: value})
    assert sources.load(before).sha256 != sources.load(changed).sha256


@pytest.mark.usefixtures("blank_figures")
@pytest.mark.parametrize("key", ["layers", "targets", "weighting", "evaluations", "noise"])
def test_options_of_ranvgg_change_the_losses_it_chooses_by(fast, plain, key):
    """Which of two candidates wins may well be the same."""
    files = plain(fast["ranvgg"]), made(fast["ranvgg"], out="changed", **{key: BOTH[key]})
    cards = [card_of(file)["layers"] for file in files]
    losses = [[row["loss"] for row in card] for card in cards]
    assert losses[0] != losses[1]


REFUSALS = [
    ("ranvgg", ["image=null"], "no exemplar 'null'"),
    ("ranvgg", ["image=absent.png"], "no exemplar 'absent.png'"),
    ("ranvgg", ["image=empty.png"], r"empty.png is empty \(0 bytes\)"),
    ("ranvgg", ["picture.side=31"], "image is 31x31: both sides must lie between 32, which layer"),
    ("ranvgg", ["picture.crop=[0,0,8,8]"], "image is 8x8: both sides must lie between 32"),
    ("ranvgg", ["n_samples=0"], "n_samples is 0: it must lie between 1 and"),
    ("ranvgg", ["n_epochs=3"], "no option 'n_epochs'"),
    ("ranvgg", ["sides=[3]"], "no option 'sides'"),
    ("ranvgg", ["layers=[relu9_1]"], "layers has 'relu9_1'. Did you mean relu"),
    ("ranvgg", ["layers=[conv1_1]"], "layers has 'conv1_1'.* Known: relu1_1"),
    ("ranvgg", ["layers=[]"], "layers is empty"),
    ("ranvgg", ["architecture=vgg11"], "architecture is 'vgg11'. Did you mean vgg1"),
    ("ranvgg", ["targets=some"], "targets is 'some'.*built, all"),
    ("ranvgg", ["weighting=paper"], "weighting is 'paper'"),
    ("ranvgg", ["width=0"], "width is 0"),
    ("ranvgg", ["deviation=nan"], "deviation is nan"),
    ("ranvgg", ["evaluations=0"], "evaluations is 0"),
    ("ranvgg", ["evaluations=many"], "evaluations is many: it must be a whole number"),
    ("ranvgg", ["seed=-1"], "seed is -1"),
    ("ranvgg", ["threads=0"], "threads is 0"),
    ("ranvgg", ["device=tpu"], "device is 'tpu'"),
    ("ranvgg", ["precision=half"], "precision is 'half'"),
    ("ranvgg", ["max_memory=0.1"], "32x32 pixels need about .* say a smaller picture.side"),
    ("ranvgg", ["resume=no.ckpt"], "no file no.ckpt to resume from"),
    ("ranvgg", ["resume=empty.png"], "empty.png cannot be read"),
    ("ranvgg", ["out=empty.png"], "out is empty.png, a file"),
    ("ranvgg", ["out=empty.png/run"], "cannot write"),
    ("ranvgg", ["-m", "seed=1,2", "out=both"], "with -m, out= would put several runs"),
    ("ranvgg", ["kind=ranvvg"], "no kind 'ranvvg'. Did you mean ranvgg"),
    ("singlevgg", ["n_epochs=0"], "n_epochs is 0"),
    ("singlevgg", ["weight_steps=0"], "weight_steps is 0"),
    ("singlevgg", ["learning_rate=0"], "learning_rate is 0"),
    ("singlevgg", ["n_samples=2"], "no option 'n_samples'"),
    ("random_filters", ["sides=[4]"], r"sides\[0\] is 4: sides must be odd"),
    ("random_filters", ["sides=[]"], "name one side at least"),
    ("random_filters", ["sides=[3,3]"], "none twice"),
    ("random_filters", ["sides=[999]"], r"sides\[0\] is 999"),
    ("random_filters", ["maps=0"], "maps is 0"),
    ("random_filters", ["centred=2"], "centred is 2"),
    ("random_filters", ["map=3"], "no option 'map'. Did you mean maps"),
    ("random_filters", ["maps=4096", "sides=[255]"], "799,027,200 weights, and 100,000,000 are"),
    ("singlevgg", ["n_epoch=3"], "no option 'n_epoch'. Did you mean n_epochs"),
    ("random_filters", ["image=absent.png"], "no exemplar 'absent.png'"),
    ("random_filters", ["resume=x"], "no option 'resume'"),
]


@pytest.mark.parametrize(
    ("kind", "change", "words"), REFUSALS, ids=[f"{k} {' '.join(c)}" for k, c, _ in REFUSALS]
)
def test_refusals_are_one_line_with_status_2_and_leave_nothing(
    cli, fast, tmp_path, kind, change, words
):
    broken("empty.png", b"")
    before = sorted(tmp_path.rglob("*"))
    status, _, err = call(cli, fast[kind], *change)
    assert status == 2, err
    assert len(err.strip().splitlines()) == 1, err
    assert re.search(words, err), err
    assert sorted(tmp_path.rglob("*")) == before


@pytest.mark.parametrize(
    ("change", "words"),
    [("seed=1", "seed=0, not 1"), ("evaluations=4", "evaluations=3, not 4"), ("kind", "kind=")],
)
def test_a_file_of_another_run_is_not_resumed(cli, fast, change, words):
    assert call(cli, fast["ranvgg"], "out=first")[0] == 0
    given = fast["singlevgg"] if change == "kind" else [*fast["ranvgg"], change]
    status, _, err = call(cli, given, "resume=first/resume.ckpt")
    assert status == 2
    assert words in err


# What is not the descriptor file it says it is; each is one line, of less than a second.
def stored(path, tensors, **card):
    facts = {"format": 1, "architecture": "vgg16", "convention": "caffe"} | card
    save_file(flat(tensors), path, metadata={formats.KEY: json.dumps(facts)})


def whole(path, **card):
    tensors = narrow_vgg()
    stored(path, tensors, **{"sha256": fingerprint(tensors)} | card)


def cut(path):
    whole(path)
    Path(path).write_bytes(Path(path).read_bytes()[:-100])


def flipped(path):
    whole(path)
    data = bytearray(Path(path).read_bytes())
    data[-9] ^= 1
    Path(path).write_bytes(data)


def wrong_shape(path):
    tensors = narrow_vgg() | {"conv3_1": (torch.ones(4, 9, 3, 3), torch.ones(4))}
    stored(path, tensors)


def not_finite(path):
    tensors = narrow_vgg()
    tensors["conv2_2"][0][0, 0, 0, 0] = float("nan")
    stored(path, tensors)


def whole_numbers(path):
    tensors = narrow_vgg() | {"conv1_1": (torch.ones(4, 3, 3, 3).int(), torch.ones(4).int())}
    stored(path, tensors)


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda p: whole(p, format=9), "a descriptor of format 9; this version reads 1"),
        (lambda p: whole(p, architecture="resnet50"), "architecture 'resnet50'.*Known: vgg16"),
        (lambda p: whole(p, architecture=["vgg16"]), "architecture"),
        (lambda p: whole(p, architecture="filters"), "no bank of filters: it holds conv"),
        (lambda p: whole(p, architecture="vgg19"), "has no conv3_4: it is not a whole vgg19"),
        (lambda p: whole(p, convention="hsv"), "convention 'hsv'. .*caffe"),
        (lambda p: whole(p, sha256="0" * 64), "damaged: its weights have SHA-256"),
        (lambda p: save_file({}, p, metadata={formats.KEY: "[1]"}), "format None"),
        (lambda p: save_file({}, p, metadata={formats.KEY: "{"}), "cannot be read"),
        (lambda p: save_file({}, p, metadata={"texturenet": "{}"}), "learnt net, not a descriptor"),
        (cut, "damaged or truncated"),
        (flipped, "damaged: its weights have SHA-256"),
        (wrong_shape, r"conv3_1 has shape \(4, 9, 3, 3\)"),
        (not_finite, "conv2_2 holds values that are not finite"),
        (whole_numbers, "conv1_1 holds values that are not finite numbers"),
    ],
)
def test_a_file_that_is_not_a_sound_descriptor_is_refused(cli, exemplar_file, make, words):
    make("odd.safetensors")
    status, _, err = cli("gatys", f"exemplar={exemplar_file}", "descriptor=odd.safetensors")
    assert status == 2
    assert len(err.strip().splitlines()) == 1, err
    assert re.search(words, err), err


def test_names_and_folders_that_are_none(cli, exemplar_file, model):
    for given, words in (
        ("descriptor=vgg61", "no descriptor 'vgg61'. Did you mean vgg"),
        ("descriptor=absent.safetensors", "no weights file absent.safetensors"),
        ("descriptor=.", "should hold one .safetensors file, not none"),
        (f"descriptor={model}", "a learnt net, not a descriptor"),
    ):
        status, _, err = cli("gatys", f"exemplar={exemplar_file}", given)
        assert status == 2
        assert words in err
    whole("d.safetensors")
    status, _, err = cli("sample", "model=d.safetensors")
    assert status == 2
    assert "is a descriptor, not a learnt net" in err


def test_a_descriptor_of_another_kind_says_which_layers_it_has(cli, exemplar_file, fast):
    path = made(fast["random_filters"], out="d")
    given = [f"exemplar={exemplar_file}", f"descriptor={path}", "layers=[relu1_1]"]
    status, _, err = cli("gatys", *given)
    assert status == 2
    assert "a bank of filters has no layer 'relu1_1'" in err
    assert "relu3x3" in err


def test_usual_layers_can_be_said_and_have_to_know_the_kind(cli, exemplar_file, fast):
    path = made(fast["random_filters"], out="d")
    given = [f"exemplar={exemplar_file}", f"descriptor={path}", "steps=1", "device=cpu"]
    assert cli("gatys", *given, "usual_layers.filters=[relu3x3]", "out=run")[0] == 0
    assert "content" not in Path("run/trace.csv").read_text().splitlines()[0]
    assert "gram/relu3x3" in Path("run/trace.csv").read_text().splitlines()[0]
    status, _, err = cli("gatys", *given, "usual_layers={vgg:[relu1_1],filters:[]}")
    assert status == 2
    assert "layers is empty: name one at least" in err


def test_stopped_in_its_first_layer_it_can_be_resumed(cli, fast, monkeypatch):
    from texturenet.untrained import base

    iterate = base.VggBuilder.__iter__

    def cut(self):
        for step in iterate(self):
            os.kill(os.getpid(), signal.SIGINT)
            time.sleep(0.01)
            yield step

    monkeypatch.setattr(base.VggBuilder, "__iter__", cut)
    assert call(cli, fast["ranvgg"], "out=run")[0] == 130
    with pytest.raises(KeyboardInterrupt):
        made(fast["ranvgg"], out="python")
    assert not list(Path().rglob("*.safetensors"))
    monkeypatch.setattr(base.VggBuilder, "__iter__", iterate)
    status, _, err = call(cli, fast["ranvgg"], "resume=run/resume.ckpt")
    assert status == 0, err


@pytest.mark.parametrize(("kind", "name"), [("ranvgg", "layers"), ("random_filters", "filters")])
def test_the_picture_that_was_given_is_not_written_over(cli, fast, kind, name, exemplar_file):
    mine = Path(f"{name}.png")
    mine.write_bytes(Path(exemplar_file).read_bytes())
    status, _, err = call(cli, fast[kind], f"image={mine}", "out=.")
    assert (status, f"{mine} would be written over: say another out" in err) == (2, True)
    assert mine.read_bytes() == Path(exemplar_file).read_bytes()


def test_the_time_of_earlier_runs_counts(cli, fast):
    assert call(cli, fast["ranvgg"], "out=run")[0] == 0
    state = torch.load("run/resume.ckpt", weights_only=True)
    state["growth"]["seconds"] = 5000.0
    torch.save(state, "run/resume.ckpt")
    assert call(cli, fast["ranvgg"], "resume=run/resume.ckpt")[0] == 0
    assert 5000 <= card_of("run/dots_ranvgg.safetensors")["seconds"] < 5060


def test_pooling_that_a_descriptor_was_made_for_is_asked_for(cli, fast, exemplar_file):
    path = made(fast["ranvgg"], out="d", pooling="max")
    given = ["gatys", f"exemplar={exemplar_file}", f"descriptor={path}", "steps=1", "device=cpu"]
    given += ["layers=[relu1_1,pool2]", "out=run"]
    status, _, err = cli(*given)
    assert status == 2
    assert "was made for pooling=max, not avg: say pooling=max" in err
    assert cli(*given, "pooling=max")[0] == 0


def test_a_film_is_reported_against_the_descriptor_of_its_net_and_no_other(
    cli, fast, small, exemplar_file
):
    path = made(fast["ranvgg"], out="d")
    other = made(fast["ranvgg"], out="e", seed=1)
    trained = [item for item in small if not item.startswith("descriptor")]
    layers = "descriptor.layers=[relu1_1,pool2]"
    assert cli("train", *trained, f"descriptor={path}", layers, "out=net")[0] == 0
    film = ["film", "model=net", "seconds=0.2", "fps=10", "size=32", "report=true", "out=film.gif"]
    film += [f"exemplar={exemplar_file}"]
    status, _, err = cli(*film)
    assert status == 2
    assert "which is not at hand" in err
    assert "say descriptor=FILE" in err
    status, _, err = cli(*film, f"descriptor={other}")
    assert (status, "was trained against a descriptor of SHA-256" in err) == (2, True)
    status, out, err = cli(*film, f"descriptor={path}")
    assert status == 0, err
    assert "distance to the exemplar" in out


def test_several_descriptors_in_one_multirun(cli, fast, exemplar_file, tmp_path):
    for name in ("a", "b"):
        made(fast["ranvgg"], out=f"{name}.safetensors", seed=ord(name))
    given = ["gatys", "-m", f"exemplar={exemplar_file}", "steps=1", "device=cpu", "scales=1"]
    given += ["layers=[relu1_1]", "threads=1"]
    status, _, err = cli(*given, "descriptor=a.safetensors,b.safetensors")
    assert status == 0, err
    assert len(list((tmp_path / "runs").iterdir())) == 2
    given.remove("layers=[relu1_1]")
    status, _, err = cli(*given, "descriptor=random_filters,b.safetensors")
    assert status == 0, err
    assert len(list((tmp_path / "runs").iterdir())) == 4


def test_from_python_refusals_are_exceptions():
    with pytest.raises(Refused, match="no kind 'vgg'"):
        texturenet.make_descriptor("vgg")
    with pytest.raises(Refused, match="image is missing: say image=VALUE"):
        texturenet.make_descriptor("ranvgg")
    assert {field.name for field in fields(Filters)} == {"sides", "maps", "seed", "centred"}
