"""One net that two processes train: the loss, gradients and weights are those of one process."""

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from helpers import ranks

TESTS = Path(__file__).resolve().parents[1]


def free_port():
    with socket.socket() as some:
        some.bind(("127.0.0.1", 0))
        return some.getsockname()[1]


@pytest.fixture(scope="module")
def pair(tmp_path_factory):
    """What both processes found: {case: (first, second)}."""
    folder = tmp_path_factory.mktemp("pair")
    shared = dict(os.environ, MASTER_ADDR="127.0.0.1", MASTER_PORT=str(free_port()))
    shared |= {"WORLD_SIZE": "2", "PYTHONPATH": str(TESTS), "NODE_RANK": "0"}
    command = [sys.executable, "-m", "helpers.ranks", str(folder)]
    both = [
        subprocess.Popen(
            command, env=shared | {"LOCAL_RANK": str(rank)}, stderr=subprocess.PIPE, text=True
        )
        for rank in (0, 1)
    ]
    for process in both:
        _, error = process.communicate(timeout=200)
        assert process.returncode == 0, error[-3000:]
    return {
        name: tuple(torch.load(folder / f"{name}_{rank}.pt") for rank in (0, 1))
        for name in ranks.cases()
    }


@pytest.fixture(scope="module")
def alone(tmp_path_factory):
    folder = tmp_path_factory.mktemp("alone")
    return {
        name: ranks.fitted(ranks.training(*case), folder, devices=1)
        for name, case in ranks.cases().items()
    }


def close(one, two, tolerance):
    assert one.keys() == two.keys()
    for name, value in one.items():
        torch.testing.assert_close(
            torch.as_tensor(value), torch.as_tensor(two[name]), rtol=tolerance, atol=tolerance
        )


@pytest.mark.slow
@pytest.mark.parametrize("case", ranks.cases())
def test_the_loss_and_its_terms_are_those_of_the_whole_batch(pair, alone, case):
    both = list(zip(pair[case][0]["values"], alone[case]["values"], strict=True))
    close(*both[0], 1e-5)
    # Adam divides by gradients, small ones too: rounding grows from step to step.
    for one, two in both[1:3]:
        close(one, two, 1e-3)


@pytest.mark.slow
@pytest.mark.parametrize("case", ranks.cases())
def test_gradients_are_those_of_the_whole_batch(pair, alone, case):
    scale = max(float(g.abs().max()) for g in alone[case]["gradients"].values())
    close(pair[case][0]["gradients"], alone[case]["gradients"], 1e-4 * max(scale, 1e-3))


@pytest.mark.slow
@pytest.mark.parametrize("case", ranks.cases())
def test_both_processes_hold_the_same_weights_and_judge_alike(pair, case):
    first, second = pair[case]
    for name, value in first["weights"].items():
        assert torch.equal(value, second["weights"][name]), name
    assert first["values"] == second["values"]
    assert first["best"] == second["best"]
