"""Tables: the formats of the four CSV files, and what is read back of them."""

from types import SimpleNamespace

import pytest
import torch

from texturenet.errors import Refused
from texturenet.io.tables import Table, read_rows, rows_before


def test_a_table_is_read_back_as_text(tmp_path):
    table = Table(tmp_path / "a.csv", ["step"])
    table.append({"step": 0, "a,b": 0.1, 'q"': "x\ny"})
    table.append({"step": 1, "late": 1e-9})
    table.write()
    assert rows_before(tmp_path / "a.csv", "step", 9) == [
        {"step": "0", "a,b": "0.1", 'q"': "x\ny", "late": ""},
        {"step": "1", "a,b": "", 'q"': "", "late": "1e-09"},
    ]


def test_numbers_come_back_bit_for_bit(tmp_path):
    table = Table(tmp_path / "a.csv")
    values = [0.1 + 0.2, 1 / 3, 5e-324, 1.7976931348623157e308, float("inf")]
    table.rows = [{"value": value} for value in values]
    table.write()
    assert read_rows(table.path, lambda r: {"value": float(r["value"])}) == table.rows


@pytest.mark.parametrize(
    ("columns", "note", "header"),
    [((), False, "b,note,a"), (("a",), True, "a,b,note"), (("a", "b", "c"), False, "a,b,c,note")],
)
def test_columns_are_those_given_then_as_rows_bring_them_the_note_last(
    tmp_path, columns, note, header
):
    table = Table(tmp_path / "a.csv", columns, note)
    table.rows = [{"b": 1, "note": "x"}, {"a": 2}]
    table.write()
    assert table.path.read_text().splitlines()[0] == header


def test_a_table_without_rows_is_its_header(tmp_path):
    Table(tmp_path / "a.csv", ["a"], note=True).write()
    assert (tmp_path / "a.csv").read_bytes() == b"a,note\n"


def test_only_rows_before_a_step_are_read(tmp_path):
    (tmp_path / "a.csv").write_text("step,v\n0,x\n1,y\n2,z\n")
    assert rows_before(tmp_path / "a.csv", "step", 2) == [
        {"step": "0", "v": "x"},
        {"step": "1", "v": "y"},
    ]
    assert rows_before(tmp_path / "a.csv", "step", 0) == []


def test_rows_that_are_not_wanted_are_left_out(tmp_path):
    (tmp_path / "a.csv").write_text("v\n1\n2\n")
    assert read_rows(tmp_path / "a.csv", lambda row: row if row["v"] == "2" else None) == [
        {"v": "2"}
    ]


@pytest.mark.parametrize(
    "content",
    [
        None,
        b"",
        b"\x89PNG\r\n\x1a\n\x00\x00",
        b"step,loss\n0,1.0\nx,2.0\n",
        b"step,loss\n0,1.0\n1,n\xff\n",
        b"number,loss\n0,1.0\n",
        b'step,loss\n0,"' + b"1" * 200_000 + b'"\n',
        b"step,loss\n0,1.0\n1\n",
        b"step,loss\n0,1.0\n1,2.0,3.0\n",
        b"step,loss\n0,1.0\n1,high\n",
    ],
    ids=[
        "absent", "empty", "binary", "no step", "no UTF-8", "another table", "endless cell",
        "short line", "long line", "word",
    ],
)  # fmt: skip
def test_damaged_and_foreign_files_have_no_rows(tmp_path, content):
    from texturenet.training.callbacks import LossLog

    if content is not None:
        (tmp_path / "a.csv").write_bytes(content)
    log = LossLog(tmp_path / "b.csv", 1, earlier=tmp_path / "a.csv")
    log.take_up(5)
    assert log.rows == []
    log.write()
    assert not (tmp_path / "b.csv").exists()


def test_a_folder_is_no_table(tmp_path):
    assert rows_before(tmp_path, "step", 5) == []
    with pytest.raises(Refused, match="cannot write"):
        Table(tmp_path, ["step"]).write()


METRICS = (
    b'step,gram/relu1_1,"a,b",loss,error/gram/relu1_1,"error/q"""\r\n'
    b"0,0.3333333333333333,0.0,0.3333333333333333,0.1111111111111111,3.0\r\n"
    b"1,0.25,1e-09,0.250000001,0.0625,3.0\r\n"
    b"2,0.2,2e-09,0.200000002,0.04000000000000001,3.0\r\n"
)


def test_the_log_of_a_training(tmp_path):
    from texturenet.training.callbacks import LossLog

    def learn(log, first, last):
        for step in range(first, last):
            values = {"gram/relu1_1": 1 / (step + 3), "a,b": 1e-9 * step}
            values["loss"] = sum(values.values())
            errors = {"gram/relu1_1": (1 / (step + 3)) ** 2, 'q"': 3.0}
            trainer = SimpleNamespace(global_step=step + 1, loggers=[])
            module = SimpleNamespace(values=values, errors=errors, error_names=[*errors])
            log.on_train_batch_end(trainer, module, None, None, step)

    path = tmp_path / "metrics.csv"
    learn(LossLog(path, 3), 0, 3)
    assert path.read_bytes() == METRICS
    resumed = LossLog(tmp_path / "resumed.csv", 3, earlier=path)
    resumed.take_up(2)
    learn(resumed, 2, 3)
    assert resumed.table.path.read_bytes() == METRICS


TRACE = b"""\
number,part,level,step,height,width,seconds,loss,gram/relu1_1,range,"content/relu,4",note
0,all,0,0,8,9,0.000,0.3333333333333333,0.3333333333333333,0.0,,
1,all,0,1,8,9,1.235,0.25,0.25,0.0,,
2,all,1,0,9,9,2.469,0.20002,0.2,0.0,2e-05,
3,all,1,1,9,9,3.704,0.16669666666666666,0.16666666666666666,0.0,3.0000000000000004e-05,\
"a, b; he ""x\"""
"""


def paint(trace, first, last, before=0.0):
    from texturenet.optimise.painting import Step

    for number in range(first, last):
        level = number // 2
        late = {"content/relu,4": 1e-5 * number} if level else {}
        step = Step(
            number=number,
            part="all",
            level=level,
            step=number % 2,
            picture=torch.zeros(3, 8 + level, 9),
            losses={"gram/relu1_1": 1 / (number + 3), **late, "range": 0.0},
            share=0.5,
            notes=("a, b", 'he "x"') if number == 3 else (),
        )
        trace.add(step, number * 1.23456 - before)


def test_the_trace_of_a_painting(tmp_path):
    from texturenet.commands.optimising.trace import Trace

    trace = Trace(tmp_path / "trace.csv")
    trace.write()
    assert trace.path.read_bytes() == (b"number,part,level,step,height,width,seconds,loss,note\n")
    paint(trace, 0, 4)
    trace.write()
    assert trace.path.read_bytes() == TRACE
    resumed = Trace(tmp_path / "resumed.csv", trace.path, 2)
    paint(resumed, 2, 4, before=1.235)
    resumed.write()
    assert resumed.path.read_bytes() == TRACE


def test_columns_that_are_no_terms_are_not_carried_on(tmp_path):
    from texturenet.commands.optimising.trace import Trace

    (tmp_path / "a.csv").write_text(
        "number,part,level,step,height,width,seconds,loss,who,gram/x,note\n"
        "0,all,0,0,8,8,0.1,2.5,me,0.5,\n"
        "1,all,0,1,8,8,0.2,2.5\n"
        "2,all,0,1,8,8,0.2,2.5,x,7,n,extra\n"
        "9,bad,x\n"
    )
    trace = Trace(tmp_path / "b.csv", tmp_path / "a.csv", 3)
    trace.write()
    assert trace.path.read_text() == (
        "number,part,level,step,height,width,seconds,loss,gram/x,note\n"
        "0,all,0,0,8,8,0.1,2.5,0.5,\n"
        "1,all,0,1,8,8,0.2,2.5,,\n"
        "2,all,0,1,8,8,0.2,2.5,7,n\n"
    )
    assert trace.before == 0.2


LAYERS = b"""\
layer,number,step,loss
conv1_1,0,0,0.3333333333333333
conv1_1,0,1,0.25
conv1_1,1,0,0.25
conv1_1,1,1,0.2
"""


def test_the_trace_of_a_descriptor(tmp_path):
    from texturenet.commands.descriptor.run import Log
    from texturenet.untrained.base import BuildStep

    tried = [SimpleNamespace(layer="conv1_1", number=n, kept=n == 1) for n in (1, 0)]
    builder = SimpleNamespace(tensors={"conv1_1": None}, results=tried)
    log = Log(tmp_path, builder, None)
    log.write()
    assert log.path.read_bytes() == b"layer,number,step,loss\n"
    for layer in ("conv1_1", "conv1_2"):
        for number in range(2):
            for step in range(2):
                loss = 1 / (number + step + 3)
                log.add(BuildStep(layer, number, step, loss, share=0.5, picture=None))
    log.write()
    assert log.path.read_bytes().startswith(LAYERS)
    (tmp_path / "later").mkdir()
    resumed = Log(tmp_path / "later", builder, tmp_path / "resume.ckpt")
    resumed.write()
    assert resumed.path.read_bytes() == LAYERS, "the layer that was not done begins anew"
    assert resumed.kept() == log.kept() == {"conv1_1": [0.25, 0.2]}


@pytest.mark.parametrize("line", ["conv1_1,0,x,1.0", "conv1_1,0,1", "conv1_1"])
def test_a_damaged_trace_of_a_descriptor_has_no_rows(tmp_path, line):
    from texturenet.commands.descriptor.run import Log

    (tmp_path / "trace.csv").write_text(f"{LAYERS.decode()}{line}\n")
    builder = SimpleNamespace(tensors={"conv1_1": None}, results=[])
    assert Log(tmp_path, builder, tmp_path / "resume.ckpt").rows == []


def test_what_a_long_line_has_too_many_is_not_carried_on(tmp_path):
    """The row could be read, and no table written with it."""
    from texturenet.commands.descriptor.run import Log

    (tmp_path / "trace.csv").write_text("layer,number,step,loss\nconv1_1,0,0,1.0,extra\n")
    builder = SimpleNamespace(tensors={"conv1_1": None}, results=[])
    log = Log(tmp_path, builder, tmp_path / "resume.ckpt")
    log.write()
    assert log.path.read_text() == "layer,number,step,loss\nconv1_1,0,0,1.0\n"


@pytest.mark.usefixtures("blank_figures")
def test_the_report_of_a_film(tmp_path, monkeypatch, capsys):
    from texturenet.commands import film_report

    class Figures:
        """Stands for Constancy: figures of a frame without a network."""

        def __init__(self, *_):
            self.frames = 0

        def __call__(self, frame):
            self.frames += 1
            return {"distance": 1 / self.frames, "contrast": 0.2, "change": 1e-7 * self.frames}

        def distance(self, picture):
            return 0.5

    for name in ("exemplar_of", "descriptor_of"):
        monkeypatch.setattr(film_report, name, lambda *_: None)
    monkeypatch.setattr(film_report, "Constancy", Figures)
    texture = SimpleNamespace(card={"name": "dots"}, render=lambda *_: None)
    chosen = SimpleNamespace(kind="pan", exemplar=None, descriptor=None, size=[8, 8])
    report = film_report.Report(tmp_path / "a.mp4", texture, chosen)
    for _ in range(3):
        report.add(None)
    report.write()
    assert (tmp_path / "a.csv").read_bytes() == (
        b"frame,distance,contrast,change\n"
        b"0,1.000000,0.200000,0.000000\n"
        b"1,0.500000,0.200000,0.000000\n"
        b"2,0.333333,0.200000,0.000000\n"
    )
    assert "worst frame 1.0000" in capsys.readouterr().out
