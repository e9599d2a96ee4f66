"""`texturenet page`: the file it writes, and what it refuses in one line."""

from pathlib import Path

import pytest
import torch
from helpers.nets import waved
from helpers.options import SCHEMAS, leaves

from texturenet.generator import release

pytestmark = pytest.mark.usefixtures("elsewhere")


def test_every_option_of_page_changes_something(cli, model):
    assert {"model", "out", "weights", "threads"} == set(leaves(SCHEMAS["page"]))
    status, said, _ = cli("page", f"model={model}")
    assert status == 0
    assert "dots.html" in said
    assert "1 net" in said
    first = Path("dots.html").read_text()
    assert cli("page", f"model={model}", "out=there/a.html")[0] == 0
    assert Path("there/a.html").read_text() == first
    assert cli("page", f"model={model}", "out=half.html", "weights=half")[0] == 0
    assert "rounded to 16 bits" in Path("half.html").read_text()
    assert cli("page", "model=brick", "out=there/")[0] == 0
    assert Path("there/brick.html").read_text() != first
    try:
        assert cli("page", f"model={model}", "threads=2")[0] == 0
        assert torch.get_num_threads() == 2
    finally:
        torch.set_num_threads(1)


def test_several_models_are_one_gallery(cli, model, tmp_path):
    other = release.save(tmp_path / "tartan.safetensors", waved().net, waved().card)
    status, said, _ = cli("page", f"model={model},{other}")
    assert status == 0
    assert "textures.html" in said
    assert "2 nets" in said
    assert 'id="net-1"' in Path("textures.html").read_text()


def test_a_file_with_a_comma_in_its_name_is_one_model(cli, model):
    Path("a,b.safetensors").write_bytes(model.read_bytes())
    assert cli("page", "model=a,b.safetensors")[0] == 0
    assert Path("dots.html").exists()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["model=nothing"], "there is no model 'nothing'"),
        (["model=brick,"], "a name is missing beside a comma"),
        (["model=brick,brick"], "two of these nets are called 'brick'"),
        (["model=brick", "out=brick.pdf"], "brick.pdf is no page"),
        (["model=brick", "out=-"], "nothing is written to standard output"),
        (["model=cut.safetensors"], "it is damaged or truncated"),
    ],
)
def test_what_cannot_be_a_page_is_refused_in_one_line(cli, model, words, said):
    Path("cut.safetensors").write_bytes(model.read_bytes()[:-50])
    status, _, wrong = cli("page", *words)
    assert (status, wrong.count("\n")) == (2, 1)
    assert said in wrong
    assert not list(Path().glob("*.html"))
