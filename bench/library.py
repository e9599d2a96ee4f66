"""Libraries: what engines cost, whether anything is lost, how soon the page of many opens.

    python bench/library.py page [entries=10000]
    python bench/library.py plan [count=2000]
    python bench/library.py engines [count=60] [nodes=4] [rounds=2]
    python bench/library.py lost [count=200] [nodes=4]
    python bench/library.py idle [seconds=60] [engine=local|ray]

`page` makes up a library of so many textures, half of which have a score, and opens its page in
Chromium: seconds to write table and page, megabytes of the data; ms until the first screen stands;
the longest frame while all of it goes by; elements of the page then.

`plan` prints processor milliseconds of the driver for each texture: to check its options, and to
read, hash and pack a photograph of 3 MB.

`engines` trains so many tiny nets (32 steps of 16 pixels) by `local` and by `ray`, in turns: as
many processes as there are nodes in both, each with one thread. It prints seconds a texture
between the first that is done and the last, so that the start of Python in each process, which is
the same, does not count; and processor seconds of whatever is not a worker. `lost` removes one of
the nodes midway, and compares every net with that of `local`.

`idle` waits for jobs that sleep, and prints which share of one core the driver takes.
"""

import shutil
import statistics
import sys
import tempfile
import threading
import time
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import psutil
from PIL import Image

from texturenet.cluster.jobs import Job, engine_of
from texturenet.commands.library.jobs import job_of, options_of
from texturenet.library import catalogue, page
from texturenet.library.sources import Source

STORE = 80 * 2**20  # bytes of the object store of each node
KEYS = {
    "descriptor": "random_filters", "descriptor.filters": {"maps": 4, "sides": [3, 5]},
    "advice": "none", "generator.scales": 3, "generator.widths": [4, 6], "size": 16, "batch": 2,
    "steps": 32, "freeze.samples": 2, "precision": "float32", "log.score": False, "device": "cpu",
    "log.checkpoints": 8,
}  # fmt: skip
WINDOW = {"width": 1280, "height": 800}
# Scrolls from end to end, and notes the longest frame.
SCROLL = """() => new Promise((resolve) => {
    const list = document.querySelector('#list'), frames = 100;
    let before = performance.now(), longest = 0, frame = 0;
    const step = (now) => {
        longest = Math.max(longest, now - before);
        before = now;
        list.scrollTop = list.scrollHeight * frame / frames;
        if (frame++ < frames) return requestAnimationFrame(step);
        resolve([longest, document.querySelectorAll('.item').length]);
    };
    requestAnimationFrame(step);
})"""


def main(arguments):
    what, *pairs = arguments or ["page"]
    given = dict(pair.split("=", 1) for pair in pairs)
    parts = {"page": of_page, "plan": of_plan, "engines": of_engines, "lost": of_loss}
    (parts | {"idle": of_idle})[what](**given)


def of_page(entries="10000", keep=None):
    """keep: a folder that stays."""
    with tempfile.TemporaryDirectory() as made:
        folder = Path(keep or made)
        rows = invented(int(entries))
        thumbs(rows, folder)
        started = time.perf_counter()
        catalogue.write(rows, folder / catalogue.FILE)
        middle = time.perf_counter()
        path = page.write(rows, folder)
        ended = time.perf_counter()
        size = (folder / page.DATA).stat().st_size / 1e6
        print(
            f"{entries} entries: table {middle - started:.2f} s, "
            f"page {ended - middle:.2f} s, data {size:.1f} MB"
        )
        table = (folder / catalogue.FILE).stat().st_size / 1e6
        print(f"table {table:.1f} MB")
        opened(path)


def opened(path):
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=["--no-sandbox"]
        )
        times, first = [], []
        for _ in range(3):
            tab = browser.new_page(viewport=WINDOW)
            tab.goto(path.resolve().as_uri(), wait_until="commit")
            tab.wait_for_selector("body[data-ready]")
            times.append(tab.evaluate("performance.now()"))
            tab.wait_for_function(
                "[...document.images].every(i => i.complete && i.naturalWidth > 0)"
            )
            first.append(tab.evaluate("performance.now()"))
            longest, elements = tab.evaluate(SCROLL)
            began = time.perf_counter()
            tab.fill("#text", "texture 77")
            tab.wait_for_function("document.querySelector('#counts').textContent.includes('shown')")
            filtered = time.perf_counter() - began
            tab.close()
        browser.close()
    print(f"list after {statistics.median(times):.0f} ms, at most {max(times):.0f}")
    print(f"with its pictures {statistics.median(first):.0f} ms, at most {max(first):.0f}")
    print(f"longest frame of scrolling {longest:.0f} ms, {elements} elements")
    print(f"searched in {1000 * filtered:.0f} ms")


def invented(count):
    rows = []
    for number in range(count):
        row = dict.fromkeys(catalogue.COLUMNS)
        name = f"texture {number:05}"
        files = ["log.txt", "loss.png", f"{name}.safetensors", f"{name}_sheet.png", "thumb.jpg"]
        row |= {
            "name": name, "state": "failed" if number % 97 == 5 else "released",
            "exemplar": f"IMG_{number}", "licence": "CC0" if number % 3 else "unknown",
            "sha256": f"{number:064x}", "height": 1024, "width": 768, "maps": "colour",
            "steps": 2000, "seconds": 300.0, "error": 0.05 + number % 91 / 1000,
            "parameters": 90000,
            "merit": 0.3 + number % 89 / 300 if number % 2 else None, "bytes": 370000,
            "score": {"patches": 0.5}, "fingerprint": f"{number:064x}", "options": {},
            "advice": ["light is uneven across it"] if number % 4 == 0 else [],
            "reason": "it is no picture" if number % 97 == 5 else None,
            "files": [f"textures/{name}/out/{file}" for file in files],
        }  # fmt: skip
        rows.append(row)
    return rows


def thumbs(rows, folder):
    """Pictures of 128 pixels, as `library` makes them, sixteen of them different."""
    rng = np.random.default_rng(0)
    grain, colours = rng.normal(128, 30, (16, 128, 128, 3)), rng.normal(0, 40, (16, 1, 1, 3))
    pictures, kinds = (grain + colours).clip(0, 255).astype("uint8"), []
    made = folder / "thumb.jpg"
    for row in rows:
        number = int(row["name"].split()[1])
        out = folder / "textures" / row["name"] / "out"
        out.mkdir(parents=True, exist_ok=True)
        if number < 16:
            Image.fromarray(pictures[number]).save(made, quality=92)
            kinds.append(made.read_bytes())
        (out / "thumb.jpg").write_bytes(kinds[number % 16])


def of_plan(count="2000"):
    with tempfile.TemporaryDirectory() as made:
        photo = Path(made) / "photo.jpg"
        photo.write_bytes(np.random.default_rng(0).bytes(3_000_000))
        sources = [Source(f"t{n}", "exemplar", str(photo)) for n in range(int(count))]
        options_of(sources[0], {})  # what it imports
        began = time.process_time()
        for source in sources:
            options_of(source, {"steps": 300})
        checked = time.process_time()
        for source in sources[:200]:
            assert job_of(source, {}, False, 1, 0.0).mark
        ended = time.process_time()
    print(f"options {1000 * (checked - began) / len(sources):.2f} ms each")
    print(f"job {1000 * (ended - checked) / len(sources[:200]):.1f} ms each")


def quick_one(given, folder, tell):
    """A job: a library's own, but for its pictures, which are small."""
    from texturenet.commands.library.making import train_one
    from texturenet.commands.train import release

    release.SIDE = 48
    return train_one(given, folder, tell)


def asleep(given, folder, tell):
    time.sleep(given["seconds"])
    return {}


def exemplars(folder, count):
    """Pictures of 32x32, no two alike."""
    folder.mkdir()
    rng = np.random.default_rng(0)
    for number in range(count):
        pixels = rng.integers(0, 255, (8, 8, 3), dtype=np.uint8)
        Image.fromarray(pixels).resize((32, 32)).save(folder / f"{number:04}.png")
    return [Source(path.stem, "exemplar", str(path)) for path in sorted(folder.iterdir())]


def jobs(sources):
    for source in sources:
        job = job_of(source, KEYS, False, 1, 0.0)
        yield Job(job.name, "library:quick_one", job.given, job.files, 1)


def of_engines(count="60", nodes="4", rounds="2"):
    count, nodes = int(count), int(nodes)
    with tempfile.TemporaryDirectory() as made, cluster(nodes) as found:
        folder = Path(made)
        sources = exemplars(folder / "exemplars", count)
        ratios = []
        for number in range(int(rounds)):
            ours = timed("local", {"cores": nodes}, sources, folder / f"local{number}", found)
            theirs = timed("ray", {}, sources, folder / f"ray{number}", found)
            ratios.append(theirs["steady"] / ours["steady"])
            print(f"ray / local {ratios[-1]:.3f}", flush=True)
        print(f"median {statistics.median(ratios):.3f}")


def timed(name, options, sources, store, found):
    """One engine, all textures -> seconds a texture between the first and the last, and nets."""
    before, started = cpu_of_daemons(found), time.perf_counter()
    ends, values = [], {}
    own = psutil.Process().cpu_times()
    for outcome in engine_of(name, **options).run(jobs(sources), store, lambda name, facts: None):
        ends.append(time.perf_counter())
        assert outcome.error is None, outcome.error
        values[outcome.job] = outcome.value["fingerprint"]
    steady = (ends[-1] - ends[0]) / (len(ends) - 1)
    now = psutil.Process().cpu_times()
    driver = now.user + now.system - own.user - own.system
    daemons = cpu_of_daemons(found) - before
    print(
        f"{name}: {steady:.3f} s a texture, {ends[-1] - started:.1f} s in all; processor seconds: "
        f"driver {driver:.2f}, daemons {daemons:.2f}",
        flush=True,
    )
    return {"steady": steady, "values": values}


def of_loss(count="200", nodes="4"):
    count, nodes = int(count), int(nodes)
    with tempfile.TemporaryDirectory() as made, cluster(nodes) as found:
        folder = Path(made)
        sources = exemplars(folder / "exemplars", count)
        ours = timed("local", {"cores": nodes}, sources, folder / "local", found)["values"]
        removed = threading.Thread(target=remove, args=(found, folder / "ray", count // 2))
        removed.start()
        theirs = timed("ray", {"every": 1.0}, sources, folder / "ray", found)["values"]
        removed.join()
        print(f"{len(theirs)} of {count} after one node of {nodes} was removed midway")
        print(f"nets that are those of local: {sum(theirs[key] == ours[key] for key in ours)}")


def remove(found, store, after):
    """One node, once so many textures are done."""
    while len([*store.glob("*/outcome.json")]) < after:
        time.sleep(0.2)
    node = found.worker_nodes and sorted(found.worker_nodes, key=str)[0]
    found.remove_node(node, allow_graceful=False)
    print("a node is removed", flush=True)


@contextmanager
def cluster(nodes):
    """A head that does no work, and so many nodes of one core."""
    import ray
    from ray.cluster_utils import Cluster

    made = Cluster(True, head_node_args={"num_cpus": 0, "object_store_memory": STORE})
    for _ in range(nodes):
        made.add_node(num_cpus=1, object_store_memory=STORE)
    ray.init(address=made.address, log_to_driver=False, logging_level="error")
    try:
        yield made
    finally:
        ray.shutdown()
        made.shutdown()


def cpu_of_daemons(found):
    """Processor seconds of Ray's own processes."""
    total = 0.0
    for process in psutil.process_iter(["name", "cmdline"]):
        words = " ".join(process.info["cmdline"] or [])
        if "gcs_server" in words or "raylet" in words.split(" ")[0] or "ray/_private" in words:
            if "default_worker" in words:
                continue
            try:
                times = process.cpu_times()
            except psutil.Error:
                continue
            total += times.user + times.system
    return total


def of_idle(seconds="60", engine="local"):
    seconds = float(seconds)
    given = {"seconds": seconds}
    asked = [Job(f"s{number}", "library:asleep", {**given, "n": number}) for number in range(2)]
    with tempfile.TemporaryDirectory() as made:
        if engine == "ray":
            with cluster(2):
                waited(engine_of("ray"), asked, Path(made), seconds)
        else:
            waited(engine_of("local", cores=2), asked, Path(made), seconds)


def waited(engine, asked, store, seconds):
    process, shares = psutil.Process(), []

    def watch():
        time.sleep(seconds * 0.5)  # all have begun
        before, began = process.cpu_times(), time.perf_counter()
        time.sleep(seconds * 0.4)
        now, ended = process.cpu_times(), time.perf_counter()
        shares.append((now.user + now.system - before.user - before.system) / (ended - began))

    thread = threading.Thread(target=watch)
    thread.start()
    outcomes = list(engine.run(asked, store, lambda name, facts: None))
    thread.join()
    assert all(outcome.error is None for outcome in outcomes), outcomes
    print(f"{type(engine).__name__}: the driver takes {100 * shares[0]:.2f} % of one core")


if __name__ == "__main__":
    main(sys.argv[1:])
