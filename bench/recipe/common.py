"""One net that many textures start from, by Reptile: weights from which each is a few steps away.

    python bench/recipe/common.py [rounds=120] [steps=12] [share=0.5] [device=cpu]
                                  [out=runs/common.pt]

After Nichol, Achiam, Schulman 2018 ("On First-Order Meta-Learning Algorithms", algorithm 1): train
on one texture for a few steps, go a share of the way to where that led, and so on with the next;
the share falls to nothing. `start: FILE` in a setting of run.yaml begins with what this writes.
"""

import sys
import time
from copy import deepcopy
from pathlib import Path

import torch
from run import stepper

# Some by photographs, some rendered; recipes are judged on others.
TEXTURES = ("redbrick", "wood", "rust", "leather", "leaves", "scales", "beads", "lichen",
            "terrazzo", "knit", "ihc", "brick")  # fmt: skip
USUAL = {
    "rounds": 120,
    "steps": 12,
    "share": 0.5,
    "threads": 1,
    "device": "cpu",
    "out": "runs/common.pt",
}


def main(given):
    chosen = USUAL | {name: type(USUAL[name])(value) for name, value in given.items()}
    torch.set_num_threads(chosen["threads"])
    given = {"recipe": "default", "generator.waves": 0}
    tasks = [stepper(given, whole=False, of=name, device=chosen["device"]) for name in TEXTURES]
    common = deepcopy(tasks[0].module.generator)
    started, order = time.monotonic(), torch.Generator().manual_seed(0)
    for number in range(chosen["rounds"]):
        if number % len(tasks) == 0:
            turns = torch.randperm(len(tasks), generator=order).tolist()
        task = tasks[turns[number % len(tasks)]]
        loss = learnt(task, common, chosen["steps"])
        share = chosen["share"] * (1 - number / chosen["rounds"])
        with torch.no_grad():
            own = task.module.generator.parameters()
            torch._foreach_lerp_(list(common.parameters()), list(own), share)
        print(f"{number + 1} of {chosen['rounds']}: {loss:.2f}, {time.monotonic() - started:.0f} s",
              flush=True)  # fmt: skip
    Path(chosen["out"]).parent.mkdir(parents=True, exist_ok=True)
    torch.save(common.cpu().state_dict(), chosen["out"])


def learnt(task, common, steps):
    """Of one texture, from the common start; the loss of the last step."""
    task.module.generator.load_state_dict(common.state_dict())
    task.begin()
    for _ in range(steps):
        loss = task()
    return loss


if __name__ == "__main__":
    main(dict(word.split("=", 1) for word in sys.argv[1:]))
