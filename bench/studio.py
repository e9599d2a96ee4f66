"""Does the studio answer, and is there a processor left for the browser, while it trains?

    python bench/studio.py [exemplar=gravel] [seconds=20]

Starts a studio in a folder of its own. Measured twice, before a training and during one: how long
the state takes to come (what every page asks first), and how fast one thread beside it multiplies
matrices (what an engine in the browser does). Needs the extras `studio` and `vgg16`.
"""

import http.client
import json
import os
import re
import statistics
import subprocess
import sys
import tempfile
import time
from urllib.parse import urlsplit

import numpy as np

USUAL = {"exemplar": "gravel", "seconds": "20"}


def main(given):
    chosen = USUAL | given
    words = [sys.executable, "-m", "texturenet", "studio", "open=false"]
    environment = os.environ | {"PYTHONUNBUFFERED": "1"}
    with (
        tempfile.TemporaryDirectory() as folder,
        subprocess.Popen(
            words, cwd=folder, env=environment, stdout=subprocess.PIPE, text=True
        ) as studio,
    ):
        address = urlsplit(re.search(r"http\S+", studio.stdout.readline())[0])
        try:
            compare(address, chosen["exemplar"], float(chosen["seconds"]))
        finally:
            studio.terminate()
            studio.wait(60)


def compare(address, exemplar, seconds):
    before = measured(address, seconds)
    source = asked(address, f"api/exemplars/{exemplar}", {})["source"]
    said = {"verb": "train", "source": source, "values": {"recipe": "fast"}}
    number = asked(address, "api/jobs", said)["number"]
    while not (asked(address, "api/state")["jobs"][0]["progress"] or {}).get("step", 0) > 5:
        time.sleep(0.5)
    during = measured(address, seconds)
    asked(address, f"api/jobs/{number}/kill", {})
    about = asked(address, "api/state")["about"]
    print(f"{processor()}, {os.cpu_count()} cores; jobs: {about['threads']} threads, niceness "
          f"{about['niceness']}")  # fmt: skip
    print("                         before   during  ratio")
    for name, one, two in zip(("state, median, ms", "state, 99 %, ms", "one thread, per s"),
                              before, during, strict=True):  # fmt: skip
        print(f"{name:22} {one:8.1f} {two:8.1f} {two / one:6.2f}")


def measured(address, seconds):
    """Milliseconds until the state is there, median and 99 %, and matrices multiplied a second."""
    times, until = [], time.monotonic() + seconds / 2
    while time.monotonic() < until:
        began = time.monotonic()
        asked(address, "api/state")
        times.append(1000 * (time.monotonic() - began))
        time.sleep(0.02)
    matrix, done, began = np.ones((192, 192), np.float32), 0, time.monotonic()
    while time.monotonic() < began + seconds / 2:
        matrix = matrix @ matrix / 192
        done += 1
    rate = done / (time.monotonic() - began)
    return statistics.median(times), statistics.quantiles(times, n=100)[-1], rate


def processor():
    """The kind of this one."""
    with open("/proc/cpuinfo") as file:
        return next(line.split(":")[1].strip() for line in file if "model name" in line)


def asked(address, path, said=None):
    connection = http.client.HTTPConnection(address.netloc)
    headers = {"Origin": f"http://{address.netloc}"}
    body = None if said is None else json.dumps(said)
    connection.request("GET" if said is None else "POST", address.path + path, body, headers)
    return json.loads(connection.getresponse().read())


if __name__ == "__main__":
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    main(dict(word.split("=", 1) for word in sys.argv[1:]))
