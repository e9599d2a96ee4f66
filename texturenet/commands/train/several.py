"""One training on several devices or machines: what it asks for, and which process this is.

Lightning starts this command once more for every further device of this machine; on several
machines Slurm (`srun`) or torchrun starts it. The first process writes; the others are silent.
"""

import sys
from pathlib import Path

import torch

from ...errors import Refused
from ...training import processes
from ..options.training import Train

COMMANDS = ("texturenet", "__main__")  # by which a process may be started once more


def count(chosen: Train) -> int:
    """How many processes share a batch."""
    return chosen.trainer.devices * chosen.trainer.nodes


def check(chosen: Train) -> None:
    """Refuse what several processes cannot train together."""
    if (shares := count(chosen)) == 1:
        return
    what = f"trainer.devices={chosen.trainer.devices} trainer.nodes={chosen.trainer.nodes}"
    if chosen.batch % shares:
        better = -(-chosen.batch // shares) * shares
        raise Refused(f"batch is {chosen.batch} for {what}: say a multiple, as batch={better}.")
    if chosen.minutes is not None:
        raise Refused(f"{what} count steps, not minutes: say steps=2000, or another number.")
    if chosen.steer != "none":
        raise Refused(f"{what}: steer={chosen.steer} is trained by one process; leave them out.")
    if processes.environment().creates_processes_externally:
        return
    if chosen.trainer.nodes > 1:
        raise Refused(f"{what}: start it on every node by srun, or by torchrun.")
    script = Path(sys.argv[0])
    again = script.stem in COMMANDS and script.is_file()
    if not again or {"-m", "--multirun"} & set(sys.argv):
        raise Refused(f"{what} is for single runs of `texturenet train`, which are started again.")


def options(chosen: Train, device: torch.device, octaves: int) -> dict[str, object]:
    """Those of Lightning's trainer that say where it computes."""
    kind = "gpu" if device.type == "cuda" else "cpu"
    if count(chosen) == 1:
        return {"accelerator": kind, "devices": [device.index or 0] if kind == "gpu" else 1}
    return {
        "accelerator": kind,
        "devices": chosen.trainer.devices,
        "num_nodes": chosen.trainer.nodes,
        "strategy": processes.strategy(device, processes.environment(), octaves > 1),
        "use_distributed_sampler": False,  # the data are numbers of steps, the same in all
    }


def own(chosen: Train, device: torch.device) -> torch.device:
    """The device of this process. Raises Refused where there are too few."""
    if count(chosen) == 1 or device.type != "cuda":
        return device
    if (there := torch.cuda.device_count()) < chosen.trainer.devices:
        raise Refused(
            f"trainer.devices is {chosen.trainer.devices}, and there are {there} GPUs: say "
            f"trainer.devices={there}, or device=cpu."
        )
    return torch.device("cuda", processes.environment().local_rank())


def follows(chosen: Train) -> bool:
    """Whether another process is the first, which writes and releases."""
    if count(chosen) == 1:
        return False
    return processes.rank_of(chosen.trainer.devices, processes.environment()) > 0
