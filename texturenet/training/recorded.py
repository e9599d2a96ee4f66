"""A step of training on a GPU as one CUDA graph: recorded once, replayed in every step after it.

Small nets keep a GPU waiting: a step is some thousands of operations of a few microseconds each,
and to start each of them from Python takes longer. A recording starts all of them at once
(bench/recorded.py).
"""

import warnings
from collections.abc import Callable, Hashable, Iterable, Sequence
from typing import Any, NamedTuple

import torch
from torch import Tensor

from .batches import Places

WARM = 2  # times that a step is taken before it is recorded


class Step(NamedTuple):
    """loss: a scalar whose gradient reaches the parameters. pictures (B,3,H,W), without one.
    numbers: the loss and what else is logged, (n,), without one."""

    loss: Tensor
    pictures: Tensor
    numbers: Tensor


Work = Callable[[Places], Step]


class _Derived(torch.autograd.Function):
    """A loss whose gradients are known already."""

    @staticmethod
    def forward(ctx: Any, loss: Tensor, gradients: Sequence[Tensor | None], *_: Tensor) -> Tensor:
        ctx.gradients = gradients
        return loss.clone()

    @staticmethod
    def backward(ctx: Any, upstream: Tensor) -> tuple:
        # Copies: what is recorded is written over by the next step.
        known = (None if each is None else each * upstream for each in ctx.gradients)
        return None, None, *known


class Recording:
    """Of one kind of step, at places of one form."""

    def __init__(self, work: Work, places: Places, parameters: Sequence[Tensor], pool: Any):
        self.numbers = places.packed().to(parameters[0].device)
        self.parameters = parameters
        inputs = places.unpacked(self.numbers)

        def taken() -> tuple[Step, tuple[Tensor | None, ...]]:
            step = work(inputs)
            found = torch.autograd.grad(step.loss, parameters, allow_unused=True)
            return step, found

        stream = torch.cuda.Stream()
        stream.wait_stream(torch.cuda.current_stream())
        with torch.cuda.stream(stream):
            for _ in range(WARM):
                taken()
        torch.cuda.current_stream().wait_stream(stream)
        self.graph = torch.cuda.CUDAGraph()
        with torch.cuda.graph(self.graph, pool=pool):
            self.step, self.gradients = taken()

    def __call__(self, places: Places) -> Step:
        self.numbers.copy_(places.packed())
        self.graph.replay()
        loss, pictures, numbers = self.step
        return Step(
            _Derived.apply(loss.detach(), self.gradients, *self.parameters), pictures, numbers
        )


class Recorder:
    """Takes steps by recordings, and makes those that are missing."""

    def __init__(self, parameters: Iterable[Tensor]):
        self.parameters = list(parameters)
        self.recordings: dict[Hashable, Recording] = {}
        self.pool: Any = None
        self.possible = True

    def __call__(self, kind: Hashable, places: Places, work: Work) -> Step:
        """kind: what decides `work` beside the places."""
        key = kind, places.form
        if self.possible and key not in self.recordings:
            self._record(key, places, work)
        if self.possible:
            return self.recordings[key](places)
        return work(places.to(self.parameters[0].device))

    def _record(self, key: Hashable, places: Places, work: Work) -> None:
        self.pool = self.pool or torch.cuda.graph_pool_handle()
        kind = "cuda"
        halved = torch.is_autocast_enabled(kind)
        try:
            # A cache of rounded weights would outlive what it was made in.
            with torch.autocast(
                kind, torch.get_autocast_dtype(kind), enabled=halved, cache_enabled=False
            ):
                self.recordings[key] = Recording(work, places, self.parameters, self.pool)
        except RuntimeError as error:
            self.possible = False
            self.recordings.clear()
            warnings.warn(
                f"steps are taken one operation after the other, which is slower: they cannot be "
                f"recorded ({error})", stacklevel=2,
            )  # fmt: skip
