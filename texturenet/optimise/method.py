"""The numbers of an optimiser, and what is tried after it."""

from dataclasses import dataclass

OPTIMIZERS = ("lbfgs", "adam")


@dataclass(frozen=True)
class Method:
    """The numbers of an optimiser, named as in conf/; they have no defaults here."""

    name: str  # "lbfgs" or "adam"
    learning_rate: float  # of L-BFGS, the length of a step over the one it proposes
    history: int  # L-BFGS: steps remembered
    line_search: bool  # L-BFGS: look for a step that satisfies the strong Wolfe conditions
    betas: tuple[float, float]  # Adam
    decay: float  # Adam: times this
    every: int  # Adam: after so many steps
    restart: int | None  # L-BFGS: forget the history after so many steps

    @property
    def rungs(self) -> list[str]:
        """What is tried, one after the other, when the loss no longer falls."""
        if self.name == "adam":
            return ["adam"]
        return (["lbfgs"] if not self.line_search else []) + ["line search", "adam"]
