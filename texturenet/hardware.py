"""What there is to compute with, and what it is good at."""

import os
from contextlib import suppress

import psutil  # type: ignore[import-untyped]
import torch

from .errors import Refused


def device_of(word: "str | torch.device | None" = "auto") -> torch.device:
    """A device by the user's word.

    Parameters
    ----------
    word : "auto" or None, a GPU if one can be used; "cpu"; "gpu" or "cuda"; "cuda:1" by its number;
        or a torch.device

    Returns
    -------
    the device, which is here

    Raises
    ------
    Refused : for a device that is not here
    """
    count = torch.cuda.device_count() if torch.cuda.is_available() else 0
    text = str(word or "auto")
    if text == "auto":
        return torch.device("cuda" if count else "cpu")
    if text == "cpu":
        return torch.device("cpu")
    kind, colon, number = text.partition(":")
    if kind not in ("gpu", "cuda") or (colon and not number.isdecimal()):
        raise Refused(f"device is {text!r}: it must be auto, cpu, gpu or cuda:NUMBER.")
    if not count:
        raise Refused(f"device is {text!r}, and no GPU can be used here: say auto or cpu.")
    if number and int(number) >= count:
        raise Refused(f"device is {text!r}, and there are {count}: cuda:0 to cuda:{count - 1}.")
    return torch.device(f"cuda:{number}" if number else "cuda")


def usable_cores() -> int:
    """That this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def device_name(device: torch.device) -> str:
    """The model of a GPU, or how many threads of the CPU are used."""
    if device.type == "cuda":
        return torch.cuda.get_device_name(device)
    return f"CPU, {torch.get_num_threads()} threads"


def has_bfloat16(kind: str) -> bool:
    """Of "cpu" or "cuda": whether products of bfloat16 are surely faster than those of float32.

    On a CPU by its matrix unit (AMX) alone: AVX-512's instructions for bfloat16 make some faster,
    others slower (bench/precision.py)."""
    if kind == "cuda":
        return torch.cuda.is_bf16_supported(including_emulation=False)
    return getattr(torch.cpu, "_is_amx_tile_supported", lambda: False)()


def best_precision(kind: str) -> str:
    """Of "cpu" or "cuda", in Lightning's words: bfloat16 where it is surely faster."""
    return "bf16-mixed" if has_bfloat16(kind) else "32-true"


def keep_freed_memory() -> None:
    """Freeing 32 MB teaches glibc to keep freed features for the next block (mallopt(3), under
    M_MMAP_THRESHOLD); having them paged in anew takes time. Elsewhere: nothing."""
    torch.empty(2**25 - 2**16, dtype=torch.uint8)


def is_running(number: int, word: str) -> bool:
    """Whether the process of a number is one whose command line holds a word: numbers come back."""
    try:
        return any(word in part for part in psutil.Process(number).cmdline())
    except (psutil.Error, ValueError, OverflowError):
        return False


def end_process(number: int) -> None:
    """End a process and all that it has started, at once."""
    with suppress(psutil.Error):
        process = psutil.Process(number)
        for each in [*process.children(recursive=True), process]:
            with suppress(psutil.Error):
                each.kill()
