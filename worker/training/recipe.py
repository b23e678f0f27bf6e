"""From data to a trained float model, for every transformer in config.toml and tiny.toml."""

import time
from pathlib import Path

import torch

import byte_pairs
import data
import networks
import start_weights
import word_pieces
from fit import Share, fit
from trained import Trained


def prepare(name: str, settings: dict, texts: list[str]) -> Trained:
    """The model as it is before training: start weights loaded, tokenizer cut or learnt from `texts`."""
    torch.manual_seed(settings["seed"])
    file = start_weights.directory() / "tokenizer.json"
    pieces = word_pieces.read_pieces(file)
    if name.startswith("roberta"):
        tokenizer = byte_pairs.train(texts, settings["vocabulary"])
        padding = tokenizer.token_to_id("<pad>")
        model = networks.roberta(tokenizer, word_pieces.assemble(sorted(pieces, key=pieces.__getitem__)), settings)
    else:
        vocabulary = word_pieces.cut_vocabulary(pieces, texts, settings["vocabulary"])
        tokenizer, padding = word_pieces.assemble(vocabulary), 0
        build = networks.tiny_distilbert if "ratings" in settings else networks.distilbert
        model = build(vocabulary, pieces, settings)
    return Trained(model.eval(), tokenizer, padding, [], 0.0)


def train(name: str, settings: dict, directory: Path, checkpoint: Path, processes: int) -> Trained:
    """Trains `name` on its data sets below `directory` into `checkpoint`, unless that file exists, and returns the best epoch.

    One process per core with one thread each: on a small machine that is nearly twice as fast as two threads in one process.
    """
    if not checkpoint.exists():
        checkpoint.parent.mkdir(parents=True, exist_ok=True)
        rendezvous = checkpoint.with_suffix(".rendezvous")
        rendezvous.unlink(missing_ok=True)
        arguments = (processes, name, settings, directory, checkpoint, rendezvous)
        torch.multiprocessing.spawn(_work, arguments, nprocs=processes)
        rendezvous.unlink(missing_ok=True)
    trained = prepare(name, settings, data.load(directory, settings, "train").texts)
    saved = torch.load(checkpoint, weights_only=True)
    trained.model.load_state_dict(saved["state"])
    trained.history, trained.seconds = saved["history"], saved["seconds"]
    return trained


def _work(rank: int, processes: int, name: str, settings: dict, directory: Path, checkpoint: Path, rendezvous: Path) -> None:
    torch.set_num_threads(1)
    torch.distributed.init_process_group("gloo", init_method=f"file://{rendezvous}", rank=rank, world_size=processes)
    examples, validation = (data.load(directory, settings, split) for split in ("train", "validation"))
    trained = prepare(name, settings, examples.texts)
    partial = checkpoint.with_suffix(".partial")
    start = time.monotonic()

    def keep() -> None:
        state = {"state": trained.model.state_dict(), "history": trained.history, "seconds": time.monotonic() - start}
        torch.save(state, partial)

    fit(trained, examples, validation, settings, Share(rank, processes), keep)
    if rank == 0:
        saved = torch.load(partial, weights_only=True)
        torch.save(saved | {"history": trained.history, "seconds": time.monotonic() - start}, checkpoint)
        partial.unlink()
    torch.distributed.destroy_process_group()
