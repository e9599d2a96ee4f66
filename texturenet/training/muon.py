"""Gradients -> steps of one size in every direction: Muon, with Adam for what is no matrix.

Jordan et al. 2024, "Muon: An optimizer for hidden layers in neural networks"
(kellerjordan.github.io/posts/muon). A convolution is the matrix (O, I*k*k). The gradients of small
nets lie in few directions, which Adam follows alone; there Muon gains most.
"""

from collections.abc import Callable, Iterable, Sequence

import torch
from torch import Tensor

# Coefficients of the quintic that brings singular values near 1 soonest (the same page).
QUINTIC = (3.4445, -4.7750, 2.0315)
ROUNDS = 5  # of the iteration


def orthogonal(matrix: Tensor) -> Tensor:
    """About the nearest matrix whose singular values are all 1, (..,m,n), by Newton-Schulz
    iterations, which leave them between 0.6 and 1.3."""
    a, b, c = QUINTIC
    tall = matrix.shape[-2] > matrix.shape[-1]
    x = matrix.mT if tall else matrix
    x = x / (x.norm(dim=(-2, -1), keepdim=True) + 1e-12)
    for _ in range(ROUNDS):
        square = x @ x.mT
        x = a * x + (b * square + c * square @ square) @ x
    return x.mT if tall else x


def orthogonals(matrices: Sequence[Tensor]) -> list[Tensor]:
    """Of each; on a GPU all together, since starting a product takes longer than making it."""
    if matrices[0].device.type == "cpu":
        return [orthogonal(matrix) for matrix in matrices]
    return together(matrices)


def together(matrices: Sequence[Tensor]) -> list[Tensor]:
    """`orthogonal` of all of them at once, in the corners of matrices of one size that are zero
    elsewhere: the same numbers from a twentieth of the calls."""
    wide = [matrix.mT if matrix.shape[0] > matrix.shape[1] else matrix for matrix in matrices]
    size = (max(matrix.shape[axis] for matrix in wide) for axis in (0, 1))
    stack = wide[0].new_zeros(len(wide), *size)
    for place, matrix in zip(stack, wide, strict=True):
        place[: len(matrix), : matrix.shape[1]] = matrix
    made = zip(orthogonal(stack), wide, strict=True)
    corners = [whole[: len(matrix), : matrix.shape[1]] for whole, matrix in made]
    return [
        found if found.shape == matrix.shape else found.mT
        for found, matrix in zip(corners, matrices, strict=True)
    ]


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
        given = [parameter for parameter in matrices["params"] if parameter.grad is not None]
        if given:
            self._step_matrices(given, matrices["lr"], matrices["momentum"])
        # Anew in every step: loading a state replaces both.
        self.adam.param_groups, self.adam.state = [vectors], self.state
        self.adam.step()
        return loss

    def _step_matrices(self, parameters: list[Tensor], rate: float, momentum: float) -> None:
        gradients = [parameter.grad for parameter in parameters]
        averages = [self._moving(parameter) for parameter in parameters]
        torch._foreach_lerp_(averages, gradients, 1 - momentum)
        ahead = torch._foreach_lerp(gradients, averages, momentum)
        turned = orthogonals([each.flatten(1).float() for each in ahead])  # (O,I*k*k) each
        # A tall matrix has more outputs than inputs to share a step among.
        scales = [-rate * max(1.0, len(each) / each.shape[1]) ** 0.5 for each in turned]
        steps = torch._foreach_mul(turned, scales)
        shaped = [step.reshape(p.shape) for step, p in zip(steps, parameters, strict=True)]
        torch._foreach_add_(parameters, shaped)

    def _moving(self, parameter: Tensor) -> Tensor:
        """The moving average of its gradient."""
        state = self.state[parameter]
        if not state:
            state["step"] = torch.tensor(0.0)  # not used; files to resume from have it
            state["moving"] = torch.zeros_like(parameter)
        return state["moving"]
