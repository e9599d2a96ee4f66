"""The options of the engines that jobs are given to."""

from dataclasses import dataclass, field
from typing import Annotated, Literal

from ...cluster.jobs import ENGINES
from .shared import MANY, Float, Int, Options, key

Engine = Annotated[
    Literal[*ENGINES],
    key("local: processes of this machine; ray, slurm: a cluster (extras of these names)"),
]


@dataclass(kw_only=True)
class LocalOptions(Options):
    cores: Annotated[Int | None, key("(local) used in all; all there are if null", 1, 4096)] = None


@dataclass(kw_only=True)
class RayOptions(Options):
    address: Annotated[
        str, key("(ray) auto: the cluster that this machine is in; ray://HOST:10001; or local")
    ] = "auto"
    every: Annotated[
        Float, key("(ray) seconds between two copies of what a job goes on from", 0.1, 1e6)
    ] = 30.0


@dataclass(kw_only=True)
class SlurmOptions(Options):
    partition: Annotated[str | None, key("(slurm) the cluster's usual one if null")] = None
    minutes: Annotated[
        Int, key("(slurm) time limit of a job, which is then queued again and goes on", 1, MANY)
    ] = 60
    parallel: Annotated[Int, key("(slurm) jobs of an array at a time", 1, MANY)] = 256
    wait: Annotated[bool, key("(slurm) until all have ended; or else return at once")] = False
    cluster: Annotated[
        Literal["slurm", "local", "debug"],
        key("(slurm) or submitit's processes on this machine, or in this process, for trials"),
    ] = "slurm"
    sbatch: Annotated[
        dict[str, str | int | float | bool],
        key("(slurm) other parameters, by Slurm's own names: {account: A, mem: 8GB}"),
    ] = field(default_factory=dict)


@dataclass(kw_only=True)
class WithEngine(Options):
    """What a verb has whose work can go to an engine."""

    engine: Engine = "local"
    local: LocalOptions = field(default_factory=LocalOptions)
    ray: RayOptions = field(default_factory=RayOptions)
    slurm: SlurmOptions = field(default_factory=SlurmOptions)
