"""Materials on the command line: learnt, drawn, scored, refused."""

import json
import math
import shutil

import pytest
import torch
from helpers.nets import material
from safetensors import safe_open

from texturenet.commands.material_files import is_material, material_files
from texturenet.commands.options.materials import MapOptions
from texturenet.generator import release
from texturenet.io.map_files import read_map, write_map
from texturenet.io.pictures import save_picture
from texturenet.materials import normals
from texturenet.sampling.texture import load

SHORT = ["log.score=false", "advice=none"]


def short(small):
    """Words of a short run, but for what it learns from."""
    return [word for word in small if not word.startswith("exemplar=")] + SHORT


@pytest.fixture
def stone(tmp_path):
    """A folder of maps of one surface."""
    side = 48
    place = 2 * math.pi * torch.arange(side) / side
    height = 0.5 + 0.3 * torch.sin(3 * place)[:, None] * torch.cos(2 * place)
    across = (height.roll(-1, 1) - height.roll(1, 1)) / 2
    down = (height.roll(-1, 0) - height.roll(1, 0)) / 2
    random = torch.Generator().manual_seed(0)
    folder = tmp_path / "stone"
    folder.mkdir()
    save_picture(folder / "stone_color.png", torch.rand(3, side, side, generator=random))
    normal = normals.normal_of(8 * torch.stack([across, down]))
    write_map(folder / "stone_normal.png", normals.coded(normal), 8)
    write_map(folder / "stone_height.png", height[None], 16)
    rough = torch.rand(1, side, side, generator=random)
    write_map(folder / "stone_arm.png", torch.cat([rough, 1 - rough, 0 * rough]), 8)
    return folder


@pytest.fixture
def learn(cli, small, stone, tmp_path):
    def run(*more):
        given = {word.split("=")[0] for word in more}
        usual = [word for word in short(small) if word.split("=")[0] not in given]
        return cli("train", f"material={stone}", f"out={tmp_path / 'run'}", *usual, *more)

    return run


def test_a_material_is_learnt_and_drawn(learn, cli, tmp_path):
    code, said, complaint = learn("log.previews=1")
    assert code == 0, complaint
    assert (tmp_path / "run" / "previews" / "step_000001.png").is_file()
    for line in (
        "map normal     stone_normal.png; opengl (by the height",
        "map roughness  stone_arm.png[g]",
        "metallic is 0 everywhere",
    ):
        assert line in said
    net = tmp_path / "run" / "stone.safetensors"
    with safe_open(net, "pt") as file:
        card = json.loads(file.metadata()["texturenet"])
    assert card["format"] == 3
    assert card["maps"]["kinds"] == ["colour", "normal", "height", "roughness", "occlusion"]
    assert "stone" not in json.dumps(card["recipe"])  # no path of the user
    assert (tmp_path / "run" / "stone_lit.png").is_file()
    assert (tmp_path / "run" / "maps" / "stone_height.png").is_file()
    out = tmp_path / "maps"
    assert cli("sample", f"model={net}", "size=40", "preset=unreal", f"out={out}")[0] == 0
    assert sorted(path.name for path in out.iterdir()) == [
        "stone_0_basecolor.png", "stone_0_height.png", "stone_0_normal.png", "stone_0_orm.png",
        "stone_0_preview.png",
    ]  # fmt: skip
    maps = load(str(net), device="cpu").maps(40, 40)
    written = read_map(out / "stone_0_height.png")
    assert written.bits == 16
    assert (written.values - maps["height"]).abs().max() < 1e-4
    directx = read_map(out / "stone_0_normal.png").values
    assert (directx - normals.coded(normals.flipped(maps["normal"]))).abs().max() < 0.003


def test_advice_is_followed_of_a_material_too(learn):
    """But for what would mend the colour alone."""
    code, said, complaint = learn("advice=followed", "steps=2")
    assert code == 0, complaint
    assert "prepare." not in said


def test_a_run_of_a_material_goes_on_from_its_checkpoint(learn, tmp_path):
    """The same steps as without a stop, and so the same maps."""
    assert learn("log.checkpoints=3")[0] == 0
    whole = load(str(tmp_path / "run"), device="cpu").maps(24, 24)
    resume = tmp_path / "run" / "resume.ckpt"
    shutil.copy(resume, tmp_path / "kept.ckpt")
    assert learn(f"resume={tmp_path / 'kept.ckpt'}")[0] == 0
    again = load(str(tmp_path / "run"), device="cpu").maps(24, 24)
    for kind, values in whole.items():
        assert torch.equal(values, again[kind]), kind


def test_other_maps_cannot_be_resumed_with(learn, stone, tmp_path):
    assert learn("log.checkpoints=2")[0] == 0
    write_map(stone / "stone_height.png", read_map(stone / "stone_height.png").values.flip(1), 16)
    (stone / "stone_normal.png").unlink()
    resume = tmp_path / "run" / "resume.ckpt"
    code, _, complaint = learn(f"resume={resume}", "steps=6")
    assert code == 2
    assert "maps" in complaint


def test_maps_too_small_for_figures_are_refused(learn, cli, stone, tmp_path):
    assert learn()[0] == 0
    words = [f"model={tmp_path / 'run'}", f"exemplar={stone}", "seeds=1"]
    code, _, complaint = cli("score", *words, f"out={tmp_path / 'score'}")
    assert code == 2
    assert "exemplar is 48x48: sides must lie between 64" in complaint


def test_a_film_of_light_is_made(cli, tmp_path):
    net = material()
    release.save(tmp_path / "stone.safetensors", net.net, net.card)
    out = tmp_path / "light.gif"
    words = [f"model={tmp_path / 'stone.safetensors'}", "kind=light", "size=32", "seconds=0.2"]
    assert cli("film", *words, "fps=10", f"out={out}")[0] == 0
    assert out.stat().st_size > 100


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["material=nowhere"], "there is no material 'nowhere', neither as a folder nor by name"),
        (["exemplar=gravel", "maps.normal=x.png"], "say material=FOLDER as well"),
        (["exemplar=gravel", "maps.convention=directx"], "say material=FOLDER as well"),
        (["material={stone}", "maps.normal=x.png"], "there is no file 'x.png'"),
        (["material={stone}", "exemplar=gravel"], "exclude each other"),
        (["material={stone}", "windows=false"], "material= needs windows=true"),
        (["material={stone}", "picture.octaves=2"], "material= needs picture.octaves=1"),
        (["material={stone}", "prepare.straighten=true"], "material= and prepare.* exclude"),
        (["material={stone}/stone_color.png"], "is one file: name its folder"),
        (["material={stone}/stone_color.png,{stone}/none.png"], "there is no file"),
        (
            ["material={stone}", "maps.height=stone_height.png[q]"],
            "[q] are no channels of stone_height.png: say up to three of r, g, b and a",
        ),
        (["material={stone}", "maps.colour=a.exr"], "a.exr is OpenEXR, and colour is read from"),
        (["material={stone}", "maps.height=stone_height.png[b]"], "has 1 channels, and no b"),
        (["material={stone}", "maps.normal=stone_arm.png"], "stone_arm.png is no normal map"),
        ([], "exemplar is missing: say exemplar=VALUE, or material=VALUE"),
    ],
)
def test_what_is_no_material_is_refused_before_anything_is_written(
    cli, small, stone, tmp_path, words, message
):
    words = [word.format(stone=stone) for word in words]
    (stone / "a.exr").write_bytes(b"v/1\1" + bytes(100))
    out = tmp_path / "run"
    given = {word.split("=")[0] for word in words}
    usual = [word for word in short(small) if word.split("=")[0] not in given]
    code, _, complaint = cli("train", *words, f"out={out}", *usual)
    assert code == 2
    assert message in complaint
    assert not out.exists()


def test_several_files_by_name_are_a_material(cli, small, stone, tmp_path, monkeypatch):
    monkeypatch.chdir(stone)
    (stone / "other_color.png").write_bytes((stone / "stone_color.png").read_bytes())
    files = "stone_color.png,stone_normal.png,stone_height.png"
    words = [f"material={files}", f"out={tmp_path / 'run'}", *short(small)]
    code, said, complaint = cli("train", *words)
    assert code == 0, complaint
    assert "roughness" not in said.partition("training on")[0]
    net = load(str(tmp_path / "run" / "stone.safetensors"), device="cpu")
    assert net.material.kinds == ("colour", "normal", "height")
    assert is_material(files)  # for score
    long = [f"stone_with_a_name_{'x' * 120}_{kind}.png" for kind in ("color", "normal", "height")]
    for name, file in zip(long, files.split(","), strict=True):
        (stone / name).write_bytes((stone / file).read_bytes())
    assert is_material(",".join(long))
    assert material_files(",".join(long)).name == long[0].removesuffix("_color.png")
    for first, second, name in (("b_diff_2k", "b_disp_2k", "b"), ("s_albedo", "s_ao", "s")):
        for file in (first, second):
            (stone / f"{file}.png").write_bytes(b"")
        assert material_files(f"{first}.png,{second}.png").name == name
    assert material_files(files).maps.parts["normal"].file == "stone_normal.png"


def test_a_folder_of_colour_alone_is_no_material(cli, small, tmp_path):
    save_picture(tmp_path / "x_color.png", torch.rand(3, 48, 48))
    words = [f"material={tmp_path}", f"out={tmp_path / 'run'}", *short(small)]
    code, _, complaint = cli("train", *words)
    assert code == 2
    assert "nothing but colour varies here: say exemplar=" in complaint
    assert not (tmp_path / "run").exists()


def test_presets_need_a_material(cli, tmp_path):
    words = "model=brick", "preset=unreal", "size=64", f"out={tmp_path}"
    code, _, complaint = cli("sample", *words)
    assert code == 2
    assert "preset=unreal needs a material, and 'brick' draws colour" in complaint
    assert not list(tmp_path.glob("*.png"))


@pytest.mark.parametrize("key", ["loss.maps", "loss.together"])
def test_weights_of_the_losses_of_maps_matter(learn, tmp_path, key):
    assert learn()[0] == 0
    usual = load(str(tmp_path / "run"), device="cpu").maps(24, 24)["height"]
    shutil.rmtree(tmp_path / "run")
    assert learn(f"{key}=0")[0] == 0
    other = load(str(tmp_path / "run"), device="cpu").maps(24, 24)["height"]
    assert not torch.equal(usual, other)


def test_a_photograph_is_mended_before_it_is_learnt(cli, small, tmp_path):
    """The net is another, and its card says by what."""
    random = torch.Generator().manual_seed(0)
    lit = torch.rand(3, 96, 96, generator=random) * torch.linspace(1, 0.8, 96)
    save_picture(tmp_path / "lit.png", lit)
    nets = []
    for words in ([], ["prepare.light=always"]):
        out = tmp_path / f"run{len(nets)}"
        given = [f"exemplar={tmp_path / 'lit.png'}", f"out={out}", *short(small), *words]
        code, said, complaint = cli("train", *given)
        assert code == 0, complaint
        assert ("evened out" in said) == bool(words)
        nets.append(load(str(out), device="cpu"))
    assert nets[1].card["recipe"]["prepare"]["light"] == "always"
    assert not torch.equal(nets[0].render(24, 24), nets[1].render(24, 24))


def test_maps_are_made_on_demand(learn, stone, tmp_path):
    (stone / "stone_normal.png").unlink()
    code, said, complaint = learn("maps.normal=from_height", "maps.depth=0.1", "steps=2")
    assert code == 0, complaint
    assert "of height; its whole range is 0.1 widths of the picture deep" in said
    assert "normal" in load(str(tmp_path / "run"), device="cpu").maps(24, 24)


@pytest.mark.parametrize(
    ("name", "height"),
    [("stone_albedo_height.png", None), ("stone_color.png", "stone_color.png[a]")],
)
def test_a_map_in_the_alpha_of_the_colour_does_not_bleach_it(stone, name, height):
    rgb = read_map(stone / "stone_color.png").values
    alpha = read_map(stone / "stone_height.png").values
    for old in ("color", "height"):
        (stone / f"stone_{old}.png").unlink()
    write_map(stone / name, torch.cat([rgb, alpha]), 8)
    files = material_files(str(stone), MapOptions(height=height))
    file = files.opened()
    picture = file.picture()
    assert (picture.pixels[0] - rgb).abs().max() < 0.003
    assert "its alpha holds another map" in picture.notes[0]
    material = files.material(file, picture)
    assert (material.maps["height"] - alpha).abs().max() < 0.003


def test_words_that_make_another_map_are_refused(learn):
    code, _, complaint = learn("maps.roughness=from_height")
    assert code == 2
    assert "maps.roughness=from_height means nothing" in complaint


def test_a_net_is_judged_by_its_maps_as_they_were_read(learn, cli, stone, tmp_path):
    """And not by a height that it never learnt, or by normals in another convention."""
    options = ["maps.height=none", "maps.convention=directx"]
    assert learn(*options, "maps.roughness=stone_arm.png[g]", "steps=2")[0] == 0
    net = tmp_path / "run"
    with safe_open(net / "stone.safetensors", "pt") as file:
        card = json.loads(file.metadata()["texturenet"])
    reading = {"height": "none", "roughness": "stone_arm.png[g]", "convention": "directx"}
    assert card["exemplar"]["reading"] == reading
    words = [f"model={net}", f"exemplar={stone}", "seeds=1", f"out={tmp_path / 'score'}"]
    _, said, complaint = cli("score", *words)
    assert "directx (as said" in said, complaint
    assert "map height" not in said


def test_a_map_that_lay_elsewhere_is_asked_for_by_its_name(learn, cli, stone, tmp_path):
    """The card says no path of the user."""
    tifffile = pytest.importorskip("tifffile")
    other = tmp_path / "elsewhere" / "bumps.tif"
    other.parent.mkdir()
    height = read_map(stone / "stone_height.png").values[0]
    tifffile.imwrite(other, (0.03 * height).numpy())
    (stone / "stone_height.png").unlink()
    assert learn(f"maps.height={other}", "steps=2")[0] == 0
    card = load(str(tmp_path / "run"), device="cpu").card
    assert card["exemplar"]["reading"] == {"height": "bumps.tif"}
    span = [0.03 * float(height.min()), 0.03 * float(height.max())]
    assert card["exemplar"]["heights"] == pytest.approx(span, abs=1e-6)
    words = [f"model={tmp_path / 'run'}", f"exemplar={stone}", f"out={tmp_path / 'score'}"]
    code, _, complaint = cli("score", *words)
    assert code == 2
    assert "there is no file 'bumps.tif' for the height" in complaint
    assert "as maps.height=FILE" in complaint
    _, said, complaint = cli("score", *words, f"maps.height={other}")
    assert "map height     bumps.tif" in said, complaint


def test_maps_of_what_is_no_material_are_refused_by_score(cli, tmp_path):
    picture = save_picture(tmp_path / "x.png", torch.rand(3, 80, 80))
    given = [f"image={picture}", f"exemplar={picture}"], ["model=brick", "exemplar=brick"]
    for words in given:
        code, _, complaint = cli("score", *words, "maps.height=none", f"out={tmp_path / 'score'}")
        assert code == 2
        assert "maps.* name the files of a material" in complaint


def test_waves_are_those_of_the_height_where_colours_do_not_repeat(learn, stone, tmp_path):
    """Tiles of colours of chance: only their relief comes back."""
    side = 96
    random = torch.Generator().manual_seed(1)
    place = 2 * math.pi * torch.arange(side) / 12
    height = 0.5 + 0.25 * (torch.cos(place)[:, None] + torch.cos(place))
    for file in stone.iterdir():
        file.unlink()
    save_picture(stone / "stone_color.png", torch.rand(3, side, side, generator=random))
    write_map(stone / "stone_height.png", height[None], 16)
    assert learn("steps=1", "generator.waves=null")[0] == 0
    waves = load(str(tmp_path / "run"), device="cpu").card["waves"]
    cycles = waves["torus"] / 12
    assert sorted(map(tuple, waves["vectors"]))[:2] == [(0, cycles), (cycles, 0)]
