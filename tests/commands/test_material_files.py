"""Maps of a material in files, as a user asks for them: very large ones, and films."""

import json
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
import torch
from helpers.nets import LAYOUT, material
from PIL import Image

from texturenet.commands import drawing, materials
from texturenet.generator import release
from texturenet.io import files, video
from texturenet.io.large.png import PngSheet
from texturenet.io.map_files import WHITE, read_map
from texturenet.io.pictures import read_text
from texturenet.materials.normals import coded
from texturenet.materials.presets import PRESETS
from texturenet.materials.writing import depth_of
from texturenet.sampling.large import LargeMaterial

pytestmark = pytest.mark.usefixtures("elsewhere")


@pytest.fixture
def stone(tmp_path):
    """A net of all maps; `release.load` finds it."""
    net = material()
    return release.save(tmp_path / "nets" / "stone.safetensors", net.net, net.card)


@pytest.fixture
def streamed(monkeypatch):
    """Everything of some thousand pixels is very large."""
    for module in (drawing, materials):
        monkeypatch.setattr(module, "STREAMED", 1000)
    monkeypatch.setattr(PngSheet, "BAND", 24)


def numbers(path):
    read = read_map(path)
    return (read.values * WHITE[read.bits]).round(), read.bits


def endings(preset):
    return [sheet.ending for sheet in PRESETS[preset].sheets]


@pytest.mark.parametrize("preset", PRESETS)
def test_a_very_large_material_has_all_files_of_its_preset(cli, stone, monkeypatch, preset):
    words = [f"model={stone}", f"preset={preset}", "size=[70,96]", "seed=3", "tile=x"]
    assert cli("sample", *words, "out=small")[0] == 0
    for module in (drawing, materials):
        monkeypatch.setattr(module, "STREAMED", 1000)
    monkeypatch.setattr(PngSheet, "BAND", 24)
    status, out, err = cli("sample", *words, "out=large")
    assert status == 0, err
    count = len(endings(preset))
    assert re.search(rf"large/stone_3: 70x96, {count} files, up to 0\.00 GB, about 0 s", out)
    assert "lit: large/stone_3_preview.png" in out
    names = {path.name for path in Path("small").iterdir()}
    assert {path.name for path in Path("large").iterdir()} == names
    for ending in endings(preset):
        (one, bits), (other, same) = (
            numbers(Path(w, f"stone_3{ending}")) for w in ("small", "large")
        )
        assert bits == same
        assert (one - other).abs().max() <= 1, ending
    for ending in (*endings(preset), "_preview.png"):
        one, other = (read_text(Path(w, f"stone_3{ending}")) for w in ("small", "large"))
        record = json.loads(one)
        assert one == other
        assert (record["kind"], record["preset"], record["seed"]) == ("material", preset, 3)
    for name in names:
        if not name.endswith(".png"):  # the window is the whole
            one, other = (Path(w, name).read_text() for w in ("small", "large"))
            numbers_apart = re.compile(r"-?\d+\.\d+")
            assert numbers_apart.sub("", one) == numbers_apart.sub("", other)
    one, other = (np.asarray(Image.open(f"{w}/stone_3_preview.png")) for w in ("small", "large"))
    assert np.abs(one.astype(int) - other).max() <= 1


@pytest.mark.usefixtures("streamed")
def test_the_document_has_the_depth_of_a_window_and_the_size_of_the_whole(cli, stone, monkeypatch):
    monkeypatch.setattr(materials, "WINDOW", 32)
    words = [f"model={stone}", "size=[70,96]", "origin=[5,-7]"]
    assert cli("sample", *words, "preset=materialx")[0] == 0
    (text,) = (path.read_text() for path in Path().glob("*.mtlx"))
    (written,) = re.findall(r'name="scale" type="float" value="([\d.]+)"', text)
    depth = depth_of(material().maps(32, 32, 0, (5, -7)), 96)
    assert float(written) == pytest.approx(depth, rel=1e-4)
    gain = LAYOUT.gain / (LAYOUT.high - LAYOUT.low) / 96  # what the slopes were made with
    assert float(written) == pytest.approx(gain, rel=0.5)
    assert cli("sample", *words, "preset=gltf")[0] == 0
    (asset,) = (json.loads(path.read_text()) for path in Path().glob("*.gltf"))
    assert max(asset["accessors"][0]["max"]) == pytest.approx(0.5)
    assert asset["accessors"][0]["max"][1] == pytest.approx(70 / 96 / 2)


@pytest.mark.usefixtures("streamed")
def test_several_seeds_are_several_materials(cli, stone):
    words = [f"model={stone}", "preset=unreal", "size=64", "tile=xy", "matching=true", "count=2"]
    assert cli("sample", *words, "out=tiles/floor.png")[0] == 0
    found = {path.name for path in Path("tiles").iterdir()}
    assert found == {
        f"floor_{seed}{ending}"
        for seed in (0, 1)
        for ending in (*endings("unreal"), "_preview.png")
    }


@pytest.mark.usefixtures("streamed")
@pytest.mark.parametrize("preset", ["godot", "unreal"])
def test_a_failure_midway_leaves_the_earlier_material(cli, stone, monkeypatch, preset):
    words = [f"model={stone}", f"preset={preset}", "size=[70,96]", "out=made"]
    assert cli("sample", *words, "origin=[0,1000]")[0] == 0
    for path in Path("made").iterdir():
        path.rename(path.with_name(path.name.replace("_at_0_1000", "")))
    before = {path.name: path.read_bytes() for path in Path("made").iterdir()}
    usual, calls = LargeMaterial.pixels, []

    def failing(self, part):
        calls.append(part)
        if len(calls) == 2 + 3:  # two are timed
            raise OSError(28, "No space left on device")
        return usual(self, part)

    monkeypatch.setattr(LargeMaterial, "pixels", failing)
    status, _, err = cli("sample", *words)
    assert status == 2
    assert err == (
        "texturenet: cannot write made/stone_0: No space left on device; the same call goes on "
        "after 2 parts.\n"
    )
    assert {name: (Path("made") / name).read_bytes() for name in before} == before
    monkeypatch.setattr(LargeMaterial, "pixels", usual)
    status, out, _ = cli("sample", *words)
    assert (status, "going on after 2 of 4 parts" in out) == (0, True)
    after = {path.name: path.read_bytes() for path in Path("made").iterdir()}
    assert set(after) == set(before)
    assert all(after[name] != before[name] for name in after if name.endswith(".png"))


IN_PARTS = """
from texturenet.commands import drawing, main, materials
from texturenet.io.large.png import PngSheet
drawing.STREAMED = materials.STREAMED = 2**20
PngSheet.BAND_BYTES = 2**21
if __name__ == "__main__":
    main()
"""


@pytest.mark.slow
@pytest.mark.parametrize("workers", [1, 2])
@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGKILL])
def test_a_signal_leaves_parts_to_go_on_from(tmp_path, stone, workers, how):
    command = [sys.executable, "-c", IN_PARTS, "sample", f"model={stone}", "preset=gltf"]
    command += ["size=[3000,1100]", "out=made", f"workers={workers}"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    deadline = time.monotonic() + 100
    journal = Path("made/stone_0_basecolor.png.journal")
    while process.poll() is None and not (
        journal.exists() and json.loads(journal.read_text().splitlines()[0])["done"] >= 2
    ):
        assert time.monotonic() < deadline
        time.sleep(0.02)
    process.send_signal(how)
    out, err = process.communicate(timeout=60)
    if how == signal.SIGTERM:
        assert (process.returncode, err) == (143, "texturenet: interrupted.\n")
        assert re.search(r"interrupted: the same command goes on after \d+ of \d+ parts", out)
    assert not list(Path("made").glob("*[!l].png"))
    done = subprocess.run(command, capture_output=True, text=True)
    assert "going on after" in done.stdout, done.stderr
    names = [*endings("gltf"), "_preview.png", ".gltf"]
    assert {path.name for path in Path("made").iterdir()} == {f"stone_0{one}" for one in names}
    for ending in endings("gltf"):
        assert read_map(Path(f"made/stone_0{ending}")).values.shape == (3, 3000, 1100)


def test_what_the_disk_cannot_hold_is_refused_with_figures(cli, stone):
    status, _, err = cli("sample", f"model={stone}", "preset=unreal", "size=1000000")
    assert status == 2
    assert re.fullmatch(
        r"texturenet: stone_0 would need 110\d\d\.\d GB; \S+ has [\d.]+ GB free.\n", err
    )
    assert [path.name for path in Path().iterdir()] == ["nets"]


REFUSED = [
    (["sample", "size=[1,20000000]", "preset=unreal"], "basecolor.png cannot be 1x20000000 pixels"),
    (
        ["sample", "size=64", "preset=unreal", "out=a.dzi"],
        "writes PNG files, not a.dzi: say",
    ),
    (["sample", "size=64", "preset=unrael"], "Did you mean unreal"),
    (["film", "preset=unreal", "map=normal"], "preset= writes all maps, map=normal one of them"),
    (
        ["film", "preset=unreal", "out=a.mp4"],
        "a folder of PNG files: say an out without .mp4",
    ),
    (["film", "preset=unreal", "out=nets"], "nets exists already: frames go into a new folder"),
    (
        ["film", "preset=unreal", "kind=light"],
        "preset=unreal is of a film of maps, .* say kind=interpolate, .* or leave preset out",
    ),
    (
        ["film", "map=normal", "kind=light"],
        "map=normal is of a film of maps, and kind=light .* or leave map out",
    ),
    (["film", "map=gloss"], "map is 'gloss'. Known: colour, normal"),
    (["film", "map=normal", "report=true"], "report=true is of the colour, and map=normal is not"),
    (["film", "preset=unreal", "size=8000", "seconds=9000"], r"would need \d+\.\d GB; .* GB free"),
]


@pytest.mark.parametrize(("given", "words"), REFUSED, ids=[" ".join(r[0]) for r in REFUSED])
def test_what_cannot_be_is_refused_in_one_line(cli, stone, given, words):
    verb, *rest = given
    small = ["size=32"] if verb == "film" and "size=8000" not in rest else []
    status, _, err = cli(verb, f"model={stone}", *small, *rest)
    assert status == 2
    assert len(err.strip().splitlines()) == 1
    assert re.search(words, err), err
    assert [path.name for path in Path().iterdir()] == ["nets"]


@pytest.mark.parametrize("given", [["preset=unreal"], ["map=height"]])
def test_a_net_of_colour_alone_has_no_film_of_maps(cli, model, given):
    status, _, err = cli("film", f"model={model}", "size=32", *given)
    assert status == 2
    assert f"{given[0]} needs a material, and 'dots' draws colour alone: say the model" in err
    assert f"or leave {given[0].split('=')[0]} out" in err


def test_memory_is_asked_before_frames_are_drawn(cli, stone, monkeypatch):
    free = type("Memory", (), {"available": 10**6})
    monkeypatch.setattr(files.psutil, "virtual_memory", lambda: free)
    for verb in ("film", "sample"):
        status, _, err = cli(verb, f"model={stone}", "size=512", "preset=unreal")
        assert (status, "of memory" in err) == (2, True), err


@pytest.mark.parametrize("preset", ["unreal", "unity_hdrp"])
def test_a_film_of_maps_is_a_folder_of_numbered_sets(cli, stone, preset):
    words = [f"model={stone}", "kind=pan", "path=[[0,0],[0,30]]", "size=[24,32]", "seconds=0.4"]
    status, out, err = cli("film", *words, "fps=10", f"preset={preset}", "seed=3")
    assert status == 0, err
    assert f"stone_pan: 4 frames of 24x32, all maps for {preset}, about" in out
    found = {path.name for path in Path("stone_pan").iterdir()}
    assert found == {f"stone_{n:04d}{end}" for n in range(1, 5) for end in endings(preset)}
    for number in (1, 4):
        maps = material().maps(24, 32, 3, (0, 10 * (number - 1)))
        read = read_map(Path("stone_pan", f"stone_{number:04d}_height.png"))
        assert read.bits == 16
        assert (read.values - maps["height"]).abs().max() < 1e-4
        normal = read_map(Path("stone_pan", f"stone_{number:04d}_normal.png")).values
        sign = torch.tensor([1, -1 if preset == "unreal" else 1, 1]).view(3, 1, 1)
        assert (normal - coded(maps["normal"] * sign)).abs().max() < 0.003
        record = json.loads(read_text(Path("stone_pan", f"stone_{number:04d}_height.png")))
        assert (record["preset"], record["frame"]) == (preset, number)
        assert record["film"]["kind"] == "pan"
    status, _, err = cli("reproduce", "stone_pan/stone_0001_normal.png", f"model={stone}")
    assert status == 2
    assert "repeat `texturenet film` with the preset and film that it names" in err


def test_a_film_that_fails_midway_leaves_nothing(cli, stone, monkeypatch):
    from texturenet.materials import writing

    usual = writing.write_map

    def failing(path, *rest):
        if "_0002_" in path.name:
            raise OSError(28, "No space left on device")
        return usual(path, *rest)

    monkeypatch.setattr(writing, "write_map", failing)
    words = [f"model={stone}", "size=24", "seconds=0.1", "preset=unreal", "out=deep/frames"]
    status, _, err = cli("film", *words)
    assert (status, "cannot write" in err) == (2, True)
    assert list(Path("deep").iterdir()) == []


def test_a_report_of_a_film_of_maps_is_of_its_colour(cli, tmp_path, vgg_file, exemplar_file):
    net = material()
    described = {"weights": str(vgg_file), "layers": ["relu1_1", "pool2"]}
    card = net.card | {"descriptor": described, "exemplar": {"name": str(exemplar_file)}}
    path = release.save(tmp_path / "nets" / "stone.safetensors", net.net, card)
    words = [f"model={path}", "size=32", "seconds=0.1", "report=true"]
    assert cli("film", *words, "preset=plain", "out=maps")[0] == 0
    assert cli("film", *words, "out=colour.mp4")[0] == 0
    one, other = (Path(f"{name}.csv").read_text() for name in ("maps", "colour"))
    assert one == other


@pytest.mark.parametrize("kind", ["normal", "height"])
def test_a_film_of_one_map_is_made_and_reproduced(cli, stone, kind):
    words = [f"model={stone}", "kind=pan", "size=32", "seconds=0.2", "fps=10", f"map={kind}"]
    assert cli("film", *words, "path=[[0,0],[0,10]]", "out=a.apng")[0] == 0
    frames = np.stack(list(video.read(Path("a.apng"), (32, 32), 10, 2)))
    values = material().maps(32, 32, 0, (0, 10))[kind]
    wanted = coded(values) if kind == "normal" else values.expand(3, -1, -1)
    wanted = (wanted * 255).round().permute(1, 2, 0).numpy()
    assert np.abs(frames[1] - wanted).max() <= 1
    status, out, err = cli("reproduce", "a.apng", f"model={stone}")
    assert (status, "equal" in out) == (0, True), err


def test_a_film_of_one_map_is_named_after_it(cli, stone):
    pytest.importorskip("av")
    words = [f"model={stone}", "size=32", "seconds=0.1", "map=roughness"]
    assert cli("film", *words)[0] == 0
    assert Path("stone_loop_roughness.mp4").is_file()


def test_the_command_offers_every_map():
    from texturenet.commands.options import sampling
    from texturenet.materials.kinds import KINDS

    assert tuple(KINDS) == sampling.MAPS
