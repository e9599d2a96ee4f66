"""Damaged, extreme and hostile pictures: an exemplar in [0,1], or one line."""

import pytest
from helpers.killing import start
from malformed import pictures

from texturenet.errors import Refused
from texturenet.io.exemplars import load_picture

ALL = dict(pictures())


def test_there_are_many_and_of_every_kind():
    assert len(ALL) > 250


def test_every_one_is_read_or_refused_in_one_line(tmp_path):
    read = 0
    for name, data in ALL.items():
        path = tmp_path / name
        path.write_bytes(data)
        try:
            pixels = load_picture(str(path)).pixels
        except Refused as refusal:
            said = str(refusal)
        else:
            said, read = "", read + 1
            assert pixels.shape[:2] == (1, 3), name
            assert 0 <= pixels.min() <= pixels.max() <= 1, name
        assert "\n" not in said, name
        assert len(said) < 500, name
    assert 50 < read < len(ALL) - 100, "some can be read, and many cannot"


@pytest.mark.parametrize("verb", ["advise", "train", "gatys"])
@pytest.mark.parametrize(
    "name",
    [
        *("strip_1x1.png", "strip_1x2000.png", "strip_65000x2.png", "strip_3x3.png"),
        *(
            "mode_1.tif",
            "number_nan.tif",
            "tag_277_60000.tif",
            "bomb.png",
            "claims.gif",
            "empty.png",
        ),
        *("cut_8.jpg", "flipped_7.png", "garbage.webp"),
    ],
)
def test_commands_have_no_traceback_for_them(verb, name, tmp_path, cli, small, vgg_file, elsewhere):
    path = tmp_path / name
    path.write_bytes(ALL[name])
    given = {
        "advise": [],
        "train": [item for item in small if not item.startswith("exemplar")],
        "gatys": [f"descriptor.weights={vgg_file}", "steps=2", "threads=1", "device=cpu"],
    }[verb]
    status, _, err = cli(verb, f"exemplar={path}", *given, *["steps=1"] * (verb == "train"))
    assert status in (0, 2)
    assert err.count("\n") == (status == 2), err


@pytest.mark.slow
def test_what_decoders_log_is_not_shown(tmp_path, vgg_file):
    """In a process without a test runner, which would swallow it."""
    (tmp_path / "odd.tif").write_bytes(ALL["tag_277_60000.tif"])
    process = start(tmp_path, ["gatys", "exemplar=odd.tif", f"descriptor.weights={vgg_file}"])
    process.join()
    assert process.exitcode == 2
    assert (tmp_path / "errors.txt").read_text().count("\n") == 1
