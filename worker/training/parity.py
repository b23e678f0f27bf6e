"""What Python makes of generated texts, as JSON lines, for a check that Node makes the same of them.

`python parity.py MODEL_DIRECTORY OUTPUT [--data FILE ...]`; each line has `text`, `ids` (special tokens included, not cut) and
`logits` (of the ids cut to 512, the last one kept, in a batch of one text).
"""

import argparse
import json
import os
import sys
from pathlib import Path

os.environ["ORT_DISABLE_TELEMETRY"] = "1"

from tokenizers import Tokenizer  # noqa: E402

import inference  # noqa: E402
import parity_texts  # noqa: E402


def main() -> int:
    parser = argparse.ArgumentParser(prog="parity", description="Writes token ids and logits of generated texts as JSON lines.")
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
    tokenizer = Tokenizer.from_file(str(chosen.model / "tokenizer.json"))
    runtime = inference.session(str(chosen.model / "onnx" / "model_quantized.onnx"))
    with chosen.output.open("w", encoding="utf-8") as file:
        for text in texts:
            ids = tokenizer.encode(text).ids
            logits = inference.run(runtime, [inference.cut(ids)])[0].tolist()
            file.write(json.dumps({"text": text, "ids": ids, "logits": logits}) + "\n")
        for text in parity_texts.every_character() if chosen.every_character else []:
            file.write(json.dumps({"text": text, "ids": tokenizer.encode(text).ids}) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
