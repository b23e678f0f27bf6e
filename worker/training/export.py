"""From a trained float model to a model directory in the transformers.js layout, its figures and its card."""

import json
import shutil
from pathlib import Path

import numpy as np
import onnx
from onnxruntime import InferenceSession

import card
import data
import graph
import inference
import start_weights
from fit import predict
from quality import Quality, measure
from quantize import WAYS, Way, quantize
from trained import Trained


def export(name: str, settings: dict, trained: Trained, directory: Path, target: Path) -> dict:
    """Writes the model directory `target` (replaced whole, at the end) and returns the measured figures for the manifest.

    Raises RuntimeError when the ONNX graph disagrees with PyTorch or the file is larger than `max_bytes`.
    """
    validation = data.read(directory / "validation.tsv", settings["labels"])
    rows = [e.ids for e in trained.tokenizer.encode_batch(validation.texts)]
    names = graph.DISTILBERT if trained.model.config.model_type == "distilbert" else graph.ROBERTA
    layers, labels = len(settings["start_layers"]), settings["labels"]
    model = graph.build(trained.model.state_dict(), names, layers, start_weights.HEADS, len(labels), trained.padding)
    reference = predict(trained.model, trained.tokenizer, trained.padding, validation.texts)
    _check_float_graph(model, reference, rows, trained.padding)

    tried = []
    for way in WAYS:
        candidate = quantize(model, way)
        logits = inference.run_alone(inference.session(candidate.SerializeToString()), rows)
        tried.append((way, candidate, logits, measure(logits, validation.labels, labels)))
    way, chosen, logits, int8 = max((t for t in tried if not t[0].saturates), key=lambda t: t[3][settings["metric"]])
    size = len(chosen.SerializeToString())
    if size > settings["max_bytes"]:
        raise RuntimeError(f"{name} has {size} bytes, allowed are {settings['max_bytes']}")
    figures = {
        "history": [epoch[settings["metric"]] for epoch in trained.history],
        "training_seconds": round(trained.seconds),
        "metric": settings["metric"],
        "float": measure(reference, validation.labels, labels),
        "int8": int8,
        "quantisation": way.name,
        "quantisations_tried": [_row(w, c, q) for w, c, _, q in tried],
        "bytes": size,
        "batching": _batching(inference.session(chosen.SerializeToString()), rows, logits, trained.padding),
    }
    _write(name, trained, chosen, card.render(name, settings, figures), target)
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
    summary = {k: quality[k] for k in ("accuracy", "macro_recall", "macro_f1")}
    return {"name": way.name, "saturates_without_vnni": way.saturates, "bytes": len(model.SerializeToString()), **summary}


def _batching(runtime: InferenceSession, rows: list[list[int]], alone: np.ndarray, padding: int, size: int = 8) -> dict:
    """How far batches of `size` in file order, padded, move the logits from those of single requests."""
    cut = [inference.cut(r) for r in rows]
    batched = np.concatenate([inference.run(runtime, cut[i : i + size], padding) for i in range(0, len(cut), size)])
    return {
        "batch": size,
        "largest_logit_difference": float(np.abs(batched - alone).max()),
        "mean_logit_difference": float(np.abs(batched - alone).mean()),
        "labels_changed": int((batched.argmax(axis=1) != alone.argmax(axis=1)).sum()),
        "texts": len(rows),
    }


def _write(name: str, trained: Trained, model: onnx.ModelProto, readme: str, target: Path) -> None:
    partial = target.with_name(f".{name}.partial")
    shutil.rmtree(partial, ignore_errors=True)
    (partial / "onnx").mkdir(parents=True)
    onnx.save(model, partial / "onnx" / "model_quantized.onnx")
    config = trained.model.config
    config.architectures = [type(trained.model).__name__]
    (partial / "config.json").write_text(config.to_json_string(), encoding="utf-8")
    trained.tokenizer.save(str(partial / "tokenizer.json"), pretty=False)
    (partial / "tokenizer_config.json").write_text(json.dumps(_tokenizer_config(trained), indent=2) + "\n", encoding="utf-8")
    (partial / "README.md").write_text(readme, encoding="utf-8")
    old = target.with_name(f".{name}.old")
    shutil.rmtree(old, ignore_errors=True)
    if target.exists():
        target.rename(old)
    partial.rename(target)
    shutil.rmtree(old, ignore_errors=True)


def _tokenizer_config(trained: Trained) -> dict:
    shared = {"model_max_length": inference.MAX_TOKENS, "clean_up_tokenization_spaces": False}
    if trained.model.config.model_type == "distilbert":
        special = {"pad_token": "[PAD]", "unk_token": "[UNK]", "cls_token": "[CLS]", "sep_token": "[SEP]", "mask_token": "[MASK]"}
        return {"tokenizer_class": "DistilBertTokenizer", "do_lower_case": True, **special, **shared}
    special = {"bos_token": "<s>", "eos_token": "</s>", "cls_token": "<s>", "sep_token": "</s>"}
    special |= {"pad_token": "<pad>", "unk_token": "<unk>", "mask_token": "<mask>"}
    return {"tokenizer_class": "RobertaTokenizer", "add_prefix_space": False, **special, **shared}
