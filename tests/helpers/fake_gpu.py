"""Tensors that claim to be on a GPU: devices that mix raise, nothing is computed.

Torch's FakeTensorMode carries shapes, types and devices through every operation. It lacks what a
whole program needs; `fake_gpu` adds it, for as long as it lasts:
- a module moves by getting new parameters (torch swaps tensors in place, which fake ones refuse),
  and copies are clones;
- inference mode is that without gradients;
- `backward` walks the graph in Python and calls every node, the project's own as well (torch's
  engine wants a thread for each real device);
- a value that leaves for Python is 1, or True (there is none);
- what depends on values has the largest shape it can have (x[mask], unique);
- a GPU is there and can multiply bfloat16, so that autocast does what it would do on one.
"""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager

import numpy as np
import pytest
import torch
from torch import Tensor, nn
from torch._subclasses.fake_tensor import FakeTensor, FakeTensorMode
from torch.overrides import TorchFunctionMode

GPU = torch.device("cuda:0")


@contextmanager
def fake_gpu() -> Iterator[torch.device]:
    """Inside, new tensors are fake and those on the device it yields claim to be on a GPU."""
    tasks = iter(range(1, 2**31))
    current = [0]

    def backward(roots: Sequence[Tensor], gradients: Sequence[Tensor | None]) -> None:
        current[0] = next(tasks)  # checkpoints compute a block once again for each
        with torch.no_grad():
            walk(roots, gradients)

    with pytest.MonkeyPatch.context() as patch, torch.random.fork_rng(devices=[]):
        patch.setattr(nn.Module, "_apply", with_new_parameters)
        patch.setattr(Tensor, "__deepcopy__", copied)
        patch.setattr(torch.inference_mode, "__enter__", lambda self: no_grad(self).__enter__())
        patch.setattr(torch.inference_mode, "__exit__", lambda self, *_: self.inner.__exit__(*_))
        patch.setattr(Tensor, "backward", lambda self, *_, **__: backward([self], [None]))
        patch.setattr(
            torch.autograd, "backward", lambda roots, gradients: backward(roots, gradients)
        )
        patch.setattr(torch._C, "_current_graph_task_id", lambda: current[0])
        patch.setattr(torch.cuda, "is_bf16_supported", lambda **_: True)
        patch.setattr(torch.cuda, "get_device_name", lambda *_: "a GPU that is not there")
        patch.setattr(torch.cuda.amp.common, "amp_definitely_not_available", lambda: False)
        with FakeTensorMode(allow_non_fake_inputs=True), Values():
            yield GPU


class Values(TorchFunctionMode):
    """What Python learns of a fake tensor."""

    def __torch_function__(self, function, types, args=(), kwargs=None):
        name = getattr(function, "__name__", "")
        if name == "__get__":  # of an attribute
            return function(*args)
        if name in ANSWERS and args and isinstance(args[0], FakeTensor):
            return ANSWERS[name](*args, **(kwargs or {}))
        if name == "__getitem__" and is_mask(args[1]):
            return select_all(*args)
        return function(*args, **(kwargs or {}))


def ones(tensor: Tensor) -> object:
    """Of its shape, as nested lists; a number without dimensions."""
    value = True if tensor.dtype is torch.bool else 1.0 if tensor.is_floating_point() else 1
    for length in reversed(tensor.shape):
        value = [value] * length
    return value


def numpy(tensor: Tensor) -> object:
    if tensor.device.type != "cpu":
        raise TypeError("a tensor on a GPU has no numpy(): copy it to the CPU first")
    return np.array(ones(tensor))


def equal(first: Tensor, second: Tensor) -> bool:
    same_device(first, second)
    return False


def unique(tensor: Tensor, **_: object) -> tuple[Tensor, Tensor]:
    """All of them, each of which is there once."""
    flat = tensor.flatten()
    return flat, torch.ones_like(flat, dtype=torch.long)


def same_device(*tensors: Tensor) -> None:
    if len(devices := {str(tensor.device) for tensor in tensors}) > 1:
        raise RuntimeError(f"tensors on {' and '.join(sorted(devices))}")


ANSWERS = {
    "item": ones,
    "tolist": ones,
    "__bool__": lambda tensor: True,
    "__float__": lambda tensor: 1.0,
    "__int__": lambda tensor: 1,
    "__index__": lambda tensor: 1,
    "numpy": numpy,
    "equal": equal,
    "unique": unique,
}


def is_mask(index: object) -> bool:
    return isinstance(index, FakeTensor) and index.dtype is torch.bool


def select_all(tensor: Tensor, mask: Tensor) -> Tensor:
    """tensor[mask] of a mask that is all True."""
    same_device(tensor, mask)
    return tensor.flatten(0, mask.dim() - 1)


def with_new_parameters(module: nn.Module, move, recurse: bool = True) -> nn.Module:
    """What `nn.Module._apply` does, with parameters that are new tensors."""
    for part in module.modules():
        for name, parameter in part._parameters.items():
            if parameter is not None:
                moved = move(parameter.detach())
                part._parameters[name] = nn.Parameter(moved, parameter.requires_grad)
        for name, buffer in part._buffers.items():
            if buffer is not None:
                part._buffers[name] = move(buffer)
    return module


COPY = Tensor.__deepcopy__


def copied(tensor: Tensor, memo: dict) -> Tensor:
    if not isinstance(tensor, FakeTensor):
        return COPY(tensor, memo)
    copy = tensor.detach().clone()
    if isinstance(tensor, nn.Parameter):
        copy = nn.Parameter(copy, tensor.requires_grad)
    memo[id(tensor)] = copy
    return copy


def no_grad(mode: torch.inference_mode) -> torch.no_grad:
    mode.inner = torch.no_grad()
    return mode.inner


def walk(roots: Sequence[Tensor], gradients: Sequence[Tensor | None]) -> None:
    """Call the backward function of every node below the roots, and leave gradients in leaves."""
    due: dict[object, dict[int, Tensor]] = {}
    for root, gradient in zip(roots, gradients, strict=True):
        add(
            due,
            root.grad_fn,
            root.output_nr,
            torch.ones_like(root) if gradient is None else gradient,
        )
    for node in ordered(root.grad_fn for root in roots):
        known = due.pop(node, {})
        if hasattr(node, "variable"):
            leave(node.variable, known[0])
            continue
        inputs = [
            known[number] if number in known else zeros(meta)
            for number, meta in enumerate(node._input_metadata)
        ]
        found = node.apply(*inputs) if hasattr(node, "apply") else node(*inputs)
        found = found if isinstance(found, tuple) else (found,)
        # A function of the project's own also answers for arguments that are no tensors.
        for (below, number), gradient in zip(node.next_functions, found, strict=False):
            if below is not None and gradient is not None:
                add(due, below, number, as_expected(gradient, below._input_metadata[number]))


def zeros(meta: object) -> Tensor:
    return torch.zeros(meta.shape, dtype=meta.dtype, device=meta.device)


def as_expected(gradient: Tensor, meta: object) -> Tensor:
    """In the shape and type of what it belongs to: torch's engine sums what was expanded."""
    if gradient.device != meta.device:
        raise RuntimeError(f"a gradient on {gradient.device} of a tensor on {meta.device}")
    if gradient.shape != meta.shape:
        gradient = gradient.sum_to_size(meta.shape)
    return gradient if gradient.dtype == meta.dtype else gradient.to(meta.dtype)


def ordered(roots: Iterable[object]) -> list[object]:
    """Nodes of a graph, each before those it hands gradients to."""
    done, seen, left = [], set(), [(root, False) for root in roots]
    while left:
        node, below_done = left.pop()
        if below_done:
            done.append(node)
        elif node not in seen:
            seen.add(node)
            left.append((node, True))
            left += [(below, False) for below, _ in node.next_functions if below is not None]
    return done[::-1]


def add(due: dict, node: object, number: int, gradient: Tensor) -> None:
    known = due.setdefault(node, {})
    known[number] = known[number] + gradient if number in known else gradient


def leave(leaf: Tensor, gradient: Tensor) -> None:
    same_device(leaf, gradient)
    if leaf.grad is None:
        leaf.grad = gradient.detach()
    else:
        leaf.grad.add_(gradient)
