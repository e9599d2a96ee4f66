"""Generator + noise + losses -> a trained net: the LightningModule and its recipe.

Batches are seeds: step s trains on the noise fields of seeds s*B .. s*B+B-1 of the training stream,
so a resumed run sees what an uninterrupted one would have seen.
"""

import math
from collections.abc import Mapping
from copy import deepcopy
from dataclasses import replace

import pytorch_lightning as pl
import torch
from torch import Tensor, nn

from ..errors import Refused
from ..generator.frozen import FrozenPyramid
from ..generator.trainable import PyramidGenerator
from ..losses.priors import Term
from ..losses.targets import FeatureFn
from ..losses.texture import TextureLoss
from ..noise import philox
from ..noise.waves import Waves
from .batches import Window, torus_noise, window_noise
from .muon import Muon
from .recipe import Recipe, rate_factor

# Where a checkpoint keeps what its run was, and how much of the rate is left.
ORIGIN, SHARE = "texturenet", "rate_share"
RELEASED = 16  # pictures that the errors of a released net are those of


class Comparison(nn.Module):
    """Pictures (B,3,H,W) -> the relative errors of their statistics: a descriptor and its loss."""

    def __init__(self, descriptor: FeatureFn, loss: TextureLoss):
        super().__init__()
        self.descriptor, self.loss = descriptor, loss


class TextureTraining(pl.LightningModule):
    """Muon or Adam on the texture loss of pictures made from ever new noise.

    Parameters
    ----------
    generator : the net
    whole : what its pictures are compared by, and judged
    early : what they are compared by before `recipe.whole_from`, for less time; None for `whole`
    terms : {name: what is added to the texture loss}
    recipe : the numbers
    waves : what stands behind the noise, if anything
    origin : what makes this run this run, kept in its checkpoints (see `check_resumable`)
    """

    def __init__(
        self,
        generator: PyramidGenerator,
        whole: Comparison,
        terms: Mapping[str, Term],
        recipe: Recipe,
        waves: Waves | None,
        origin: dict,
        early: Comparison | None = None,
    ):
        super().__init__()
        if not recipe.windows:
            generator.architecture.check_period("size", recipe.size)
        self.generator, self.whole, self.early = generator, whole, early
        self.terms = nn.ModuleDict(terms)
        self.recipe, self.waves, self.origin = recipe, waves, origin
        # The mean of the weights since statistics were fixed, and of how many steps: released.
        self.mean = deepcopy(generator).requires_grad_(False)
        self.register_buffer("averaged", torch.tensor(0))
        self.errors: dict[str, float] = {}
        self.values: dict[str, float] = {}
        self.pictures: Tensor | None = None  # of the last step
        self.compared_whole = early is None  # whether its errors are those of `whole`
        self.rate_share = 1.0  # of the schedule's rate: what a guard has left of it
        self.best: dict | None = None  # mean weights that the guard has judged best so far
        self.forgiving = False  # whether a guard goes back where the loss is not finite

    @property
    def freeze_step(self) -> int:
        """Steps after which statistics are fixed."""
        return round(self.recipe.freeze_at * self.recipe.steps)

    @property
    def described_whole(self) -> bool:
        """Whether the step to come is compared by the whole descriptor."""
        return self.early is None or self.global_step >= self.whole_step

    @property
    def whole_step(self) -> int:
        """Steps after which it is."""
        return round(self.recipe.whole_from * self.recipe.steps)

    def set_steps(self, steps: int) -> None:
        """Of the whole run; what was done so far is left as it is."""
        self.recipe = replace(self.recipe, steps=steps)

    def noise(self, first: int, count: int, stream: int) -> Window:
        """`count` samples of the run's own share of a stream, which the recipe's seed opens."""
        start = (self.recipe.seed << 32) + first
        asked = (
            self.generator.architecture, self.recipe.law, self.waves,
            range(start, start + count), self.recipe.size, stream, self.device,
        )  # fmt: skip
        return window_noise(*asked) if self.recipe.windows else Window(torus_noise(*asked), None)

    def training_step(self, batch: object, batch_idx: int) -> Tensor | None:
        first = self.global_step * self.recipe.batch
        pictures = self.generator(*self.noise(first, self.recipe.batch, philox.TRAINING))
        self.pictures = pictures.detach()
        self.compared_whole = self.described_whole
        comparison = self.early if self.early and not self.compared_whole else self.whole
        total, terms, errors = self._compared(pictures, comparison)
        # One transfer for all that is logged: the loss, its terms, and the bare errors.
        numbers = torch.stack([total, *terms.values(), *errors.values()]).detach().float().tolist()
        self.values = dict(zip(["loss", *terms], numbers, strict=False))
        self.errors = dict(zip(errors, numbers[1 + len(terms) :], strict=True))
        return total if self._finite() else None  # the optimiser then rests

    def _compared(
        self, pictures: Tensor, comparison: Comparison
    ) -> tuple[Tensor, dict[str, Tensor], dict[str, Tensor]]:
        """The loss, its weighted terms, and the relative errors of the statistics; all scalars."""
        features = comparison.descriptor(pictures)
        errors = comparison.loss.errors(features)
        terms = comparison.loss(errors)
        for name, term in self.terms.items():
            terms[name] = term.weight * term(pictures.float(), features)
        return torch.stack(list(terms.values())).sum(), terms, errors

    def _finite(self) -> bool:
        for name, value in self.values.items():
            if name != "loss" and not math.isfinite(value):
                if self.forgiving:
                    return False
                raise Refused(
                    f"the loss term {name} is {value} at step {self.global_step}: stopped; lower "
                    f"{self._rates()}, or say precision=float32."
                )
        return True

    def _rates(self) -> str:
        recipe = self.recipe
        rate = f"optimizer.learning_rate (now {recipe.learning_rate})"
        if recipe.kind != "muon":
            return rate
        return f"{rate} and optimizer.matrix_rate (now {recipe.matrix_rate})"

    def on_train_start(self) -> None:
        self.generator.resume_norms()

    def on_train_batch_start(self, batch: object, batch_idx: int) -> None:
        # Not on one step alone: a run may be resumed with other `steps`.
        if self.global_step >= self.freeze_step and not self.generator.calibrated:
            self.calibrate()

    def optimizer_step(self, *args: object, **options: object) -> None:
        super().optimizer_step(*args, **options)
        # Here, and not when a batch ends: callbacks save before a module hears of that.
        if self.generator.calibrated:
            self._average()

    @torch.no_grad()
    def _average(self) -> None:
        if not self.averaged:
            self.mean.load_state_dict(self.generator.state_dict())
        # At first of all steps alike: a long memory would hold on to where it began.
        self.averaged += 1
        kept = min(self.recipe.average, 1 - 1 / int(self.averaged))
        for mean, now in zip(self.mean.parameters(), self.generator.parameters(), strict=True):
            mean.lerp_(now, 1 - kept)

    def on_save_checkpoint(self, checkpoint: dict) -> None:
        checkpoint[ORIGIN] = self.origin
        checkpoint[SHARE] = self.rate_share

    def on_load_checkpoint(self, checkpoint: dict) -> None:
        self.rate_share = checkpoint[SHARE]

    def calibrate(self) -> None:
        self.generator.calibrate(*self.noise(0, self.recipe.freeze_samples, philox.CALIBRATION))

    def configure_optimizers(self) -> dict:
        recipe = self.recipe
        parameters = self.generator.parameters()
        if recipe.kind == "muon":
            optimizer = Muon(
                parameters, recipe.learning_rate, recipe.betas, recipe.matrix_rate, recipe.momentum
            )
        else:
            optimizer = torch.optim.Adam(parameters, lr=recipe.learning_rate, betas=recipe.betas)
        rates = torch.optim.lr_scheduler.LambdaLR(
            optimizer, lambda step: self.rate_share * rate_factor(self.recipe, step)
        )
        return {"optimizer": optimizer, "lr_scheduler": {"scheduler": rates, "interval": "step"}}

    def release(self) -> FrozenPyramid:
        """The net as plain convolutions on the CPU: the best of the mean weights that a guard has
        seen and of those now. Calibrated now if the run ended too early."""
        if not self.generator.calibrated:
            self.calibrate()
            return self.generator.freeze().cpu()
        now = self.mean.freeze()
        if self.best is None:
            return now.cpu()
        best = deepcopy(self.mean)
        best.load_state_dict(self.best)
        earlier = best.freeze()
        before, after = (sum(map(math.log, self.judge(net).values())) for net in (earlier, now))
        return (now if after < before else earlier).cpu()

    @torch.no_grad()
    def look(self) -> None:
        """What `judge` does with a batch, on the net as it is: so that it can be timed."""
        made = self.generator(*self.noise(0, self.recipe.batch, philox.PREVIEWS)).clamp(0, 1)
        for error in self.whole.loss.errors(self.whole.descriptor(made)).values():
            float(error)

    def rehearse(self, whole: bool) -> None:
        """A step of which nothing is kept, so that it can be timed: compared by the whole
        descriptor, or as early steps are."""
        pictures = self.generator(*self.noise(0, self.recipe.batch, philox.PREVIEWS))
        comparison = self.early if self.early and not whole else self.whole
        total = self._compared(pictures, comparison)[0]
        torch.autograd.grad(total, list(self.generator.parameters()))

    @torch.no_grad()
    def judge(self, net: FrozenPyramid, pictures: int = RELEASED) -> dict[str, float]:
        """Relative errors of fresh pictures of a frozen net at the training size, in float32."""
        sums: dict[str, float] = {}
        net = net.to(self.device)
        for first in range(0, pictures, self.recipe.batch):
            count = min(self.recipe.batch, pictures - first)
            made = net(*self.noise(first, count, philox.PREVIEWS)).clamp(0, 1)
            for name, error in self.whole.loss.errors(self.whole.descriptor(made)).items():
                sums[name] = sums.get(name, 0.0) + count * float(error)
        return {name: value / pictures for name, value in sums.items()}
