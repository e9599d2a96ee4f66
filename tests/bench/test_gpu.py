"""The script that measures a GPU runs without one: small, on the CPU."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = Path(__file__).resolve().parents[2] / "bench" / "gpu.py"


def bench(*arguments):
    return subprocess.run(
        [sys.executable, SCRIPT, *arguments],
        env=os.environ | {"CUDA_VISIBLE_DEVICES": "", "OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        check=False,
    )


def test_without_a_gpu_it_says_so_and_leaves_with_status_2():
    done = bench()
    assert done.returncode == 2
    assert "no GPU here" in done.stderr
    assert not done.stdout


@pytest.mark.slow
def test_its_parts_run_small_on_a_cpu(tmp_path):
    done = bench("device=cpu", "quick=true", "parts=noise,sampling", f"out={tmp_path}/table.json")
    assert done.returncode == 0, done.stdout + done.stderr
    table = json.loads((tmp_path / "table.json").read_text())
    assert table["device"].startswith("CPU")
    rows = {row["name"]: row["figures"] for row in table["rows"]}
    assert rows["uniform"]["bits"].startswith("all 280,000 values equal")
    assert rows["brick float32"]["from the CPU's float32"] == "0.0000/255"
    assert float(rows["brick bfloat16"]["from the CPU's float32"].split("/")[0]) > 0


@pytest.mark.parametrize(
    ("word", "refusal"),
    [("parts=none", "there is no part 'none'"), ("speed=1", "there is no key 'speed'")],
)
def test_words_that_mean_nothing_are_refused(word, refusal):
    done = bench("device=cpu", word)
    assert done.returncode == 2
    assert refusal in done.stderr
