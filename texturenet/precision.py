"""Which hardware multiplies bfloat16."""

import torch


def has_bfloat16(device: str) -> bool:
    """Of "cpu" or "cuda": whether products of bfloat16 are faster than those of float32."""
    if device == "cuda":
        return torch.cuda.is_bf16_supported(including_emulation=False)
    return any(
        getattr(torch.cpu, f"_is_{unit}_supported", lambda: False)()
        for unit in ("avx512_bf16", "amx_tile")
    )
