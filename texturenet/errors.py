"""What is refused: one sentence that names what is wrong, both numbers and the remedy."""


class Refused(ValueError):
    """An input that the user can mend; commands print it on one line and leave with status 2."""


def nearest(name: str, known: list[str]) -> str:
    """' Did you mean ...?' followed by all that is known, for the end of a refusal."""
    import difflib

    close = difflib.get_close_matches(name, known, n=1)
    hint = f" Did you mean {close[0]}?" if close else ""
    return f"{hint} Known: {', '.join(known)}."
