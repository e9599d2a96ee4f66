"""Statistics of a batch against those of an exemplar -> named terms whose sum is minimised.

Errors are relative: the squared error of a statistic over the energy of its target, so that 0 is a
perfect match and 1 is the error of features that are all zero.
"""

from collections.abc import Iterable, Mapping
from functools import partial

import torch
from torch import Tensor, nn

from ..errors import Refused, nearest
from .ranks import is_shared, plain_mean, shared_means
from .statistics import NIL, STATISTICS, batch_as_one, statistics_of, statistics_together, whitening

# Relative errors below this are noise of half precision; it keeps the logarithm finite at zero.
FLOOR = 1e-8


class _UnitGradient(torch.autograd.Function):
    """Identity whose gradient is divided by its L1 norm and multiplied by a weight.

    Ulyanov et al. 2016, src/texture_loss.lua of the authors' code (with its 1e-8), there over the
    features of the whole batch. The gradients of all layers get the same norm; a weight of the
    error would cancel, so it is applied here.
    """

    @staticmethod
    def forward(ctx, features: Tensor, weight: float) -> Tensor:
        ctx.weight, ctx.shared = weight, is_shared()
        return features.view_as(features)

    @staticmethod
    def backward(ctx, gradient: Tensor) -> tuple[Tensor, None]:
        norm = gradient.abs().sum(dtype=torch.float32)
        if ctx.shared:
            norm = plain_mean(norm)
        return gradient * (ctx.weight / (norm + 1e-8)), None


class TextureLoss(nn.Module):
    """Statistics of features against those of an exemplar: `errors`, then weighted terms.

    Parameters
    ----------
    targets : {layer: {statistic: (1,C,C) or (1,C)}}, as `targets_of` makes them
    statistic_weights : {key of STATISTICS: weight}; 0 leaves one out
    layer_weights : {layer: weight}, 1 where absent
    combine : "sum" of the relative errors; "log", the sum of their logarithms (the gradient of
        each is then relative to the error itself, and no weight is tuned by hand); "absolute",
        squared errors not divided by the target's energy, as published
    unit_gradient : normalise each layer's gradient as Ulyanov et al. 2016 do
    pooled : statistics of the batch as if it were one picture. A crop differs from the exemplar it
        was cut from, at deep layers by much; pictures of a batch may then differ as much
    units : in which channels are compared: "plain"; "deviation", of each channel in the exemplar;
        "whitened", in which they are also uncorrelated there. In plain units strong channels
        outweigh all others
    ridge : of `whitening`

    Raises
    ------
    Refused : for a statistic, layer, combination or unit that there is not
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
        _check_names("statistic", self.statistic_weights, STATISTICS)
        _check_names("layer weight", self.layer_weights, targets)
        _check_names("combination", [combine], self.COMBINATIONS)
        _check_names("unit", [units], self.UNITS)
        for layer, statistics in targets.items():
            if units != "plain":
                self._add_units(layer, statistics, ridge)
            for name in self.statistic_weights:
                target = self._in_units(layer, name, statistics[name])
                self.register_buffer(f"{layer}_{name}", target, persistent=False)
                least = self._least_energy(layer, name, statistics).to(target.device)
                self.register_buffer(f"{layer}_{name}_least", least, persistent=False)

    def _add_units(self, layer: str, statistics: Mapping[str, Tensor], ridge: float) -> None:
        """Buffers `gain` (C,), of each channel, and `units` (C,C), of channels together."""
        second = "covariance" if "covariance" in self.statistic_weights else "gram"
        positions = statistics["positions"].item()
        energy = statistics.get("gram", statistics[second])[0].diagonal().mean().item()
        matrix = partial(whitening, statistics[second], ridge, positions, energy=energy)
        units = matrix(whole=False)
        self.register_buffer(f"{layer}_gain", units.diagonal(), persistent=False)
        if self.units == "whitened":
            units = matrix(whole=True)
        self.register_buffer(f"{layer}_units", units, persistent=False)

    def _in_units(self, layer: str, name: str, statistic: Tensor) -> Tensor:
        """A statistic in the units that channels are compared in, of the same shape."""
        if self.units == "plain":
            return statistic
        if name == "deviation":  # of each channel alone
            return statistic * getattr(self, f"{layer}_gain")
        units = getattr(self, f"{layer}_units")
        if name == "mean":
            return statistic @ units
        return units @ statistic @ units

    def _least_energy(self, layer: str, name: str, statistics: Mapping[str, Tensor]) -> Tensor:
        """The energy of a target, a scalar, below which errors relative to it mean nothing: the
        covariance of an exemplar of one colour is zero beside its features."""
        if name != "covariance":
            return torch.tensor(0.0)
        gram_or_covariance = statistics.get("gram", statistics[name])
        return NIL**2 * self._in_units(layer, name, gram_or_covariance).square().sum()

    def weight_of(self, layer: str) -> float:
        """The weight of a layer; that of `relu1_1` is also of its octaves `relu1_1@2`, .. unless
        they have their own."""
        return self.layer_weights.get(layer, self.layer_weights.get(layer.split("@")[0], 1.0))

    def errors(self, features: Mapping[str, Tensor]) -> dict[str, Tensor]:
        """{layer: (B,C,h,w)} -> {`gram/relu1_1`: relative error, a scalar, mean over the batch}."""
        statistics = {}
        for layer in self.layers:
            maps = features[layer]
            if self.unit_gradient:
                maps = _UnitGradient.apply(maps, self.weight_of(layer))
            if self.pooled:
                found = statistics_together(batch_as_one(maps), self.statistic_weights)
            else:
                found = statistics_of(maps, self.statistic_weights)
            statistics[layer] = found
        return shared_means(self.compare(statistics))

    def compare(self, statistics: Mapping[str, Mapping[str, Tensor]]) -> dict[str, Tensor]:
        """{layer: {statistic: (B,C,C) or (B,C)}} -> the same errors."""
        errors = {}
        for layer in self.layers:
            for name in self.statistic_weights:
                target = getattr(self, f"{layer}_{name}")
                value = self._in_units(layer, name, statistics[layer][name])
                squared = (value - target).square().flatten(1).sum(1)  # (B,)
                energy = target.square().sum().maximum(getattr(self, f"{layer}_{name}_least"))
                errors[f"{name}/{layer}"] = squared.mean() / (energy + FLOOR)
        return errors

    def forward(self, errors: Mapping[str, Tensor]) -> dict[str, Tensor]:
        """{term: error} -> {term: weighted term}, scalars whose sum is the loss."""
        terms = {}
        for term, error in errors.items():
            statistic, layer = term.split("/")
            weight = self.statistic_weights[statistic]
            if not self.unit_gradient:  # whose gradient carries the layer's weight
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


def _check_names(kind: str, names: Iterable[str], allowed: Iterable[str]) -> None:
    for name in names:
        if name not in allowed:
            raise Refused(f"there is no {kind} {name!r}.{nearest(name, list(allowed))}")
