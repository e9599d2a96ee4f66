"""Pictures of labels: their numbers as they are, and what is refused."""

import numpy as np
import pytest
from PIL import Image

from texturenet.errors import Refused
from texturenet.io.label_files import read_labels

CELLS = np.array([[0, 1, 255], [7, 7, 1]], np.uint8)


def test_grey_palettes_and_deep_grey_give_their_numbers(tmp_path):
    Image.fromarray(CELLS).save(tmp_path / "grey.png")
    palette = Image.fromarray(CELLS, "P")
    palette.putpalette([value for entry in range(256) for value in (entry, 9, 255 - entry)])
    palette.save(tmp_path / "palette.png")
    palette.save(tmp_path / "palette.gif")
    Image.fromarray(CELLS.astype(np.uint16)).save(tmp_path / "deep.png")
    Image.fromarray(CELLS).convert("RGB").save(tmp_path / "rgb.png")
    for name in ("grey.png", "palette.png", "deep.png", "rgb.png"):
        assert np.array_equal(read_labels(tmp_path / name), CELLS), name
    colours = read_labels(tmp_path / "palette.png", colours=True)
    assert colours.tolist()[1][0] == [7, 9, 248]
    assert read_labels(tmp_path / "palette.gif", colours=True).tolist() == colours.tolist()


def test_what_cannot_be_is_refused(tmp_path):
    Image.fromarray(CELLS.astype(np.uint16) * 2).save(tmp_path / "deep.png")
    Image.fromarray(np.dstack([CELLS] * 4)).save(tmp_path / "alpha.png")
    Image.fromarray(np.dstack([CELLS, CELLS, 0 * CELLS])).save(tmp_path / "colours.png")
    Image.fromarray(CELLS).save(tmp_path / "a.jpg")
    (tmp_path / "cut.png").write_bytes((tmp_path / "deep.png").read_bytes()[:60])
    said = {
        "deep.png": "holds labels up to 510: they must lie between 0 and 255",
        "alpha.png": "is transparent in parts",
        "colours.png": "holds colours, and labels are given as numbers",
        "a.jpg": "JPEG changes labels",
        "cut.png": "cut.png",
        "nothing.png": "cannot read",
    }
    for name, words in said.items():
        with pytest.raises(Refused, match=words):
            read_labels(tmp_path / name)


def test_labels_that_are_too_many_are_refused_before_they_are_decoded(tmp_path):
    Image.new("L", (16_385, 1)).save(tmp_path / "long.png")
    with pytest.raises(Refused, match="has 1x16385 labels, more than 16384 a side"):
        read_labels(tmp_path / "long.png")
