"""texturenet film and reproduce, and the large side of sample, as a user types them."""

import csv
import json
import re
from pathlib import Path

import numpy as np
import pytest
import torch
from helpers.nets import random_net
from helpers.options import SCHEMAS
from helpers.pictures import pixels
from PIL import Image

from texturenet.commands import drawing
from texturenet.generator import release
from texturenet.io import pictures, video
from texturenet.io.large import tiff
from texturenet.sampling.texture import Texture

pytest.importorskip("av")
pytest.importorskip("tifffile")


pytestmark = pytest.mark.usefixtures("elsewhere")


@pytest.fixture
def film(cli, model):
    """film("kind=loop", ...) -> frames of an exact film."""

    def make(*given, out="f.apng"):
        given = {item.split("=")[0]: item for item in ["size=24", "seconds=0.2", *given]}
        status, _, err = cli("film", f"model={model}", *given.values(), f"out={out}")
        assert status == 0, err
        fps = float(given.get("fps", "fps=30").split("=")[1])
        side = int(given["size"].split("=")[1])
        return np.stack(list(video.read(Path(out), (side, side), fps, 1)))

    return make


CHANGES = {
    "kind": "interpolate", "size": "32", "seconds": "0.3", "fps": "20", "seed": "3",
    "seeds": "[0,5]", "origin": "[2,3]", "tile": "xy", "rates": "[1,2,1]",
    "easing": "smooth", "boomerang": "true", "redresse": "none", "path": "[[0,0],[3,4]]",
    "patch": "[12,8]", "grain": "4",
}  # fmt: skip
OF_KIND = {"redresse": "interpolate", "path": "pan", "patch": "displace", "grain": "displace"}
# descriptor in test_descriptor.py, preset and map in test_material_files.py, models in
# test_morph.py, mask in test_film_blend.py, engine in test_by_engine.py, its own in tests/cluster.
SHOWN_BELOW = {
    "model", "models", "mask", "out", "report", "exemplar", "descriptor", "precision", "device",
    "threads", "preset", "map", "engine", "local.cores", "ray.address", "ray.every",
    *(f"slurm.{key}" for key in ("partition", "minutes", "parallel", "wait", "cluster", "sbatch")),
}  # fmt: skip


def test_every_option_of_film_is_shown_to_matter():
    from helpers.options import leaves

    assert set(CHANGES) | SHOWN_BELOW == set(leaves(SCHEMAS["film"]))


@pytest.mark.parametrize("key", CHANGES)
def test_options_of_film_change_the_film(film, key):
    kind = [f"kind={OF_KIND[key]}"] if key in OF_KIND else []
    plain, changed = film(*kind), film(*kind, f"{key}={CHANGES[key]}", out="changed.apng")
    assert plain.shape != changed.shape or not np.array_equal(plain, changed)


def test_a_film_is_named_after_model_and_kind(cli, model):
    status, out, err = cli("film", f"model={model}", "size=32", "seconds=0.1", "kind=pan")
    assert status == 0, err
    assert Path("dots_pan.mp4").is_file()
    assert "dots_pan.mp4: 3 frames of 32x32, at most 0 MB, about 0 s" in out
    assert "dots_pan.mp4: 3 frames, 30 a second" in out


def test_bfloat16_is_said_and_threads_are_obeyed(cli, model):
    given = [f"model={model}", "size=24", "seconds=0.1", "out=a.apng", "precision=bfloat16"]
    try:
        status, out, _ = cli("film", *given, "threads=2")
        assert torch.get_num_threads() == 2
    finally:
        torch.set_num_threads(1)
    assert status == 0
    assert re.search(r"bfloat16 changes pictures by 0\.\d\d/255", out)


def test_a_net_that_bfloat16_harms_is_refused(cli, model, monkeypatch):
    monkeypatch.setattr(Texture, "rounding", lambda texture: 0.01)
    for verb in ("sample", "film"):
        status, _, err = cli(verb, f"model={model}", "precision=bfloat16")
        assert (status, "by 2.6/255" in err) == (2, True), err


def card_of(vgg_file, exemplar_file):
    return {
        "name": "dots",
        "law": "uniform",
        "descriptor": {"weights": str(vgg_file), "layers": ["relu1_1", "pool2"]},
        "exemplar": {"name": str(exemplar_file)},
    }


def test_a_report_has_a_row_for_every_frame(cli, vgg_file, exemplar_file, tmp_path):
    net = release.save(tmp_path / "d.safetensors", random_net(3), card_of(vgg_file, exemplar_file))
    given = [f"model={net}", "size=32", "seconds=0.2", "kind=interpolate", "report=true"]
    status, out, err = cli("film", *given, "out=made/f.mp4")
    assert status == 0, err
    rows = list(csv.DictReader(Path("made/f.csv").read_text().splitlines()))
    assert [row["frame"] for row in rows] == [str(index) for index in range(6)]
    assert float(rows[0]["change"]) == 0
    assert all(float(row["change"]) > 0 for row in rows[1:])
    assert all(float(row["distance"]) > 0 and float(row["contrast"]) > 0 for row in rows)
    assert Image.open("made/f_report.png").size[0] > 400
    ends = (float(rows[0]["distance"]) + float(rows[-1]["distance"])) / 2
    assert f"ends {ends:.4f}" in out
    assert "stills of 5 other seeds" in out


def test_a_report_needs_its_exemplar(cli, model, vgg_file, exemplar_file, tmp_path):
    given = ["size=32", "seconds=0.1", "report=true", "out=f.mp4"]
    status, _, err = cli("film", f"model={model}", *given)
    assert (status, "does not say what it was trained on: say exemplar=FILE" in err) == (2, True)
    card = card_of(vgg_file, "gone.png")
    net = release.save(tmp_path / "d.safetensors", random_net(3), card)
    status, _, err = cli("film", f"model={net}", *given)
    assert (status, "Say exemplar=FILE, the picture trained on." in err) == (2, True), err
    assert not Path("f.mp4").exists()
    status, _, err = cli("film", f"model={net}", *given, f"exemplar={exemplar_file}")
    assert status == 0, err
    status, _, err = cli("film", f"model={net}", *given, "exemplar=nowhere.png")
    assert (status, "no exemplar 'nowhere.png'" in err) == (2, True)


@pytest.mark.parametrize("name", ["a.png", "a.tif"])
@pytest.mark.parametrize("more", [[], ["tile=xy", "matching=true", "count=2", "seed=5"]])
def test_exact_pictures_are_reproduced_to_the_byte(cli, model, name, more):
    size = "size=48" if more else "size=[20,30]"
    assert cli("sample", f"model={model}", size, "origin=[0,0]", *more, f"out={name}")[0] == 0
    made = [str(path) for path in Path().glob("a*.*")]
    assert len(made) == 1 + bool(more)
    for path in made:
        status, out, err = cli("reproduce", path, f"model={model}", f"out=again/{path}")
        assert status == 0, err
        assert "picture of dots, made by texturenet" in out
        assert "equal, every byte" in out
        assert pixels(path) == pixels(f"again/{path}")


@pytest.mark.parametrize("name", ["a.jpg", "a.webp"])
def test_compressed_pictures_are_reproduced_and_the_difference_said(cli, model, name):
    cli("sample", f"model={model}", "size=40", f"out={name}")
    status, out, err = cli("reproduce", f"file={name}", f"model={model}")
    assert status == 0, err
    assert re.search(r"\d\.\d+/255 away \(root mean square\), at most \d+/255", out)


def test_a_picture_that_was_changed_is_not_called_equal(cli, model):
    cli("sample", f"model={model}", "size=40", "out=a.png")
    with Image.open("a.png") as image:
        text = image.info["texturenet"]
        changed = image.convert("RGB")
    changed.putpixel((3, 4), (0, 255, 0))
    changed.save("b.png", **pictures.png_text(text))
    status, out, _ = cli("reproduce", "b.png", f"model={model}")
    assert (status, "at most" in out) == (1, True)


@pytest.mark.parametrize("name", ["f.mp4", "f.webm", "f.gif", "f.webp", "f.apng", "f"])
def test_films_are_reproduced(cli, model, name):
    given = ["size=32", "seconds=0.2", "kind=interpolate", "rates=[0.5,1,1]", "easing=smooth"]
    assert cli("film", f"model={model}", *given, f"out={name}")[0] == 0
    status, out, err = cli("reproduce", name, f"model={model}", "out=again.apng")
    assert status == 0, err
    assert "film of dots" in out
    assert "equal, every byte" in out or name not in ("f.apng", "f")
    assert len(list(video.read(Path("again.apng"), (32, 32), 30, 6))) == 6


def test_tiles_say_what_their_seam_is(cli, model):
    _, out, _ = cli("sample", f"model={model}", "size=64", "tile=x", "out=a.png")
    assert re.search(r"seam along x: \d\.\d\d of the lines inside, which are \d", out)
    assert "along y" not in out


def test_released_nets_need_no_model_to_reproduce(cli):
    cli("sample", "model=gravel", "size=64", "out=g.png")
    status, out, err = cli("reproduce", "g.png")
    assert (status, "equal" in out) == (0, True), err


def test_what_training_leaves_is_reproduced(cli, small):
    assert cli("train", *small, "out=run")[0] == 0
    for name in ("dots_3.png", "dots_tile.png"):
        status, out, err = cli("reproduce", f"run/{name}", "model=run")
        assert (status, "equal" in out) == (0, True), err


def test_reproducing_needs_a_file_that_says_how(cli, model, tmp_path):
    cli("sample", f"model={model}", "size=24", "out=a.png")
    other = release.save(
        tmp_path / "o.safetensors", random_net(3, seed=9), {"name": "other", "law": "uniform"}
    )
    Image.new("RGB", (8, 8)).save("plain.png")
    Path("text.png").write_text("no picture")
    record = json.loads(Image.open("a.png").info["texturenet"])
    for name, change in {
        "neg": {"size": [-1, 4]},
        "odd": {"size": 7},
        "big": {"size": [9, 9]},
    }.items():
        info = pictures.png_text(json.dumps(record | change))
        Image.open("a.png").convert("RGB").save(f"{name}.png", **info)
    for arguments, words in (
        (["gone.png", f"model={model}"], "there is no file gone.png"),
        (["plain.png"], "plain.png does not say how it was made"),
        (["text.png"], "cannot be read as a picture"),
        (["a.png"], "no model 'dots'"),
        (["a.png", f"model={other}"], "is not the net that made this file"),
        (["neg.png", f"model={model}"], "height is -1"),
        (["odd.png", f"model={model}"], "says wrongly how it was made"),
        (["big.png", f"model={model}"], "big.png has 24x24 pixels and says it has 9x9"),
        ([], "file is missing"),
    ):
        status, _, err = cli("reproduce", *arguments)
        assert (status, words in err) == (2, True), err
        assert len(err.strip().splitlines()) == 1


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"fps": 0}, "0 frames a second"),
        ({"fps": "x"}, "x frames a second"),
        ({"frames": 10**9}, "a film has 1 to"),
        ({"frames": "9"}, "cannot be made so"),
        ({"size": [-4, -4]}, "height is -4"),
        ({"size": [1, 10**12]}, "at most 2\\^26 pixels"),
        ({"kind": ["loop"]}, "kind is"),
        ({"seeds": None}, "cannot be made so"),
        ({"grain": "x", "kind": "displace", "rates": None}, "cannot be made so"),
        ({"patch": [float("nan"), 3], "kind": "displace", "rates": None}, "cannot be made so"),
        ({"rates": [10**400] * 3}, "cannot be made so"),
        ({"origin": [1]}, "origin is"),
        ({"what": 1}, "says wrongly"),
    ],
)
def test_films_that_say_nonsense_are_refused(cli, model, change, words):
    cli("film", f"model={model}", "size=24", "seconds=0.1", "out=a.apng")
    record = json.loads(video.record_text(Path("a.apng")))
    record["film"] |= change
    with Image.open("a.apng") as film:
        film.save("b.apng", "PNG", save_all=True, **pictures.png_text(json.dumps(record)))
    status, _, err = cli("reproduce", "b.apng", f"model={model}")
    assert status == 2
    assert re.search(words, err), err


def test_a_film_that_goes_on_is_not_called_equal(cli, model):
    cli("film", f"model={model}", "size=24", "seconds=0.1", "out=f")
    Path("f/frame_000003.png").write_bytes(Path("f/frame_000002.png").read_bytes())
    status, _, err = cli("reproduce", "f", f"model={model}")
    assert (status, "the film goes on after its 3 frames" in err) == (2, True)


def test_a_frame_of_a_folder_is_reproduced_alone(cli, model):
    cli("film", f"model={model}", "size=24", "seconds=0.1", "out=f")
    status, out, err = cli("reproduce", "f/frame_000002.png", f"model={model}")
    assert (status, "equal" in out) == (0, True), err


def test_films_of_one_picture_are_reproduced(cli, model):
    for name in ("a.webp", "a.apng", "a.gif"):
        cli("film", f"model={model}", "size=24", "seconds=0.2", "rates=[0,0,0]", f"out={name}")
        status, out, err = cli("reproduce", name, f"model={model}")
        assert (status, "made again" in out) == (0, True), err


def test_another_film_with_our_words_is_not_passed(cli, model):
    cli("film", f"model={model}", "size=32", "seconds=0.1", "out=f.mp4")
    record = json.loads(video.record_text(Path("f.mp4")))
    noise = np.random.default_rng(0).integers(0, 256, (3, 32, 32, 3), np.uint8)
    video.write(Path("other.mp4"), noise, 30, record)
    assert cli("reproduce", "other.mp4", f"model={model}")[0] == 1


def test_the_file_to_be_compared_is_not_overwritten(cli, model):
    cli("sample", f"model={model}", "size=40", "out=a.png")
    status, _, err = cli("reproduce", "a.png", f"model={model}", "out=./a.png")
    assert (status, "is a.png itself" in err) == (2, True)


@pytest.mark.parametrize("name", ["a.png", "a.tif"])
@pytest.mark.parametrize("harm", ["short", "damaged", "renamed"])
def test_damaged_large_pictures_are_refused(cli, model, monkeypatch, name, harm):
    monkeypatch.setattr(drawing, "STREAMED", 1000)
    monkeypatch.setattr("texturenet.commands.reproduce.STREAMED", 1000)
    monkeypatch.setattr(tiff.TiffSheet, "TILE", 32)
    cli("sample", f"model={model}", "size=[70,90]", f"out={name}")
    path = Path(name)
    data = bytearray(path.read_bytes())
    if harm == "short":
        data = data[: len(data) * 2 // 3]
    elif harm == "damaged":
        for place in range(len(data) // 2, len(data) // 2 + 40):
            data[place] ^= 0x55
    else:
        path = path.with_suffix(".tif" if name == "a.png" else ".png")
    path.write_bytes(data)
    status, out, err = cli("reproduce", path, f"model={model}")
    if harm == "damaged" and name == "a.tif":  # whose pixels lie open
        assert (status, "at most" in out) == (1, True)
    else:
        assert status == 2
        assert len(err.strip().splitlines()) == 1


def test_large_pictures_are_streamed_resumed_and_reproduced(cli, model, monkeypatch):
    monkeypatch.setattr(drawing, "STREAMED", 1000)
    monkeypatch.setattr("texturenet.commands.reproduce.STREAMED", 1000)
    monkeypatch.setattr(tiff.TiffSheet, "TILE", 32)
    for name in ("a.tif", "a.png"):
        status, out, err = cli("sample", f"model={model}", "size=[70,90]", f"out={name}")
        assert status == 0, err
        assert re.search(rf"{name}: 70x90, up to 0\.00 GB, about \d+ s", out)
        status, out, err = cli("reproduce", name, f"model={model}", f"out=again_{name}")
        assert (status, "equal" in out) == (0, True), err + out
        assert Path(name).read_bytes() == Path(f"again_{name}").read_bytes()
    assert pixels("a.tif") == pixels("a.png")
    status, _, err = cli("sample", f"model={model}", "size=[70,90]", "out=a.jpg")
    assert (status, "are written as .tif, .tiff, .png or .dzi" in err) == (2, True)


def test_deep_zoom_is_one_command(cli, model, monkeypatch):
    pytest.importorskip("pyvips")
    status, _, err = cli("sample", f"model={model}", "size=[600,700]", "out=z/a.dzi")
    assert status == 0, err
    assert {path.name for path in Path("z").iterdir()} == {"a.dzi", "a.html", "a_files"}


def test_what_the_disk_cannot_hold_is_refused_with_figures(cli, model):
    for name in ("a.tif", "a.png", "a.dzi"):
        status, _, err = cli("sample", f"model={model}", "size=10000000", f"out={name}")
        assert status == 2
        assert re.search(r"would need \d{6}\.\d GB; .* has \d+\.\d GB free", err), err
    assert [path.name for path in Path().iterdir()] == ["models"]


REFUSALS = [
    (["size=0"], "height is 0"),
    (["size=9000"], r"a frame has at most 2\^26 pixels"),
    (["size=8000", "seconds=9000", "out=many"], r"would need \d+\.\d GB; .* GB free"),
    (["size=[31,32]"], "even sides, such as"),
    (["kind=spin"], "kind is 'spin'. Known: interpolate"),
    (["seconds=0"], "seconds is 0: it must lie between"),
    (["seconds=nan"], "seconds is nan"),
    (["seconds=100000"], "between 1e-06 and 86400"),
    (["fps=-1"], "fps is -1: it must"),
    (["seed=-1"], "seed is -1"),
    (["seeds=[1]"], "needs 2 seeds"),
    (["seeds=[0,18446744073709551616]"], "seed is 18446744073709551616"),
    (["tile=xy", "size=34"], "nearest: 32 and 36"),
    (["redresse=half"], "redresse is 'half'"),
    (["kind=pan", "path=[[0,0],5]"], r"path\[1\] is 5: it must be a list"),
    (["kind=pan", "path=[[0,0],[a,b]]"], r"path\[1\]\[0\] is a: it must be a number"),
    (["kind=displace", "patch=[1]"], r"patch is \[1\]"),
    (["kind=displace", "grain=3"], "grain is 3"),
    (["origin=[1]"], r"origin is \[1\]"),
    (["out=a.avi"], "use .mp4, .webm"),
    (["out=models"], "models exists already"),
    (["threads=0"], "threads is 0"),
    (["precision=float8"], "precision is 'float8'"),
    (["sise=3"], "no option 'sise'. Did you mean size"),
]


@pytest.mark.parametrize(("given", "words"), REFUSALS, ids=[" ".join(r[0]) for r in REFUSALS])
def test_film_refusals_are_one_line_with_status_2(cli, model, tmp_path, given, words):
    before = sorted(tmp_path.rglob("*"))
    status, _, err = cli("film", f"model={model}", "size=32", *given[1:], given[0])
    assert status == 2
    assert len(err.strip().splitlines()) == 1
    assert err.startswith("texturenet: ")
    assert re.search(words, err), err
    assert sorted(tmp_path.rglob("*")) == before
