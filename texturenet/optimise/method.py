"""The numbers of an optimiser, and what is tried when it no longer lowers the loss."""

from dataclasses import dataclass

OPTIMIZERS = ("lbfgs", "adam")


@dataclass(frozen=True)
class Method:
    """The numbers of an optimiser, named as in conf/; they have no defaults here."""

    name: str  # "lbfgs" or "adam"
    learning_rate: float  # L-BFGS: length of a step over that of the proposed one
    history: int  # L-BFGS: steps remembered
    line_search: bool  # L-BFGS: search for a step that satisfies the strong Wolfe conditions
    betas: tuple[float, float]  # Adam
    decay: float  # Adam: factor of the rate
    every: int  # Adam: steps between two factors
    restart: int | None  # L-BFGS: forget the history after so many steps

    @property
    def fallbacks(self) -> list[str]:
        """The optimisers that are tried one after the other while the loss does not fall."""
        if self.name == "adam":
            return ["adam"]
        searching = ["line search", "adam"]
        return searching if self.line_search else ["lbfgs", *searching]
