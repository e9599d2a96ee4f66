"""The file that a training run is resumed from, checked against the run that asks for it."""

import math
from dataclasses import asdict
from pathlib import Path

from ..errors import NotResumable, abbreviated
from ..io.untrusted import is_plain, read_pickle
from .module import ORIGIN, SHARE, TextureTraining
from .pace import Pace
from .timing import BUDGET

# What runs had of which their files say nothing.
ABSENT = {"generator.units": 0, "loss.between": 0.0}


def check_resumable(path: Path, module: TextureTraining, pace: Pace | None = None) -> None:
    """Raises NotResumable for a file that this run cannot go on from: another net, exemplar or
    recipe, or damage.

    pace: of a run with a budget of time; it goes on as the file says, with as many steps and with
    the time that is left, and so does `module`.
    """
    if not path.is_file():
        raise NotResumable(f"there is no file {path} to resume from.")
    try:
        state = read_pickle(path)
        step, origin, weights = state["global_step"], dict(state[ORIGIN]), state["state_dict"]
        if not is_plain(origin):
            raise TypeError("of something else")
        shapes = {name: tuple(tensor.shape) for name, tensor in weights.items()}
        (adam,), (rates,) = state["optimizer_states"], state["lr_schedulers"]
        whole = (
            {"state", "param_groups"} <= {*adam}
            and "last_epoch" in rates
            and "fit_loop" in state["loops"]
            and 0 < state[SHARE] <= 1
            and type(step) is int
            and step >= 0
        )
    except Exception as error:  # a foreign file can fail anywhere
        raise NotResumable(
            f"{path} is not a file to resume from ({type(error).__name__})."
        ) from error
    for key in dict.fromkeys([*module.origin, *origin]):
        if (before := origin.get(key, ABSENT.get(key))) != (now := module.origin.get(key)):
            raise NotResumable(
                f"{path} belongs to a run with {abbreviated(key)}={abbreviated(before)}, not "
                f"{abbreviated(now)}: give the same options and exemplar as before."
            )
    if not whole or shapes != {name: tuple(t.shape) for name, t in module.state_dict().items()}:
        raise NotResumable(f"{path} is not a whole file to resume from: its net is another.")
    if pace is not None:
        _go_on(path, state.get(BUDGET), pace, step)
        module.set_steps(pace.steps)
    if step > module.recipe.steps:
        raise NotResumable(
            f"{path} is at step {step} of {module.recipe.steps}: say a larger `steps`."
        )


def _go_on(path: Path, before: object, pace: Pace, step: int) -> None:
    """The budget of a run so far -> its pace. Refuses another budget."""
    if before is None:
        raise NotResumable(f"{path} belongs to a run of so many steps, not minutes: say steps=N.")
    try:
        found = {key: before[key] for key in ("minutes", "least", "most")}
        steps, fixed, spent = (before[key] for key in ("steps", "fixed", "spent"))
        whole = type(steps) is int and type(fixed) is bool and 0 <= spent < math.inf
        whole = whole and step <= steps <= found["most"]
    except (KeyError, TypeError) as error:
        raise NotResumable(
            f"{path} is not a whole file to resume from: its budget is odd."
        ) from error
    for key, now in asdict(pace.budget).items():
        if found[key] != now:
            name = key if key == "minutes" else f"budget.{key}"
            raise NotResumable(
                f"{path} belongs to a run with {name}={abbreviated(found[key])}, not "
                f"{abbreviated(now)}: give the same, or say steps=N (now {steps})."
            )
    if not whole:
        raise NotResumable(f"{path} is not a whole file to resume from: its budget is odd.")
    pace.steps, pace.fixed, pace.earlier = steps, fixed, float(spent)
