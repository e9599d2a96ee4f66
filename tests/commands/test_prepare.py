"""texturenet prepare as a user types it: what it says, writes and refuses."""

import ast
import re
from pathlib import Path

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from helpers.options import SCHEMAS, leaves
from helpers.pictures import pixels
from PIL import Image

from texturenet.analysis.lighting import to_linear, to_srgb
from texturenet.analysis.perspective import perspective_of
from texturenet.io.exemplars import load_picture
from texturenet.io.pictures import save_picture

pytestmark = pytest.mark.usefixtures("elsewhere")
SIDE = 320


def photograph(name="redbrick"):
    return load_picture(name).pixels[..., :SIDE, :SIDE]


def slanted():
    """Seen from below, behind a plain border, and lit from one side."""
    line = (torch.arange(512) + 0.5) / 512 - 0.5
    down, right = torch.meshgrid(line, line, indexing="ij")
    depth = 1 + 0.3 * down
    grid = torch.stack([right / depth, down / depth], -1)
    picture = load_picture("redbrick").pixels
    seen = F.grid_sample(picture, grid[None] / grid.abs().max(), "bicubic", align_corners=False)
    lit = to_srgb(to_linear(seen.clamp(0, 1)) * (0.75 + 0.5 * line))
    return F.pad(lit, (8, 8, 8, 8), value=0.95)


@pytest.fixture
def photo():
    return save_picture(Path("photo.png"), photograph())


@pytest.fixture
def slanted_photo():
    return save_picture(Path("slanted.png"), slanted())


def said(cli, *words):
    status, out, err = cli("prepare", *words)
    assert status == 0, err
    return out


def test_a_photograph_without_trouble_is_left_as_it_is(cli, photo):
    printed = said(cli, "photo.png")
    assert "nothing stands in the way" in printed
    assert "photo_exemplar.png: 320x320, of 320x320 pixels" in printed
    assert "texturenet train exemplar=photo_exemplar.png" in printed
    assert pixels("photo_exemplar.png") == pixels("photo.png")


@pytest.mark.parametrize("name", ["redbrick", "weave", "pebbles"])
def test_all_corrections_leave_what_has_no_trouble(cli, name):
    save_picture(Path("a.png"), load_picture(name).pixels)
    said(cli, "a.png", "corrections=auto", "lens=mend")
    assert pixels("a_exemplar.png") == pixels("a.png")


def test_what_is_found_and_not_mended_is_said_with_what_mends_it(cli, slanted_photo):
    printed = said(cli, "slanted.png", "light=keep")
    assert "left as it is; perspective=mend mends it" in printed
    assert "left as it is; light=even evens it out" in printed
    inside = Image.open("slanted.png").crop((8, 8, 520, 520))
    assert pixels("slanted_exemplar.png") == inside.tobytes()


def test_corrections_on_auto_mend_all_that_is_found(cli, slanted_photo):
    printed = said(cli, "slanted.png", "corrections=auto")
    for words in ("border: of one colour, cut off; 512x512", "across the picture", "light: "):
        assert words in printed
    assert "left as it is" not in printed
    made = load_picture("slanted_exemplar.png").pixels
    after = perspective_of(made)
    assert after.change < 0.06
    again = said(cli, "slanted_exemplar.png", "corrections=auto")
    assert "light: " not in again
    assert "across the picture" not in again


def test_four_corners_show_what_lies_between_them(cli, photo):
    printed = said(cli, "photo.png", "corners=[[10,20],[10,220],[160,220],[160,20]]", "light=keep")
    assert "150x200 pixels seen straight on" in printed
    made = np.asarray(Image.open("photo_exemplar.png")).astype(int)
    part = np.asarray(Image.open("photo.png")).astype(int)[10:160, 20:220]
    assert np.abs(made - part).max() <= 1


def test_every_option_of_prepare_changes_something(cli, slanted_photo):
    corners = "corners=[[100,100],[100,300],[300,300],[300,100]]"
    plain = ["slanted.png"]
    changes = {
        "crop": ["crop=[20,20,400,400]"], "corners": [corners],
        "proportion": [corners, "proportion=2"], "perspective": ["perspective=mend"],
        "light": ["light=keep"], "part": ["part=whole"], "side": ["side=100"],
    }  # fmt: skip
    elsewhere = {"image", "out", "threads", "straighten", "lens", "corrections"}
    assert {*changes, *elsewhere} == set(leaves(SCHEMAS["prepare"]))
    seen = set()
    for words in ([], *changes.values()):
        said(cli, *plain, *words, "out=made.png")
        seen.add(pixels("made.png"))
    assert len(seen) == len(changes) + 1


def test_a_tilted_photograph_is_straightened_when_asked(cli):
    whole = Image.fromarray(
        (load_picture("weave").pixels[0].permute(1, 2, 0) * 255).round().byte().numpy()
    )
    whole.rotate(-3, Image.Resampling.BICUBIC).crop((40, 40, 472, 472)).save("tilted.png")
    printed = said(cli, "tilted.png")
    found = re.search(
        r"upright lines are turned ([+-][\d.]+) degrees, level ones ([+-][\d.]+)", printed
    )
    assert [float(angle) for angle in found.groups()] == pytest.approx([3, 3], abs=0.3)
    assert "left as it is; straighten=true mends it" in printed
    assert "mended" in said(cli, "tilted.png", "straighten=true", "out=straight.png")
    assert "tilt: none is found" in said(cli, "straight.png", "straighten=true", "out=again.png")


def test_a_lens_is_mended_when_asked(cli):
    picture = load_picture("scales").pixels
    line = (torch.arange(512) + 0.5) / 512 - 0.5
    down, right = torch.meshgrid(line, line, indexing="ij")
    ideal = torch.stack([right, down], -1)
    for _ in range(50):
        squares = ideal.square().sum(-1, keepdim=True)
        ideal = torch.stack([right, down], -1) / (1 + 0.2 * squares)
    bent = F.grid_sample(picture, 2 * ideal[None], "bicubic", align_corners=False)
    save_picture(Path("bent.png"), bent)
    assert "lens" not in said(cli, "bent.png")
    printed = said(cli, "bent.png", "lens=mend", "out=straight.png")
    assert "lens: it bends lines (k1 = +0.19" in printed
    assert "left as it is" in said(cli, "straight.png", "lens=mend", "out=again.png")


def test_where_light_may_be_chance_it_is_evened_only_always(cli):
    ramp = torch.linspace(1, 0.6, 512)
    save_picture(Path("a.png"), to_srgb(to_linear(load_picture("leaves").pixels) * ramp))
    assert "light:" not in said(cli, "a.png")
    assert pixels("a_exemplar.png") == pixels("a.png")
    assert "evened out" in said(cli, "a.png", "light=always")
    save_picture(Path("even.png"), load_picture("leaves").pixels)
    columns = [np.asarray(Image.open(f"{name}.png")).mean((0, 2)) for name in ("a", "a_exemplar")]
    even = np.asarray(Image.open("even.png")).mean((0, 2))
    before, after = (np.polyfit(np.arange(512), line / even, 1)[0] for line in columns)
    assert abs(after) < 0.5 * abs(before)


def test_the_steadiest_square_is_taken_where_the_whole_is_not_steady(cli):
    left, right = photograph("redbrick"), photograph("gravel")
    save_picture(Path("two.png"), torch.cat([left, 0.4 * right, 0.4 * right], -1))
    printed = said(cli, "two.png", "light=keep")
    assert "does not look the same everywhere" in printed
    width, height = Image.open("two_exemplar.png").size
    assert width == height < SIDE
    said(cli, "two.png", "light=keep", "part=whole")
    assert Image.open("two_exemplar.png").size == (3 * SIDE, SIDE)


def test_threads_are_those_asked_for(cli, photo):
    try:
        said(cli, "photo.png", "threads=2")
        assert torch.get_num_threads() == 2
    finally:
        torch.set_num_threads(1)


def test_several_photographs_are_prepared_one_after_the_other(cli, photo):
    Path("other.png").write_bytes(photo.read_bytes())
    status, _, err = cli("prepare", "-m", "image=photo.png,other.png")
    assert status == 0, err
    assert Path("photo_exemplar.png").exists()
    assert Path("other_exemplar.png").exists()
    status, _, err = cli("prepare", "-m", "image=photo.png,other.png", "out=one.png")
    assert (status, "would write one.png" in err) == (2, True)


SQUARE = "[[9,9],[9,200],[200,200],[200,9]]"
REFUSALS = [
    ([], "image is missing"),
    (["absent.png"], "no exemplar 'absent.png'"),
    (["text.png"], "text.png is not a picture that can be read"),
    (["photo.png", "corners=[[0,0],[0,400],[200,200],[200,0]]"], "[0,400] lies outside"),
    (["photo.png", "corners=[[0,0],[200,200],[0,200],[200,0]]"], "convex"),
    (["photo.png", "corners=[[0,0],[0,0],[200,200],[200,0]]"], "two of the corners are the same"),
    (["photo.png", "corners=[[0,0],[200,0],[200,200],[0,200]]"], "anticlockwise"),
    (["photo.png", "corners=[[0,0],[0,20],[20,20],[20,0]]"], "would be 20x20 pixels"),
    (["photo.png", "corners=[[0,0],[0,20]]"], "corners is"),
    (["photo.png", "corners=[[0,0],[0,20],[3],[20,0]]"], "corners"),
    (["photo.png", "corners=[[0,0],[0,20],[3,a],[20,0]]"], "corners[2][1] is a"),
    (["photo.png", f"corners={SQUARE}", "crop=[0,0,99,99]"], "corners and crop exclude"),
    (["photo.png", f"corners={SQUARE}", "perspective=mend"], "corners and perspective=mend ex"),
    (["photo.png", f"corners={SQUARE}", "lens=mend"], "corners and lens=mend exclude"),
    (["photo.png", "proportion=2"], "name its four corners too"),
    (["photo.png", "proportion=0"], "proportion is 0"),
    (["photo.png", "side=30"], "would be 30x30 pixels: both sides must be at least 64"),
    (["photo.png", "crop=[0,0,50,50]"], "is 50x50 pixels: both sides must be at least 64"),
    (["photo.png", "crop=[0,0,500,50]"], "does not lie inside"),
    (["plain.png"], "of one colour"),
    (["photo.png", "out=photo.png"], "the photograph itself"),
    (["photo.png", "out=a.xyz"], "use .png"),
    (["photo.png", "out=text.png/a.png"], "cannot write"),
    (["photo.png", "light=dark"], "light is 'dark'"),
    (["photo.png", "corrections=all"], "corrections is 'all'"),
    (["photo.png", "straighten=maybe"], "straighten is maybe"),
    (["photo.png", "cornres=1"], "Did you mean corners"),
]


@pytest.mark.parametrize(("words", "refusal"), REFUSALS, ids=[" ".join(r[0]) for r in REFUSALS])
def test_refusals_are_one_line_with_status_2_and_leave_nothing(cli, photo, words, refusal):
    Path("text.png").write_text("no picture")
    Image.new("RGB", (100, 100), "grey").save("plain.png")
    before = sorted(Path().iterdir())
    status, _, err = cli("prepare", *words)
    assert status == 2
    assert len(err.strip().splitlines()) == 1, err
    assert refusal in err
    assert sorted(Path().iterdir()) == before


def test_training_can_call_it_without_the_command_line():
    """The functions import nothing of commands and io."""
    source = Path(__file__).parents[2] / "texturenet" / "analysis" / "preparing.py"
    modules = [
        node.module for node in ast.walk(ast.parse(source.read_text()))
        if isinstance(node, ast.ImportFrom)
    ]  # fmt: skip
    assert not {"commands", "io"} & {(module or "").split(".")[0] for module in modules}
