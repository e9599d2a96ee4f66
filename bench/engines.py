"""Engines: what they cost, whether anything is lost, what the driver does while it waits.

    python bench/engines.py compare [count=60] [nodes=4] [rounds=2] [size=16]
    python bench/engines.py lost [count=200] [nodes=4]
    python bench/engines.py cores [count=40] [rounds=2]
    python bench/engines.py idle [seconds=40] [engine=local|ray]

All train tiny nets: 32 steps of `size` pixels, two small pictures, no score. `compare` does so by
`local` and by `ray`, in turns, in as many processes of one thread as there are nodes, whose cluster
runs only while it is used. It prints wall seconds from the call to the last result, with the start
of Python in every worker, which both have; the same between the first and the last result; and
processor seconds of all that works for it: driver, workers and Ray's own processes, which do not
change when a machine has other things to do. Starting the cluster is apart. What is beside the
workers, driver and Ray's own processes, it prints as a share of their seconds: on machines whose
speed changes from minute to minute that says most.

`lost` removes one of the nodes midway, and compares every net with that of `local`. `cores` is
`local` in one and in two processes. `idle` waits for jobs that sleep, and prints which share of one
core the driver takes.
"""

import statistics
import sys
import tempfile
import threading
import time
from contextlib import contextmanager, nullcontext
from dataclasses import replace
from pathlib import Path

import numpy as np
import psutil
from PIL import Image

from texturenet.cluster.jobs import Job, engine_of
from texturenet.commands.library.jobs import job_of
from texturenet.library.sources import Source

STORE = 80 * 2**20  # bytes of the object store of each node
KEYS = {
    "descriptor": "random_filters", "descriptor.filters": {"maps": 4, "sides": [3, 5]},
    "advice": "none", "generator.scales": 3, "generator.widths": [4, 6], "size": 16, "batch": 2,
    "steps": 32, "freeze.samples": 2, "precision": "float32", "log.score": False, "device": "cpu",
    "log.checkpoints": 8,
}  # fmt: skip


def main(arguments):
    what, *pairs = arguments or ["compare"]
    given = dict(pair.split("=", 1) for pair in pairs)
    parts = {"compare": of_both, "lost": of_loss, "cores": of_cores, "idle": of_idle}
    parts[what](**given)


def quick_one(given, folder, tell):
    """A job: a library's own, but for its pictures, which are small."""
    from texturenet.commands.library.making import train_one
    from texturenet.commands.train import release

    release.SIDE = 48
    return train_one(given, folder, tell)


def asleep(given, folder, tell):
    time.sleep(given["seconds"])
    return {}


def exemplars(folder, count, size=16):
    """Pictures of twice that size, no two alike."""
    folder.mkdir()
    rng = np.random.default_rng(0)
    for number in range(count):
        pixels = rng.integers(0, 255, (8, 8, 3), dtype=np.uint8)
        Image.fromarray(pixels).resize((2 * size, 2 * size)).save(folder / f"{number:04}.png")
    return [Source(path.stem, "exemplar", str(path)) for path in sorted(folder.iterdir())]


def jobs(sources, size=16):
    for source in sources:
        job = job_of(source, KEYS | {"size": size}, False, 1, 0.0)
        yield replace(job, work="engines:quick_one")


def of_both(count="60", nodes="4", rounds="2", size="16"):
    count, nodes, size, ratios, shares = int(count), int(nodes), int(size), [], []
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        sources = exemplars(folder / "exemplars", count, size)
        for number in range(int(rounds)):
            ours = timed("local", {"cores": nodes}, sources, folder / f"local{number}", size)
            with cluster(nodes):
                theirs = timed("ray", {}, sources, folder / f"ray{number}", size)
            assert theirs["values"] == ours["values"]
            ratios.append([theirs[key] / ours[key] for key in ("wall", "steady", "processor")])
            say_ratios("ray / local", ratios[-1:])
            shares.append(theirs["beside"] - ours["beside"])
            print(f"driver and Ray's own processes: {shares[-1]:.3f} of the workers' seconds more")
    say_ratios("median of ray / local", ratios)
    print(f"median of what is beside the workers: {statistics.median(shares):.3f} more")


def of_cores(count="40", rounds="2"):
    ratios = []
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        sources = exemplars(folder / "exemplars", int(count))
        for number in range(int(rounds)):
            one = timed("local", {"cores": 1}, sources, folder / f"one{number}")
            two = timed("local", {"cores": 2}, sources, folder / f"two{number}")
            assert two["values"] == one["values"]
            ratios.append([one[key] / two[key] for key in ("wall", "steady", "processor")])
            say_ratios("one process / two", ratios[-1:])
    say_ratios("median of one process / two", ratios)


def say_ratios(what, ratios):
    wall, steady, processor = (statistics.median(each) for each in zip(*ratios, strict=True))
    print(
        f"{what}: {wall:.3f} of wall time, {steady:.3f} after the first result, {processor:.3f} of "
        "processor time",
        flush=True,
    )


def timed(name, options, sources, store, size=16):
    """One engine, all textures -> wall and processor seconds, seconds a texture between the first
    and the last, and fingerprints of the nets."""
    ends, values = [], {}
    with counted() as processor:
        started = time.perf_counter()
        for outcome in engine_of(name, **options).run(jobs(sources, size), store, nobody):
            ends.append(time.perf_counter())
            assert outcome.error is None, outcome.error
            values[outcome.job] = outcome.value["fingerprint"]
        wall = ends[-1] - started
        processor.count()
    steady = (ends[-1] - ends[0]) / (len(ends) - 1)
    parts = ", ".join(f"{part} {seconds:.1f}" for part, seconds in processor.seconds.items())
    print(
        f"{name}: {wall:.1f} s, first after {ends[0] - started:.1f} s, then {steady:.3f} s a "
        f"texture; processor seconds: {parts}",
        flush=True,
    )
    total = sum(processor.seconds.values())
    beside = total / processor.seconds["workers"] - 1
    return {
        "steady": steady, "wall": wall, "processor": total, "beside": beside, "values": values
    }  # fmt: skip


def nobody(name, facts):
    pass


class counted:
    """Processor seconds, from here on, of this process, of workers and of Ray's own processes. All
    that are alive are looked at every second, so that of one that ends a second at most is missed.
    """

    def __enter__(self):
        self.last, self.ended = {}, threading.Event()
        self.first = {key: seconds for key, (_, seconds) in self._look().items()}
        self.thread = threading.Thread(target=self._watch, daemon=True)
        self.thread.start()
        return self

    def __exit__(self, *exception):
        self.ended.set()
        self.thread.join()

    def count(self):
        self.last |= self._look()
        self.seconds = {}
        for key, (part, seconds) in self.last.items():
            used = seconds - self.first.get(key, 0.0)
            self.seconds[part] = self.seconds.get(part, 0.0) + used

    def _watch(self):
        while not self.ended.wait(1.0):
            self.last |= self._look()

    def _look(self):
        """{process: (which part of the whole it is, its seconds)}"""
        own, found = psutil.Process(), {}
        for process in [own, *own.children(recursive=True)]:
            try:
                words, times = " ".join(process.cmdline()), process.cpu_times()
                key = process.pid, process.create_time()
            except psutil.Error:
                continue
            part = "driver" if process == own else part_of(words)
            found[key] = part, times.user + times.system
        return found


def part_of(words):
    """Of a command line: a node of Ray names in its own what its workers are started by."""
    program = words.split(" ")[0]
    if program.endswith(("/raylet", "/gcs_server")):
        return "ray"
    worker = "default_worker" in words or "ray::" in words or "ray/" not in words
    return "workers" if worker and "ray-dashboard" not in words else "ray"


def of_loss(count="200", nodes="4"):
    count, nodes = int(count), int(nodes)
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        sources = exemplars(folder / "exemplars", count)
        ours = timed("local", {"cores": nodes}, sources, folder / "local")
        with cluster(nodes) as found:
            given = found, folder / "ray", count // 2
            removed = threading.Thread(target=remove, args=given)
            removed.start()
            theirs = timed("ray", {"every": 1.0}, sources, folder / "ray")
            removed.join()
    ratio = theirs["processor"] / ours["processor"]
    same = sum(theirs["values"].get(key) == value for key, value in ours["values"].items())
    there = len(theirs["values"])
    print(f"{there} of {count} are there, though one node of {nodes} was removed midway")
    print(f"{same} nets are those of local; ray / local {ratio:.3f} of processor time")


def remove(found, store, after):
    """One node, once so many textures are done."""
    while len([*store.glob("*/outcome.json")]) < after:
        time.sleep(0.2)
    found.remove_node(sorted(found.worker_nodes, key=str)[0], allow_graceful=False)
    print("a node is removed", flush=True)


@contextmanager
def cluster(nodes):
    """A head that does no work, and so many nodes of one core."""
    import ray
    from ray.cluster_utils import Cluster

    began = time.perf_counter()
    made = Cluster(True, head_node_args={"num_cpus": 0, "object_store_memory": STORE})
    for _ in range(nodes):
        made.add_node(num_cpus=1, object_store_memory=STORE)
    ray.init(address=made.address, log_to_driver=False, logging_level="error")
    print(f"a cluster of {nodes} nodes started in {time.perf_counter() - began:.1f} s", flush=True)
    try:
        yield made
    finally:
        ray.shutdown()
        made.shutdown()


def of_idle(seconds="40", engine="local"):
    seconds = float(seconds)
    given = {"seconds": seconds}
    asked = [Job(f"s{number}", "engines:asleep", {**given, "n": number}) for number in range(2)]
    options = {"cores": 2} if engine == "local" else {}
    with tempfile.TemporaryDirectory() as made, nullcontext() if options else cluster(2):
        waited(engine_of(engine, **options), asked, Path(made), seconds)


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
    outcomes = list(engine.run(asked, store, nobody))
    thread.join()
    assert all(outcome.error is None for outcome in outcomes), outcomes
    print(f"{type(engine).__name__}: the driver takes {100 * shares[0]:.2f} % of one core")


if __name__ == "__main__":
    main(sys.argv[1:])
