"""How good answers are: labels out of logits or probabilities, and ratings."""

from typing import Any

import numpy as np

Quality = dict[str, Any]


def judge(outputs: np.ndarray, truth: list, settings: dict) -> Quality:
    """Quality of a model's `outputs` [texts, labels], or [texts, 1] where its settings have `ratings`."""
    if "ratings" in settings:
        return measure_ratings(outputs, truth)
    return measure(outputs, truth, settings["labels"])


def measure_ratings(values: np.ndarray, ratings: list[float]) -> Quality:
    """Mean absolute and root mean square error in ratings, R², and the mean answer by true rating."""
    answers, truth = values.reshape(-1).astype(float), np.array(ratings, dtype=float)
    errors = answers - truth
    return {
        "mae": float(np.abs(errors).mean()),
        "rmse": float(np.sqrt((errors**2).mean())),
        "r2": float(1 - (errors**2).sum() / ((truth - truth.mean()) ** 2).sum()),
        "means": {f"{rating:g}": float(answers[truth == rating].mean()) for rating in np.unique(truth)},
        "lowest": float(answers.min()),
        "highest": float(answers.max()),
    }


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
