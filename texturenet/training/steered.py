"""Training of a net that is told direction and size: each picture of a batch has a pose of its own.

What a picture of some angle should look like is known of one angle alone, that of the exemplar. So
pictures are turned back before they are compared: all angles are learnt, not a few, and statistics
are those of the whole batch, as of any net. Sizes are not taken back, since what is small has less
detail: a few of them are learnt, each compared with the exemplar of that size.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import torch
from torch import Tensor, nn

from ..errors import Refused
from ..generator.frozen import FrozenPyramid
from ..generator.trainable import PyramidGenerator
from ..generator.unfolding import reads_noise
from ..noise import philox
from ..noise.steering import Steering
from .batches import Places, Source, Window
from .module import RELEASED, TextureTraining
from .octave import Compared, Octave
from .recipe import Recipe
from .recorded import Step
from .turning import ASKEW, Poses, turned, wide_enough


@dataclass(frozen=True)
class Posed(Source):
    """Noise, and behind it the pose of each picture, which its seed decides.

    architecture : of the net without the channels that say it
    """

    poses: Poses

    def draw(self, places: Places) -> Window:
        """float32, on the device of the places."""
        noise, drops = super().draw(places)
        numbers = numbers_of(places)
        angles = torch.tensor([self.poses.angle(number) for number in numbers])
        sizes = torch.tensor([self.poses.sizes[self.poses.size(number)] for number in numbers])
        told = self.poses.steering.values(angles, sizes).T[..., None, None]  # (B,C,1,1)
        parts = [(z, told.to(z).expand(-1, -1, *z.shape[2:])) for z in noise]
        return Window([torch.cat(pair, 1) for pair in parts], drops)


def numbers_of(places: Places) -> list[int]:
    """Of the pictures of a batch in a run."""
    return places.seeds[0].tolist()


class SteeredTraining(TextureTraining):
    """`TextureTraining` of a net whose last channels of noise say a pose.

    Parameters
    ----------
    generator, recipe, origin : as there
    steering : what the net is told
    targets : what pictures of each of `Poses.sizes` are compared by; descriptors may be shared
    """

    def __init__(
        self,
        generator: PyramidGenerator,
        steering: Steering,
        targets: Sequence[Octave],
        recipe: Recipe,
        origin: dict,
    ):
        super().__init__(generator, targets[:1], recipe, None, origin)
        if not recipe.windows:
            raise Refused("a torus cannot be turned: say windows=true, or steer=none.")
        self.poses, self.targets = Poses(steering), nn.ModuleList(targets)
        # A pose is the same all over a picture: norms of single pictures would take it out.
        for net in (self.generator, self.mean):
            net.free = "batch"
            net.resume_norms()

    @property
    def steering(self) -> Steering:
        """What the net is told."""
        return self.poses.steering

    @property
    def told(self) -> dict[str, object]:
        """For the card of the net."""
        return {"steering": self.steering.facts()}

    def source(self, stream: int) -> Posed:
        """The noise of a stream, and poses."""
        shape = self.generator.architecture
        shape = replace(shape, noise_channels=shape.noise_channels - self.steering.channels)
        return Posed(shape, self.recipe.law, None, stream, self.poses)

    def places(self, first: int, count: int, stream: int, octave: int = 0) -> Places:
        """Of windows that are large enough to be turned."""
        start, size = (self.recipe.seed << 32) + first, self.recipe.size
        side = wide_enough(size) if self.steering.turns else size
        return self.source(stream).window(range(start, start + count), side)

    def upright(self, pictures: Tensor, numbers: Sequence[int]) -> Tensor:
        """Pictures (B,3,h,w) as their crops of the training size lie at the exemplar's angle."""
        if not self.steering.turns:
            return pictures
        angles = [ASKEW - self.poses.angle(number) for number in numbers]
        return turned(pictures.float(), self.recipe.size, angles)

    def _take(self, places: Places, octave: int, whole: bool) -> Step:
        """Never by a recording: poses change from step to step."""
        return self._compare(places.to(self.device), octave, whole)

    def _compare(self, places: Places, octave: int, whole: bool) -> Step:
        made = self.generator(*self.source(philox.TRAINING).draw(places))
        pictures = self.upright(made, numbers_of(places))
        total, terms, errors = self.compared(pictures, numbers_of(places), whole, even=True)
        numbers = torch.stack([total, *terms.values(), *errors.values()]).detach().float()
        return Step(total, pictures.detach(), numbers)

    def compared(
        self, pictures: Tensor, numbers: Sequence[int], whole: bool, even: bool = False
    ) -> Compared:
        """As `Octave.compared`, of upright pictures: means over the sizes that they have. even:
        their statistics are those of pictures of one mean colour."""
        sizes = [self.poses.size(number) for number in numbers]
        found = []
        for size in sorted(set(sizes)):
            target = self.targets[size]
            assert isinstance(target, Octave)
            some = pictures[[i for i, one in enumerate(sizes) if one == size]]
            found.append(target.compared(some, whole, of_one_colour(some) if even else None)[1:])
        terms = {name: _mean([one[0][name] for one in found]) for name in found[0][0]}
        errors = {name: _mean([one[1][name] for one in found]) for name in found[0][1]}
        return torch.stack(list(terms.values())).sum(), terms, errors

    def _drawn(
        self, net: PyramidGenerator | FrozenPyramid, first: int, count: int
    ) -> tuple[Tensor, list[int]]:
        """Fresh upright pictures of a net, and their numbers."""
        places = self.places(first, count, philox.PREVIEWS)
        made = net(*self.source(philox.PREVIEWS).draw(places.to(self.device)))
        return self.upright(made, numbers_of(places)), numbers_of(places)

    @torch.no_grad()
    def look(self) -> None:
        """What `judge` does with a batch, on the net as it is: so that it can be timed."""
        made, numbers = self._drawn(self.generator, 0, self.recipe.batch)
        for error in self.compared(made.clamp(0, 1), numbers, True)[2].values():
            float(error)

    def rehearse(self, whole: bool) -> None:
        """A step of which nothing is kept, so that it can be timed."""
        made, numbers = self._drawn(self.generator, 0, self.recipe.batch)
        total = self.compared(made, numbers, whole)[0]
        torch.autograd.grad(total, list(self.generator.parameters()), allow_unused=True)

    @torch.no_grad()
    def judge(self, net: FrozenPyramid, pictures: int = RELEASED) -> dict[str, float]:
        """Relative errors of fresh pictures of a frozen net, of all poses in turn, as in training:
        by their errors as they are, a net that has a colour for each angle would be the better."""
        sums: dict[str, float] = {}
        net = net.to(self.device)
        for first in range(0, pictures, self.recipe.batch):
            count = min(self.recipe.batch, pictures - first)
            made, numbers = self._drawn(net, first, count)
            found = self.compared(made.clamp(0, 1), numbers, True, even=True)[2]
            for name, value in found.items():
                sums[name] = sums.get(name, 0.0) + count * float(value)
        return {name: value / pictures for name, value in sums.items()}


@torch.no_grad()
def begin_unsteered(net: PyramidGenerator, channels: int) -> None:
    """Set to zero what reads the last channels of noise: at first all poses are drawn alike."""
    for name, layer in net.layers():
        if reads_noise(net.architecture, name):
            layer.weight[:, -channels:] = 0


def of_one_colour(pictures: Tensor) -> Tensor:
    """Pictures (B,3,h,w), each shifted to the mean colour of all. An exemplar varies in colour from
    place to place; the variance of a batch would be had most cheaply by an angle that is dark and
    another that is light. The term `Alike` brings each to the exemplar's own."""
    means = pictures.mean((2, 3), keepdim=True)
    return pictures - means + means.mean(0, keepdim=True)


def _mean(values: Sequence[Tensor]) -> Tensor:
    return torch.stack(list(values)).mean()
