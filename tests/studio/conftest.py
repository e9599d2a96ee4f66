"""A studio in this process, whose jobs are a script that does what it is told."""

import sys
from types import SimpleNamespace

import pytest

pytest.importorskip("starlette")
pytest.importorskip("uvicorn")
pytest.importorskip("httpx")

from helpers.studio import HERE, PORT, SCRIPT, TOKEN, calls
from starlette.testclient import TestClient

from texturenet.commands.studio import tools
from texturenet.studio import runner
from texturenet.studio.server import studio


@pytest.fixture
def job_script(tmp_path, monkeypatch):
    path = tmp_path / "job.py"
    path.write_text(SCRIPT)
    monkeypatch.setattr(runner, "COMMAND", [sys.executable, str(path)])
    monkeypatch.setattr(runner, "LOOK", 0.02)


@pytest.fixture
def opened(tmp_path, monkeypatch, job_script):
    """opened() -> a client of a studio in tmp_path, as often as one is wanted."""
    monkeypatch.chdir(tmp_path)
    clients = []

    def open_one():
        made = studio(tmp_path / "runs", tools(), TOKEN, PORT, threads=1)
        client = TestClient(made.app, HERE, raise_server_exceptions=False)
        client.headers["origin"] = HERE
        client.__enter__()
        clients.append(client)
        return SimpleNamespace(client=client, runner=made.runner, **calls(client))

    yield open_one
    for client in clients:
        client.__exit__(None, None, None)


@pytest.fixture
def window(opened):
    return opened()
