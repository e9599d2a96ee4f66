"""A studio in this process, whose jobs are a script that does what it is told; and one as its
command starts it, with a browser that has its page open."""

import os
import re
import subprocess
import sys
from types import SimpleNamespace

import pytest

pytest.importorskip("starlette")
pytest.importorskip("uvicorn")
pytest.importorskip("httpx2")

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


@pytest.fixture
def address(tmp_path):
    words = [sys.executable, "-m", "texturenet", "studio", "open=false"]
    environment = os.environ | {"PYTHONUNBUFFERED": "1"}
    with subprocess.Popen(
        words, cwd=tmp_path, stdout=subprocess.PIPE, text=True, env=environment
    ) as process:
        yield re.search(r"http\S+", process.stdout.readline())[0]
        process.terminate()
        assert process.wait(30) == 0


@pytest.fixture
def page(chromium, address):
    """Its errors and the places that it asks are kept."""
    with chromium.new_context(viewport={"width": 1200, "height": 900}) as context:
        page = context.new_page()
        page.set_default_timeout(60_000)
        page.errors, page.asked = [], set()
        page.on("pageerror", lambda error: page.errors.append(str(error)))
        context.on("request", lambda asked: page.asked.add(asked.url))
        page.goto(address)
        yield page
        assert page.errors == []
