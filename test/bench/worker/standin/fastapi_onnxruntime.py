"""onnxruntime and tokenizers behind FastAPI and uvicorn, one text a run: python fastapi_onnxruntime.py PORT MODEL"""

import json
import sys
from pathlib import Path

import numpy as np
import onnxruntime as ort
import uvicorn
from fastapi import FastAPI
from pydantic import BaseModel
from tokenizers import Tokenizer

port, folder = int(sys.argv[1]), Path(sys.argv[2])
labels = json.loads((folder / "config.json").read_text())["id2label"]
tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
tokenizer.no_padding()
tokenizer.enable_truncation(512)
options = ort.SessionOptions()
options.intra_op_num_threads = 1
options.inter_op_num_threads = 1
session = ort.InferenceSession(folder / "onnx" / "model_quantized.onnx", options, providers=["CPUExecutionProvider"])
wanted = {given.name for given in session.get_inputs()}
app = FastAPI()


class Input(BaseModel):
    text: str


class Prediction(BaseModel):
    label: str
    score: float


@app.get("/healthz")
async def health() -> dict[str, str]:
    return {"status": "ok"}


# A plain function, so that FastAPI runs it in its thread pool and the event loop stays free.
@app.post("/predict")
def predict(given: Input) -> Prediction:
    ids = np.array([tokenizer.encode(given.text).ids], dtype=np.int64)
    feeds = {"input_ids": ids, "attention_mask": np.ones_like(ids), "token_type_ids": np.zeros_like(ids)}
    logits = session.run(["logits"], {name: value for name, value in feeds.items() if name in wanted})[0][0]
    powers = np.exp(logits - logits.max())
    best = int(logits.argmax())
    return Prediction(label=labels[str(best)], score=float(powers[best] / powers.sum()))


uvicorn.run(app, host="127.0.0.1", port=port, log_level="warning", access_log=False, loop="uvloop", http="httptools")
