"""Named terms whose sum is minimised: features of a batch against targets from an exemplar.

The errors of texture terms are relative: the squared error of a statistic over the energy of its
target, so 0 is a perfect match and 1 is what features that are all zero would score.
"""

from collections.abc import Iterable, Mapping
from functools import partial

import torch
from torch import Tensor, nn

from ..errors import Refused, nearest
from .statistics import NIL, STATISTICS, batch_as_one, statistics_of, whitening

# Below this a relative error is noise of half precision; it keeps the logarithm finite at zero.
FLOOR = 1e-8


class _UnitGradient(torch.autograd.Function):
    """Identity whose gradient is divided by its L1 norm.

    Ulyanov et al. 2016, src/texture_loss.lua of the authors' code (with its 1e-8), there over the
    features of the whole batch. It makes every layer push with the same strength: a weight applied
    before it would cancel, so the weight is applied here.
    """

    @staticmethod
    def forward(ctx, features: Tensor, weight: float) -> Tensor:
        ctx.weight = weight
        return features.view_as(features)

    @staticmethod
    def backward(ctx, gradient: Tensor) -> tuple[Tensor, None]:
        return gradient * (ctx.weight / (gradient.abs().sum(dtype=torch.float32) + 1e-8)), None


class TextureLoss(nn.Module):
    """Statistics of features against those of an exemplar, as {term name: scalar}; sum them.

    targets: {layer: {statistic: tensor}}, as `targets_of` makes them. layer_weights: {layer:
    weight}, 1 where absent. statistic_weights: {name of STATISTICS: weight}; 0 leaves one out.
    combine: "sum" of the relative errors, "log" for the sum of their logarithms (each layer then
    pushes in proportion to its own error, and no weight is tuned by hand), "absolute" for squared
    errors not divided by the target's energy, as published.
    unit_gradient: normalise each layer's gradient as Ulyanov et al. 2016 do.
    pooled: statistics of the batch as if it were one picture. A crop differs from the whole it was
    cut from, at deep layers by much; so may then a picture of a batch from the others.
    units: in which channels are compared: "plain", "deviation" of each in the exemplar, or
    "whitened", in which they are also independent there (`measure_of`, with its ridge): else what
    is strong is all that counts.
    """

    COMBINATIONS = ("log", "sum", "absolute")
    UNITS = ("plain", "deviation", "whitened")

    def __init__(
        self,
        targets: Mapping[str, Mapping[str, Tensor]],
        statistic_weights: Mapping[str, float],
        layer_weights: Mapping[str, float] | None = None,
        *,
        combine: str,
        unit_gradient: bool = False,
        pooled: bool = False,
        units: str = "plain",
        ridge: float = 0.0,
    ):
        super().__init__()
        self.pooled, self.units = pooled, units
        self.layer_weights = dict(layer_weights or {})
        self.statistic_weights = {name: w for name, w in statistic_weights.items() if w}
        self.combine, self.unit_gradient = combine, unit_gradient
        self.layers = tuple(targets)
        _known("statistic", self.statistic_weights, STATISTICS)
        _known("layer weight", self.layer_weights, targets)
        _known("combination", [combine], self.COMBINATIONS)
        _known("unit", [units], self.UNITS)
        for layer, statistics in targets.items():
            if units != "plain":
                second = "covariance" if "covariance" in self.statistic_weights else "gram"
                few = statistics["positions"].item()
                whole = statistics.get("gram", statistics[second])
                energy = whole[0].diagonal().mean().item()
                measure = partial(whitening, statistics[second], ridge, few, energy=energy)
                gains = measure(whole=False)
                self.register_buffer(f"{layer}_gain", gains.diagonal(), persistent=False)
                if units == "whitened":
                    gains = measure(whole=True)
                self.register_buffer(f"{layer}_measure", gains, persistent=False)
            for name in self.statistic_weights:
                target = self._measured(layer, name, statistics[name])
                self.register_buffer(f"{layer}_{name}", target, persistent=False)
                least = self._least(layer, name, statistics).to(target.device)
                self.register_buffer(f"{layer}_{name}_least", least, persistent=False)

    def _measured(self, layer: str, name: str, statistic: Tensor) -> Tensor:
        """A statistic in the units that channels are compared in."""
        if self.units == "plain":
            return statistic
        if name == "deviation":  # each channel's own, whatever the others do
            return statistic * getattr(self, f"{layer}_gain")
        measure = getattr(self, f"{layer}_measure")
        if name == "mean":
            return statistic @ measure
        return measure @ statistic @ measure

    def _least(self, layer: str, name: str, statistics: Mapping[str, Tensor]) -> Tensor:
        """Below which a target's energy is nil beside that of the features, and so are errors that
        are relative to it: those of a covariance, where the exemplar is of one colour."""
        if name != "covariance":
            return torch.tensor(0.0)
        whole = statistics.get("gram", statistics[name])
        return NIL**2 * self._measured(layer, name, whole).square().sum()

    def weight_of(self, layer: str) -> float:
        """Of a layer, in every octave but those that are named themselves."""
        return self.layer_weights.get(layer, self.layer_weights.get(layer.split("@")[0], 1.0))

    def errors(self, features: Mapping[str, Tensor]) -> dict[str, Tensor]:
        """Relative error of each statistic of each layer, `gram/relu1_1`: means over the batch."""
        found = {}
        for layer in self.layers:
            maps = features[layer]
            if self.unit_gradient:
                maps = _UnitGradient.apply(maps, self.weight_of(layer))
            if self.pooled:
                maps = batch_as_one(maps)
            found[layer] = statistics_of(maps, self.statistic_weights)
        return self.compare(found)

    def compare(self, found: Mapping[str, Mapping[str, Tensor]]) -> dict[str, Tensor]:
        """The same, of statistics {layer: {statistic: (B,...)}}."""
        errors = {}
        for layer in self.layers:
            for name in self.statistic_weights:
                target = getattr(self, f"{layer}_{name}")
                ours = self._measured(layer, name, found[layer][name])
                squared = (ours - target).square().flatten(1).sum(1)  # (B,)
                energy = target.square().sum().maximum(getattr(self, f"{layer}_{name}_least"))
                errors[f"{name}/{layer}"] = squared.mean() / (energy + FLOOR)
        return errors

    def forward(self, errors: Mapping[str, Tensor]) -> dict[str, Tensor]:
        """Relative errors -> the weighted terms whose sum is the loss."""
        terms = {}
        for term, error in errors.items():
            statistic, layer = term.split("/")
            weight = self.statistic_weights[statistic]
            if not self.unit_gradient:  # which has the layer's weight in its gradient already
                weight *= self.weight_of(layer)
            if self.combine == "log":
                error = torch.log(error + FLOOR)
            elif self.combine == "absolute":
                error = error * getattr(self, f"{layer}_{statistic}").square().sum()
            terms[term] = weight * error
        return terms

    def extra_repr(self) -> str:
        weights = {layer: self.weight_of(layer) for layer in self.layers}
        return f"{self.combine} of {self.statistic_weights} over {weights}"


def _known(what: str, names: Iterable[str], known: Iterable[str]) -> None:
    for name in names:
        if name not in known:
            raise Refused(f"there is no {what} {name!r}.{nearest(name, list(known))}")
