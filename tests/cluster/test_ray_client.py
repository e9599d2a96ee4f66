"""A driver outside of the cluster: ray://HOST:PORT."""

import os
import signal
import socket
import subprocess
import sys
import time
from contextlib import ExitStack, suppress
from pathlib import Path

import pytest
from helpers.rays import STORE

pytest.importorskip("ray")
pytestmark = pytest.mark.slow
DRIVER = """
import sys
from pathlib import Path
from texturenet.cluster.jobs import Job, engine_of
if __name__ == "__main__":
    jobs = [Job("j", "helpers.cluster_work:square", {"number": 3}, {"a.txt": b"text"})]
    engine = engine_of("ray", address=sys.argv[1])
    (outcome,) = engine.run(jobs, Path("store"), lambda name, facts: print(name, facts))
    print(outcome.value["square"], (outcome.out / "deep" / "square.txt").read_text())
"""


def free_ports(count):
    with ExitStack() as stack:
        taken = [stack.enter_context(socket.socket()) for _ in range(count)]
        for each in taken:
            each.bind(("127.0.0.1", 0))
        return [each.getsockname()[1] for each in taken]


@pytest.fixture
def address(tmp_path, request, monkeypatch):
    """Of a cluster of one node, which lets in who has its token."""
    root = request.config.rootpath
    monkeypatch.setenv("PYTHONPATH", f"{root}:{root / 'tests'}")
    monkeypatch.setenv("RAY_USAGE_STATS_ENABLED", "0")
    monkeypatch.setenv("RAY_AUTH_TOKEN", "a" * 64)
    monkeypatch.delenv("RAY_AUTH_MODE", raising=False)
    port, client, agent = free_ports(3)
    words = [
        Path(sys.executable).with_name("ray"), "start", "--head", "--block", "--num-cpus=1",
        f"--port={port}", f"--ray-client-server-port={client}", "--min-worker-port=0",
        "--max-worker-port=0", f"--runtime-env-agent-port={agent}", "--include-dashboard=false",
        f"--object-store-memory={STORE}",
    ]  # fmt: skip
    with (
        open(tmp_path / "ray.log", "w") as log,
        subprocess.Popen(words, stdout=log, stderr=log, start_new_session=True) as head,
    ):
        yield f"ray://127.0.0.1:{client}"
        with suppress(ProcessLookupError):
            os.killpg(head.pid, signal.SIGTERM)
        head.wait(60)


def test_a_driver_elsewhere_gets_what_the_cluster_makes(address, tmp_path):
    (tmp_path / "driver.py").write_text(DRIVER)
    words = [sys.executable, "driver.py", address]
    deadline = time.monotonic() + 240
    while True:
        ran = subprocess.run(words, cwd=tmp_path, capture_output=True, text=True, timeout=240)
        if ran.returncode == 0 or time.monotonic() > deadline:
            break  # the cluster takes seconds to answer
        time.sleep(1)
    assert ran.stdout.splitlines()[-1] == "9 9 text", ran.stderr + ran.stdout
