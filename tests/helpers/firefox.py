"""The system's Firefox, which all tests of pages share. Marionette drives it."""

import os
import shutil
import socket
import subprocess

import pytest

BINARY = shutil.which("firefox-esr") or shutil.which("firefox")
PATIENCE = 60  # seconds, on a loaded machine
# No picture beside the page is asked for, and nothing is looked up at start.
PREFERENCES = """
user_pref("marionette.port", {port});
user_pref("app.normandy.enabled", false);
user_pref("browser.download.folderList", 2);
user_pref("browser.download.dir", "{folder}");
user_pref("browser.download.useDownloadDir", true);
"""


@pytest.fixture(scope="session")
def firefox(tmp_path_factory):
    """A session of Marionette, and the folder that downloads go to."""
    needed = "firefox" in os.environ.get("TEXTURENET_NEEDS", "")
    if not needed and not BINARY:
        pytest.skip("needs Firefox")
    if not needed:
        pytest.importorskip("marionette_driver")
    from marionette_driver.marionette import Marionette

    profile = tmp_path_factory.mktemp("profile")
    folder = tmp_path_factory.mktemp("downloads")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    (profile / "user.js").write_text(PREFERENCES.format(port=port, folder=folder))
    command = [BINARY, "--headless", "--marionette", "--no-remote", "--profile", str(profile)]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        try:
            session = Marionette(host="127.0.0.1", port=port, startup_timeout=PATIENCE)
            session.start_session()
            session.set_window_rect(width=640, height=480)
            yield session, folder
            session.delete_session()
        finally:
            process.terminate()
