"""What is refused: sizes, suffixes, files that draw something else, missing packages."""

import sys
from pathlib import Path

import onnxruntime
import pytest
from helpers.nets import texture

from texturenet.errors import Refused
from texturenet.export import checking, formats
from texturenet.export.onnx_file import onnx_bytes


@pytest.mark.parametrize("numbers", [((12, 18), (0, 0)), ((12, 12), (2, 0)), ((12, 12), (0, -6))])
def test_windows_that_do_not_fit_are_refused(numbers):
    with pytest.raises(Refused, match=r"is -?\d+: an exported net draws from multiples of 4 on"):
        checking.noise_of(texture(3), *numbers, 1)


def test_noise_of_sizes_that_do_not_belong_together_is_an_error():
    session = onnxruntime.InferenceSession(onnx_bytes(texture(3)))
    noise = checking.noise_of(texture(3), (8, 8), (0, 0), 1)
    noise["noise_1"] = checking.noise_of(texture(3), (12, 8), (0, 0), 1)["noise_1"]
    with pytest.raises(Exception, match="Add"):
        session.run(None, {name: z.numpy() for name, z in noise.items()})


@pytest.mark.parametrize("kind", ["onnx", "torchscript"])
def test_a_net_that_draws_something_else_is_not_written(tmp_path, monkeypatch, kind):
    other = texture(3, seed=1)
    bytes_of = formats.FORMATS[kind].bytes_of
    wrong = formats.Format(formats.FORMATS[kind].suffixes, lambda _: bytes_of(other))
    monkeypatch.setitem(formats.FORMATS, kind, wrong)
    path = tmp_path / f"net{wrong.suffixes[0]}"
    with pytest.raises(Refused, match="differs by .* more than 0.001: nothing was written"):
        formats.write(texture(3), kind, path)
    assert not path.exists()


@pytest.mark.parametrize(
    ("kind", "name", "said"),
    [
        ("onnx", "a.npz", "ends in .onnx: say format=npz, or another out"),
        ("npz", "a.onnx", "ends in .npz: say format=onnx"),
        ("torchscript", "a.zip", "ends in .pt or .ts or .torchscript"),
        ("onnx", "a", "ends in .onnx"),
        ("onn", "a.onnx", "format is 'onn'. Did you mean onnx?"),
    ],
)
def test_files_of_another_suffix_are_refused(kind, name, said):
    with pytest.raises(Refused) as refusal:
        formats.check_suffix(kind, Path(name))
    assert said in str(refusal.value)


def test_without_onnx_there_is_one_line_with_the_remedy(monkeypatch, tmp_path):
    monkeypatch.setitem(sys.modules, "onnx", None)
    with pytest.raises(Refused, match=r"pip install 'texturenet\[onnx\]'"):
        formats.write(texture(2), "onnx", tmp_path / "a.onnx")
    assert not any(tmp_path.iterdir())


def test_without_onnxruntime_the_file_is_written_and_not_compared(monkeypatch, tmp_path):
    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    assert formats.write(texture(2), "onnx", tmp_path / "a.onnx") is None
    assert (tmp_path / "a.onnx").stat().st_size > 1000
