"""Options composed: from threads, inside a program that uses Hydra, with groups and old words."""

import threading

import hydra
import numpy as np
import pytest
import torch
from hydra.core.global_hydra import GlobalHydra
from hydra.core.hydra_config import HydraConfig
from hydra.core.utils import JobRuntime
from hydra.version import VersionBase
from PIL import Image

from texturenet.commands import app, compose, grammar
from texturenet.commands.options import shared
from texturenet.commands.options.optimising import Combine, Gatys, Transfer
from texturenet.commands.options.sampling import Film, Sample
from texturenet.commands.options.training import Train
from texturenet.commands.plan import with_advice
from texturenet.commands.schema import facts, hints, lookup, words
from texturenet.descriptors.formats import READERS
from texturenet.descriptors.random import CANDIDATES
from texturenet.descriptors.vgg import BLOCKS, POOLINGS
from texturenet.descriptors.weights import LARGEST_SIDE, MOST_MAPS
from texturenet.errors import Refused
from texturenet.generator.architecture import MOST_NOISE, MOST_SCALES, MOST_STEP, MOST_WIDTH
from texturenet.io.exemplars import open_picture
from texturenet.losses.texture import TextureLoss
from texturenet.noise.laws import LAWS, REDRESSE
from texturenet.optimise import colours
from texturenet.optimise.method import OPTIMIZERS as PIXEL_OPTIMIZERS
from texturenet.sampling.motions import EASINGS, KINDS
from texturenet.sampling.texture import PRECISIONS, TILES
from texturenet.training.recipe import OPTIMIZERS, SCHEDULES


def test_several_threads_compose_at_once():
    compose.base.cache_clear()
    composed, failed = {}, []

    def ask(number):
        recipe = ("default", "fast", "auto", "ulyanov2016")[number]
        try:
            options = app.request("train", {"exemplar": "brick", "recipe": recipe}).options
            composed[recipe] = options.steps or options.minutes
        except Exception as error:
            failed.append(error)

    threads = [threading.Thread(target=ask, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failed
    assert composed == {"default": 12, "fast": 4, "auto": 12, "ulyanov2016": 1500}


def test_a_program_that_uses_hydra_finds_its_state_as_it_was(tmp_path):
    (tmp_path / "config.yaml").write_text("a: 1\n")
    compose.base.cache_clear()

    def state():
        kinds = (GlobalHydra, HydraConfig, VersionBase)
        runtime = JobRuntime.instance().conf
        return [dict(vars(kind.instance())) for kind in kinds], dict(runtime)

    with hydra.initialize_config_dir(str(tmp_path), version_base="1.2", job_name="host"):
        HydraConfig.instance().cfg = "the program's own"
        before = state()
        assert before[1]["name"] == "host"
        app.request("train", {"exemplar": "brick"})
        assert state() == before
        assert hydra.compose("config").a == 1
        HydraConfig.instance().cfg = None


def test_of_a_group_the_keys_count_as_given_that_were_given():
    given = {"exemplar": "brick", "picture": {"side": 200}, "steps": 5, "descriptor": "vgg19"}
    request = app.request("train", given | {"loss": {"layer_weights": {"relu1_1": 2.0}}})
    assert request.options.picture.side == 200
    assert request.options.picture.crops == 25
    for key in ("picture.side", "steps", "loss.layer_weights"):
        assert request.gives(key), key
    for key in ("picture.crop", "picture.crops", "loss.ridge", "generator.waves"):
        assert not request.gives(key), key
    assert request.gives("descriptor.layers"), "a file of conf/ was chosen for all of it"


def test_advice_is_followed_beside_what_was_given_of_the_same_group(tmp_path):
    pixels = np.full((176, 176, 3), 255, np.uint8)
    pixels[8:168, 8:168] = np.random.default_rng(0).integers(0, 255, (160, 160, 3))
    Image.fromarray(pixels).save(tmp_path / "framed.png")
    given = {"exemplar": str(tmp_path / "framed.png"), "recipe": "auto", "picture": {"crops": 3}}
    chosen = with_advice(app.request("train", given), open_picture(given["exemplar"]))
    assert (chosen.picture.crop, chosen.picture.crops) == ([8, 8, 160, 160], 3)


@pytest.mark.parametrize("made", [np.array, torch.tensor, tuple])
def test_arrays_and_tensors_are_values_as_lists_are(made):
    given = {"exemplar": "brick", "size": made([64, 48]), "betas": made([0.5, 0.25])}
    options = app.request("gatys", given | {"steps": np.int64(3)}).options
    assert (options.size, options.betas, options.steps) == ([64, 48], [0.5, 0.25], 3)
    assert app.request("gatys", {"exemplar": "brick", "size": made([64])[0]}).options.size == 64


@pytest.mark.parametrize(
    ("verb", "word", "today"),
    [
        ("train", "trainer.accelerator", "device"),
        ("train", "trainer.precision", "precision"),
        ("train", "trainer.threads", "threads"),
        ("film", "weights", "descriptor"),
        ("score", "weights", "descriptor"),
        ("study", "trained", "descriptor"),
        ("descriptor", "normalize", "normalise"),
    ],
)
def test_a_word_of_earlier_versions_is_refused_with_the_one_of_today(verb, word, today):
    with pytest.raises(Refused, match=f"{word} is called {today} now: say {today}="):
        app.request(verb, {word: "auto"})
    assert lookup(compose.schema_of(verb), today) is not None


def test_every_verb_that_computes_says_device_and_threads_alike():
    verbs = set(compose.GROUPS) | {"sample", "film", "reproduce", "score", "study", "descriptor"}
    for verb in verbs:
        schema = compose.schema_of(verb)
        assert hints(schema)["device"] is shared.Device, verb
        assert hints(schema)["threads"] is shared.Threads, verb
        if lookup(schema, "precision") is not None:
            assert set(words(lookup(schema, "precision"))) == {"auto", "float32", "bfloat16"}


def test_words_and_limits_are_those_of_the_packages_that_use_them():
    """The options name them again, so that help needs no torch."""
    pairs = [
        (lookup(Train, "generator.law"), LAWS),
        (lookup(Train, "loss.combine"), TextureLoss.COMBINATIONS),
        (lookup(Train, "loss.units"), TextureLoss.UNITS),
        (lookup(Train, "optimizer.kind"), OPTIMIZERS),
        (lookup(Train, "optimizer.schedule"), SCHEDULES),
        (lookup(Train, "descriptor.pooling"), POOLINGS),
        (lookup(Film, "kind"), KINDS),
        (lookup(Film, "easing"), EASINGS),
        (lookup(Film, "redresse"), REDRESSE),
        (lookup(Sample, "tile"), TILES),
        (lookup(Gatys, "optimizer"), PIXEL_OPTIMIZERS),
        (lookup(Transfer, "colours"), colours.KEPT),
        (lookup(compose.schema_of("study"), "architecture"), BLOCKS),
    ]
    for annotation, table in pairs:
        assert set(words(annotation)) == set(table), table
    assert set(words(lookup(Sample, "precision"))) == {*PRECISIONS, "auto"}
    assert set(words(Combine)) == {"relative", "absolute"}
    assert shared.LARGEST_SIDE == LARGEST_SIDE
    assert set(compose.FILES) == set(READERS)
    _, _, most = facts(lookup(compose.schema_of("descriptor"), "n_samples"))
    assert most == CANDIDATES - 1
    limits = {
        "generator.scales": MOST_SCALES,
        "generator.step": MOST_STEP,
        "generator.branch": MOST_WIDTH,
        "generator.noise_channels": MOST_NOISE,
        "descriptor.filters.maps": MOST_MAPS,
    }
    for key, most in limits.items():
        with pytest.raises(Refused, match=f"between [01] and {most}"):
            app.request("train", {"exemplar": "a", "descriptor": "random_filters", key: most + 1})
    for widths in ([MOST_WIDTH + 1], [1] * (MOST_SCALES + 1)):
        with pytest.raises(Refused, match=r"generator\.widths"):
            app.request("train", {"exemplar": "a", "generator.widths": widths})
    widths = [MOST_WIDTH] * MOST_SCALES
    assert app.request("train", {"exemplar": "a", "generator.widths": widths})


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("[1, 2,3]", [1, 2, 3]),
        ("{relu1_1:2.0,relu2_1@2:1}", {"relu1_1": 2.0, "relu2_1@2": 1}),
        ("null", None),
        ("1e-3", 0.001),
        ("true", True),
        ("010", 10),
        ("-08", -8),
        ("1_000", 1000),
        ("0x10", 16),
        ("[010,01.50]", [10, 1.5]),
        ("{relu1_1:010}", {"relu1_1": 10}),
        ("[1:30]", ["1:30"]),
        ("'010'", "010"),
    ],
)
def test_values_that_are_no_words_are_read_as_yaml(text, value):
    assert grammar.parsed(Train, "loss.layer_weights", text) == ("loss.layer_weights", value)


@pytest.mark.parametrize(
    "text", ["[1,", "{a", "[[1]", "${no}}", "\t@", "1:30", "&a [*a]", "{a:1,a:2}", "!!int x"]
)
def test_what_is_no_yaml_is_refused(text):
    def ask():
        return app.request(
            "train", {"exemplar": "a"} | dict([grammar.parsed(Train, "loss.ridge", text)])
        )

    with pytest.raises(Refused, match=r"loss.ridge"):
        ask()


def test_leading_zeros_are_no_octal_numbers_on_a_command_line(cli, model, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert cli("sample", f"model={model}", "size=016", "seed=010")[0] == 0
    assert cli("sample", "-m", f"model={model}", "size=[016,24]", "seed=011,012")[0] == 0
    assert {path.name for path in tmp_path.glob("*.png")} == {f"dots_{n}.png" for n in (10, 11, 12)}
    status, _, err = cli("sample", f"model={model}", "seed=1:30")
    assert (status, "seed is 1:30: it must be a whole number" in err) == (2, True)


@pytest.mark.parametrize(
    ("key", "text", "values"),
    [
        ("exemplar", "a.png,it's.png", ["a.png", "it's.png"]),
        ("exemplar", "'a,b.png'", ["a,b.png"]),
        ("exemplar", "'a,b.png',c", ["a,b.png", "c"]),
        ("exemplar", 'a,"b,c.png"', ["a", "b,c.png"]),
        ("exemplar", "choice(a.png,'b,c',d:e)", ["a.png", "b,c", "d:e"]),
        ("name", "2024_05,010", ["2024_05", "010"]),
        ("recipe", "sort(fast,auto)", ["auto", "fast"]),
        ("seed", "range(0,3)", [0, 1, 2]),
        ("seed", "choice(08,9)", [8, 9]),
        ("loss.layer_weights", "{relu1_1:1},{relu1_1:2}", [{"relu1_1": 1}, {"relu1_1": 2}]),
    ],
)
def test_one_value_of_a_multirun_is_a_word_in_quotes_or_what_hydra_sweeps(key, text, values):
    jobs = grammar.jobs([(key, text)], Train)
    assert [grammar.parsed(Train, *job[0])[1] for job in jobs] == values


def test_sweeps_that_name_no_values_are_refused():
    for text in ("interval(0,1)", "glob(*)"):
        with pytest.raises(Refused, match="seed is"):
            grammar.jobs([("seed", text)], Train)


def test_null_is_nothing_only_where_nothing_is_allowed():
    given = {"content": "null", "style": "a"}
    assert app.request("transfer", given).options.content == "null"
    assert app.request("train", {"exemplar": "a", "name": "null"}).options.name is None


def test_help_needs_no_torch():
    import subprocess
    import sys

    code = (
        "import sys; from texturenet.commands import help; help.of('sample'); help.of('train'); "
        "sys.exit('torch' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code]).returncode == 0


def test_every_option_has_help():
    from helpers.options import SCHEMAS, leaves

    for verb, schema in SCHEMAS.items():
        for key in leaves(schema):
            text, *_ = facts(lookup(schema, key))
            assert text or words(lookup(schema, key)), (verb, key)


def test_several_kinds_have_their_own_keys_in_one_multirun(cli, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    words = ["-m", "kind=random_filters,ranvgg", "image=brick", "seed=1,2", "--cfg=job"]
    status, out, err = cli("descriptor", *words)
    assert status == 0, err
    assert out.count("kind: random_filters") == out.count("kind: ranvgg") == 2
    assert out.count("n_samples: 3") == out.count("centred: 0.75") == 2
    assert not list(tmp_path.iterdir())


def test_paths_of_any_spelling_are_written_as_they_stand():
    import yaml

    for name in ("a${b}.png", "${", "it's: #1.png", "null", "é.png"):
        options = app.request("transfer", {"content": name, "style": "a"}).options
        assert yaml.safe_load(compose.as_yaml(options))["content"] == name
