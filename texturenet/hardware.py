"""What there is to compute with, and what it is good at."""

import torch

from .errors import Refused


def best_device() -> str:
    return "cuda" if torch.cuda.is_available() else "cpu"


def usable(device: str) -> str:
    """A device that is here, or Refused."""
    known = ["cpu", *["cuda"] * torch.cuda.is_available()]
    kind, _, number = str(device).partition(":")
    if kind not in known or (number and not number.isdecimal()):
        raise Refused(f"device is {device!r}: there is {' and '.join(known)} here.")
    return device


def keep_freed_memory() -> None:
    """Freeing 32 MB teaches glibc to keep freed features for the next block (mallopt(3), under
    M_MMAP_THRESHOLD); having them paged in anew takes time. Elsewhere: nothing."""
    torch.empty(2**25 - 2**16, dtype=torch.uint8)


def has_bfloat16(device: str) -> bool:
    """Of "cpu" or "cuda": whether products of bfloat16 are faster than those of float32."""
    if device == "cuda":
        return torch.cuda.is_bf16_supported(including_emulation=False)
    return any(
        getattr(torch.cpu, f"_is_{unit}_supported", lambda: False)()
        for unit in ("avx512_bf16", "amx_tile")
    )


def best_precision(accelerator: str) -> str:
    """bfloat16 where the hardware multiplies it, float32 elsewhere: in Lightning's words."""
    fast = has_bfloat16("cuda" if accelerator == "gpu" else "cpu")
    return "bf16-mixed" if fast else "32-true"


def device_of(word: str) -> torch.device:
    """auto, cpu or gpu -> what there is."""
    usable = torch.cuda.is_available()
    if word == "gpu" and not usable:
        raise Refused("no GPU can be used here: leave device=gpu out, or say device=cpu.")
    return torch.device("cuda" if usable and word != "cpu" else "cpu")


def device_name(device: torch.device) -> str:
    if device.type == "cuda":
        return torch.cuda.get_device_name()
    return f"CPU, {torch.get_num_threads()} threads"
