"""From a trained float model to a model directory in the transformers.js layout, its figures and its card."""

import json
from pathlib import Path

import numpy as np
import onnx
from onnxruntime import InferenceSession

import card
import data
import graph
import inference
import model_directory
from fit import predict
from quality import Quality, judge
from quantize import WAYS, Way, quantize
from trained import Trained


def export(name: str, settings: dict, trained: Trained, root: Path, target: Path) -> dict:
    """Writes the model directory `target` (replaced whole, at the end) and returns the measured figures for the manifest.

    Raises RuntimeError when the ONNX graph disagrees with PyTorch or the file is larger than `max_bytes`.
    """
    validation = data.load(root, settings, "validation")
    rows = [e.ids for e in trained.tokenizer.encode_batch(validation.texts)]
    config = trained.model.config
    names = graph.DISTILBERT if config.model_type == "distilbert" else graph.ROBERTA
    layers, heads = config.num_hidden_layers, config.num_attention_heads
    model = graph.build(trained.model.state_dict(), names, layers, heads, config.num_labels, trained.padding)
    reference = predict(trained.model, trained.tokenizer, trained.padding, validation.texts)
    _check_float_graph(model, reference, rows, trained.padding)

    tried = []
    for way in WAYS:
        candidate = quantize(model, way)
        logits = inference.run_alone(inference.session(candidate.SerializeToString()), rows)
        tried.append((way, candidate, logits, judge(logits, validation.labels, settings)))
    way, chosen, logits, int8 = max((t for t in tried if not t[0].saturates), key=lambda t: t[3][settings["metric"]])
    size = len(chosen.SerializeToString())
    if size > settings["max_bytes"]:
        raise RuntimeError(f"{name} has {size} bytes, allowed are {settings['max_bytes']}")
    figures = {
        "history": [epoch[settings["metric"]] for epoch in trained.history],
        "training_seconds": round(trained.seconds),
        "metric": settings["metric"],
        "float": judge(reference, validation.labels, settings),
        "int8": int8,
        "quantisation": way.name,
        "quantisations_tried": [_row(w, c, q) for w, c, _, q in tried],
        "bytes": size,
        "batching": _batching(inference.session(chosen.SerializeToString()), rows, logits, trained.padding),
    }
    _write(trained, chosen, card.render(name, card.transformer_texts(settings, figures)), target)
    return figures


def _check_float_graph(model: onnx.ModelProto, reference: np.ndarray, rows: list[list[int]], padding: int) -> None:
    """The graph and PyTorch agree within 1e-4, alone and padded."""
    runtime = inference.session(model.SerializeToString())
    some = rows[:48]
    for kind, logits in (("alone", inference.run_alone(runtime, some)), ("padded", inference.run(runtime, some, padding))):
        difference = float(np.abs(logits - reference[: len(some)]).max())
        if difference > 1e-4:
            raise RuntimeError(f"float graph and PyTorch differ by {difference} ({kind})")


def _row(way: Way, model: onnx.ModelProto, quality: Quality) -> dict:
    summary = {k: quality[k] for k in ("accuracy", "macro_recall", "macro_f1", "mae", "rmse", "r2") if k in quality}
    return {"name": way.name, "saturates_without_vnni": way.saturates, "bytes": len(model.SerializeToString()), **summary}


def _batching(runtime: InferenceSession, rows: list[list[int]], alone: np.ndarray, padding: int, size: int = 8) -> dict:
    """How far batches of `size` in file order, padded, move the logits from those of single requests."""
    cut = [inference.cut(r) for r in rows]
    batched = np.concatenate([inference.run(runtime, cut[i : i + size], padding) for i in range(0, len(cut), size)])
    changed = int((batched.argmax(axis=1) != alone.argmax(axis=1)).sum())
    return {
        "batch": size,
        "largest_logit_difference": float(np.abs(batched - alone).max()),
        "mean_logit_difference": float(np.abs(batched - alone).mean()),
        **({"labels_changed": changed} if alone.shape[1] > 1 else {}),
        "texts": len(rows),
    }


def _write(trained: Trained, model: onnx.ModelProto, readme: str, target: Path) -> None:
    config = trained.model.config
    config.architectures = [type(trained.model).__name__]
    model_directory.replace(
        target,
        {
            "onnx/model_quantized.onnx": model.SerializeToString(),
            "config.json": config.to_json_string().encode(),
            "tokenizer.json": trained.tokenizer.to_str(pretty=False).encode(),
            "tokenizer_config.json": (json.dumps(_tokenizer_config(trained), indent=2) + "\n").encode(),
            "README.md": readme.encode(),
        },
    )


def _tokenizer_config(trained: Trained) -> dict:
    shared = {"model_max_length": inference.MAX_TOKENS, "clean_up_tokenization_spaces": False}
    if trained.model.config.model_type == "distilbert":
        special = {"pad_token": "[PAD]", "unk_token": "[UNK]", "cls_token": "[CLS]", "sep_token": "[SEP]", "mask_token": "[MASK]"}
        return {"tokenizer_class": "DistilBertTokenizer", "do_lower_case": True, **special, **shared}
    special = {"bos_token": "<s>", "eos_token": "</s>", "cls_token": "<s>", "sep_token": "</s>"}
    special |= {"pad_token": "<pad>", "unk_token": "<unk>", "mask_token": "<mask>"}
    return {"tokenizer_class": "RobertaTokenizer", "add_prefix_space": False, **special, **shared}
