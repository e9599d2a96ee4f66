"""Several processes that train one net, each on its share of every batch: Lightning's DDP.

Means inside the loss are those of the whole batch (`losses.ranks`), gradients are averaged, so that
weights stay the same in all processes; the first of them alone writes files.
"""

import os

import torch
from pytorch_lightning.plugins.environments import (
    ClusterEnvironment,
    LightningEnvironment,
    SLURMEnvironment,
    TorchElasticEnvironment,
)
from pytorch_lightning.strategies import DDPStrategy


def environment() -> ClusterEnvironment:
    """What says which process this is: Slurm's, torchrun's, or the one that Lightning starts."""
    for kind in (TorchElasticEnvironment, SLURMEnvironment):
        if kind.detect():
            return kind()
    return LightningEnvironment()


def rank_of(devices: int, its: ClusterEnvironment) -> int:
    """The number of this process among all, before there is a trainer; devices: of a node."""
    if isinstance(its, LightningEnvironment):
        return its.node_rank() * devices + its.local_rank()
    return its.global_rank()


def started_by_another() -> bool:
    """Whether Lightning has started this process beside the one that the user called."""
    return "LOCAL_RANK" in os.environ and os.environ["LOCAL_RANK"] != "0"


def strategy(device: torch.device, its: ClusterEnvironment, several: bool) -> DDPStrategy:
    """As a trainer takes it; several: whether steps of several octaves take turns, of which the
    coarser ones leave the finest scales out."""
    return DDPStrategy(
        cluster_environment=its,
        process_group_backend="nccl" if device.type == "cuda" else "gloo",
        find_unused_parameters=several,
        broadcast_buffers=False,  # they follow from the weights, and from noise that all draw
    )
