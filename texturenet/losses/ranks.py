"""Means over the processes that train one net together, each on its share of a batch.

A loss that is no plain mean over pictures (a logarithm of errors, a covariance of the batch) is
that of the whole batch only if the means inside it are those of all shares. `shared_mean` takes
them, with the gradient that belongs to it, inside `sharing()` alone: elsewhere it changes nothing,
so that one process may judge or release a net while the others wait or have ended.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar

import torch
import torch.distributed as dist
from torch import Tensor

_sharing: ContextVar[bool] = ContextVar("sharing", default=False)


@contextmanager
def sharing(together: bool = True) -> Iterator[None]:
    """Where every process of the default group computes the same loss on a share of one size."""
    before = _sharing.set(together)
    try:
        yield
    finally:
        _sharing.reset(before)


def is_shared() -> bool:
    """Whether means are taken over all processes here."""
    return _sharing.get()


def sharers() -> int:
    """How many processes share a batch here."""
    return dist.get_world_size() if is_shared() else 1


def shared_mean(values: Tensor) -> Tensor:
    """The mean over all processes, of values of one shape in each; itself outside of `sharing`.

    The gradient is the mean of the gradients that arrive in each process. Averaged over the
    processes, as DistributedDataParallel does, gradients of weights are then those of the whole
    batch.
    """
    return _Mean.apply(values) if is_shared() else values


def shared_means(values: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """The same of several scalars at once."""
    if not values or not is_shared():
        return dict(values)
    return dict(zip(values, shared_mean(torch.stack([*values.values()])).unbind(), strict=True))


class _Mean(torch.autograd.Function):
    @staticmethod
    def forward(ctx, values: Tensor) -> Tensor:
        return plain_mean(values)

    @staticmethod
    def backward(ctx, gradient: Tensor) -> Tensor:
        return plain_mean(gradient)


def plain_mean(values: Tensor) -> Tensor:
    """The mean over all processes, without a gradient."""
    total = values.detach().clone(memory_format=torch.contiguous_format)
    dist.all_reduce(total)
    return total / dist.get_world_size()


def gathered(pictures: Tensor) -> Tensor:
    """The shares of all processes (b,..), in order, as one batch (B,..), without a gradient."""
    shares = [torch.empty_like(pictures) for _ in range(dist.get_world_size())]
    dist.all_gather(shares, pictures.detach().contiguous())
    return torch.cat(shares)
