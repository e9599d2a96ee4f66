"""Gradients -> steps of a common size in every direction: Muon, with Adam for what is no matrix.

Jordan et al. 2024, "Muon: An optimizer for hidden layers in neural networks"
(kellerjordan.github.io/posts/muon). A convolution is taken as the matrix (O, I*k*k). Small nets
gain most from it: their gradients lie in few directions, and Adam follows those alone.
"""

from collections.abc import Callable, Iterable

import torch
from torch import Tensor

# The quintic that brings singular values near 1 soonest (the same page).
QUINTIC = (3.4445, -4.7750, 2.0315)
ROUNDS = 5


def orthogonal(matrix: Tensor) -> Tensor:
    """About the nearest (m,n) whose singular values are all 1, by Newton-Schulz iterations."""
    a, b, c = QUINTIC
    x = matrix.mT if matrix.shape[0] > matrix.shape[1] else matrix
    x = x / (x.norm() + 1e-12)
    for _ in range(ROUNDS):
        square = x @ x.mT
        x = a * x + (b * square + c * square @ square) @ x
    return x.mT if matrix.shape[0] > matrix.shape[1] else x


class Muon(torch.optim.Adam):
    """Weights of convolutions take orthogonal steps, all other parameters those of Adam.

    learning_rate: of Adam; matrix_rate: how far a step moves singular values, about, times the root
    of outputs over inputs where these are fewer; momentum: of the gradients, by Nesterov.
    """

    def __init__(
        self,
        parameters: Iterable[Tensor],
        learning_rate: float,
        betas: tuple[float, float],
        matrix_rate: float,
        momentum: float,
    ):
        parameters = list(parameters)
        plain = [p for p in parameters if p.dim() < 2]
        matrices = [p for p in parameters if p.dim() >= 2]
        groups = [
            {"params": plain, "lr": learning_rate},
            {"params": matrices, "lr": matrix_rate, "momentum": momentum},
        ]
        super().__init__(groups, betas=betas)

    @torch.no_grad()
    def step(self, closure: Callable | None = None) -> Tensor | None:
        found = None
        if closure is not None:
            with torch.enable_grad():
                found = closure()
        *plain, matrices = self.param_groups
        for parameter in matrices["params"]:
            if parameter.grad is not None:
                self._turn(parameter, matrices["lr"], matrices["momentum"])
        self.param_groups = plain  # Adam's share
        try:
            super().step()
        finally:
            self.param_groups = [*plain, matrices]
        return found

    def _turn(self, parameter: Tensor, rate: float, momentum: float) -> None:
        state = self.state[parameter]
        if not state:
            state["step"] = torch.tensor(0.0)  # Adam's loader looks for one everywhere
            state["moving"] = torch.zeros_like(parameter)
        moving, gradient = state["moving"], parameter.grad
        moving.lerp_(gradient, 1 - momentum)
        ahead = gradient.lerp(moving, momentum).flatten(1).float()
        # A tall matrix has more outputs than inputs to share a step among.
        scale = max(1.0, ahead.shape[0] / ahead.shape[1]) ** 0.5
        parameter.add_(orthogonal(ahead).view_as(parameter), alpha=-rate * scale)
