"""texturenet studio: its options, and a training from its order to its resumption."""

import os
import re
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from urllib.parse import urlsplit
from urllib.request import url2pathname

import pytest
from helpers.options import SCHEMAS, leaves
from helpers.studio import HERE, PORT, TOKEN, calls
from starlette.testclient import TestClient

from texturenet.commands.studio import tools
from texturenet.studio import runner, server
from texturenet.studio.server import studio

pytestmark = pytest.mark.usefixtures("elsewhere")


@pytest.fixture
def served(monkeypatch):
    """What `serve` was called with, instead of serving."""
    given = {}

    def serve(runs, tools, port, threads, ready):
        given.update(runs=runs, port=port, threads=threads)
        ready("http://127.0.0.1:1/word/")

    monkeypatch.setattr(server, "serve", serve)
    monkeypatch.setattr("webbrowser.open", lambda address: given.update(opened=_behind(address)))
    return given


def _behind(address):
    """Where the file that a browser is given leads to."""
    path = Path(url2pathname(urlsplit(address).path))
    assert path.stat().st_mode & 0o777 == 0o600 or sys.platform == "win32"
    return re.search(r'url=([^"]+)"', path.read_text())[1]


def test_every_option_reaches_the_server(cli, served):
    assert set(leaves(SCHEMAS["studio"])) == {"port", "open", "runs", "threads"}
    status, printed, _ = cli("studio")
    assert (status, "http://127.0.0.1:1/word/" in printed) == (0, True)
    assert served == {"runs": Path("runs"), "port": None, "threads": None,
                      "opened": "http://127.0.0.1:1/word/"}  # fmt: skip
    served.clear()
    cli("studio", "port=8123", "open=false", "runs=other", "threads=3")
    assert served == {"runs": Path("other"), "port": 8123, "threads": 3}


@pytest.mark.parametrize("port", ["0", "65536", "any", "1.5", "true"])
def test_what_is_no_port_is_refused(cli, served, port):
    assert "it must be auto, or a number from 1 to 65535" in cli("studio", f"port={port}")[2]


def test_a_port_that_is_taken_is_refused(cli):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        status, _, error = cli("studio", f"port={taken.getsockname()[1]}", "open=false")
    assert (status, "cannot be used" in error) == (2, True)


def test_without_the_extra_it_says_what_to_install(cli, monkeypatch):
    monkeypatch.setitem(sys.modules, "texturenet.studio.server", None)
    status, _, error = cli("studio")
    assert (status, "pip install 'texturenet[studio]'" in error) == (2, True)


def test_the_word_of_the_address_is_in_no_list_of_processes(cli, served, monkeypatch, tmp_path):
    given = []
    monkeypatch.setattr("webbrowser.open", given.append)
    cli("studio")
    assert given == [(tmp_path / "runs" / "studio" / "open.html").as_uri()]
    assert not (tmp_path / "runs" / "studio" / "open.html").exists(), "it is removed at the end"


def test_where_no_file_can_be_written_the_browser_is_left_to_the_user(cli, served, monkeypatch):
    given = []
    monkeypatch.setattr("webbrowser.open", given.append)
    Path("runs").write_text("no folder")
    status, printed, _ = cli("studio")
    assert (status, given, "open the address yourself" in printed) == (0, [], True)


def test_a_file_to_open_never_takes_the_place_of_a_link(cli, served, tmp_path):
    own = Path("runs") / "studio"
    own.mkdir(parents=True)
    Path("mine.html").write_text("mine")
    (own / "open.html").symlink_to(tmp_path / "mine.html")
    assert cli("studio")[0] == 0
    assert (served["opened"], Path("mine.html").read_text()) == (
        "http://127.0.0.1:1/word/", "mine",
    )  # fmt: skip


def test_two_studios_do_not_share_a_folder_and_a_signal_ends_one_calmly(tmp_path, cli):
    words = [sys.executable, "-m", "texturenet", "studio", "open=false"]
    environment = os.environ | {"PYTHONUNBUFFERED": "1"}
    with subprocess.Popen(words, stdout=subprocess.PIPE, text=True, env=environment) as first:
        assert "http://127.0.0.1:" in first.stdout.readline()
        status, _, error = cli("studio", "open=false")
        assert (status, "another studio works in runs" in error) == (2, True)
        first.send_signal(signal.SIGINT)
        assert "has ended" in first.stdout.read()
    assert first.returncode == 0


def test_threads_reach_the_job_and_one_core_is_left_to_the_browser(monkeypatch):
    for cores, threads in ((1, 1), (2, 1), (8, 7)):
        monkeypatch.setattr(os, "sched_getaffinity", lambda pid, n=cores: set(range(n)))
        assert runner.threads_for_jobs() == threads


@pytest.mark.slow
def test_a_training_is_stopped_kept_and_gone_on_with(small, tmp_path, exemplar_file):
    """The command itself in its process."""
    app = studio(tmp_path / "runs", tools(), TOKEN, PORT, threads=1).app
    given = [word for word in small if not word.startswith(("exemplar", "threads", "steps"))]
    # Pictures that a process of its own draws are of the usual size: a small net, few of them.
    more = " ".join([*given, "log.score=false", "log.checkpoints=5"])
    with TestClient(app, HERE, headers={"origin": HERE}) as client:
        window = calls(client)
        source = window["upload"]("dots.png", exemplar_file.read_bytes()).json()["source"]
        said = {"verb": "train", "source": source, "more": f"{more} steps=100000"}
        number = window["post"]("api/jobs", **said).json()["number"]
        window["wait"](number, "running", tries=1500)
        for _ in range(1500):
            if window["get"](f"api/jobs/{number}/moment").status_code == 200:
                break
            window["wait"](number, "running")
            time.sleep(0.1)  # a busy machine takes a minute to begin
        answer = window["post"](f"api/jobs/{number}/keep")
        kept = answer.json().get("path")
        assert kept, answer.text
        assert Path(kept).is_file()
        window["post"](f"api/jobs/{number}/stop")
        job = window["wait"](number, "stopped", tries=3000)
        assert job["resumable"]
        assert (tmp_path / "runs" / "dots" / "dots.safetensors").is_file()
        assert not (tmp_path / "runs" / "dots" / "moment").exists()
        resumed = window["post"](f"api/jobs/{number}/resume").json()
        window["wait"](resumed["number"], "running")
        window["post"](f"api/jobs/{resumed['number']}/kill")
        window["wait"](resumed["number"], "cancelled")
