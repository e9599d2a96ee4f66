"""Terms that were tried and are no part of the default: added to a training module by name."""

import torch
import torch.nn.functional as F

from texturenet.evaluation.distances import polar_spectrum
from texturenet.losses.priors import Term
from texturenet.training.batches import crops_of

LEAST = 1e-8


class Spectrum(Term):
    """Squared logarithm of the ratio of power spectra, over the cells that the figure is of."""

    def __init__(self, weight, module, picture, side=64):
        super().__init__(weight)
        self.side, self.wanted = side, polar_spectrum(picture[0], side).log()

    def forward(self, pictures, features):
        power = sum(polar_spectrum(picture, self.side) for picture in pictures) / len(pictures)
        return (power.log() - self.wanted).square().mean()


class Diversity(Term):
    """Minus the mean logarithm of how far each picture of a batch is from the one nearest to it, at
    relu4_1 (Ulyanov, Vedaldi, Lempitsky 2017, section 4)."""

    def __init__(self, weight, module, picture):
        super().__init__(weight)

    def forward(self, pictures, features):
        maps = features["relu4_1"].float().flatten(1)
        gaps = (maps[:, None] - maps[None]).square().sum(2) / maps.detach().square().mean(0).sum()
        others = gaps + 1e6 * torch.eye(len(maps))
        return -0.5 * torch.log(others.amin(1) + LEAST).mean()


class Sliced(Term):
    """Logarithm of the sliced Wasserstein distance of each layer's features, of 4,096 positions, in
    32 directions, new ones at every step (Heitz, Vanhoey, Chambon, Belcour 2021)."""

    def __init__(self, weight, module, picture, directions=32, positions=4096):
        super().__init__(weight)
        self.directions, self.positions, self.step = directions, positions, 0
        with torch.no_grad():
            descriptor = module.octaves[0].whole.descriptor
            seen = [descriptor(crop) for crop in crops_of(picture, module.recipe.size, 25)]
        self.wanted = {
            layer: torch.cat([maps[layer].float().flatten(2)[0] for maps in seen], 1)
            for layer in seen[0]
        }  # (C,N)

    def forward(self, pictures, features):
        self.step += 1
        random = torch.Generator().manual_seed(self.step)
        return sum(
            self._distance(features[layer].float().transpose(0, 1).flatten(1), wanted, random)
            for layer, wanted in self.wanted.items()
        )

    def _distance(self, ours, theirs, random):
        count = min(self.positions, ours.shape[1])
        ours = ours[:, torch.randperm(ours.shape[1], generator=random)[:count]]
        theirs = theirs[:, torch.randint(theirs.shape[1], (count,), generator=random)]
        ways = F.normalize(torch.randn(self.directions, len(ours), generator=random), dim=1)
        ours, theirs = ((ways @ maps).sort(1).values for maps in (ours, theirs))
        spread = theirs.var(1).mean().clamp(min=LEAST)
        return torch.log((ours - theirs).square().mean() / spread + LEAST)


class Correlation(Term):
    """Logarithm of the relative error of the autocorrelation of colours, at half the size, at all
    shifts that are farther than a few pixels and within half a picture (Sendik and Cohen-Or 2017,
    section 4.2, take deep features)."""

    NEAR = 6  # pixels of half the size

    def __init__(self, weight, module, picture):
        super().__init__(weight)
        self.most = module.recipe.size // 4
        half = F.avg_pool2d(picture, 2)
        self.means = half.mean((0, 2, 3)).view(1, 3, 1, 1)
        self.energy = (half - self.means).square().mean()
        self.target = self.correlation(half)
        line = torch.arange(-self.most, self.most + 1)
        self.far = torch.hypot(line[: self.most + 1, None].float(), line[None].float()) > self.NEAR

    def correlation(self, half):
        """(most+1, 2*most+1): mean products of colours at every shift, over their energy."""
        x = half - self.means
        shape = [2 * length for length in x.shape[-2:]]
        spectrum = torch.fft.rfft2(x, shape).abs().square().sum(1).mean(0)
        ones = torch.fft.rfft2(torch.ones(x.shape[-2:]), shape).abs().square()
        sums, counts = torch.fft.irfft2(torch.stack([spectrum, ones]), shape)
        found = sums / (3 * self.energy * counts.clamp(min=1))
        rows = torch.arange(-self.most, 1) % shape[0]
        columns = torch.arange(-self.most, self.most + 1) % shape[1]
        return found[rows][:, columns]

    def forward(self, pictures, features):
        error = (self.correlation(F.avg_pool2d(pictures, 2)) - self.target)[self.far]
        return torch.log(error.square().sum() / self.target[self.far].square().sum() + LEAST)


KNOWN = {
    "correlation": Correlation,
    "spectrum": Spectrum,
    "diversity": Diversity,
    "sliced": Sliced,
}


def add(module, picture, weights):
    """weights: {name of KNOWN: weight}. picture: the exemplar (1,3,h,w)."""
    for name, weight in weights.items():
        module.octaves[0].terms[name] = KNOWN[name](weight, module, picture)
    return module
