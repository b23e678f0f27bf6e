"""Dropout that draws one random byte per element: on CPU torch's own dropout costs a tenth of the training time."""

import numpy as np
import torch


class ByteDropout(torch.nn.Module):
    """Zeroes elements with probability `probability` (rounded to 1/256) while training and scales the others up."""

    def __init__(self, probability: float, rng: np.random.Generator) -> None:
        super().__init__()
        self.threshold = round(probability * 256)
        self.rng = rng

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        if not self.training or self.threshold == 0:
            return x
        bytes_ = torch.from_numpy(self.rng.integers(0, 256, size=tuple(x.shape), dtype=np.uint8))
        return x * (bytes_ >= self.threshold).to(x.dtype).mul_(256 / (256 - self.threshold))


def replace_dropout(model: torch.nn.Module, seed: int) -> None:
    """Swaps every torch dropout inside `model` for ByteDropout of the same probability, all on one seeded generator."""
    rng = np.random.default_rng(seed)
    for parent in list(model.modules()):
        for name, child in list(parent.named_children()):
            if isinstance(child, torch.nn.Dropout) and child.p > 0:
                setattr(parent, name, ByteDropout(child.p, rng))
