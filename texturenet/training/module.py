"""Generator + noise + losses -> a trained net: the LightningModule and its recipe.

Batches are seeds: step s trains on the noise fields of seeds s*B .. s*B+B-1 of the training stream,
so a resumed run sees what an uninterrupted one would have seen.
"""

import math
from collections.abc import Mapping, Sequence
from copy import deepcopy
from dataclasses import replace
from functools import partial

import pytorch_lightning as pl
import torch
from torch import Tensor, nn

from ..errors import Refused
from ..generator.architecture import COLOURS
from ..generator.frozen import FrozenPyramid
from ..generator.trainable import PyramidGenerator
from ..losses.ranks import gathered, sharing
from ..losses.targets import FeatureFn
from ..noise import philox
from ..noise.waves import Waves
from .batches import Places, Source, Window
from .muon import Muon
from .octave import Octave, named, turn
from .recipe import Recipe, rate_factor
from .recorded import Recorder, Step
from .views import Views

# Where a checkpoint keeps what its run was, and how much of the rate is left.
ORIGIN, SHARE = "texturenet", "rate_share"
RELEASED = 16  # pictures that the errors of a released net are those of


class TextureTraining(pl.LightningModule):
    """Muon or Adam on the texture loss of pictures made from ever new noise.

    Parameters
    ----------
    generator : the net
    octaves : what its pictures are compared by: those of its own size, and, taking turns with them,
        pictures half that size, by the head of the scale before the finest, a quarter of it ...
    recipe : the numbers
    waves : what stands behind the noise, if anything
    origin : what makes this run this run, kept in its checkpoints (see `check_resumable`)
    views : what the other maps of a material are compared by, if it draws any
    placed : {name: {octave: term}}, those that see where the noise of pictures is drawn, as
        `periodic.Periodic` does
    """

    def __init__(
        self,
        generator: PyramidGenerator,
        octaves: Sequence[Octave],
        recipe: Recipe,
        waves: Waves | None,
        origin: dict,
        views: Views | None = None,
        placed: Mapping[str, Mapping[int, nn.Module]] | None = None,
    ):
        super().__init__()
        if not recipe.windows:
            generator.architecture.check_period("size", recipe.size)
        self.generator, self.octaves = generator, nn.ModuleList(octaves)
        self.recipe, self.waves, self.origin, self.views = recipe, waves, origin, views
        self.placed = nn.ModuleDict(
            {
                name: nn.ModuleDict({str(at): term for at, term in terms.items()})
                for name, terms in (placed or {}).items()
            }
        )
        # The mean of the weights since statistics were fixed, and of how many steps: released.
        self.mean = deepcopy(generator).requires_grad_(False)
        self.register_buffer("averaged", torch.tensor(0))
        self.errors: dict[str, float] = {}  # of every octave, when it was last trained on
        self.values: dict[str, float] = {}
        self.pictures: Tensor | None = None  # of the last step
        self.compared_whole = self.described_whole  # whether its errors are those of the whole
        self.rate_share = 1.0  # of the schedule's rate: what a guard has left of it
        self.best: dict | None = None  # mean weights that the guard has judged best so far
        self.forgiving = False  # whether a guard goes back where the loss is not finite
        self.recorder: Recorder | None = None  # of steps on a GPU

    @property
    def freeze_step(self) -> int:
        """Steps after which statistics are fixed."""
        return round(self.recipe.freeze_at * self.recipe.steps)

    @property
    def together(self) -> int:
        """How many processes share each batch."""
        return 1 if self._trainer is None else self._trainer.world_size

    @property
    def batch_pictures(self) -> Tensor:
        """The pictures of the last step (B,3,H,W), of all processes; all have to ask."""
        assert self.pictures is not None
        return gathered(self.pictures) if self.together > 1 else self.pictures

    @property
    def error_names(self) -> list[str]:
        """Of all octaves."""
        return [named(name, at) for at, one in enumerate(self.octaves) for name in one.names]

    @property
    def nets(self) -> list[PyramidGenerator]:
        """That it trains, one for each texture."""
        return [self.generator]

    @property
    def descriptor(self) -> FeatureFn:
        """What its pictures are judged by."""
        return self.octaves[0].whole.descriptor

    @property
    def described_whole(self) -> bool:
        """Whether the step to come is compared by the whole descriptor."""
        after = round(self.recipe.whole_from * self.recipe.steps)
        return self.octaves[0].early is None or self.global_step >= after

    @property
    def told(self) -> dict[str, object]:
        """What a card says of a net that is told more than noise."""
        return {}

    def set_steps(self, steps: int) -> None:
        """Of the whole run; what was done so far is left as it is."""
        self.recipe = replace(self.recipe, steps=steps)

    def source(self, stream: int) -> Source:
        """The noise of a stream."""
        return Source(self.generator.architecture, self.recipe.law, self.waves, stream)

    def places(self, first: int, count: int, stream: int, octave: int = 0) -> Places:
        """Of `count` samples of the run's own share of a stream, which the recipe's seed opens."""
        start, source = (self.recipe.seed << 32) + first, self.source(stream)
        seeds = range(start, start + count)
        margin = self.views.layout.margin if self.views else 0
        if self.recipe.windows:
            return source.window(seeds, self.recipe.size + 2 * margin, octave)
        return source.torus(seeds, self.recipe.size)

    def noise(self, first: int, count: int, stream: int, octave: int = 0) -> Window:
        """What is drawn there, on the net's device."""
        places = self.places(first, count, stream, octave)
        return self.source(stream).draw(places.to(self.device))

    def training_step(self, batch: object, batch_idx: int) -> Tensor | None:
        step, batch = self.global_step, self.recipe.batch
        now = turn(step, len(self.octaves))
        whole = self.compared_whole = self.described_whole
        places = self.places(step * batch, batch, philox.TRAINING, now)
        with sharing(self.together > 1):
            taken = self._take(places.share(self.global_rank, self.together), now, whole)
        self.pictures = taken.pictures
        # One transfer for all that is logged: the loss, its terms, and the bare errors.
        loss, *numbers = taken.numbers.tolist()
        octave, terms = self.octaves[now], self._terms(now)
        self.values = {"loss": loss} | dict(zip(terms, numbers, strict=False))
        found = zip(octave.names, numbers[len(terms) :], strict=True)
        self.errors |= {named(error, now): value for error, value in found}
        return taken.loss if self._finite() else None  # the optimiser then rests

    def _take(self, places: Places, octave: int, whole: bool) -> Step:
        """On a GPU by a recording."""
        work = partial(self._compare, octave=octave, whole=whole)
        # Views take turns: there would be too many kinds of steps.
        recorded = self.recipe.recorded and self.together == 1
        if self.device.type != "cuda" or not recorded or self.views:
            return work(places.to(self.device))
        if self.recorder is None:
            self.recorder = Recorder(self.generator.parameters())
        return self.recorder((octave, whole, self.generator.mode), places, work)

    def _compare(self, places: Places, octave: int, whole: bool) -> Step:
        pictures = self.planes(self.generator(*self.source(philox.TRAINING).draw(places)))
        total, terms, errors = self.octaves[octave].compared(pictures[:, :COLOURS], whole)
        beside = self._beside(pictures, places, octave, whole)
        total, terms = torch.stack([total, *beside.values()]).sum(), terms | beside
        pictures = pictures[:, :COLOURS]
        numbers = torch.stack([total, *terms.values(), *errors.values()]).detach().float()
        return Step(total, pictures.detach(), numbers)

    def _terms(self, octave: int) -> list[str]:
        """Of the loss in this octave."""
        own = self.octaves[octave]
        return [*own.names, *own.terms, *(["maps"] if self.views else []), *self.placed]

    def _beside(
        self, planes: Tensor, places: Places, octave: int, whole: bool
    ) -> dict[str, Tensor]:
        """The terms that more than colour is compared by, or more than pictures alone."""
        terms = {}
        if self.views:
            view = self.views.turn(self.global_step)
            terms["maps"] = self.views.compared(planes, view, whole)
        for name, by_octave in self.placed.items():
            # Logs have a column of it in every octave.
            term = dict(by_octave.items()).get(str(octave), _nothing)
            terms[name] = term(planes, places)
        return terms

    def planes(self, made: Tensor) -> Tensor:
        """What the generator makes (B,P,H,W) as the planes that are compared: of a material, slopes
        with those of its height."""
        return self.views.layout.drawn(made) if self.views else made

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
        means, now = (list(net.parameters()) for net in (self.mean, self.generator))
        torch._foreach_lerp_(means, now, 1 - kept)

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

    def moment(self) -> FrozenPyramid:
        """The net as it is now, on the CPU, as one that draws; the run goes on as if nobody had
        asked. Before statistics are fixed they are those of one batch."""
        if self.generator.calibrated:
            return (self.mean if self.averaged else self.generator).freeze().cpu()
        net = deepcopy(self.generator)
        net.calibrate(*self.noise(0, self.recipe.batch, philox.CALIBRATION))
        return net.freeze().cpu()

    @torch.no_grad()
    def look(self) -> None:
        """What `judge` does with a batch of every octave, on the net as it is: so that it can be
        timed."""
        for at, octave in enumerate(self.octaves):
            noise = self.noise(0, self.recipe.batch, philox.PREVIEWS, at)
            made = self.planes(self.generator(*noise)).clamp(0, 1)
            for error in self._errors(octave, made).values():
                float(error)

    def rehearse(self, whole: bool) -> None:
        """A step of every octave, of which nothing is kept, so that it can be timed: compared by
        the whole descriptor, or as early steps are."""
        for at in range(len(self.octaves)):
            places = self.places(0, self.recipe.batch, philox.PREVIEWS, at).to(self.device)
            loss = self._compare(places, at, whole).loss
            torch.autograd.grad(loss, list(self.generator.parameters()), allow_unused=True)

    def _errors(self, octave: Octave, planes: Tensor) -> dict[str, Tensor]:
        """Relative errors of colour, and of the other maps."""
        beside = self.views.errors(planes) if self.views else {}
        return octave.whole.errors(planes[:, :COLOURS]) | beside

    @torch.no_grad()
    def judge(self, net: FrozenPyramid, pictures: int = RELEASED) -> dict[str, float]:
        """Relative errors of fresh pictures of a frozen net at the training size, in float32, of
        so many of every octave."""
        sums: dict[str, float] = {}
        net = net.to(self.device)
        for at, octave in enumerate(self.octaves):
            for first in range(0, pictures, self.recipe.batch):
                count = min(self.recipe.batch, pictures - first)
                made = net(*self.noise(first, count, philox.PREVIEWS, at))
                made = self.planes(made).clamp(0, 1)
                for error, value in self._errors(octave, made).items():
                    name = named(error, at)
                    sums[name] = sums.get(name, 0.0) + count * float(value)
        return {name: value / pictures for name, value in sums.items()}


def _nothing(planes: Tensor, places: Places) -> Tensor:
    return planes.new_zeros((), dtype=torch.float32)
