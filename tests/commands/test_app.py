"""The commands as a user types them: results, one-line refusals with status 2, interruption."""

import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path
from types import SimpleNamespace

import pytest
from helpers.killing import ended, interrupt, start
from helpers.options import SCHEMAS
from helpers.pictures import broken, pixels
from PIL import Image

from texturenet import __version__, commands
from texturenet.commands import VERBS
from texturenet.generator import release

pytestmark = pytest.mark.usefixtures("elsewhere")


def test_alone_or_with_help_it_lists_the_verbs(cli):
    for arguments in ([], ["--help"], ["help"]):
        status, out, _ = cli(*arguments)
        assert status == 0
        for verb in VERBS:
            assert f"texturenet {verb}" in out
    assert cli("--version")[1].strip() == f"texturenet {__version__}"


@pytest.mark.parametrize("verb", VERBS)
def test_help_shows_every_key_with_its_default(cli, verb):
    from helpers.options import SCHEMAS, leaves

    status, out, _ = cli(verb, "--help")
    assert status == 0
    assert out.startswith(f"usage: texturenet {verb}")
    for key in leaves(SCHEMAS[verb]):
        assert re.search(rf"^{re.escape(key)}=", out, re.MULTILINE), key
    assert "???" not in out


def test_training_leaves_everything_it_promises(cli, small, tmp_path, monkeypatch):
    monkeypatch.setattr("texturenet.commands.train.release.SIDE", 256)
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


def test_resume_goes_on_in_the_same_folder_and_ends_the_same(cli, small):
    import torch

    long = [item for item in small if not item.startswith("steps")]
    # A hold of 1 keeps the rate, and freezing at the end the statistics: both depend on `steps`.
    long += ["optimizer.hold=1", "freeze.at=1", "pruning.channels=1"]
    assert cli("train", *long, "steps=8", "out=whole")[0] == 0
    assert cli("train", *long, "steps=5", "out=half")[0] == 0
    half = torch.load("half/resume.ckpt", weights_only=True)
    half["state_dict"]["generator.calibrated"].fill_(False)
    torch.save(half, "half/resume.ckpt")
    for change, words in (
        (["steps=8", "generator.branch=3"], "generator.branch=0, not 3"),
        (["steps=8", "exemplar=gravel"], "exemplar="),
        (["steps=4"], "is at step 5 of 4"),
    ):
        given = {item.split("=")[0]: item for item in [*long, *change]}
        status, _, err = cli("train", *given.values(), "resume=half/resume.ckpt")
        assert (status, words in err) == (2, True), err
    status, out, err = cli("train", *long, "steps=8", "resume=half/resume.ckpt")
    assert status == 0, err
    assert "-> half/" in out
    whole, resumed = (
        release.load(Path(run) / "dots.safetensors")[0].weights() for run in ("whole", "half")
    )
    assert all(torch.equal(tensor, resumed[name]) for name, tensor in whole.items())
    assert Path("whole/metrics.csv").read_text() == Path("half/metrics.csv").read_text()


def test_samples_are_named_after_their_seeds(cli, model):
    status, out, _ = cli("sample", f"model={model}", "size=24", "seed=7", "count=2", "out=made")
    assert status == 0
    assert sorted(path.name for path in Path("made").iterdir()) == ["dots_7.png", "dots_8.png"]
    assert "dots_7.png: 24x24" in out
    cli("sample", f"model={model}", "size=24", "seed=8", "out=one.png")
    assert Path("one.png").read_bytes()[-200:] == Path("made/dots_8.png").read_bytes()[-200:]


ENGINES = ("local.", "ray.", "slurm.")
PICTURE = ["size=32", "seed=1", "tile=xy", "origin=[5,0]"]


def test_every_option_of_sample_is_shown_to_matter():
    from helpers.options import leaves

    elsewhere = {"model", "count", "out", "threads", "matching", "precision", "workers", "device"}
    elsewhere |= {"preset"}  # in test_materials.py
    elsewhere |= {"field", "field_turn"}  # in test_field.py
    elsewhere |= {"part", "engine"}  # in test_join.py, test_by_engine.py
    elsewhere |= {key for key in leaves(SCHEMAS["sample"]) if key.startswith(ENGINES)}
    assert {change.split("=")[0] for change in PICTURE} | elsewhere == set(
        leaves(SCHEMAS["sample"])
    )


@pytest.mark.parametrize("change", PICTURE)
def test_options_of_sample_change_the_picture(cli, model, change):
    cli("sample", f"model={model}", "size=24", "out=plain.png")
    assert cli("sample", f"model={model}", "size=24", change, "out=changed.png")[0] == 0
    assert pixels("plain.png") != pixels("changed.png")


def test_threads_are_those_asked_for(cli, model, small):
    import torch

    for command in (["sample", f"model={model}", "size=24"], ["train", *small, "out=run"]):
        given = {item.split("=")[0]: item for item in command}
        key = "threads"
        given[key] = f"{key}=2"
        try:
            assert cli(*given.values())[0] == 0
            assert torch.get_num_threads() == 2
        finally:
            torch.set_num_threads(1)


def test_checkpoints_are_written_as_often_as_asked(cli, small, monkeypatch):
    from texturenet.training import callbacks

    written = []
    monkeypatch.setattr(callbacks.WholeFiles, "save_checkpoint", lambda *a, **k: written.append(1))
    cli("train", *small, "out=run", "log.checkpoints=2")
    assert len(written) == 3  # steps 2, 4 and 6, which is the end


def test_out_may_be_a_folder_with_a_dot(cli, model):
    cli("sample", f"model={model}", "size=24", "out=pics.v2/")
    assert Path("pics.v2/dots_0.png").is_file()


def test_exemplars_of_any_spelling_are_trained_on(cli, small, exemplar_file):
    for number, name in enumerate(["my photo (1).png", "a,b.png", "[x].png", "a${b}'s.png"]):
        Path(name).write_bytes(exemplar_file.read_bytes())
        given = {item.split("=")[0]: item for item in [*small, f"exemplar={name}", f"out={number}"]}
        status, _, err = cli("train", *given.values())
        assert status == 0, err
        assert len(list(Path(str(number)).glob("*.safetensors"))) == 1


def test_names_that_look_like_numbers_stay_names(cli, small):
    assert cli("train", *small, "name=2024_05")[0] == 0
    assert Path("runs/2024_05/2024_05.safetensors").is_file()


def test_a_multirun_goes_on_after_a_refusal_and_leaves_no_files_of_its_own(cli, small, tmp_path):
    broken("empty.png", b"")
    given = {item.split("=")[0]: item for item in [*small, "exemplar=empty.png,gravel"]}
    status, _, err = cli("train", *given.values(), "picture.side=32", "-m")
    assert (status, "empty.png is empty" in err) == (2, True)
    assert [path.name for path in (tmp_path / "runs").iterdir()] == ["gravel"]
    assert {path.name for path in tmp_path.iterdir()} == {"empty.png", "runs"}


@pytest.mark.parametrize(
    ("words", "refusal"),
    [
        (["train", "SMALL", "exemplar=gravel,absent"], "no exemplar 'absent'"),
        (["advise", "exemplar=gravel,absent"], "no exemplar 'absent'"),
        (["transfer", "content=brick", "style=gravel,absent"], "no exemplar 'absent'"),
        (["score", "model=brick,absent"], "no model 'absent'"),
        (["sample", "MODEL", "size=16", "out=a.png,a.xyz"], "use .png"),
        (["sample", "MODEL", "size=16", "seed=0,1", "count=200000"], "makes at most 100000"),
        (["sample", "size=16", "model=brick,absent"], "no model 'absent'"),
        (["film", "MODEL", "size=16", "seconds=0.1", "out=a.gif,a.xyz"], "cannot write a film"),
        (["film", "MODEL", "size=16,17", "seconds=0.1", "kind=pan"], "even sides|2 jobs"),
    ],
    ids=lambda value: value if isinstance(value, str) else " ".join(value),
)
def test_what_is_quickly_seen_of_a_later_job_is_refused_before_the_first(
    cli, small, model, tmp_path, words, refusal
):
    before = sorted(tmp_path.rglob("*"))
    spread = {"SMALL": small, "MODEL": [f"model={model}"]}
    given = [item for word in words for item in spread.get(word, [word])]
    keys = {item.split("=")[0]: item for item in given}
    status, out, err = cli(*keys.values(), "-m")
    assert (status, out) == (2, "")
    assert len(err.strip().splitlines()) == 1
    assert re.search(refusal, err), err
    assert sorted(tmp_path.rglob("*")) == before


def test_faults_of_our_own_are_not_dressed_as_refusals(monkeypatch, model):
    from texturenet.commands import drawing, sample

    def broken(*arguments, **more):
        raise AssertionError("a fault")

    monkeypatch.setattr(drawing, "load", broken)
    with pytest.raises(AssertionError, match="a fault"):
        sample.main([f"model={model}"])


def test_memory_that_is_not_there_is_one_line(cli, model, monkeypatch):
    from texturenet.commands import drawing

    def greedy(*arguments, **more):
        import torch

        return torch.empty(2**55)

    monkeypatch.setattr(drawing, "load", greedy)
    status, _, err = cli("sample", f"model={model}")
    assert (status, err) == (2, "texturenet: out of memory: ask for a smaller size or batch.\n")


def test_windows_of_one_plane_fit(cli, model):
    cli("sample", f"model={model}", "size=[20,40]", "out=whole.png")
    cli("sample", f"model={model}", "size=[20,20]", "origin=[0,20]", "out=right.png")
    right = Image.open("whole.png").crop((20, 0, 40, 20))
    different = [abs(a - b) for a, b in zip(right.tobytes(), pixels("right.png"), strict=True)]
    assert max(different) <= 1


def test_models_are_listed_with_their_licences(cli):
    status, out, _ = cli("models")
    assert status == 0
    for name, path in release.released().items():
        line = next(line for line in out.splitlines() if line.startswith(name))
        assert release.load(path)[1]["exemplar"]["licence"].split()[0] in line


REFUSALS = [
    (["trian"], "no verb 'trian'. Did you mean train"),
    (["train"], "exemplar"),
    (["train", "exemplar=absent.png"], "no exemplar 'absent.png'"),
    (["train", "exemplar=gravle"], "Did you mean gravel"),
    (["train", "SMALL", "exemplar=empty.png"], r"empty.png is empty \(0 bytes\)"),
    (["train", "SMALL", "size=64"], "48x48 pixels here: both sides must be at least 64"),
    (["train", "SMALL", "size=18", "windows=false"], "size 18 is not a multiple of 4"),
    (["train", "SMALL", "name=../x"], "name is '../x'"),
    (["train", "SMALL", "generator.scales=300"], "scales is 300: it must lie between 1 and 12"),
    (["train", "SMALL", "generator.widths=null", "generator.step=1000000"], "step is 1000000"),
    (["train", "SMALL", "generator.step=8"], "generator.step=8 exclude each other"),
    (["train", "SMALL", "generator.widths=null"], "both null"),
    (["train", "SMALL", "generator.widths=[]"], "generator.widths"),
    (["train", "SMALL", "generator.widths=[8,5000]"], "3072"),
    (["train", "SMALL", "generator=ulyanov"], "Did you mean ulyanov2016"),
    (["train", "SMALL", "generator.noise_channels=65"], "noise_channels is 65"),
    (["train", "SMALL", "optimizer.betas=[0.9]"], "optimizer.betas is"),
    (["train", "SMALL", "optimizer.betas=[2,3]"], r"optimizer.betas\[0\] is 2: it must be below 1"),
    (["train", "SMALL", "optimizer.learning_rate=nan"], "learning_rate is nan"),
    (["train", "SMALL", "optimizer.floor=nan"], "floor is nan"),
    (["train", "SMALL", "optimizer.decay=-1"], "decay is -1"),
    (["train", "SMALL", "freeze.at=2"], "freeze.at is 2"),
    (["train", "SMALL", "loss.covariance=0", "loss.mean=0"], "nothing would be learnt"),
    (["train", "SMALL", "loss.gram=-1"], "loss.gram is -1"),
    (["train", "SMALL", "threads=-1"], "threads is -1"),
    (["train", "SMALL", "device=tpu"], "device is 'tpu'"),
    (["train", "SMALL", "seed=4294967296"], "seed is 4294967296: it must lie between 0 and"),
    (["train", "SMALL", "picture.side=0"], "picture.side is 0"),
    (["train", "SMALL", "steps=null", "minutes=null"], "steps and minutes are both null"),
    (["train", "SMALL", "minutes=1"], "steps=6 and minutes=1 exclude each other"),
    (["train", "SMALL", "steps=null", "budget.least=9", "budget.most=8"], "9 is more than .*=8"),
    (
        ["train", "SMALL", "steps=null", "minutes=1", "optimizer.hold=0"],
        "minutes=1 need 10 steps at the full rate to be measured, of budget.least=600 there are 0",
    ),
    (["train", "SMALL", "recipe=null"], "no recipe 'null'"),
    (["train", "SMALL", "exemplar=null"], "exemplar"),
    (["train", "SMALL", "exemplar=~nosuchuser_at_all/a.png"], "cannot be used as a path"),
    (["train", "SMALL", "--fast"], "no flag '--fast'"),
    (["train", "SMALL", "fast"], "'fast' is not of the form key=value"),
    (["train", "SMALL", "--cfg"], "no flag '--cfg'. Did you mean --cfg="),
    (["train", "SMALL", "hydra.mode=MULTIRUN"], "no option 'hydra.mode'"),
    (["train", "SMALL", "-m", "out=here"], "several runs into one folder"),
    (["train", "SMALL", "loss.gram=inf"], "loss.gram is inf"),
    (
        ["train", "SMALL", "loss.layer_weights={relu1_1:0,pool2:0}"],
        "loss.layer_weights weighs 0 throughout",
    ),
    (["train", "SMALL", "loss.layer_weights=[1]"], "texturenet: .+: "),
    (["train", "SMALL", "name=" + "\u7eb9" * 90], "name is"),
    (["train", "SMALL", "picture.side=8"], "8x8 pixels here: .* crop or `picture.side`"),
    (["train", "SMALL", "exemplar=pipe"], "pipe is not a file"),
    (["train", "SMALL", "exemplar=new\nline.png"], "no exemplar"),
    (["train", "SMALL", "steps=0"], "steps is 0: it must lie between 1 and"),
    (["train", "SMALL", "batch=-1"], "batch is -1"),
    (["train", "SMALL", "steps=1.5"], "steps"),
    (["train", "SMALL", "stesp=3"], "no option 'stesp'. Did you mean steps"),
    (["train", "SMALL", "+extra=3"], r"no option '\+extra'"),
    (
        ["train", "SMALL", "recipe=slow"],
        "no recipe 'slow'.*Known: auto, default, fast, gutierrez2019, large, ulya",
    ),
    (["train", "SMALL", "descriptor.layers=[relu9_9]"], "no layer 'relu9_9'"),
    (["train", "SMALL", "descriptor.pooling=mean"], "pooling is 'mean'"),
    (["train", "SMALL", "descriptor.weights=vgg"], "no weights called 'vgg'"),
    (["train", "SMALL", "descriptor.weights=no.pth"], "no weights file no.pth"),
    (["train", "SMALL", "generator.law=cauchy"], "generator.law is 'cauchy'"),
    (["train", "SMALL", "optimizer.schedule=cos"], "schedule is 'cos'. Did you mean cosine"),
    (["train", "SMALL", "loss.combine=logs"], "loss.combine is 'logs'"),
    (["train", "SMALL", "loss.layer_weights={pool7:1}"], "no layer weight 'pool7'"),
    (["train", "SMALL", "picture.crop=[0,0,500,20]"], "does not lie inside"),
    (["train", "SMALL", "precision=16"], "precision"),
    (["train", "SMALL", "resume=no.ckpt"], "no file no.ckpt to resume from"),
    (["train", "SMALL", "resume=empty.png"], "empty.png is not a file to resume from"),
    (["train", "SMALL", "out=empty.png/run"], "cannot write"),
    (["train", "SMALL", "exemplar=(("], "no exemplar"),
    (["sample"], "model"),
    (["sample", "model=brik"], "no model 'brik'"),
    (["sample", "model=empty.png"], "empty.png"),
    (["sample", "MODEL", "size=0"], "height is 0"),
    (["sample", "MODEL", "size=-5"], "height is -5"),
    (["sample", "MODEL", "size=[10]"], r"size is \[10\]"),
    (["sample", "MODEL", "size=big"], "size is big"),
    (["sample", "MODEL", "size=10000000"], r"would need \d+\.\d GB; .* free"),
    (["sample", "MODEL", "size=5000", "out=a.jpg"], "megapixels or more are written as .tif"),
    (["sample", "MODEL", "matching=true"], "tiles that match need tile"),
    (["sample", "MODEL", "matching=true", "tile=xy", "size=32"], "at least 36 pixels a side"),
    (["sample", "MODEL", "precision=half"], "precision is 'half'"),
    (["sample", "MODEL", "workers=0"], "workers is 0"),
    (["reproduce"], "file is missing"),
    (["reproduce", "empty.png"], "cannot be read as a picture"),
    (["sample", "MODEL", "size=[1,17000]", "out=a.webp"], "WEBP ends at 16383"),
    (["sample", "MODEL", "threads=-1"], "threads is -1"),
    (["sample", "model=."], "a folder that should hold one"),
    (["sample", "MODEL", "count=0"], "count is 0"),
    (["sample", "MODEL", "seed=18446744073709551615", "count=2"], "seeds lie below"),
    (["sample", "MODEL", "seed=-1"], "seed is -1"),
    (["sample", "MODEL", "tile=z"], "tile is 'z'"),
    (["sample", "MODEL", "size=30", "tile=xy"], "nearest: 28 and 32"),
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
    broken("empty.png", b"")
    os.mkfifo("pipe")
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
    # The last of two is meant, as on a command line.
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
    status, _, err = cli("train", *[s for s in small if "device" not in s], "device=gpu")
    assert status == 2
    assert "no GPU can be used" in err


def test_tensorboard_is_logged(cli, small):
    pytest.importorskip("tensorboard")
    status, _, err = cli("train", *small, "log.tensorboard=true", "log.previews=3", "out=run")
    assert status == 0, err
    assert list(Path("run/tensorboard").glob("events*"))


def test_without_tensorboard_its_extra_is_named(cli, small, monkeypatch):
    import pytorch_lightning as pl

    def absent(*arguments, **more):
        raise ModuleNotFoundError("tensorboard")

    monkeypatch.setattr(pl.loggers, "TensorBoardLogger", absent)
    status, _, err = cli("train", *small, "log.tensorboard=true", "out=run")
    assert (status, "pip install 'texturenet[tensorboard]'" in err) == (2, True)
    assert not Path("run").exists()


@pytest.mark.slow
@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_an_interrupted_run_still_leaves_a_usable_net(small, tmp_path, number, code):
    long = [item for item in small if not item.startswith("steps")] + ["steps=100000", "out=run"]
    previews = tmp_path / "run" / "previews"
    status, out, _ = interrupt(
        tmp_path, ["train", *long, "log.previews=5"], number, lambda: list(previews.glob("*.png"))
    )
    assert status == code, out
    _, card = release.load(tmp_path / "run" / "dots.safetensors")
    assert card["interrupted"]
    assert 0 < card["step"] < 100000
    assert "resume=run/resume.ckpt" in out
    assert (tmp_path / "run" / "resume.ckpt").is_file()


@pytest.mark.slow
def test_two_interruptions_stop_at_once_with_130(small, tmp_path):
    long = [item for item in small if not item.startswith("steps")] + ["steps=100000", "out=run"]
    status, _, err = ended(start(tmp_path, ["train", *long], ("twice", 5)), tmp_path)
    assert (status, err) == (130, "texturenet: interrupted.\n")
    assert (tmp_path / "run" / "metrics.csv").is_file()


@pytest.mark.slow
@pytest.mark.parametrize("verb", ["train", "sample"])
@pytest.mark.parametrize("delay", [0.3, 0.8, 1.5, 2.5])
def test_a_signal_at_any_early_moment_is_one_line(small, model, tmp_path, verb, delay):
    """While libraries load, while Lightning sets itself up, while the first picture is made."""
    long = [item for item in small if not item.startswith("steps")] + ["steps=100000", "out=run"]
    given = long if verb == "train" else [f"model={model}", "size=4096", "count=99", "out=run"]
    command = [sys.executable, "-m", "texturenet", verb, *given]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    time.sleep(delay)
    process.send_signal(signal.SIGTERM)
    out, err = process.communicate(timeout=60)
    if process.returncode == -signal.SIGTERM:
        pytest.skip("Python itself had not started by then")
    assert process.returncode == 143, err
    assert err == "texturenet: interrupted.\n" or (err == "" and "released net" in out), err
    assert not list(tmp_path.rglob("*.aside"))


def test_a_signal_while_torch_loads_is_one_line(tmp_path):
    """A handler that raises there may be called by C++, which then ends with a traceback."""
    code = (
        "import os, signal, sys\n"
        "class Sends:\n"  # asked for every module that is imported
        "    def find_spec(self, name, path, target=None):\n"
        "        if name == 'torch.distributed':\n"
        "            try:\n"
        "                os.kill(os.getpid(), signal.SIGTERM)\n"
        "            except BaseException:\n"  # what C++ would end at
        "                os._exit(99)\n"
        "sys.meta_path.insert(0, Sends())\n"
        "from texturenet.commands import main\n"
        "sys.argv = ['texturenet', 'train', 'exemplar=none.png']\n"
        "main()\n"
    )
    ended = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=120, cwd=tmp_path
    )
    assert (ended.returncode, ended.stderr) == (143, "texturenet: interrupted.\n")


def test_training_leaves_the_callers_signal_handlers_alone(cli, small):
    before = [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)]
    assert cli("train", *small, "out=run")[0] == 0
    assert [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)] == before


def test_an_odd_log_beside_the_checkpoint_is_left_out(cli, small):
    assert cli("train", *small, "out=run")[0] == 0
    longer = [item for item in small if not item.startswith("steps")] + ["steps=8"]
    state = Path("run/resume.ckpt").read_bytes()
    for text in ("step;loss\n1;2\n", "step,loss\nx,2\n", "step,other\n0,2\n", ""):
        Path("run/metrics.csv").write_text(text)
        Path("run/resume.ckpt").write_bytes(state)
        status, _, err = cli("train", *longer, "resume=run/resume.ckpt")
        assert status == 0, err
        assert [line.split(",")[0] for line in Path("run/metrics.csv").read_text().split()] == [
            "step",
            "6",
            "7",
        ]


@pytest.mark.slow
def test_a_fresh_process_samples_without_a_word_on_standard_error(model):
    command = [sys.executable, "-m", "texturenet", "sample", f"model={model}", "size=64"]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0
    assert done.stderr == ""
    assert Path("dots_0.png").is_file()


def test_a_library_that_swallows_a_signal_and_fails_afterwards_was_interrupted(monkeypatch, capsys):
    def swallow(arguments):
        try:
            os.kill(os.getpid(), signal.SIGTERM)
            time.sleep(5)
        except BaseException:  # as an import may
            pass
        raise RecursionError("a library that was loaded by half")

    def fail(arguments):
        raise RecursionError("a fault of our own")

    for command, left in ((swallow, SystemExit), (fail, RecursionError)):
        module = SimpleNamespace(main=command)
        monkeypatch.setattr(commands, "import_module", lambda *_, made=module: made)
        monkeypatch.setattr(sys, "argv", ["texturenet", "models"])
        with pytest.raises(left) as end:
            commands.main()
    assert capsys.readouterr().err == "texturenet: interrupted.\n"
    assert end.type is RecursionError
