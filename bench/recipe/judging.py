"""How pictures are judged here."""

from texturenet.commands.judging import BETWEEN
from texturenet.descriptors import network, random, sources
from texturenet.evaluation import portilla
from texturenet.evaluation.scorecard import Judge, Scorecard


def judged(pictures, exemplar):
    """Figures that no setting is trained on, at the exemplar's own size."""
    trained = sources.load("vgg16")
    bank = network(random.filters(random.JUDGE), ["relu_all"], "avg")
    judges = [Judge(bank, {"unseen filters": ["relu_all"]})] + [
        Judge(network(trained, BETWEEN, pooling), {f"untrained layers, {pooling}": BETWEEN})
        for pooling in ("avg", "max")
    ]
    return Scorecard(exemplar, judges, {"portilla": portilla.portilla_simoncelli})(pictures)
