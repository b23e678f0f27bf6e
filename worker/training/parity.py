"""What Python makes of generated texts, as JSON lines, for a check that Node makes the same of them.

`python parity.py MODEL_DIRECTORY OUTPUT [--data FILE ...]`; each line has `text`, `ids` (special tokens included, not cut) and
`outputs` (of the ids cut to 512, the last one kept, in a batch of one text). Where the directory has no tokenizer the graph
takes the text itself, and there are no `ids`.
"""

import argparse
import json
import os
import sys
from collections.abc import Iterator
from pathlib import Path

os.environ["ORT_DISABLE_TELEMETRY"] = "1"

from tokenizers import Tokenizer  # noqa: E402

import inference  # noqa: E402
import parity_texts  # noqa: E402


def main() -> int:
    parser = argparse.ArgumentParser(prog="parity", description="Writes token ids and outputs of generated texts as JSON lines.")
    parser.add_argument("model", type=Path, help="a model directory")
    parser.add_argument("output", type=Path, help="the JSON lines file to write; keep it out of the repository when --data is given")
    parser.add_argument("--count", type=int, default=1000, help="generated texts (default 1000)")
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--data", type=Path, nargs="*", default=[], metavar="FILE", help="`label<TAB>text` files to add")
    parser.add_argument("--every-character", action="store_true", help="also each code point between two letters, ids only")
    chosen = parser.parse_args()
    texts = parity_texts.generate(chosen.count, chosen.seed)
    for file in chosen.data:
        texts += [line.partition("\t")[2] for line in file.read_text(encoding="utf-8").split("\n")[1:] if line]
    takes_text = not (chosen.model / "tokenizer.json").exists()
    with chosen.output.open("w", encoding="utf-8") as file:
        for line in of_text(chosen.model, texts) if takes_text else of_tokens(chosen.model, texts, chosen.every_character):
            file.write(json.dumps(line) + "\n")
    return 0


def of_tokens(model: Path, texts: list[str], every_character: bool) -> Iterator[dict]:
    tokenizer = Tokenizer.from_file(str(model / "tokenizer.json"))
    runtime = inference.session(str(model / "onnx" / "model_quantized.onnx"))
    for text in texts:
        ids = tokenizer.encode(text).ids
        yield {"text": text, "ids": ids, "outputs": inference.run(runtime, [inference.cut(ids)])[0].tolist()}
    for text in parity_texts.every_character() if every_character else []:
        yield {"text": text, "ids": tokenizer.encode(text).ids}


def of_text(model: Path, texts: list[str]) -> Iterator[dict]:
    runtime = inference.session(str(model / "onnx" / "model.onnx"))
    for text in texts:
        yield {"text": text, "outputs": inference.run_texts(runtime, [text])[0].tolist()}


if __name__ == "__main__":
    sys.exit(main())
