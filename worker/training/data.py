"""Labelled texts, read from `label<TAB>text` files with a header line."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Examples:
    """Texts and, of the same length, the index of each text's label."""

    texts: list[str]
    labels: list[int]


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
