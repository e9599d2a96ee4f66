"""The training itself: Lightning's trainer, what watches over it, and what it writes meanwhile."""

from dataclasses import asdict
from pathlib import Path

import pytorch_lightning as pl
from torch.utils.data import DataLoader

from ...errors import NotResumable, Refused, reason
from ...io.files import user_path
from ...training.callbacks import LossLog, Moments, Previews, Resumable, Settings, WholeFiles
from ...training.guard import Guard, Limits
from ...training.timing import KeepTime
from ..compose import as_yaml
from ..options.training import Train
from ..runs import RESUME
from ..terminal import PARTS, Bar, say
from . import several
from .live import Interruption, ShowProgress, ShowTime, quiet
from .prepared import Prepared

CONFIG = "config.yaml"


def fit(run: Prepared, folder: Path, log: LossLog | None, timing: KeepTime | None) -> int:
    """-> the number of the signal that ended it early, or 0. log: none where another process
    writes. Raises NotResumable for a file to resume from that is not whole."""
    chosen, module = run.chosen, run.module
    most = chosen.steps or chosen.budget.most
    total = PARTS if timing else most
    with quiet(), Bar("training", total, not timing) as bar, Interruption() as interruption:
        show = ShowTime(bar, timing) if timing else ShowProgress(bar)
        trainer = pl.Trainer(
            max_steps=module.recipe.steps,
            **several.options(chosen, run.device, len(module.octaves)),
            precision=run.precision,
            callbacks=_callbacks(run, folder, log, timing, interruption, show),
            plugins=[WholeFiles()],
            logger=_logger(chosen, folder) if log else False,
            default_root_dir=folder,
            enable_checkpointing=False,
            enable_progress_bar=False,
            enable_model_summary=False,
        )
        # The data are step numbers: a step makes its own noise.
        steps = DataLoader(range(most), batch_size=None)
        resume = chosen.resume and user_path(chosen.resume)
        try:
            trainer.fit(module, steps, ckpt_path=resume, weights_only=True)
        except Exception as error:
            if resume is None or interruption.started or isinstance(error, Refused):
                raise
            # Lightning fails in its own ways on a file that was changed by hand.
            raise NotResumable(
                f"{resume} is not whole enough to resume ({reason(error)})."
            ) from error
        return interruption.signal


def _callbacks(
    run: Prepared,
    folder: Path,
    log: LossLog | None,
    timing: KeepTime | None,
    interruption: Interruption,
    show: pl.Callback,
) -> list[pl.Callback]:
    """In the order in which they are called after a step."""
    return [
        *([timing] if timing else []),
        interruption,
        *([log] if log else []),
        show,
        Guard(_limits(run.chosen), say, run.chosen.guard.patience),
        *(_files(run, folder) if log else []),
        Resumable(folder / RESUME, run.chosen.log.checkpoints),  # all processes write it together
    ]


def _limits(chosen: Train) -> Limits:
    """Patience is a share of the steps, which the guard follows."""
    return Limits(**asdict(chosen.guard) | {"patience": 0})


def _files(run: Prepared, folder: Path) -> list[pl.Callback]:
    """What is written while the run goes on, its log excepted."""
    moment = folder / "moment" / f"{run.name}.safetensors"
    every, previews = run.chosen.log.moments, run.chosen.log.previews
    return [
        *([Moments(moment, run.name, every)] if every else []),
        Settings(folder / CONFIG, as_yaml(run.chosen)),
        Previews(folder / "previews", [one.pixels for one in run.pictures], previews),
    ]


def _logger(chosen: Train, folder: Path) -> object:
    if not chosen.log.tensorboard:
        return False
    try:
        return pl.loggers.TensorBoardLogger(folder, name="tensorboard", version="")
    except ModuleNotFoundError as missing:
        remedy = "pip install 'texturenet[tensorboard]'"
        raise Refused(f"log.tensorboard=true needs more: run `{remedy}`.") from missing
