"""What a term of regular exemplars costs: training steps with it and without, in turns.

    python bench/periodic.py [term=periodic|between] [exemplar=weave] [repeats=5] [threads=1]

periodic: what repeats; between: how units of the lattice differ. Of early steps, by the narrower
descriptor, and of late ones, by the whole.
"""

import statistics
import sys

import torch
from recipe.run import stepper, timed

from texturenet.hardware import device_name


def main():
    given = {"term": "periodic", "exemplar": "weave", "repeats": "5", "threads": "1"}
    given |= dict(argument.split("=") for argument in sys.argv[1:])
    torch.set_num_threads(int(given["threads"]))
    print(f"{given['term']}, {given['exemplar']}, {device_name(torch.device('cpu'))}")
    for whole, name in ((False, "an early step"), (True, "a late one")):
        both = [
            stepper({"recipe": "default"} | more, whole=whole, of=given["exemplar"])
            for more in ({}, {f"loss.{given['term']}": 0.0})
        ]
        rounds = [[timed(step) for step in both] for _ in range(int(given["repeats"]) + 1)][1:]
        ours, bare = (statistics.median(column) for column in zip(*rounds, strict=True))
        print(f"{name}: {ours:.2f} s, without it {bare:.2f} s, {ours / bare:.2f} x")


if __name__ == "__main__":
    main()
