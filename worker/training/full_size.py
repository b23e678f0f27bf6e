"""Full-size architectures with random weights, for benchmarks only: `python full_size.py --full-size OUT [--only NAME]`.

Speed does not depend on the values of the weights, so DistilBERT-base (66 M) and RoBERTa-base (125 M) made here are as fast as the
ones of the hub. The graphs are made as those of the hub are: PyTorch's TorchScript exporter (opset 14), then
`quantize_dynamic` of every operator that can be (embeddings too), int8 per channel in seven bits. Each directory serves both
worlds: `config.json`, `model.safetensors`, `tokenizer.json`, `tokenizer_config.json` for PyTorch, `onnx/` beside them for onnxruntime.
"""

import argparse
import json
import os
import shutil
import sys
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

os.environ |= {"ORT_DISABLE_TELEMETRY": "1", "HF_HUB_OFFLINE": "1"}

import numpy as np  # noqa: E402
import torch  # noqa: E402
from onnxruntime.quantization import QuantType, quantize_dynamic  # noqa: E402
from tokenizers import Tokenizer  # noqa: E402
from transformers import (  # noqa: E402
    DistilBertConfig,
    DistilBertForSequenceClassification,
    PreTrainedModel,
    RobertaConfig,
    RobertaForSequenceClassification,
)

import inference  # noqa: E402
import parity_texts  # noqa: E402
import start_weights  # noqa: E402
from fit import encode, predict  # noqa: E402
from manifest import sha256  # noqa: E402
from networks import label_names  # noqa: E402

OPSET = 14
# How far a label's logit varies between texts (standard deviation), so that "equal answers" means something.
LOGIT_SPREAD = 1.5
SPECIAL = {
    "distilbert": {"pad_token": "[PAD]", "unk_token": "[UNK]", "cls_token": "[CLS]", "sep_token": "[SEP]", "mask_token": "[MASK]"},
    "roberta": {
        "bos_token": "<s>", "eos_token": "</s>", "cls_token": "<s>", "sep_token": "</s>", "pad_token": "<pad>",
        "unk_token": "<unk>", "mask_token": "<mask>",
    },
}  # fmt: skip


@dataclass(frozen=True)
class FullSize:
    seed: int
    build: Callable[[], PreTrainedModel]
    tokenizer: Callable[[], Path]


def distilbert() -> PreTrainedModel:
    config = DistilBertConfig(attn_implementation="eager", **label_names(["negative", "positive"]))
    return DistilBertForSequenceClassification(config)


def roberta() -> PreTrainedModel:
    config = RobertaConfig(
        vocab_size=50265, max_position_embeddings=514, type_vocab_size=1, layer_norm_eps=1e-5, attn_implementation="eager",
        **label_names(["negative", "neutral", "positive"]),
    )  # fmt: skip
    return RobertaForSequenceClassification(config)


MODELS = {
    "distilbert-base": FullSize(30522, distilbert, lambda: start_weights.directory() / "tokenizer.json"),
    "roberta-base": FullSize(
        50265, roberta, lambda: Path(__file__).resolve().parent.parent / "models" / "roberta-mini-tweets" / "tokenizer.json"
    ),
}


class Classifier(torch.nn.Module):
    """Two inputs, one output; the mask is made additive here, which keeps index arithmetic out of the exported graph."""

    def __init__(self, model: PreTrainedModel) -> None:
        super().__init__()
        self.model = model

    def forward(self, input_ids: torch.Tensor, attention_mask: torch.Tensor) -> torch.Tensor:
        absent = 1.0 - attention_mask[:, None, None, :].to(torch.float32)
        return self.model(input_ids=input_ids, attention_mask=absent * torch.finfo(torch.float32).min).logits


def main() -> int:
    parser = argparse.ArgumentParser(prog="full-size", description="Writes full-size models with random weights for benchmarks.")
    parser.add_argument("--full-size", dest="out", type=Path, required=True, metavar="OUT", help="where NAME/ is written; not in the repository")
    parser.add_argument("--only", choices=MODELS, metavar="NAME", help="one of " + ", ".join(MODELS))
    chosen = parser.parse_args()
    # Sums come out differently with other numbers of threads; so the files repeat themselves.
    torch.set_num_threads(1)
    for name in MODELS if chosen.only is None else [chosen.only]:
        write(name, MODELS[name], chosen.out / name)
    return 0


def write(name: str, wanted: FullSize, target: Path) -> None:
    """Makes `target` (replaced whole, at the end) and prints size, SHA-256 and checks. Raises RuntimeError when graph and PyTorch differ."""
    partial = target.with_name(f".{name}.partial")
    shutil.rmtree(partial, ignore_errors=True)
    (partial / "onnx").mkdir(parents=True)
    model, tokenizer = _model(wanted), _tokenizer(wanted)
    kind, padding = model.config.model_type, model.config.pad_token_id
    texts = [t for t in parity_texts.generate(400, wanted.seed) if len(t) < 1000]
    _spread(model, tokenizer, padding, texts)
    parameters = sum(p.numel() for p in model.parameters())

    model.save_pretrained(partial)
    tokenizer.save(str(partial / "tokenizer.json"), pretty=False)
    # As it is: the classes of Python's transformers would build a pipeline of their own.
    shared = {"model_max_length": inference.MAX_TOKENS, "clean_up_tokenization_spaces": False}
    names = {"tokenizer_class": "PreTrainedTokenizerFast", "model_input_names": ["input_ids", "attention_mask"]}
    (partial / "tokenizer_config.json").write_text(json.dumps(names | SPECIAL[kind] | shared, indent=2) + "\n", encoding="utf-8")
    _export(model, partial / "onnx" / "model.onnx")
    quantize_dynamic(
        partial / "onnx" / "model.onnx", partial / "onnx" / "model_quantized.onnx", per_channel=True, reduce_range=True,
        weight_type=QuantType.QInt8, extra_options={"EnableSubgraph": True, "MatMulConstBOnly": True},
    )  # fmt: skip
    checks = _check(model, tokenizer, padding, texts, partial / "onnx")
    shutil.rmtree(target, ignore_errors=True)
    partial.rename(target)
    print(f"{name}: {parameters / 1e6:.1f} M parameters; {checks}")
    for file in sorted(p for p in target.rglob("*") if p.is_file()):
        print(f"  {sha256(file)}  {file.stat().st_size:>11,}  {file.relative_to(target)}")


def _model(wanted: FullSize) -> PreTrainedModel:
    """Random weights, biases and norms included: equal tensors would be merged by the exporter, which no trained model knows."""
    torch.manual_seed(wanted.seed)
    model = wanted.build().eval()
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            if parameter.ndim == 1:
                parameter.add_(torch.randn_like(parameter) * 0.02)
            elif "embeddings" not in name and "classifier" not in name:
                # Twice the usual spread: otherwise the first token hardly sees its text.
                parameter.mul_(2.0)
    return model


def _tokenizer(wanted: FullSize) -> Tokenizer:
    tokenizer = Tokenizer.from_file(str(wanted.tokenizer()))
    tokenizer.no_padding()
    tokenizer.no_truncation()
    return tokenizer


def _spread(model: PreTrainedModel, tokenizer: Tokenizer, padding: int, texts: list[str]) -> None:
    """Scales the last layer so that each logit has mean 0 and the standard deviation LOGIT_SPREAD over `texts`."""
    last = model.classifier if isinstance(model.classifier, torch.nn.Linear) else model.classifier.out_proj
    logits = predict(model, tokenizer, padding, texts)
    scale = torch.from_numpy(LOGIT_SPREAD / logits.std(axis=0))
    with torch.no_grad():
        last.weight.mul_(scale[:, None])
        last.bias.sub_(torch.from_numpy(logits.mean(axis=0))).mul_(scale)


def _export(model: PreTrainedModel, file: Path) -> None:
    ids = torch.randint(5, 1000, (2, 16))
    axes = {"input_ids": {0: "batch", 1: "sequence"}, "attention_mask": {0: "batch", 1: "sequence"}, "logits": {0: "batch"}}
    with warnings.catch_warnings(), torch.inference_mode():
        # The TorchScript exporter is the older one; it is what the hub's files come from.
        warnings.simplefilter("ignore")
        torch.onnx.export(
            Classifier(model), (ids, torch.ones_like(ids)), str(file), input_names=["input_ids", "attention_mask"],
            output_names=["logits"], dynamic_axes=axes, opset_version=OPSET, dynamo=False,
        )  # fmt: skip


def _check(model: PreTrainedModel, tokenizer: Tokenizer, padding: int, texts: list[str], onnx_directory: Path) -> str:
    """The float graph equals PyTorch, alone and padded; how far int8 is from both."""
    some = texts[:100]
    rows = encode(tokenizer, some, inference.MAX_TOKENS)
    reference = predict(model, tokenizer, padding, some)
    runtime = inference.session(str(onnx_directory / "model.onnx"))
    alone = inference.run_alone(runtime, rows)
    padded = np.concatenate([inference.run(runtime, rows[i : i + 4], padding) for i in range(0, len(rows), 4)])
    difference = float(max(np.abs(alone - reference).max(), np.abs(padded - reference).max()))
    if difference > 1e-3:
        raise RuntimeError(f"float graph and PyTorch differ by {difference}")
    int8 = inference.run_alone(inference.session(str(onnx_directory / "model_quantized.onnx")), rows)
    same = int((int8.argmax(axis=1) == reference.argmax(axis=1)).sum())
    return (
        f"float graph and PyTorch differ by {difference:.1e} at most; int8 by {np.abs(int8 - reference).mean():.3f} on average, "
        f"same label for {same} of {len(some)} texts"
    )


if __name__ == "__main__":
    sys.exit(main())
