"""What training gives."""

from dataclasses import dataclass

import torch
from tokenizers import Tokenizer

from quality import Quality


@dataclass
class Trained:
    """A float model in evaluation mode, its tokenizer, the padding id, and how the training went."""

    model: torch.nn.Module
    tokenizer: Tokenizer
    padding: int
    history: list[Quality]
    seconds: float
