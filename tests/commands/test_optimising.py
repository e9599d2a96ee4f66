"""gatys, transfer and reconstruct as a user types them: what they leave, refuse, and resume."""

import csv
import os
import re
import signal
import time
from dataclasses import fields, is_dataclass
from pathlib import Path

import pytest
import torch
from helpers.killing import interrupt
from helpers.options import NEEDED, SCHEMAS, leaves
from helpers.pictures import broken, dots, pixels
from PIL import Image

import texturenet
from texturenet.commands import app
from texturenet.commands.options.shared import Scaling
from texturenet.errors import Refused
from texturenet.io.files import own_folder

pytestmark = pytest.mark.usefixtures("elsewhere")

VERBS = ("gatys", "transfer", "reconstruct")


@pytest.fixture
def fast(exemplar_file, vgg_file, tmp_path_factory):
    """{verb: overrides} that make each a matter of a second."""
    other = tmp_path_factory.mktemp("style") / "stripes.png"
    Image.fromarray(dots(56)[::-1, ::2].copy()).save(other)
    common = [
        f"descriptor.weights={vgg_file}", "steps=6", "precision=float32", "device=cpu",
        "threads=1",
    ]  # fmt: skip
    two = ["coarse_steps=3", "scales=2"]
    style = ["style_layers=[relu1_1,pool2]", "content_layers=[relu2_1]"]
    return {
        "gatys": [f"exemplar={exemplar_file}", "layers=[relu1_1,pool2]", *common, *two],
        "transfer": [
            *(f"content={exemplar_file}", f"style={other}", "size=32"),
            *style,
            *common,
            *two,
        ],
        "reconstruct": [f"image={exemplar_file}", "layers=[relu1_1,pool1]", *common],
    }


def call(cli, verb, given, *more):
    """The last of two is meant, as on a command line."""
    keys = {item.split("=")[0]: item for item in [*given, *more]}
    return cli(verb, *keys.values())


def trace(folder):
    return list(csv.DictReader(Path(folder, "trace.csv").read_text().splitlines()))


LEFT = {
    "gatys": {"dots_gatys.png", "dots_gatys_beside.png"},
    "transfer": {"dots_stripes.png", "dots_stripes_beside.png"},
    "reconstruct": {"dots_reconstruct_relu1_1.png", "dots_reconstruct_pool1.png", "figure.png"},
}


@pytest.mark.parametrize("verb", VERBS)
def test_each_leaves_everything_it_promises(cli, fast, verb, tmp_path):
    status, out, err = call(cli, verb, fast[verb], "log.previews=2", "log.checkpoints=3")
    assert status == 0, err
    (folder,) = (tmp_path / "runs").iterdir()
    common = {"config.yaml", "trace.csv", "loss.png", "resume.ckpt", "previews"}
    assert {path.name for path in folder.iterdir()} == common | LEFT[verb]
    for named in [
        f"{folder.name}/loss.png",
        *(name for name in LEFT[verb] if "_LAYER" not in name),
    ]:
        assert Path(named).name in out
    steps = {"gatys": 9, "transfer": 9, "reconstruct": 12}[verb]
    assert len(list((folder / "previews").iterdir())) == (steps + 1) // 2
    rows = list(csv.DictReader((folder / "trace.csv").read_text().splitlines()))
    assert len(rows) == steps + 2
    last = rows[-1]
    terms = [float(value) for key, value in last.items() if "/" in key and value]
    assert sum(terms) == pytest.approx(float(last["loss"]))
    level = [float(row["loss"]) for row in rows if row["level"] == last["level"]]
    assert min(level[1:]) < level[0]
    assert [int(row["number"]) for row in rows] == list(range(len(rows)))
    assert Image.open(folder / "loss.png").size[0] > 500
    assert [path.name for path in tmp_path.iterdir()] == ["runs"]
    assert " s left" in out
    if verb == "reconstruct":
        assert re.search(r"how near: relu1_1 \d+\.\d dB, pool1 \d+\.\d dB", out)


@pytest.mark.parametrize("verb", VERBS)
def test_stopping_and_resuming_is_running_through(cli, fast, verb, monkeypatch):
    from texturenet.optimise import painting

    assert call(cli, verb, fast[verb], "out=whole", "log.checkpoints=100")[0] == 0
    iterate = painting.Painting.__iter__

    def cut(self):
        for count, step in enumerate(iterate(self)):
            yield step
            if count == 7:
                os.kill(os.getpid(), signal.SIGINT)
                time.sleep(0.01)
                yield step

    monkeypatch.setattr(painting.Painting, "__iter__", cut)
    status, out, _ = call(cli, verb, fast[verb], "out=half")
    assert status == 130
    assert "resume=half/resume.ckpt" in out
    assert list(Path("half").glob("*.png"))
    monkeypatch.setattr(painting.Painting, "__iter__", iterate)
    status, out, err = call(cli, verb, fast[verb], "resume=half/resume.ckpt")
    assert status == 0, err
    assert "-> half/" in out
    for name in LEFT[verb] - {"figure.png"}:
        assert pixels(f"half/{name}") == pixels(f"whole/{name}"), name
    losses = [{row["number"]: row["loss"] for row in trace(run)} for run in ("whole", "half")]
    assert losses[0] == losses[1]


def test_resuming_with_more_steps_goes_on_and_with_other_options_does_not(cli, fast):
    call(cli, "gatys", fast["gatys"], "out=run")
    status, _, err = call(cli, "gatys", fast["gatys"], "resume=run/resume.ckpt", "pooling=max")
    assert (status, "pooling=avg, not max" in err) == (2, True), err
    other = call(cli, "gatys", fast["gatys"], "resume=run/resume.ckpt", "exemplar=gravel")
    assert other[0] == 2
    state = torch.load("run/resume.ckpt", weights_only=True)
    state["painting"]["descent"] = {"canvas": 3}
    torch.save(state, "run/odd.ckpt")
    status, _, err = call(cli, "gatys", fast["gatys"], "resume=run/odd.ckpt")
    assert (status, "not whole enough" in err) == (2, True), err


def test_a_second_run_does_not_overwrite_the_first(cli, fast, tmp_path):
    for _ in range(2):
        assert call(cli, "gatys", fast["gatys"])[0] == 0
    names = {path.name for path in (tmp_path / "runs").iterdir()}
    assert names == {"dots_gatys", "dots_gatys-2"}


def test_out_may_be_a_picture_beside_which_the_rest_lies(cli, fast):
    assert call(cli, "gatys", fast["gatys"], "out=wall.jpg")[0] == 0
    assert Image.open("wall.jpg").size == (48, 48)
    assert Path("wall/trace.csv").is_file()


@pytest.mark.parametrize("key", ["content", "style"])
def test_out_never_overwrites_what_was_given(cli, fast, key):
    given = {item.split("=")[0]: item.split("=", 1)[1] for item in fast["transfer"]}
    Path("mine.png").write_bytes(Path(given[key]).read_bytes())
    before = Path("mine.png").read_bytes()
    status, _, err = call(cli, "transfer", fast["transfer"], f"{key}=mine.png", "out=./mine.png")
    assert (status, f"mine.png, the {key}, would be written over" in err) == (2, True), err
    assert Path("mine.png").read_bytes() == before


def test_the_picture_says_how_it_was_made(cli, fast):
    call(cli, "gatys", fast["gatys"], "out=run")
    text = Image.open("run/dots_gatys.png").text["texturenet"]
    assert '"kind": "gatys"' in text
    assert str(Path.cwd()) not in text
    status, _, err = cli("reproduce", "run/dots_gatys.png")
    assert (status, "texturenet gatys" in err) == (2, True), err


def test_a_tile_repeats_and_is_shown_repeated(cli, fast):
    status, out, err = call(cli, "gatys", fast["gatys"], "tile=x", "size=[20,32]", "out=run")
    assert status == 0, err
    assert "seam along x" in out
    assert Image.open("run/dots_gatys_repeated.png").size == (64, 20)


def test_a_nets_picture_is_polished(cli, fast, model, exemplar_file):
    given = [item for item in fast["gatys"] if not item.startswith("scales")]
    status, _, err = call(cli, "gatys", given, f"init=model:{model}", "size=24", "out=run")
    assert status == 0, err
    rows = trace("run")
    assert {row["level"] for row in rows} == {"0"}
    cli("sample", f"model={model}", "size=24", "out=plain.png")
    texture = texturenet.load(str(model)).render(24, 24)
    painting = texturenet.gatys(**as_dict(given), init=f"model:{model}", size=24)
    first = next(iter(painting))
    assert torch.equal(first.picture, texture)


def as_dict(given):
    import yaml

    return {key: yaml.safe_load(value) for key, value in (item.split("=", 1) for item in given)}


def test_a_released_net_names_its_own_exemplar(cli, fast):
    given = [i for i in fast["gatys"] if not i.startswith(("exemplar", "scales"))]
    status, out, err = call(cli, "gatys", given, "init=model:brick", "size=32", "steps=1")
    assert status == 0, err
    assert "exemplar brick: 256x256" in out


@pytest.mark.parametrize("verb", VERBS)
def test_from_python_they_yield_steps_and_can_be_stopped(fast, verb, capsys):
    painting = getattr(texturenet, verb)(**as_dict(fast[verb]))
    for count, step in enumerate(painting):
        assert step.picture.shape[0] == 3
        assert step.losses
        if count == 4:
            break
    assert painting.picture.shape[0] == 3
    assert list(Path.cwd().iterdir()) == []
    assert capsys.readouterr().out == ""


def test_from_python_refusals_are_exceptions():
    with pytest.raises(Refused, match="no option 'stesp'. Did you mean steps"):
        texturenet.gatys("brick", stesp=3)
    with pytest.raises(Refused, match="exemplar is missing"):
        texturenet.gatys()


# Another value for every key that shapes the picture; each has to change it.
COMMON = {
    "seed": 1,
    "noise": 0.05,
    "steps": 20,
    "pooling": "max",
    "normalise": True,
    "range_weight": 1e5,
    "tv_weight": 100.0,
    "bounds": "none",
    "units": "descriptor",
    "optimizer": "adam",
    "history": 1,
    "line_search": True,
    "restart": 2,
    "learning_rate": 0.5,
    "precision": "bfloat16",
}
ADAM = {"betas": [0.5, 0.9], "decay": 0.1, "every": 2}
CHANGES = {
    "gatys": COMMON | {
        "size": 40, "tile": "x", "scales": 1, "coarse_steps": 5, "picture.crop": [0, 0, 40, 40],
        "picture.side": 40, "layers": ["relu1_1"], "layer_weights": {"pool2": 50.0},
        "statistics": {"gram": 1.0, "mean": 1.0}, "combine": "absolute", "init": "exemplar",
    },
    "transfer": COMMON | {
        "size": 40, "scales": 1, "coarse_steps": 5, "style_scale": 0.7, "stretch": True,
        "colours": "match", "content_layers": ["relu1_1"], "content_weight": 10.0,
        "content_combine": "absolute", "content_layer_weights": {"relu2_1": 9.0},
        "style_layers": ["relu1_1"],
        "style_layer_weights": {"pool2": 50.0}, "style_weight": 50.0,
        "style_combine": "absolute", "statistics": {"gram": 1.0, "mean": 1.0}, "init": "style",
    },
    "reconstruct": COMMON | {
        "layers": ["relu1_1"], "together": True, "picture.crop": [0, 0, 40, 40],
        "picture.side": 40, "init": "image",
    },
}  # fmt: skip
PARTS = {
    "gatys": ["scaling"],
    "transfer": ["content_scaling", "style_scaling"],
    "reconstruct": [],
}
# Shown above, in test_app.py, descriptors/test_sources.py and test_descriptor.py.
SHOWN = {
    "out", "resume", "descriptor.weights", "descriptor.download", "device", "threads",
    "max_memory", "log.previews", "log.checkpoints", "difference", "exemplar", "content", "style",
    "image", "descriptor.filters", "usual_layers", "usual_content_layers", "usual_style_layers",
}  # fmt: skip


@pytest.mark.parametrize("verb", VERBS)
def test_every_option_is_shown_to_matter_somewhere(verb):
    known = set(leaves(SCHEMAS[verb]))
    parts = {f"{part}.{field.name}" for part in PARTS[verb] for field in fields(Scaling)}
    assert set(CHANGES[verb]) | set(ADAM) | parts | {"tv_exponent"} | SHOWN >= known
    assert set(CHANGES[verb]) | set(ADAM) | parts <= known


def final(verb, given):
    """The pictures of all parts, as one row of numbers."""
    painting = getattr(texturenet, verb)(**given)
    for _ in painting:
        pass
    return torch.cat([picture.flatten() for picture in painting.pictures.values()])


def differs(verb, base, key, value):
    plain, changed = final(verb, base), final(verb, base | {key: value})
    return plain.shape != changed.shape or not torch.equal(plain, changed)


@pytest.mark.parametrize(
    ("verb", "key", "value"), [(v, k, x) for v in VERBS for k, x in CHANGES[v].items()]
)
def test_every_option_changes_the_picture(verb, key, value, fast):
    base = as_dict(fast[verb])
    base["init"] = "noise" if key in ("seed", "noise", "bounds") else base.get("init", "noise")
    if key == "range_weight":
        base |= {"bounds": "none", "init": "noise"}
    if key == "bounds":
        base["steps"] = 12
    if key == "restart":
        base["steps"] = 9
    assert differs(verb, base, key, value)


@pytest.mark.parametrize("verb", VERBS)
@pytest.mark.parametrize("key", ADAM)
def test_every_option_of_adam_changes_the_picture(verb, key, fast):
    base = as_dict(fast[verb]) | {"optimizer": "adam", "learning_rate": 0.02, "init": "noise"}
    base |= {"decay": 0.5, "every": 3}
    assert differs(verb, base, key, ADAM[key])


@pytest.mark.parametrize("verb", VERBS)
def test_the_exponent_of_variation_changes_the_picture(verb, fast):
    base = as_dict(fast[verb]) | {"tv_weight": 0.1, "init": "noise"}
    assert differs(verb, base, "tv_exponent", 1.25)


@pytest.mark.parametrize(("verb", "part"), [(v, p) for v in VERBS for p in PARTS[v]])
@pytest.mark.parametrize(
    ("key", "value"), [("factor", 9.0), ("channels", 1), ("positions", 1), ("pixels", 1)]
)
def test_every_part_of_a_scaling_changes_the_picture(verb, part, key, value, fast):
    base = as_dict(fast[verb]) | {part.replace("scaling", "combine"): "absolute"}
    if verb == "gatys":  # the factor of all there is makes no difference
        base |= {"tv_weight": 10.0}
    assert differs(verb, base, f"{part}.{key}", value)


def test_luminance_keeps_the_colours_of_the_content(cli, fast):
    from texturenet import imaging
    from texturenet.io.exemplars import load_picture
    from texturenet.optimise import colours

    base = as_dict(fast["transfer"])
    painting = texturenet.transfer(**base | {"colours": "luminance"})
    for _ in painting:
        pass
    content = imaging.resized(load_picture(base["content"]).pixels, (32, 32))
    made = painting.picture[None]
    wanted = colours.recoloured(made, content)
    assert (made - wanted).abs().mean() < 0.02  # but for what had to be clamped


def test_what_changed_is_drawn_on_request(cli, fast):
    assert call(cli, "transfer", fast["transfer"], "difference=true", "out=run")[0] == 0
    assert Image.open("run/dots_stripes_difference.png").size == (32, 32)
    assert not call(cli, "transfer", fast["transfer"], "out=other")[0]
    assert not Path("other/dots_stripes_difference.png").exists()


@pytest.mark.parametrize(
    ("size", "shape"),
    [("null", (48, 48)), ("40", (40, 40)), ("[30,40]", (30, 40)), ("[24,null]", (24, 24)),
     ("[null,36]", (36, 36))],
)  # fmt: skip
def test_sizes_of_a_transfer(cli, fast, size, shape):
    assert call(cli, "transfer", fast["transfer"], f"size={size}", "out=run")[0] == 0
    assert Image.open("run/dots_stripes.png").size == shape[::-1]


def test_too_little_memory_is_told_before_anything_starts(cli, fast, tmp_path):
    status, _, err = call(cli, "gatys", fast["gatys"], "size=20000", "max_memory=0.5")
    assert status == 2
    assert re.search(r"20000x20000 pixels need about \d+\.\d GB .* ask for a smaller size", err)
    assert list(tmp_path.iterdir()) == []


def test_with_less_memory_blocks_are_described_one_by_one(cli, fast, monkeypatch):
    from texturenet.optimise import memory
    from texturenet.optimise.blocks import Compute

    whole = call(cli, "gatys", fast["gatys"], "size=300", "steps=2", "scales=1", "out=whole")
    assert whole[0] == 0, whole[2]
    monkeypatch.setattr(memory, "LIBRARY", 0)
    needed = [
        memory.of_optimizer((300, 300), 20)
        + memory.of_features(seen(fast["gatys"]), (300, 300), way)
        for way in (Compute(recompute=True), Compute(block=256))
    ]
    monkeypatch.setattr(memory, "limit_of", lambda device, most: sum(needed) / 2)
    status, out, _ = call(
        cli, "gatys", fast["gatys"], "size=300", "steps=2", "scales=1", "out=blocks"
    )
    assert needed[1] < needed[0]
    assert out.count("in blocks of 256 pixels") == 1
    assert status == 0
    one, two = (Image.open(f"{run}/dots_gatys.png").tobytes() for run in ("whole", "blocks"))
    assert max(abs(a - b) for a, b in zip(one, two, strict=True)) <= 6


def seen(given):
    from texturenet.commands import gatys

    chosen = app.request("gatys", as_dict(given)).options
    return gatys.job(chosen).painting.levels[0].objective().descriptor


RECIPES = [
    (path.parent.name, path.stem) for path in sorted((own_folder("conf") / "recipe").glob("*/*"))
]


@pytest.mark.parametrize(("verb", "recipe"), RECIPES)
def test_every_recipe_composes_into_its_types(verb, recipe):
    chosen = app.request(verb, NEEDED[verb] | {"recipe": recipe}).options
    assert isinstance(chosen, SCHEMAS[verb])
    assert is_dataclass(chosen)


PUBLISHED = {
    ("gatys", "gatys2015"): {
        "steps": 2000, "history": 20, "pooling": "avg", "scales": 1, "normalise": True,
        "bounds": "exemplar", "descriptor.weights": "vgg19",
        "layers": ["relu1_1", "pool1", "pool2", "pool3", "pool4"],
    },
    ("transfer", "gatys2016"): {"content_weight": 1e-3, "content_layers": ["relu4_2"]},
    ("transfer", "d2l"): {
        "size": [300, 450], "learning_rate": 0.3, "decay": 0.8, "every": 50, "steps": 500,
        "tv_weight": 10.0, "style_weight": 1e4, "content_weight": 1.0, "optimizer": "adam",
        "content_layers": ["relu4_4"], "init": "content",
    },
    ("transfer", "keras"): {
        "size": [400, None], "steps": 200, "restart": 20, "tv_weight": 0.1, "tv_exponent": 1.25,
        "style_weight": 10.0, "content_weight": 1.0, "content_layers": ["relu5_2"],
        "log.previews": 20, "optimizer": "lbfgs",
    },
    ("transfer", "adam512"): {
        "size": [512, 512], "learning_rate": 1e-3, "steps": 10000, "style_weight": 1e-3,
        "content_weight": 1.0, "content_layers": ["relu4_1"], "difference": True,
    },
}  # fmt: skip


@pytest.mark.parametrize(("verb", "recipe"), PUBLISHED)
def test_the_published_numbers_are_those(verb, recipe):
    chosen = app.request(verb, NEEDED[verb] | {"recipe": recipe}).options
    for key, wanted in PUBLISHED[verb, recipe].items():
        found = chosen
        for part in key.split("."):
            found = getattr(found, part)
        assert found == wanted, key


REFUSALS = [
    ("gatys", ["exemplar=null"], "exemplar is missing: say exemplar=FILE, or init=model:NAME"),
    ("gatys", ["exemplar=absent.png"], "no exemplar 'absent.png'"),
    ("gatys", ["exemplar=empty.png"], r"empty.png is empty \(0 bytes\)"),
    ("gatys", ["layers=[relu9_9]"], "vgg16 has no layer 'relu9_9'. Did you mean"),
    ("gatys", ["layers=[]"], "layers is empty: name one at least"),
    ("gatys", ["layer_weights={relu1_1:0,pool2:0}"], "weighs 0 throughout"),
    ("gatys", ["layer_weights={pool7:1}"], "layer_weights: 'pool7' is not among layers"),
    ("gatys", ["layer_weights={pool2:-1}"], "layer_weights.pool2 is -1"),
    ("gatys", ["statistics={gram:0,mean:0,deviation:0}"], "statistics weighs 0 throughout"),
    ("gatys", ["statistics.grams=1"], "no statistic 'grams'. Did you mean gram"),
    ("gatys", ["statistics.gram=nan"], "statistics.gram is nan"),
    ("gatys", ["optimizer=sgd"], "optimizer is 'sgd'"),
    ("gatys", ["combine=log"], "combine is 'log'"),
    ("gatys", ["bounds=content"], "bounds is 'content'. Known: unit, exemplar, none"),
    ("gatys", ["pooling=mean"], "pooling is 'mean'"),
    ("gatys", ["units=metres"], "units is 'metres'"),
    ("gatys", ["precision=half"], "precision is 'half'"),
    ("gatys", ["device=tpu"], "device is 'tpu'"),
    ("gatys", ["tile=z"], "tile is 'z'"),
    ("gatys", ["tile=xy", "size=30"], "a side that repeats must be a multiple of 4"),
    ("gatys", ["init=nowhere.png"], "init is 'nowhere.png', which is no file"),
    ("gatys", ["init=model:brik"], "no model 'brik'.* Did you mean brick"),
    ("gatys", ["init=empty.png"], "empty.png is empty"),
    ("gatys", ["size=0"], "size is 0x0: both sides must lie between 4"),
    ("gatys", ["size=big"], "size is big"),
    ("gatys", ["size=99999"], "size is 99999x99999"),
    ("gatys", ["picture.crop=[0,0,2,2]"], "exemplar is 2x2: both sides must lie between 4"),
    ("gatys", ["steps=-1"], "steps is -1"),
    ("gatys", ["steps=2.5"], "steps"),
    ("gatys", ["scales=0"], "scales is 0"),
    (
        "gatys",
        ["scales=6"],
        "scales=6 brings the exemplar down to 2x2 pixels, and layer pool2 needs 4: say fewer",
    ),
    ("gatys", ["learning_rate=nan"], "learning_rate is nan"),
    ("gatys", ["history=0"], "history is 0"),
    ("gatys", ["betas=[2,3]"], r"betas\[0\] is 2"),
    ("gatys", ["seed=-1"], "seed is -1"),
    ("gatys", ["threads=0"], "threads is 0"),
    ("gatys", ["max_memory=0"], "max_memory is 0"),
    ("gatys", ["recipe=gatys2016"], "no recipe 'gatys2016'. Did you mean gatys2015"),
    ("gatys", ["recipe=gatys2015", "descriptor.weights=vgg19"], "descriptor.download=true"),
    ("gatys", ["resume=no.ckpt"], "no file no.ckpt to resume from"),
    ("gatys", ["resume=empty.png"], "empty.png cannot be read"),
    ("gatys", ["out=a.xyz/b.png", "size=99999"], "size is 99999"),
    ("gatys", ["out=empty.png/run"], "cannot write"),
    ("gatys", ["-m", "seed=1,2", "out=both"], "with -m, out= would put several runs"),
    ("gatys", ["exemplar=empty.png/x"], "no exemplar|cannot be used"),
    ("gatys", ["siez=3"], "no option 'siez'. Did you mean size"),
    ("transfer", ["content=null"], "no exemplar 'null'"),
    ("transfer", ["style=absent.png"], "absent.png"),
    ("transfer", ["content=empty.png"], "empty.png is empty"),
    ("transfer", ["style_weight=0", "content_weight=0"], "weighs 0 throughout"),
    ("transfer", ["style_weight=-1"], "style_weight is -1"),
    ("transfer", ["content_layer_weights={relu2_1:0}"], "content_layer_weights weighs 0 through"),
    ("transfer", ["content_layers=[relu7_1]"], "no layer 'relu7_1'"),
    ("transfer", ["style_layers=[]"], "style_layers is empty"),
    ("transfer", ["colours=both"], "colours is 'both'"),
    ("transfer", ["size=[1,2,3]"], r"size is \[1, 2, 3\]"),
    ("transfer", ["size=[null,null]"], "size is"),
    ("transfer", ["size=[0,32]"], r"size is \[0, 32\]"),
    ("transfer", ["size=-3"], "size is -3"),
    ("transfer", ["size=20000", "max_memory=0.7"], "20000x20000 pixels need about"),
    ("transfer", ["style_scaling.factor=-1"], "style_scaling.factor is -1"),
    (
        "gatys",
        ["scaling.channels=1000"],
        "scaling.channels is 1000: it must lie between -8 and 8",
    ),
    ("gatys", ["scaling.factor=0"], "scaling.factor is 0"),
    ("gatys", ["out=a.gif"], "cannot write a picture as 'a.gif'"),
    ("transfer", ["size=3"], "size is 3x3: both sides must lie between 4"),
    ("transfer", ["style_scale=0.02"], "style is 1x1: both sides"),
    ("transfer", ["bounds=exemplar"], "bounds is 'exemplar'"),
    ("transfer", ["init=exemplar"], "init is 'exemplar', which is no file"),
    ("transfer", ["tv_exponent=9"], "tv_exponent is 9"),
    ("transfer", ["recipe=dl2"], "no recipe 'dl2'. Did you mean d2l"),
    ("reconstruct", ["image=null"], "no exemplar 'null'"),
    ("reconstruct", ["image=absent.png"], "absent.png"),
    ("reconstruct", ["layers=[]"], "layers is empty"),
    ("reconstruct", ["layers=[relu1_9]"], "no layer 'relu1_9'"),
    ("reconstruct", ["picture.side=0"], "picture.side is 0"),
]


@pytest.mark.parametrize(
    ("verb", "change", "words"), REFUSALS, ids=[f"{v} {' '.join(c)}" for v, c, _ in REFUSALS]
)
def test_refusals_are_one_line_with_status_2_and_leave_nothing(
    cli, fast, tmp_path, monkeypatch, verb, change, words
):
    monkeypatch.setenv("TORCH_HOME", str(tmp_path / "nothing"))
    broken("empty.png", b"")
    before = sorted(tmp_path.rglob("*"))
    status, _, err = call(cli, verb, fast[verb], *change)
    assert status == 2, err
    assert len(err.strip().splitlines()) == 1, err
    assert err.startswith("texturenet: ")
    assert re.search(words, err), err
    assert sorted(tmp_path.rglob("*")) == before


@pytest.mark.parametrize("verb", ["transfer", "reconstruct"])
def test_what_is_wanting_is_named(cli, verb):
    status, _, err = cli(verb)
    assert status == 2
    assert re.search("is missing: say (content|image)=VALUE", err), err


def test_a_loss_that_is_not_finite_stops_and_names_the_term(cli, fast, monkeypatch):
    from texturenet.optimise import objective

    plain = objective.Objective._terms

    def spoiled(self, sums, canvas):
        terms = plain(self, sums, canvas)
        name = next(iter(terms))
        return terms | {name: terms[name] * torch.nan}

    monkeypatch.setattr(objective.Objective, "_terms", spoiled)
    status, _, err = call(cli, "gatys", fast["gatys"], "out=run")
    assert (status, "the loss term gram/relu1_1 is nan at step 0" in err) == (2, True), err


@pytest.mark.slow
@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_an_interrupted_run_keeps_the_best_picture(fast, tmp_path, number, code):
    given = {i.split("=")[0]: i for i in [*fast["gatys"], "steps=100000", "out=run", "scales=1"]}
    arguments = ["gatys", *given.values(), "optimizer=adam", "log.previews=5"]
    status, out, _ = interrupt(
        tmp_path, arguments, number, lambda: list((tmp_path / "run").glob("previews/*.png"))
    )
    assert status == code, out
    assert Image.open(tmp_path / "run" / "dots_gatys.png").size == (48, 48)
    assert "resume=run/resume.ckpt" in out
    rows = trace(tmp_path / "run")
    assert 0 < int(rows[-1]["number"]) < 100000


@pytest.mark.weights
@pytest.mark.slow
def test_with_the_real_weights_a_picture_comes_near_its_exemplar():
    few = {"steps": 15, "coarse_steps": 15, "threads": 1, "picture.side": 48}
    losses = [step.loss for step in texturenet.gatys("brick", **few)]
    assert losses[-1] < 0.2
    assert losses[-1] < losses[0] / 5


def test_a_finished_run_goes_on_when_it_is_given_more_steps(cli, fast):
    assert call(cli, "gatys", fast["gatys"], "steps=9", "out=whole")[0] == 0
    assert call(cli, "gatys", fast["gatys"], "steps=4", "out=part")[0] == 0
    more = call(cli, "gatys", fast["gatys"], "steps=9", "resume=part/resume.ckpt")
    assert more[0] == 0, more[2]
    assert pixels("part/dots_gatys.png") == pixels("whole/dots_gatys.png")
    losses = [[(row["number"], row["loss"]) for row in trace(run)] for run in ("whole", "part")]
    assert losses[0] == losses[1]


def test_another_start_is_another_run(cli, fast):
    call(cli, "gatys", fast["gatys"], "out=run", "init=noise")
    status, _, err = call(
        cli, "gatys", fast["gatys"], "init=exemplar", "resume=run/resume.ckpt", "steps=9"
    )
    assert (status, "init=noise, not exemplar" in err) == (2, True), err


def test_from_python_a_run_is_resumed_and_nothing_can_be_written(cli, fast):
    assert call(cli, "gatys", fast["gatys"], "out=run")[0] == 0
    painting = texturenet.gatys(**as_dict(fast["gatys"]), resume="run/resume.ckpt")
    assert next(iter(painting)).step == 6
    with pytest.raises(Refused, match="no file absent.ckpt"):
        texturenet.gatys(**as_dict(fast["gatys"]), resume="absent.ckpt")
    with pytest.raises(Refused, match="out is of the command"):
        texturenet.gatys(**as_dict(fast["gatys"]), out="here")


def test_a_line_search_keeps_to_the_bounds_and_has_nothing_to_say(fast):
    given = as_dict(fast["gatys"]) | {"line_search": True, "init": "noise", "steps": 25}
    steps = list(texturenet.gatys(**given))
    assert [note for step in steps for note in step.notes] == []
    fine = [step.loss for step in steps if step.level == 1]
    assert fine[-1] < fine[0] / 100


@pytest.mark.parametrize("name", ["pebbles", "ihc"])
def test_a_photographs_colours_match_themselves(name):
    from texturenet.io.exemplars import load_picture
    from texturenet.optimise.colours import matched

    picture = load_picture(name, side=64).pixels
    assert torch.allclose(matched(picture, picture), picture, atol=1e-3)
