"""Configuration: all recipes compose and bind, every number has its source, no option is dead."""

from dataclasses import MISSING, fields, replace

import pytest
import torch
import yaml
from helpers.options import NEEDED, SCHEMAS, leaves

from texturenet.commands import app, compose, grammar
from texturenet.commands.options import GROUPS
from texturenet.commands.options.preparing import MendingFirst
from texturenet.commands.options.training import Train
from texturenet.errors import Refused
from texturenet.io.files import own_folder
from texturenet.materials.kinds import KINDS

CONF = own_folder("conf")
RECIPES = sorted(path.stem for path in (CONF / "recipe" / "train").glob("*.yaml"))


def composed(values):
    return app.request("train", values).options


@pytest.mark.parametrize("recipe", RECIPES)
@pytest.mark.parametrize("device", ["auto", "cpu", "gpu"])
def test_every_recipe_composes_into_its_types(recipe, device):
    chosen = composed({"exemplar": "gravel", "recipe": recipe, "device": device})
    assert isinstance(chosen, Train)
    assert chosen.device == device
    assert chosen.size % 2 ** (chosen.generator.scales - 1) == 0


@pytest.mark.parametrize("verb", GROUPS)
def test_a_key_has_its_default_in_one_place(verb):
    """What a recipe says has none in the options; a file of conf/ says nothing else."""
    schema, base = SCHEMAS[verb], compose.base(verb)
    assert {"descriptor"} < set(base) <= {field.name for field in fields(schema)}
    for field in fields(schema):
        default = field.default is not MISSING or field.default_factory is not MISSING
        assert default != (field.name in base or field.name in NEEDED[verb]) or (
            default and verb in ("gatys", "train") and field.name == "exemplar"
        ), field.name


def test_the_fast_recipe_differs_from_the_default_in_length_only():
    assert yaml.safe_load((CONF / "recipe" / "train" / "fast.yaml").read_text()).keys() == {
        "defaults",
        "minutes",
        "budget",
    }


# Keys that a published recipe has to fill and its source does not speak of.
OURS = (
    "crop:", "mean:", "deviation:", "range:", "hold:", "floor:", "gram:", "samples:", "at:",
    "scales:", "usual_layers", "usual_pooling", "combine", "content_combine", "style_combine",
    "bounds: none", "noise:", "log:",
    "statistics:", "history: 20",
    "minutes:", "budget:", "advice:", "covariance:", "pooled:", "units:", "ridge:", "octaves:",
    "detail:", "glints:", "periodic:", "between:", "matrix_rate:", "momentum:", "average:",
    "times:", "every: 25", "worse:",
    "alike:", "patience:",
)  # fmt: skip


@pytest.mark.parametrize(
    "recipe",
    ["train/ulyanov2016", "train/gutierrez2019", "gatys/gatys2015", "transfer/gatys2016",
     "transfer/d2l", "transfer/keras", "transfer/adam512"],
)  # fmt: skip
def test_a_published_recipe_gives_a_source_for_every_number(recipe):
    lines = (CONF / "recipe" / f"{recipe}.yaml").read_text().splitlines()
    ours = OURS
    for line in lines:
        bare = line.strip()
        if bare and not bare.startswith(("#", "-", *ours)) and not bare.endswith(":"):
            assert "#" in line or "unit_gradient" in line or "schedule" in line, line


def test_the_port_is_the_published_recipe_but_for_what_its_code_says():
    asked = {"exemplar": "brick", "recipe": "gutierrez2019"}
    found = composed(asked)
    assert (found.batch, found.steps, found.optimizer.floor) == (10, 3000, 0.01)
    published = composed(asked | {"recipe": "ulyanov2016"})
    optimizer = replace(found.optimizer, floor=0.0)
    assert replace(found, batch=16, steps=1500, optimizer=optimizer) == published
    assert published.loss.unit_gradient
    assert published.guard.times == 0


def test_the_published_numbers_are_those():
    found = composed({"exemplar": "brick", "recipe": "ulyanov2016"})
    assert (found.size, found.batch, found.steps) == (256, 16, 1500)
    assert (found.optimizer.learning_rate, found.optimizer.decay, found.optimizer.every) == (
        0.1,
        0.8,
        300,
    )
    assert found.descriptor.layers == [f"relu{block}_1" for block in range(1, 6)]
    assert (found.descriptor.weights, found.descriptor.pooling) == ("vgg19", "max")
    assert (found.generator.scales, found.generator.step) == (6, 8)


@pytest.mark.parametrize(
    ("overrides", "words"),
    [
        ({"stesp": 3}, "no option 'stesp'. Did you mean steps"),
        ({"generator.scale": 3}, "no option 'generator.scale'. Did you mean generator.scales"),
        ({"recipe": "defualt"}, "no recipe 'defualt'. Did you mean default"),
        ({"descriptor": "vgg61"}, "no descriptor 'vgg61'"),
        ({"steps": "many"}, "steps is many: it must be a whole number"),
        ({"optimizer.betas": 0.9}, "optimizer.betas"),
        ({"recipe": None}, "no recipe None"),
        ({"steps": None, "minutes": None}, "steps and minutes are both null: give one of them"),
        ({"steps": None, "recipe": "ulyanov2016"}, "steps and minutes are both null"),
        ({"steps": 9, "minutes": 4}, "steps=9 and minutes=4 exclude each other: give one of them"),
        ({"minutes": 0}, "minutes is 0: it must lie between 0.01 and"),
        ({"minutes": "long"}, "minutes is long: it must be a number"),
        ({"budget.least": 0}, "budget.least is 0"),
        ({"size": [1, 2]}, "size"),
    ],
)
def test_wrong_keys_names_and_types_are_refused_with_the_nearest(overrides, words):
    with pytest.raises(Refused, match=words):
        composed({"exemplar": "gravel"} | overrides)


@pytest.mark.parametrize(
    "value",
    [
        "my photo (1).jpg",
        "a=b,c.png",
        "it's.png",
        'quo"te.png',
        "back\\slash.png",
        "~/x y.png",
        "é{1}.png",
        "trailing\\",
        "[x].png",
        "a${b}.png",
        "'a.png",
        "2024_05",
        "1e3",
        "true",
    ],
)
def test_paths_of_any_spelling_are_taken_as_they_stand(value, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert composed({"exemplar": value}).exemplar == value
    ((job,),) = grammar.jobs([("exemplar", value.replace(",", ""))], Train)
    assert grammar.parsed(Train, *job) == ("exemplar", value.replace(",", ""))
    assert grammar.parsed(Train, "exemplar", f"'{value}'") == ("exemplar", value)


def test_a_multirun_list_stays_a_list_and_an_existing_file_does_not(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    both = [[("exemplar", "brick")], [("exemplar", "gravel")]]
    assert grammar.jobs([("exemplar", "brick,gravel")], Train) == both
    (tmp_path / "a,b.png").touch()
    assert grammar.jobs([("exemplar", "a,b.png")], Train) == [[("exemplar", "a,b.png")]]
    swept = grammar.jobs([("size", "[32,48],[48,32]"), ("seed", "range(0,3)")], SCHEMAS["sample"])
    assert len(swept) == 6
    assert swept[0] == [("size", "[32,48]"), ("seed", "0")]


def test_lists_and_numbers_pass_from_python():
    found = composed(
        {
            "exemplar": "gravel",
            "picture.crop": [1, 2, 30, 40],
            "optimizer.learning_rate": 1e-3,
            "loss.layer_weights": {"pool1": 2.0},
            "log.tensorboard": True,
        },
    )
    assert found.picture.crop == [1, 2, 30, 40]
    assert found.optimizer.learning_rate == pytest.approx(0.001)
    assert found.loss.layer_weights == {"pool1": 2.0}
    assert found.log.tensorboard is True


def net_of(folder):
    from texturenet import load

    return load(folder, device="cpu").net.weights()


# Another value for every key of `train` that shapes the net; each has to change it.
CHANGES = {
    "seed": 1,
    "size": 24,
    "windows": False,
    "batch": 3,
    "steps": 4,
    "picture.crop": [0, 0, 30, 30],
    "picture.side": 30,
    "picture.crops": 1,
    "picture.octaves": 2,
    "generator.scales": 2,
    "generator.widths": [5],
    "generator.branch": 3,
    "generator.noise_channels": 2,
    "generator.law": "gaussian",
    "generator.waves": 1,
    "descriptor.layers": ["relu1_1"],
    "descriptor.pooling": "avg",
    "descriptor.usual_pooling": "avg",
    "pruning.channels": 1.0,
    "pruning.until": 0.2,
    "loss.combine": "sum",
    "loss.gram": 2.0,
    "loss.covariance": 2.0,
    "loss.mean": 2.0,
    "loss.deviation": 1.0,
    "loss.pooled": False,
    "loss.units": "deviation",
    "loss.ridge": 0.1,
    "loss.octaves": 1,
    "loss.range": 50.0,
    "loss.detail": 0.0,
    "loss.glints": 0.0,
    "loss.layer_weights": {"pool2": 5.0},
    "loss.unit_gradient": True,
    "optimizer.kind": "adam",
    "optimizer.learning_rate": 0.02,
    "optimizer.matrix_rate": 0.01,
    "optimizer.momentum": 0.5,
    "optimizer.betas": [0.5, 0.9],
    "optimizer.schedule": "step",
    "optimizer.hold": 0.0,
    "optimizer.floor": 0.9,
    "freeze.at": 0.2,
    "freeze.samples": 3,
    "precision": "bfloat16",
}
GROWING = {"generator.step": 3}  # stands in the place of widths
STEPPED = {"optimizer.decay": 0.1, "optimizer.every": 2}  # only the "step" schedule reads these
EARLY = {"freeze.average": 0.9}  # averages nothing unless some steps are left
SHOWN_ELSEWHERE = {  # in test_commands, test_weights, test_adviser, test_guards, test_score
    "minutes", "budget.least", "budget.most",  # and these in test_minutes.py
    "exemplar", "name", "out", "resume", "descriptor.weights", "descriptor.download",
    "descriptor.filters", "descriptor.usual_layers",  # and these in test_descriptor.py
    "advice", *(f"guard.{key}" for key in ("times", "every", "worse", "alike", "patience")),
    "log.moments",  # in tests/studio
    "log.score", "log.previews", "log.checkpoints", "log.tensorboard",
    "device", "threads",
    "trainer.devices", "trainer.nodes",  # tests/commands/test_several.py
    "recorded",  # on a GPU: tests/training/test_recorded.py
    "parent",  # tests/training/test_parent.py
    "exemplars", "into",  # test_palette.py
    "steer",  # tests/training/test_steered.py, tests/commands/test_field.py
    "loss.periodic",  # test_periodic.py
    "generator.units", "loss.between",  # test_units.py
    "material", "loss.maps", "loss.together", "maps.convention", "maps.depth",
    *(f"maps.{kind}" for kind in KINDS),
    # those in test_materials.py and tests/materials; these in test_prepare.py and tests/analysis
    *(f"prepare.{each.name}" for each in fields(MendingFirst)),
}  # fmt: skip


SETTINGS = {"growing": GROWING, "stepped": STEPPED, "early": EARLY}  # in which they matter


def test_every_option_of_training_is_shown_to_matter_somewhere():
    assert set(CHANGES) | set(GROWING) | set(STEPPED) | set(EARLY) | SHOWN_ELSEWHERE == set(
        leaves(Train)
    )


@pytest.fixture(scope="module")
def reference(tmp_path_factory):
    return {}


@pytest.mark.usefixtures("blank_figures")
@pytest.mark.parametrize("key", [*CHANGES, *GROWING, *STEPPED, *EARLY])
def test_every_option_of_training_changes_the_net(key, small, tmp_path, reference, monkeypatch):
    import texturenet

    base = dict(override.split("=", 1) for override in small)
    base = {name: yaml.safe_load(value) for name, value in base.items()}
    setting = next((n for n, keys in SETTINGS.items() if key in keys), "plain")
    base |= {
        "stepped": {"optimizer.schedule": "step", "optimizer.every": 3},
        "early": {"freeze.at": 0.2},
        "growing": {"generator.widths": None, "generator.step": 2},
        "plain": {},
    }[setting]
    monkeypatch.chdir(tmp_path)
    if setting not in reference:
        reference[setting] = net_of(texturenet.train(**base, out="plain"))
    change = {**CHANGES, **GROWING, **STEPPED, **EARLY}[key]
    changed = net_of(texturenet.train(**base | {key: change}, out="changed"))
    plain = reference[setting]
    assert changed.keys() != plain.keys() or not all(
        plain[name].shape == tensor.shape and torch.equal(plain[name], tensor)
        for name, tensor in changed.items()
    )
