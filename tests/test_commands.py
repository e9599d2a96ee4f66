"""The commands as a user types them: results, one-line refusals with status 2, interruption."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from PIL import Image
from test_pyramid import random_net

from texturenet import __version__, checkpoint


@pytest.fixture(autouse=True)
def elsewhere(tmp_path, monkeypatch):
    """Commands run from a folder that has nothing to do with the project."""
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def model(tmp_path):
    card = {"name": "dots", "law": "uniform"}
    return checkpoint.save(tmp_path / "models" / "dots.safetensors", random_net(3), card)


def test_alone_or_with_help_it_lists_the_verbs(cli):
    for arguments in ([], ["--help"], ["help"]):
        status, out, _ = cli(*arguments)
        assert status == 0
        for verb in ("train", "sample", "models"):
            assert f"texturenet {verb}" in out
    assert cli("--version")[1].strip() == f"texturenet {__version__}"


@pytest.mark.parametrize("verb", ["train", "sample", "models"])
def test_help_shows_every_key_with_its_default(cli, verb):
    from test_conf import SCHEMAS, leaves

    status, out, _ = cli(verb, "--help")
    assert status == 0
    assert out.startswith(f"usage: texturenet {verb}")
    for key in leaves(SCHEMAS[verb]):
        assert f"{key.split('.')[-1]}:" in out, key
    assert "defaults:" not in out


def test_training_leaves_everything_it_promises(cli, small, tmp_path):
    status, out, _ = cli("train", *small, "name=spots", "log.previews=2", "log.checkpoints=3")
    assert status == 0
    folder = tmp_path / "runs" / "spots"
    names = {path.name for path in folder.iterdir()}
    assert names == {
        "spots.safetensors", "spots_0.png", "spots_1.png", "spots_2.png", "spots_3.png",
        "spots_sheet.png", "spots_tile.png", "spots_tile_2x2.png", "loss.png", "metrics.csv",
        "config.yaml", "resume.ckpt", "previews",
    }  # fmt: skip
    assert len(list((folder / "previews").iterdir())) == 3
    assert Image.open(folder / "spots_tile.png").size == (512, 512)
    assert Image.open(folder / "spots_tile_2x2.png").size == (1024, 1024)
    samples = [(folder / f"spots_{seed}.png").read_bytes() for seed in range(4)]
    assert len(set(samples)) == 4
    for named in ("spots.safetensors", "_0.png", "tile", "loss.png", "s left"):
        assert named in out
    assert [path.name for path in tmp_path.iterdir()] == ["runs"]


def test_a_second_run_does_not_overwrite_the_first(cli, small, tmp_path):
    for _ in range(2):
        assert cli("train", *small)[0] == 0
    assert {path.name for path in (tmp_path / "runs").iterdir()} == {"dots", "dots-2"}


def test_multirun_trains_several_exemplars(cli, small, tmp_path):
    overrides = [item for item in small if not item.startswith("exemplar")]
    status, _, err = cli("train", "-m", "exemplar=brick,gravel", "picture.side=32", *overrides)
    assert status == 0, err
    for name in ("brick", "gravel"):
        assert (tmp_path / "runs" / name / f"{name}.safetensors").is_file()


def test_a_trained_net_is_sampled_by_file_or_folder(cli, small, tmp_path):
    cli("train", *small, "out=run")
    for model in ("run", "run/dots.safetensors"):
        assert cli("sample", f"model={model}", "size=[20,30]", "out=a.png")[0] == 0
        assert Image.open("a.png").size == (30, 20)


def test_resume_goes_on_in_the_same_folder(cli, small, tmp_path):
    cli("train", *small, "out=whole")
    cli("train", *small, "out=half", "log.checkpoints=3")
    # The checkpoint of step 3, as an interrupted run would have left it.
    import torch

    state = torch.load("half/resume.ckpt", weights_only=True)
    assert state["global_step"] == 6
    other = [item for item in small if not item.startswith(("generator.step", "steps"))]
    status, _, err = cli("train", *other, "generator.step=3", "steps=8", "resume=half/resume.ckpt")
    assert (status, "does not fit this run" in err) == (2, True)
    status, _, err = cli("train", *small, "resume=half/resume.ckpt")
    assert (status, "is at step 6 of 6 already" in err) == (2, True)
    longer = [item for item in small if not item.startswith("steps")]
    status, out, err = cli("train", *longer, "steps=8", "resume=half/resume.ckpt")
    assert status == 0, err
    assert "-> half/" in out
    card = checkpoint.load(Path("half/dots.safetensors"))[1]
    assert card["step"] == 8


def test_samples_are_named_after_their_seeds(cli, model):
    status, out, _ = cli("sample", f"model={model}", "size=24", "seed=7", "count=2", "out=made")
    assert status == 0
    assert sorted(path.name for path in Path("made").iterdir()) == ["dots_7.png", "dots_8.png"]
    assert "dots_7.png: 24x24" in out
    cli("sample", f"model={model}", "size=24", "seed=8", "out=one.png")
    assert Path("one.png").read_bytes()[-200:] == Path("made/dots_8.png").read_bytes()[-200:]


def pixels(path):
    return Image.open(path).convert("RGB").tobytes()


@pytest.mark.parametrize(
    "change", ["size=32", "seed=1", "tile=xy", "origin=[5,0]"], ids=lambda change: change
)
def test_every_option_of_sample_changes_the_picture(cli, model, change):
    cli("sample", f"model={model}", "size=24", "out=plain.png")
    assert cli("sample", f"model={model}", "size=24", change, "out=changed.png")[0] == 0
    assert pixels("plain.png") != pixels("changed.png")


def test_windows_of_one_plane_fit(cli, model):
    cli("sample", f"model={model}", "size=[20,40]", "out=whole.png")
    cli("sample", f"model={model}", "size=[20,20]", "origin=[0,20]", "out=right.png")
    right = Image.open("whole.png").crop((20, 0, 40, 20))
    different = [abs(a - b) for a, b in zip(right.tobytes(), pixels("right.png"), strict=True)]
    assert max(different) <= 1


def test_models_are_listed_with_their_licences(cli):
    status, out, _ = cli("models")
    assert status == 0
    for name, path in checkpoint.released().items():
        line = next(line for line in out.splitlines() if line.startswith(name))
        assert checkpoint.load(path)[1]["exemplar"]["licence"].split()[0] in line


def broken(name, data):
    Path(name).write_bytes(data)
    return name


REFUSALS = [
    (["trian"], "no verb 'trian'. Did you mean train"),
    (["train"], "exemplar"),
    (["train", "exemplar=absent.png"], "no exemplar 'absent.png'"),
    (["train", "exemplar=gravle"], "Did you mean gravel"),
    (["train", "SMALL", "exemplar=empty.png"], r"empty.png is empty \(0 bytes\)"),
    (["train", "SMALL", "size=64"], "48x48 pixels here: both sides must be at least 64"),
    (["train", "SMALL", "size=18"], "size 18 is not a multiple of 4"),
    (["train", "SMALL", "name=../x"], "name is '../x'"),
    (["train", "SMALL", "steps=0"], "steps is 0: it must be at least 1"),
    (["train", "SMALL", "batch=-1"], "batch is -1"),
    (["train", "SMALL", "steps=1.5"], "steps"),
    (["train", "SMALL", "stesp=3"], "no option 'stesp'. Did you mean steps"),
    (["train", "SMALL", "+extra=3"], "no option 'extra'"),
    (["train", "SMALL", "recipe=slow"], "no recipe 'slow'.*Known: default, fast, ulyanov2016"),
    (["train", "SMALL", "descriptor.layers=[relu9_9]"], "no layer 'relu9_9'"),
    (["train", "SMALL", "descriptor.pooling=mean"], "pooling is 'mean'"),
    (["train", "SMALL", "descriptor.weights=vgg"], "no weights called 'vgg'"),
    (["train", "SMALL", "descriptor.weights=no.pth"], "no weights file no.pth"),
    (["train", "SMALL", "generator.law=cauchy"], "generator.law is 'cauchy'"),
    (["train", "SMALL", "optimizer.schedule=cos"], "schedule is 'cos'. Did you mean cosine"),
    (["train", "SMALL", "loss.combine=logs"], "no combination 'logs'"),
    (["train", "SMALL", "loss.layer_weights={pool7:1}"], "no layer weight 'pool7'"),
    (["train", "SMALL", "picture.crop=[0,0,500,20]"], "does not lie inside"),
    (["train", "SMALL", "trainer.precision=16"], "precision"),
    (["train", "SMALL", "resume=no.ckpt"], "no file no.ckpt to resume from"),
    (["train", "SMALL", "resume=empty.png"], "empty.png is not a file to resume from"),
    (["train", "SMALL", "out=empty.png/run"], "cannot write"),
    (["train", "SMALL", "exemplar=(("], "no exemplar"),
    (["train", "SMALL", "freeze.at"], "freeze.at"),
    (["sample"], "model"),
    (["sample", "model=brik"], "no model 'brik'"),
    (["sample", "model=empty.png"], "empty.png is not a texturenet model"),
    (["sample", "MODEL", "size=0"], "height is 0"),
    (["sample", "MODEL", "size=-5"], "height is -5"),
    (["sample", "MODEL", "size=[10]"], r"size is \[10\]"),
    (["sample", "MODEL", "size=big"], "size is big"),
    (["sample", "MODEL", "size=100000"], "10000 megapixels"),
    (["sample", "MODEL", "count=0"], "count is 0"),
    (["sample", "MODEL", "seed=-1"], "seed is -1"),
    (["sample", "MODEL", "tile=z"], "tile is 'z'"),
    (["sample", "MODEL", "size=30", "tile=xy"], "nearest are 28 and 32"),
    (["sample", "MODEL", "origin=[1]"], r"origin is \[1\]"),
    (["sample", "MODEL", "out=a.xyz"], "use .png"),
    (["sample", "MODEL", "out=empty.png/a.png"], "cannot write"),
    (["sample", "MODEL", "siez=3"], "no option 'siez'. Did you mean size"),
    (["models", "all=1"], "no option 'all'"),
]


@pytest.mark.parametrize(("arguments", "words"), REFUSALS, ids=[" ".join(r[0]) for r in REFUSALS])
def test_refusals_are_one_line_with_status_2_and_leave_nothing(
    cli, small, model, tmp_path, arguments, words
):
    import re

    broken("empty.png", b"")
    before = sorted(tmp_path.rglob("*"))
    spread = []
    for argument in arguments:
        spread += (
            small
            if argument == "SMALL"
            else [f"model={model}"]
            if argument == "MODEL"
            else [argument]
        )
    # What is given twice would be refused for that: the last one counts.
    keys = {item.split("=")[0]: item for item in spread}
    status, _, err = cli(*keys.values())
    assert status == 2, err
    assert len(err.strip().splitlines()) == 1, err
    assert err.startswith("texturenet: ")
    assert re.search(words, err), err
    assert sorted(tmp_path.rglob("*")) == before


def test_a_gpu_that_is_not_there_is_refused(cli, small):
    import torch

    if torch.cuda.is_available():
        pytest.skip("there is one")
    status, _, err = cli("train", *[s for s in small if "accelerator" not in s], "trainer=gpu")
    assert status == 2
    assert "no GPU can be used" in err


def test_a_folder_that_cannot_be_written_is_refused(cli, model, tmp_path):
    if os.geteuid() == 0:
        pytest.skip("root may write anywhere")
    Path("locked").mkdir(mode=0o500)
    status, _, err = cli("sample", f"model={model}", "size=24", "out=locked/a.png")
    assert status == 2
    assert "cannot write" in err


def test_tensorboard_is_logged_or_its_extra_named(cli, small):
    status, _, err = cli("train", *small, "log.tensorboard=true", "out=run")
    if status == 0:
        assert list(Path("run/tensorboard").glob("events*"))
    else:
        assert "pip install 'texturenet[tensorboard]'" in err


@pytest.mark.slow
@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_an_interrupted_run_still_leaves_a_usable_net(small, tmp_path, number, code):
    long = [item for item in small if not item.startswith("steps")] + ["steps=100000", "out=run"]
    command = [sys.executable, "-m", "texturenet", "train", *long]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    previews = tmp_path / "run" / "previews"
    deadline = time.monotonic() + 120
    while not list(previews.glob("*.png")) and time.monotonic() < deadline:
        time.sleep(0.1)
    process.send_signal(number)
    out, _ = process.communicate(timeout=120)
    assert process.returncode == code, out
    _, card = checkpoint.load(tmp_path / "run" / "dots.safetensors")
    assert card["interrupted"]
    assert 0 < card["step"] < 100000
    assert "resume=run/resume.ckpt" in out
    assert (tmp_path / "run" / "resume.ckpt").is_file()


@pytest.mark.slow
def test_the_installed_command_is_quick_and_quiet(model):
    """As a user starts it: a fresh process, nothing on standard error."""
    command = [sys.executable, "-m", "texturenet", "sample", f"model={model}", "size=64"]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0
    assert done.stderr == ""
    assert Path("dots_0.png").is_file()
