"""transformers' pipeline on PyTorch behind FastAPI and uvicorn: python fastapi_pytorch.py PORT MODEL

Where the directory holds no PyTorch weights, fresh ones of its architecture: they take as long.
"""

import sys
from pathlib import Path

import torch
import uvicorn
from fastapi import FastAPI
from pydantic import BaseModel
from transformers import AutoConfig, AutoModelForSequenceClassification, PreTrainedTokenizerFast, pipeline

port, folder = int(sys.argv[1]), Path(sys.argv[2])
torch.set_num_threads(1)
torch.set_num_interop_threads(1)
config = AutoConfig.from_pretrained(folder)
has_weights = any((folder / name).exists() for name in ("model.safetensors", "pytorch_model.bin"))
if has_weights:
    model = AutoModelForSequenceClassification.from_pretrained(folder, dtype=torch.float32)
else:
    model = AutoModelForSequenceClassification.from_config(config)
tokenizer = PreTrainedTokenizerFast(
    tokenizer_file=str(folder / "tokenizer.json"), model_max_length=512, model_input_names=["input_ids", "attention_mask"]
)
classify = pipeline("text-classification", model=model.eval(), tokenizer=tokenizer, device="cpu", truncation=True)
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
    return Prediction(**classify(given.text)[0])


uvicorn.run(app, host="127.0.0.1", port=port, log_level="warning", access_log=False, loop="uvloop", http="httptools")
