"""Classification quality out of logits."""

from typing import Any

import numpy as np

Quality = dict[str, Any]


def measure(logits: np.ndarray, labels: list[int], names: list[str]) -> Quality:
    """Quality of `logits` [texts, labels] against the true `labels`; ratios are 0 to 1, rows of the confusion are the truth."""
    count = len(names)
    confusion = np.zeros((count, count), dtype=int)
    np.add.at(confusion, (np.array(labels), logits.argmax(axis=1)), 1)
    right = confusion.diagonal().astype(float)
    recall = right / np.maximum(confusion.sum(axis=1), 1)
    precision = right / np.maximum(confusion.sum(axis=0), 1)
    f1 = 2 * precision * recall / np.maximum(precision + recall, 1e-12)
    classes = {
        name: {"precision": float(precision[i]), "recall": float(recall[i]), "f1": float(f1[i]), "support": int(confusion[i].sum())}
        for i, name in enumerate(names)
    }
    return {
        "accuracy": float(right.sum() / confusion.sum()),
        "macro_recall": float(recall.mean()),
        "macro_f1": float(f1.mean()),
        "classes": classes,
        "confusion": confusion.tolist(),
    }
