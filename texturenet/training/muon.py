"""Gradients -> steps of one size in every direction: Muon, with Adam for what is no matrix.

Jordan et al. 2024, "Muon: An optimizer for hidden layers in neural networks"
(kellerjordan.github.io/posts/muon). A convolution is the matrix (O, I*k*k). The gradients of small
nets lie in few directions, which Adam follows alone; there Muon gains most.
"""

from collections.abc import Callable, Iterable

import torch
from torch import Tensor

# Coefficients of the quintic that brings singular values near 1 soonest (the same page).
QUINTIC = (3.4445, -4.7750, 2.0315)
ROUNDS = 5  # of the iteration


def orthogonal(matrix: Tensor) -> Tensor:
    """About the nearest matrix whose singular values are all 1, (m,n), by Newton-Schulz iterations,
    which leave them between 0.6 and 1.3."""
    a, b, c = QUINTIC
    x = matrix.mT if matrix.shape[0] > matrix.shape[1] else matrix
    x = x / (x.norm() + 1e-12)
    for _ in range(ROUNDS):
        square = x @ x.mT
        x = a * x + (b * square + c * square @ square) @ x
    return x.mT if matrix.shape[0] > matrix.shape[1] else x


class Muon(torch.optim.Optimizer):
    """Weights of convolutions take orthogonal steps, all other parameters those of Adam.

    Two groups of parameters: that of Adam, and that of matrices. The first, and its state, are
    shared with an Adam that takes the steps.

    Parameters
    ----------
    parameters : tensors of two or more dimensions are matrices (O, all others)
    learning_rate, betas : of Adam
    matrix_rate : about how far a step moves singular values, times the root of outputs over inputs
        where there are fewer inputs
    momentum : of the gradients of matrices, by Nesterov
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
        vectors = {"params": [p for p in parameters if p.dim() < 2], "lr": learning_rate}
        matrices = {"params": [p for p in parameters if p.dim() >= 2], "lr": matrix_rate}
        self.adam = torch.optim.Adam([dict(vectors)], betas=betas)
        super().__init__([vectors, matrices | {"momentum": momentum}], self.adam.defaults)

    @torch.no_grad()
    def step(self, closure: Callable | None = None) -> Tensor | None:
        loss = None
        if closure is not None:
            with torch.enable_grad():
                loss = closure()
        vectors, matrices = self.param_groups
        for parameter in matrices["params"]:
            if parameter.grad is not None:
                self._step_matrix(parameter, matrices["lr"], matrices["momentum"])
        # Anew in every step: loading a state replaces both.
        self.adam.param_groups, self.adam.state = [vectors], self.state
        self.adam.step()
        return loss

    def _step_matrix(self, parameter: Tensor, rate: float, momentum: float) -> None:
        state = self.state[parameter]
        if not state:
            state["step"] = torch.tensor(0.0)  # not used; files to resume from have it
            state["moving"] = torch.zeros_like(parameter)
        average, gradient = state["moving"], parameter.grad
        average.lerp_(gradient, 1 - momentum)
        ahead = gradient.lerp(average, momentum).flatten(1).float()  # (O,I*k*k)
        # A tall matrix has more outputs than inputs to share a step among.
        scale = max(1.0, ahead.shape[0] / ahead.shape[1]) ** 0.5
        parameter.add_(orthogonal(ahead).view_as(parameter), alpha=-rate * scale)
