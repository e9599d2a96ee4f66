"""Options of engines -> the engine."""

from dataclasses import asdict

from ..cluster.jobs import Engine, engine_of
from .options.engines import WithEngine


def chosen_engine(chosen: WithEngine) -> Engine:
    """Raises Refused where the packages of the engine are not installed."""
    return engine_of(chosen.engine, **asdict(getattr(chosen, chosen.engine)))
