"""What pictures are compared by in training: a descriptor, targets of an exemplar, terms."""

import math
from collections.abc import Iterable, Sequence

import torch
from torch import Tensor, nn

from ...analysis.harmonics import harmonics_of
from ...analysis.repeating import Repeating
from ...analysis.units import joints_of, on_closed
from ...descriptors.base import Descriptor
from ...descriptors.octaves import Octaves
from ...descriptors.pruned import pruned, variations
from ...descriptors.vgg import Vgg
from ...errors import Refused
from ...losses.priors import Detail, Glints, Range, Term
from ...losses.statistics import STATISTICS
from ...losses.targets import targets_of
from ...losses.texture import TextureLoss
from ...noise.waves import Shift, Waves
from ...training.batches import crops_of
from ...training.between import between_of
from ...training.octave import Comparison, Octave
from ...training.periodic import Periodic
from ..options.training import Loss, Train

UNIT = 16  # pixels that a unit has at least for its mean to be compared
FITTED = 4  # crops of the exemplar, and their variations, that a narrower descriptor is fitted to


def octave_of(
    chosen: Train, descriptor: Descriptor, narrower: Descriptor | None, pixels: Tensor
) -> Octave:
    """What pictures are compared by with one picture (1,3,h,w)."""
    crops = crops_of(pixels, chosen.size, chosen.picture.crops)
    return of_crops(chosen, descriptor, narrower, crops, pixels)


def of_crops(
    chosen: Train,
    descriptor: Descriptor,
    narrower: Descriptor | None,
    crops: Sequence[Tensor],
    pixels: Tensor | None = None,
) -> Octave:
    """The same by crops (1,3,h,w); pixels: the picture that they are of, where it is at hand."""
    whole = _comparison(chosen.loss, descriptor, crops)
    early = _comparison(chosen.loss, narrower, crops) if narrower else None
    seen = torch.cat(list(crops)) if pixels is None else pixels
    return Octave(whole, _terms(chosen.loss, seen), early)


def _comparison(chosen: Loss, descriptor: Descriptor, crops: Iterable[Tensor]) -> Comparison:
    """With crops of an exemplar, in every octave of the loss."""
    crops = (crop.to(descriptor.mean) for crop in crops)  # one by one, however many
    described = Octaves(descriptor, chosen.octaves) if chosen.octaves > 1 else descriptor
    loss = TextureLoss(
        targets_of(crops, described, pooled=chosen.pooled),
        {name: getattr(chosen, name) for name in STATISTICS},
        chosen.layer_weights,
        combine=chosen.combine,
        unit_gradient=chosen.unit_gradient,
        pooled=chosen.pooled,
        units=chosen.units,
        ridge=chosen.ridge,
    )
    return Comparison(described, loss)


def narrower_of(chosen: Train, descriptor: Descriptor, sizes: Sequence[Tensor]) -> Vgg | None:
    """The descriptor of early steps, where it is another: a VGG's channels, pruned. sizes: all
    that it is to describe (1,3,h,w)."""
    if not whole_from(chosen) or not isinstance(descriptor, Vgg):
        return None
    each = -(-FITTED // len(sizes))
    crops = [crop for pixels in sizes for crop in crops_of(pixels, chosen.size, each)]
    seen = variations(torch.cat(crops).to(descriptor.mean))
    return pruned(descriptor, seen, chosen.pruning.channels)


def _terms(loss: Loss, exemplar: Tensor) -> dict[str, Term]:
    """Those that have a weight."""
    terms = {
        "range": Range(loss.range),
        "detail": Detail(loss.detail, exemplar),
        "glints": Glints(loss.glints, exemplar),
    }
    return {name: term for name, term in terms.items() if term.weight}


def placed_of(
    loss: Loss, found: Repeating, sizes: Sequence[Tensor], waves: Waves, size: int
) -> dict[str, dict[int, nn.Module]]:
    """Terms of a regular exemplar, as it is and halved (1,P,h,w): {name: {octave: term}}.

    waves : that the net is told; where they have units, the exemplar's begin at its joints
    size : of the pictures that are compared
    """
    terms: dict[str, dict[int, nn.Module]] = {}
    if not found.lattice or not loss.periodic + loss.between:
        return terms
    closed = [on_closed(planes, found) for planes in sizes]
    shift = joints_of(closed[0], waves) if waves.units else (0, 0)
    if loss.periodic:
        terms["periodic"] = _periodic(loss.periodic, found, sizes, shift, size)
    if loss.between and waves.units:
        terms["between"] = _between(loss.between, closed, shift, waves, size)
    return {name: by_octave for name, by_octave in terms.items() if by_octave}


def _between(
    weight: float, sizes: Sequence[Tensor], shift: Shift, waves: Waves, size: int
) -> dict[int, nn.Module]:
    """How units differ, by octave: where pictures show whole ones, of more than a few pixels."""
    terms: dict[int, nn.Module] = {}
    for octave, planes in enumerate(sizes):
        pixels = waves.torus**2 / waves.units.area / 4**octave
        if waves.units.longest(waves.torus) <= size * 2**octave and pixels >= UNIT:
            term = between_of(weight, waves, planes, shift, 2**octave)
            terms |= {octave: term} if term else {}
    return terms


def _periodic(
    weight: float, found: Repeating, sizes: Sequence[Tensor], shift: Shift, size: int
) -> dict[int, nn.Module]:
    """What repeats, by octave. shift: how far the exemplar is moved."""
    terms: dict[int, nn.Module] = {}
    moved = torch.tensor(shift).double()
    for octave, planes in enumerate(sizes):
        cell = 2**octave
        seen = harmonics_of(planes, found.lattice.enlarged(1 / cell), size)
        if seen:
            cycles = (seen.multiples @ torch.tensor(found.closed)).double() / found.waves.torus
            turned = torch.polar(torch.ones(len(cycles)).double(), -2 * math.pi * (cycles @ moved))
            amplitudes = seen.amplitudes * turned.to(seen.amplitudes)
            terms[octave] = Periodic(weight, cycles, amplitudes, seen.mean, cell)
    return terms


def whole_from(chosen: Train) -> float:
    """The share of the steps before which the narrower descriptor compares."""
    return chosen.pruning.until if chosen.pruning.channels < 1 else 0.0


def check_octaves(chosen: Train, descriptor: Descriptor) -> None:
    """Refuse pictures that are too small in the last octave."""
    octaves, least = chosen.loss.octaves, descriptor.smallest
    if octaves > 1 and (seen := chosen.size >> (octaves - 1)) < least:
        raise Refused(
            f"size {chosen.size} is {seen} in the last of {octaves} octaves, and "
            f"{descriptor.computed[-1]} needs {least}: say a larger size, or loss.octaves=1."
        )
