"""The steps of a painting -> rows of a CSV."""

from collections.abc import Mapping
from itertools import pairwise
from pathlib import Path

from ...io.tables import NOTE, Row, Table, rows_before
from ...optimise.painting import Step

FACTS = ("number", "part", "level", "step", "height", "width", "seconds", "loss")
PLAIN = ("range", "variation")


class Trace(Table):
    """The loss of every step, its terms, and what went wrong.

    Parameters
    ----------
    path : of the CSV
    earlier : the trace of the run that is resumed, if any
    number : of the step it goes on with; earlier rows are kept up to there
    """

    def __init__(self, path: Path, earlier: Path | None = None, number: int = 0):
        super().__init__(path, FACTS, note=True)
        if earlier:
            self.rows = rows_before(earlier, "number", number, _read)
        self.before = float(self.rows[-1]["seconds"]) if self.rows else 0.0

    def add(self, step: Step, seconds: float) -> None:
        """seconds: since this run began; those of earlier runs are added."""
        height, width = step.picture.shape[-2:]
        facts: Row = {
            "number": step.number,
            "part": step.part,
            "level": step.level,
            "step": step.step,
            "height": height,
            "width": width,
            "seconds": f"{self.before + seconds:.3f}",
            "loss": step.loss,
        }
        self.append({**facts, **step.losses, NOTE: "; ".join(step.notes)})

    def terms(self) -> dict[str, list[tuple[int, float]]]:
        """{term: [(number, value)]} of the loss, which comes first, and of its terms."""
        columns = dict.fromkeys(column for row in self.rows for column in row)
        terms = ["loss", *(column for column in columns if column not in (*FACTS, NOTE))]
        return {
            term: [
                (int(row["number"]), float(row[term]))
                for row in self.rows
                if row.get(term) not in (None, "")
            ]
            for term in terms
        }

    def level_starts(self) -> list[int]:
        """Numbers of the steps with which a level begins, the first level excepted."""
        return [
            int(row["number"])
            for before, row in pairwise(self.rows)
            if int(row["level"]) != int(before["level"])
        ]

    def losses(self, part: str) -> list[tuple[int, float]]:
        """(step, loss) of a part, in order; levels one after the other."""
        rows = [row for row in self.rows if row["part"] == part]
        first = int(rows[0]["number"]) if rows else 0
        return [(int(row["number"]) - first, float(row["loss"])) for row in rows]


def _read(row: Mapping[str, str]) -> Row:
    """Without columns that are not ours. Raises ValueError or KeyError for what is no row."""
    kept = {fact: row[fact] for fact in FACTS}
    # Losses are of a layer, or those that need none.
    terms = {k: v for k, v in row.items() if k and v and ("/" in k or k in PLAIN)}
    for value in (kept["seconds"], kept["loss"], *terms.values()):
        float(value)
    int(kept["level"])
    return kept | terms | {NOTE: row.get(NOTE, "")}
