"""Training by several processes: what is refused, and one run from end to end."""

import csv
import os
import subprocess
import sys

import pytest
from safetensors import safe_open


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (["batch=3"], "batch is 3 for trainer.devices=2 trainer.nodes=1.*batch=4"),
        (["steps=null", "minutes=1"], "count steps, not minutes"),
        (["trainer.nodes=2", "batch=4"], "srun, or by torchrun"),
        ([], "single runs of `texturenet train`"),
    ],
)
def test_what_several_processes_cannot_train_is_refused(cli, small, elsewhere, given, message):
    if "minutes=1" in given:
        small = [word for word in small if not word.startswith("steps=")]
        given = given[1:]
    status, _, error = cli("train", *small, "trainer.devices=2", *given)
    assert status == 2
    import re

    assert re.search(message, error), error


def trained(small, *more):
    command = [sys.executable, "-m", "texturenet", "train", *small, "log.score=false", *more]
    alone = {key: value for key, value in os.environ.items() if "RANK" not in key}
    return subprocess.run(command, capture_output=True, text=True, env=alone, timeout=500)


def rows(folder):
    with open(folder / "metrics.csv") as file:
        return list(csv.DictReader(file))


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_two_processes_make_one_run_which_either_number_goes_on_with(small, elsewhere, tmp_path):
    one = trained(small, "out=one")
    assert one.returncode == 0, one.stderr
    two = trained(small, "out=two", "trainer.devices=2", "steps=3")
    assert two.returncode == 0, two.stderr
    assert two.stdout.count("done in") == 1  # the other process is silent
    assert [row["step"] for row in rows(tmp_path / "two")] == ["0", "1", "2"]
    for row, other in zip(rows(tmp_path / "two")[:2], rows(tmp_path / "one"), strict=False):
        assert float(row["loss"]) == pytest.approx(float(other["loss"]), rel=1e-3)
    resumed = trained(small, "resume=two/resume.ckpt", "trainer.devices=2")
    assert resumed.returncode == 0, resumed.stderr
    assert [row["step"] for row in rows(tmp_path / "two")] == [*"012345"]
    with safe_open(tmp_path / "two" / "dots.safetensors", "pt") as file:
        assert '"step": 6' in file.metadata()["texturenet"]
    assert {path.name for path in tmp_path.iterdir()} == {"one", "two"}
