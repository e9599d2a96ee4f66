"""One setting of the training recipe on one exemplar, in as much time as every other has.

    python bench/recipe/run.py --multirun setting=base,batch2 exemplar=brick,gravel seed=0,1,2
    python bench/recipe/run.py engine=local 'setting=[base,batch2]' 'exemplar=[brick,gravel]'

The second gives all of them to an engine (local, ray or slurm), as `texturenet library` does; with
slurm the same command once more takes up what has ended.

Steps are bought by their cost: the ratio of a step's time to one of `base`, both taken in turns in
one process, so that a busy machine changes nothing. (`base` is computed as it was then: by torch's
own convolutions.) `device=gpu` takes those steps on a GPU; what they cost is
known from a processor, and with an engine from this one. Adds a line to results.jsonl; what is
there already is not run again. run.yaml holds the settings.
"""

import itertools
import json
import math
import statistics
import sys
import time
from contextlib import contextmanager
from pathlib import Path
from unittest.mock import PropertyMock, patch

import hydra
import torch
from omegaconf import OmegaConf

from texturenet import gatys, load
from texturenet.cluster.jobs import Job, engine_of
from texturenet.commands import app
from texturenet.commands.train import prepared
from texturenet.commands.train.run import train
from texturenet.commands.train.setup import build, with_defaults
from texturenet.descriptors import winograd
from texturenet.hardware import best_precision
from texturenet.io.exemplars import load_picture
from texturenet.io.pictures import save_picture

sys.path.append(str(Path(__file__).resolve().parents[1]))
sys.path.append(str(Path(__file__).resolve().parent))
import gpdm
import terms
from recipe.judging import judged

HERE = Path(__file__).resolve().parent
UNSEEN = 2**33  # the first seed judged


def main(config):
    chosen = OmegaConf.to_container(config)
    if chosen["engine"]:
        by_engine(chosen)
    elif not is_known(chosen) and (line := measured(chosen)):
        note(line, chosen["results"])


def key_of(chosen):
    return {name: chosen[name] for name in ("setting", "exemplar", "seed", "budget")}


def is_known(chosen):
    key = key_of(chosen)
    return key in [{name: line[name] for name in key} for line in lines(chosen["results"])]


def note(line, path):
    with open(path, "a") as file:
        file.write(json.dumps(line) + "\n")
    print(json.dumps(line), flush=True)


def measured(chosen):
    """One line of the results; None of a net that is not to be judged yet."""
    torch.set_num_threads(chosen["threads"])
    folder = Path(chosen["runs"], "_".join(str(value) for value in key_of(chosen).values()))
    given = changes_of(chosen["settings"], chosen["setting"])
    make = {"train": learnt, "gatys": optimised, "gpdm": matched}[given.pop("verb", "train")]
    started = time.monotonic()
    if (made := make(chosen, given, folder)) is None:
        return None
    exemplar, pictures, facts = made
    facts["seconds"] = round(time.monotonic() - started)
    card = judged(pictures, exemplar)
    figures = {name: round(value, 5) for name, value in card.figures.items()}
    return {**key_of(chosen), **facts, **figures}


def by_engine(chosen):
    """Every combination of the settings, exemplars and seeds that are listed."""
    listed = [chosen[name] for name in ("setting", "exemplar", "seed")]
    listed = [values if isinstance(values, list) else [values] for values in listed]
    each = [
        chosen | dict(zip(("setting", "exemplar", "seed"), values, strict=True))
        for values in itertools.product(*listed)
    ]
    jobs = [job_of(one) for one in each if not is_known(one)]
    engine = engine_of(chosen["engine"], **options_of(chosen))
    for outcome in engine.run(jobs, Path(chosen["runs"], "jobs").absolute(), lambda *told: None):
        if outcome.error:
            print(f"{outcome.job} failed: {outcome.error}", flush=True)
        elif outcome.value["line"]:
            note(outcome.value["line"], chosen["results"])


def options_of(chosen):
    """Of the engine. Workers of Ray find these scripts where they lie here."""
    given = dict(chosen["engines"][chosen["engine"]])
    if chosen["engine"] == "ray":
        places = f"{HERE.parent}:{HERE}"
        given["environment"] = {"env_vars": {"PYTHONPATH": places}}
    return given


def job_of(chosen):
    """With its exemplar, and with what its setting costs, measured here if it is not known."""
    given = changes_of(chosen["settings"], chosen["setting"])
    files = {}
    if given.get("verb", "train") == "train":
        given = given if "recipe" in given else chosen["base"] | given
        for own in ("decays", "start", "as_trained", "verb"):
            given.pop(own, None)
        tried, then = given.pop("terms", {}), given.pop("as_then", False)
        cost = cost_of(chosen["setting"], chosen["base"], given, tried, then, Path(chosen["costs"]))
        files["costs.json"] = json.dumps({chosen["setting"]: cost}).encode()
    path = Path(path_of(chosen))
    if path.suffix:
        files[f"pictures/{path.name}"] = path.read_bytes()
    taken = {name: value for name, value in chosen.items() if name not in ("engine", "engines")}
    name = "_".join(str(value) for value in key_of(chosen).values())
    return Job(name, "recipe.run:one", taken, files, chosen["threads"])


def one(given, folder, tell):
    """A job: see `cluster.jobs.Job`."""
    here = {"costs": str(folder / "costs.json"), "pictures": str(folder / "pictures")}
    return {"line": measured({**given, **here, "runs": str(folder / "keep")})}


def changes_of(settings, name):
    """Of a setting, and of those it is like."""
    given = dict(settings[name])
    return changes_of(settings, given.pop("like")) | given if "like" in given else given


def learnt(chosen, given, folder):
    """Pictures of a net trained for as long as the budget allows."""
    given = given if "recipe" in given else chosen["base"] | given
    decays, tried = given.pop("decays", None), given.pop("terms", {})
    start = given.pop("start", None)
    own, then = given.pop("as_trained", False), given.pop("as_then", False)
    cost = cost_of(chosen["setting"], chosen["base"], given, tried, then, Path(chosen["costs"]))
    steps = round(chosen["budget"] / cost)
    if decays:  # as often as in the steps that were published
        given["optimizer.every"] = max(1, round(steps / decays))
    given |= {
        "exemplar": path_of(chosen), "seed": chosen["seed"], "steps": steps, "out": str(folder),
        "threads": chosen["threads"], "device": chosen["device"], "log.previews": 10**6,
        "name": "net", "log.score": False,
    }  # fmt: skip
    given = {"advice": "none"} | given
    released = folder / "net.safetensors"
    if not released.exists():
        if (folder / "resume.ckpt").exists():
            given["resume"] = str(folder / "resume.ckpt")
        with adding(tried, start):
            released, status = train(app.request("train", given))
        if status:
            raise SystemExit(status)
    if not chosen["judged"]:
        return None
    net, seeds = load(str(released), device="cpu"), range(UNSEEN, UNSEEN + chosen["judged"])
    if net.card["recipe"]["steps"] != steps:
        raise SystemExit(f"{released} was trained for other steps than {steps}")
    reading = net.card["recipe"]["picture"]
    picture = exemplar_of(chosen, reading["side"], reading["crop"]) if own else exemplar_of(chosen)
    pictures = [net.render(*picture.shape[-2:], seed) for seed in seeds]
    facts = {"steps": steps, "cost": round(cost, 3), "device": net.card["device"]}
    return picture, pictures, facts


def optimised(chosen, given, folder):
    """A picture by the per-image optimiser."""
    painted = gatys(path_of(chosen), seed=chosen["seed"], threads=chosen["threads"], **given)
    for _ in painted:
        pass
    picture = painted.picture.cpu()
    save_picture(folder / "picture.png", picture)
    return exemplar_of(chosen), [picture], {"steps": given.get("steps")}


def matched(chosen, given, folder):
    """A picture by the distribution of its patches alone."""
    exemplar = exemplar_of(chosen)
    picture, facts = gpdm.timed(exemplar, exemplar.shape[-2:], chosen["seed"], **given)
    save_picture(folder / "picture.png", picture)
    return exemplar, [picture], facts


def exemplar_of(chosen, side=256, crop=None):
    return load_picture(path_of(chosen), side=side, crop=crop).pixels


def path_of(chosen):
    """The project's own by name, or a file of the other folder."""
    name = chosen["exemplar"]
    if list((HERE.parents[1] / "exemplars").glob(f"{name}.*")):
        return name
    return str(Path(chosen["pictures"], f"{chosen['aliases'].get(name, name)}.jpg"))


def lines(path):
    path = Path(path)
    return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []


@contextmanager
def adding(tried, start=None):
    """Terms that `texturenet train` does not know, and a file of first weights, while it trains."""

    def with_terms(chosen, loaded, picture, device, material=None):
        module = build(chosen, loaded, picture, device, material)
        if start:
            module.generator.load_state_dict(torch.load(start, weights_only=True))
        return terms.add(module, picture.pixels, tried)

    prepared.build = with_terms
    try:
        yield
    finally:
        prepared.build = build


def cost_of(setting, base, given, tried, then, path, rounds=6):
    """Seconds of a step over those of one of `base`, measured once. then: as it was computed when
    `base` was."""
    known = json.loads(path.read_text()) if path.exists() else {"base": 1.0}
    if setting not in known:
        late, early = (stepper(given, tried, whole=whole) for whole in (True, False))
        share = early.whole_from  # of the steps, that are early ones
        own = [by_torch(step) if then else step for step in (late, early)]
        steppers = by_torch(stepper(base)), *own
        times = [[timed(step) for step in steppers] for _ in range(rounds + 1)][1:]
        reference, *both = (statistics.median(column) for column in zip(*times, strict=True))
        known = json.loads(path.read_text()) if path.exists() else known
        known[setting] = round((share * both[1] + (1 - share) * both[0]) / reference, 3)
        path.write_text(json.dumps(known, indent=1, sort_keys=True) + "\n")
    return known[setting]


def stepper(given, tried=None, whole=True, of="gravel", device="cpu"):
    """Training steps as an object to call: by the whole descriptor, or as early ones are."""
    given = given | {"exemplar": of}
    chosen = app.request("train", given).options
    picture = load_picture(of, side=chosen.picture.side)
    chosen, loaded = with_defaults(chosen, picture)
    module = build(chosen, loaded, picture, torch.device(device)).to(device)
    terms.add(module, picture.pixels, tried or {})
    return Stepper(module, whole)


def by_torch(step):
    """Without the convolutions that came later."""

    def taken():
        with patch.object(winograd, "GAIN", math.inf):
            step()

    return taken


class Stepper:
    """whole_from: share of the steps of a run that are early ones."""

    def __init__(self, module, whole):
        self.whole_from = module.recipe.whole_from if module.octaves[0].early else 0.0
        if whole:
            module.octaves[0].early = None
        self.module, self.taken = module, 0
        self.begin()

    def begin(self):
        """With an optimiser that remembers nothing."""
        self.optimizer = self.module.configure_optimizers()["optimizer"]

    def __call__(self):
        """The loss."""
        counted = PropertyMock(return_value=self.taken)
        with patch.object(type(self.module), "global_step", counted):
            return self._step()

    def _step(self):
        kind = self.module.device.type
        with torch.autocast(kind, torch.bfloat16, enabled=best_precision(kind) == "bf16-mixed"):
            loss = self.module.training_step(None, 0)
        self.optimizer.zero_grad()
        loss.backward()
        self.optimizer.step()
        self.taken += 1
        return float(loss.detach())


def timed(step):
    started = time.perf_counter()
    step()
    return time.perf_counter() - started


if __name__ == "__main__":
    hydra.main(version_base="1.3", config_path=".", config_name="run")(main)()
