"""Fine-tuning: batches of like length, AdamW with warm-up and linear decay, the best epoch on validation kept."""

import sys
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from tokenizers import Tokenizer
from torch.nn.parallel import DistributedDataParallel
from tqdm import tqdm

from data import Examples
from dropout import replace_dropout
from quality import judge
from trained import Trained


@dataclass(frozen=True)
class Share:
    """This process's part of every batch: rows rank, rank + size, …"""

    rank: int
    size: int


def encode(tokenizer: Tokenizer, texts: list[str], max_tokens: int) -> list[list[int]]:
    """Token ids of each text, special tokens included, the end cut off before the last special token."""
    ids = [e.ids for e in tokenizer.encode_batch(texts)]
    return [i if len(i) <= max_tokens else i[: max_tokens - 1] + i[-1:] for i in ids]


def pad(rows: list[list[int]], padding: int) -> tuple[torch.Tensor, torch.Tensor]:
    """Rows → (input_ids, attention_mask), both int64 [rows, longest row]."""
    longest = max(map(len, rows))
    ids = torch.tensor([r + [padding] * (longest - len(r)) for r in rows])
    mask = torch.tensor([[1] * len(r) + [0] * (longest - len(r)) for r in rows])
    return ids, mask


def batches(lengths: list[int], size: int, rng: np.random.Generator) -> list[list[int]]:
    """A random order of all rows in batches of `size`; rows of like length share a batch, drawn from pools of 50 batches.

    A last batch that is not full is left out.
    """
    order = rng.permutation(len(lengths))
    result = []
    for start in range(0, len(order), size * 50):
        pool = sorted(order[start : start + size * 50].tolist(), key=lengths.__getitem__)
        result += [pool[i : i + size] for i in range(0, len(pool), size)]
    return [result[i] for i in rng.permutation(len(result)) if len(result[i]) == size]


def fit(trained: Trained, train: Examples, validation: Examples, settings: dict, share: Share, keep: Callable[[], None]) -> None:
    """Trains `trained.model` in place and appends the validation quality of every epoch to its history.

    Every process of `share` calls this with an equal model; each takes its part of every batch and gradients are averaged.
    The first process calls `keep()` after each epoch that is the best so far by `settings["metric"]`.
    """
    rng = np.random.default_rng(settings["seed"])
    replace_dropout(trained.model, settings["seed"] + share.rank)
    model = DistributedDataParallel(trained.model, gradient_as_bucket_view=True)
    rows = encode(trained.tokenizer, train.texts, settings["max_tokens"])
    labels = torch.tensor(train.labels)
    lengths = [len(r) for r in rows]
    loss_of = _loss(labels, settings)
    optimizer = torch.optim.AdamW(_groups(model, settings["weight_decay"]), lr=settings["learning_rate"], fused=True)
    steps = settings["epochs"] * (len(rows) // settings["batch"])
    warmup = max(1, int(steps * settings["warmup_ratio"]))
    schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda s: min((s + 1) / warmup, (steps - s) / max(1, steps - warmup)))
    best = -np.inf
    for epoch in range(settings["epochs"]):
        model.train()
        order = batches(lengths, settings["batch"], rng)
        for batch in tqdm(order, f"epoch {epoch + 1}/{settings['epochs']}", mininterval=10, disable=share.rank > 0):
            part = batch[share.rank :: share.size]
            ids, mask = pad([rows[i] for i in part], trained.padding)
            loss_of(model(input_ids=ids, attention_mask=mask).logits, labels[part]).backward()
            torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            optimizer.step()
            schedule.step()
            optimizer.zero_grad(set_to_none=False)
        if share.rank == 0:
            logits = predict(trained.model, trained.tokenizer, trained.padding, validation.texts)
            quality = judge(logits, validation.labels, settings)
            trained.history.append(quality)
            tqdm.write(f"epoch {epoch + 1}: {settings['metric']} {quality[settings['metric']]:.4f}", file=sys.stderr)
            if quality[settings["metric"]] > best:
                best = quality[settings["metric"]]
                keep()


def _loss(labels: torch.Tensor, settings: dict) -> Callable[[torch.Tensor, torch.Tensor], torch.Tensor]:
    if "ratings" in settings:
        return lambda logits, ratings: torch.nn.functional.mse_loss(logits.squeeze(-1), ratings)
    return torch.nn.CrossEntropyLoss(weight=_class_weights(labels, settings), label_smoothing=settings["label_smoothing"])


def _class_weights(labels: torch.Tensor, settings: dict) -> torch.Tensor | None:
    """Weight per label, inverse to its frequency and 1 on average over the texts; None when not asked for."""
    if not settings["class_weights"]:
        return None
    counts = torch.bincount(labels, minlength=len(settings["labels"]))
    return len(labels) / (len(counts) * counts.float())


@torch.inference_mode()
def predict(model: torch.nn.Module, tokenizer: Tokenizer, padding: int, texts: list[str], size: int = 64) -> np.ndarray:
    """Logits [texts, labels] in the order of `texts`, texts cut at 512 tokens."""
    model.eval()
    rows = encode(tokenizer, texts, 512)
    order = sorted(range(len(rows)), key=lambda i: len(rows[i]))
    logits = np.zeros((len(rows), model.config.num_labels), dtype=np.float32)
    for start in range(0, len(order), size):
        part = order[start : start + size]
        ids, mask = pad([rows[i] for i in part], padding)
        logits[part] = model(input_ids=ids, attention_mask=mask).logits.float().numpy()
    return logits


def _groups(model: torch.nn.Module, weight_decay: float) -> list[dict]:
    """Weight matrices decay, biases and layer norms do not."""
    decayed = [p for p in model.parameters() if p.ndim > 1]
    others = [p for p in model.parameters() if p.ndim <= 1]
    return [{"params": decayed, "weight_decay": weight_decay}, {"params": others, "weight_decay": 0.0}]
