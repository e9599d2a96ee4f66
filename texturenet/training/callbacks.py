"""What a training run writes while it goes on: its log, previews, a file to resume from."""

import io
import math
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path

import pytorch_lightning as pl
import torch
import torch.nn.functional as F
from pytorch_lightning.callbacks import Callback
from pytorch_lightning.plugins.io import TorchCheckpointIO
from torch import Tensor

from ..generator import release
from ..imaging import beside
from ..io.files import write_whole
from ..io.pictures import save_picture
from ..io.tables import Row, Table, rows_before
from ..noise import philox


class Settings(Callback):
    """Writes the resolved configuration, as text, once the first step is about to be taken."""

    def __init__(self, path: Path, text: str):
        self.path, self.text = path, text

    def on_train_start(self, trainer: pl.Trainer, module: pl.LightningModule) -> None:
        write_whole(self.path, self.text)


class LossLog(Callback):
    """Every step's terms and unweighted errors as one row of a CSV.

    Parameters
    ----------
    path : of the CSV
    flush_every : steps between two writes
    earlier : the log of the run that is resumed, which is continued if it can be read
    """

    def __init__(self, path: Path, flush_every: int, earlier: Path | None = None):
        self.table = Table(path, line_end="\r\n")
        self.flush_every, self.earlier = flush_every, earlier

    @property
    def rows(self) -> list[Row]:
        """{column: value} of every step; what was read back is text."""
        return self.table.rows

    def on_train_start(self, trainer: pl.Trainer, module: pl.LightningModule) -> None:
        self.take_up(module.global_step)

    def take_up(self, step: int) -> None:
        """Begin with the rows of the run that is resumed, up to a step."""
        if self.earlier and step:
            self.table.rows = rows_before(self.earlier, "step", step, _numeric)

    def on_train_batch_end(self, trainer, module, outputs, batch, batch_idx) -> None:
        if not math.isfinite(module.values["loss"]):
            return  # a step that was not taken
        # Before an octave's first turn its errors are not known.
        known = module.errors
        errors = {f"error/{name}": known.get(name, math.nan) for name in module.error_names}
        row = {"step": trainer.global_step - 1, **module.values, **errors}
        if self.rows and self.rows[0].keys() != row.keys():
            self.table.rows = []  # the log of another recipe
        self.table.append(row)
        for logger in trainer.loggers:
            logger.log_metrics({k: v for k, v in row.items() if k != "step"}, step=row["step"])
        if trainer.global_step % self.flush_every == 0:
            self.write()

    def on_train_end(self, trainer: pl.Trainer, module: pl.LightningModule) -> None:
        self.write()

    def on_exception(self, trainer, module, exception: BaseException) -> None:
        self.write()

    def write(self) -> None:
        if self.rows:
            self.table.write()


def _numeric(row: Mapping[str, str]) -> Row:
    """Raises TypeError or ValueError for a row with other cells than numbers."""
    for value in row.values():
        float(value)
    return dict(row)


class Previews(Callback):
    """Every so many steps two pictures of every texture and octave, beside a crop of its exemplar.

    exemplars : (1,3,H,W), one for each texture that the net draws
    """

    def __init__(self, folder: Path, exemplars: Sequence[Tensor], every: int):
        self.folder, self.exemplars, self.every = folder, exemplars, every

    def on_train_batch_end(self, trainer, module, outputs, batch, batch_idx) -> None:
        if trainer.global_step % self.every == 0:
            rows = [
                row for octave in range(len(module.octaves)) for row in self._rows(module, octave)
            ]
            sheet = torch.cat(rows, 1)
            if not sheet.isfinite().all():
                return  # the guard reports it
            save_picture(self.folder / f"step_{trainer.global_step:06d}.png", sheet)
            for logger in trainer.loggers:
                if hasattr(logger.experiment, "add_image"):
                    logger.experiment.add_image("preview", sheet, trainer.global_step)

    @torch.no_grad()
    def _rows(self, module: pl.LightningModule, octave: int) -> list[Tensor]:
        """Of each texture a crop of its exemplar of that octave, and two pictures (3,size,..); of
        a material the colour, which its channels begin with."""
        drawn = module.generator(*module.noise(0, 2, philox.PREVIEWS, octave))[:, :3]
        made = drawn.cpu().clamp(0, 1)
        rows = []
        for exemplar, pictures in zip(self.exemplars, made.split(2), strict=True):
            crop = F.avg_pool2d(exemplar, 2**octave)[0]
            size = module.recipe.size
            rows.append(beside([crop[:, :size, :size], *pictures]))
        return rows


class Moments(Callback):
    """Every so many steps the net as it is, in one released file that is written over each time.

    Parameters
    ----------
    path : of the file
    name : of the net
    every : steps between two writings; the first is after the first step
    """

    def __init__(self, path: Path, name: str, every: int):
        self.path, self.name, self.every = path, name, every

    def on_train_batch_end(self, trainer, module, outputs, batch, batch_idx) -> None:
        if trainer.global_step % self.every and trainer.global_step != 1:
            return
        card = {
            "name": self.name,
            "law": module.recipe.law,
            **({"waves": module.waves.facts()} if module.waves else {}),
            **({"maps": module.views.layout.facts()} if module.views else {}),
            **module.told,
            "step": trainer.global_step,
        }
        net = module.moment()
        if all(tensor.isfinite().all() for tensor in net.weights().values()):
            release.save(self.path, net, card)

    def on_train_end(self, trainer: pl.Trainer, module: pl.LightningModule) -> None:
        with suppress(OSError):  # never written, or its folder is shared
            self.path.unlink()  # the released net takes its place
            self.path.parent.rmdir()


class Resumable(Callback):
    """Lightning's checkpoint every so many steps and at the end."""

    def __init__(self, path: Path, every: int):
        self.path, self.every = path, every

    def on_train_batch_end(self, trainer, module, outputs, batch, batch_idx) -> None:
        if trainer.global_step % self.every == 0:
            trainer.save_checkpoint(self.path)

    def on_train_end(self, trainer: pl.Trainer, module: pl.LightningModule) -> None:
        if trainer.global_step % self.every:
            trainer.save_checkpoint(self.path)


class WholeFiles(TorchCheckpointIO):
    """Writes checkpoints whole or not at all: Lightning leaves part of one when a disk is full."""

    def save_checkpoint(self, checkpoint: dict, path: Path, storage_options: object = None) -> None:
        data = io.BytesIO()
        torch.save(checkpoint, data)
        write_whole(path, data.getvalue())
