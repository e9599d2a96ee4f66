"""texturenet export, at the command line: its options, what it says, what it refuses."""

import json
from pathlib import Path

import pytest
import torch
from helpers.options import SCHEMAS, leaves

from texturenet.commands.export import export_with

pytestmark = pytest.mark.usefixtures("elsewhere")


def test_it_writes_a_file_and_says_what_it_takes_and_gives(cli, model):
    status, said, _ = cli("export", f"model={model}")
    assert status == 0
    assert Path("dots.onnx").stat().st_size > 1000
    assert "in   noise of 3 scales; sides and places are multiples of 4" in said
    assert "out  color (3)" in said
    assert "onnxruntime draws what texturenet draws, to " in said


def test_every_option_changes_something(cli, model):
    assert set(leaves(SCHEMAS["export"])) == {"model", "format", "out", "notes", "threads"}
    assert cli("export", f"model={model}")[0] == 0
    plain = Path("dots.onnx").read_bytes()
    assert cli("export", "model=ihc", "out=dots.onnx")[0] == 0
    assert Path("dots.onnx").read_bytes() != plain
    for kind, name in (("torchscript", "dots.pt"), ("npz", "dots.npz")):
        assert cli("export", f"model={model}", f"format={kind}", "out=new/")[0] == 0
        assert Path("new", name).is_file()
    assert cli("export", f"model={model}", "notes=notes.json")[0] == 0
    notes = json.loads(Path("notes.json").read_text())
    assert notes["texturenet"]["name"] == "dots"
    assert [each["name"] for each in notes["texturenet_ports"]["inputs"]][-1] == "noise_2"
    try:
        assert cli("export", f"model={model}", "threads=2")[0] == 0
        assert torch.get_num_threads() == 2
    finally:
        torch.set_num_threads(1)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["model=brik"], "there is no model 'brik', neither as a file nor by name. Did you mean"),
        (["model=brick", "format=onn"], "format is 'onn'. Did you mean onnx?"),
        (
            ["model=brick", "out=a.npz"],
            "a.npz: a file of format=onnx ends in .onnx: say format=npz",
        ),
        (["model=brick", "out=-"], "nothing is written to standard output"),
        (["model=brick", "notes=a.txt"], "notes is a.txt: it must be a .json file."),
        (["model=text.safetensors"], "text.safetensors cannot be read: it is damaged"),
    ],
)
def test_bad_input_gets_one_line(cli, words, said):
    Path("text.safetensors").write_text("no net")
    status, _, err = cli("export", *words)
    assert (status, err.count("\n")) == (2, 1)
    assert said in err
    assert [path.name for path in Path().iterdir()] == ["text.safetensors"]


def test_several_nets_are_several_files(cli, model):
    assert cli("export", "-m", f"model={model},ihc")[0] == 0
    assert {path.name for path in Path().glob("*.onnx")} == {"dots.onnx", "ihc.onnx"}
    status, _, err = cli("export", "-m", f"model={model},ihc", "out=one.onnx")
    assert (status, "would write one.onnx" in err) == (2, True)


def test_from_python_it_gives_the_path_and_says_nothing(model, capsys):
    path = export_with(model=str(model), format="npz", out="weights.npz")
    assert Path(path).name == "weights.npz"
    assert Path(path).is_file()
    assert capsys.readouterr() == ("", "")
