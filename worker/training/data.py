"""Labelled texts, read from `label<TAB>text` files with a header line."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Examples:
    """Texts and, of the same length, the index of each text's label, or its rating."""

    texts: list[str]
    labels: list[int] | list[float]


def sources(settings: dict) -> Sequence[str]:
    """The data sets of a model, by name."""
    return [settings["data"]] if isinstance(settings["data"], str) else settings["data"]


def load(data: Path, settings: dict, split: str) -> Examples:
    """The examples of `split` ("train" or "validation") of a model's data sets, one behind the other, below the directory `data`.

    With `ratings` (label → number) in the settings a text's label is that number. Raises ValueError as `read`.
    """
    ratings = settings.get("ratings")
    names = settings["labels"] if ratings is None else list(ratings)
    parts = [read(data / source / f"{split}.tsv", names) for source in sources(settings)]
    labels = [label for part in parts for label in part.labels]
    numbers = labels if ratings is None else [ratings[names[label]] for label in labels]
    return Examples([text for part in parts for text in part.texts], numbers)


def read(path: Path, labels: list[str]) -> Examples:
    """Examples of `path` in file order. Raises ValueError, naming the line, for a bad row or an unknown label."""
    index = {label: i for i, label in enumerate(labels)}
    lines = path.read_text(encoding="utf-8").split("\n")
    texts, ids = [], []
    for number, line in enumerate(lines[1:], start=2):
        if not line:
            continue
        label, separator, text = line.partition("\t")
        if not separator or label not in index:
            raise ValueError(f"{path}:{number}: expected one of {', '.join(labels)}, a tab and a text")
        texts.append(text)
        ids.append(index[label])
    return Examples(texts, ids)
