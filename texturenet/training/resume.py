"""The file that a training run is resumed from, checked against the run that asks for it."""

from pathlib import Path

from ..errors import Refused, abbreviated
from ..io.untrusted import is_plain, read_pickle
from .module import ORIGIN, SHARE, TextureTraining


def check_resumable(path: Path, module: TextureTraining) -> None:
    """Refuse a file that this run cannot go on from: another net, exemplar or recipe, or damage."""
    if not path.is_file():
        raise Refused(f"there is no file {path} to resume from.")
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
        raise Refused(f"{path} is not a file to resume from ({type(error).__name__}).") from error
    for key in dict.fromkeys([*module.origin, *origin]):
        if (before := origin.get(key)) != (now := module.origin.get(key)):
            raise Refused(
                f"{path} belongs to a run with {abbreviated(key)}={abbreviated(before)}, not "
                f"{abbreviated(now)}: give the same options and exemplar as before."
            )
    if not whole or shapes != {name: tuple(t.shape) for name, t in module.state_dict().items()}:
        raise Refused(f"{path} is not a whole file to resume from: its net is another.")
    if step > module.recipe.steps:
        raise Refused(f"{path} is at step {step} of {module.recipe.steps}: say a larger `steps`.")
