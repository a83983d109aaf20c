"""`restore inpaint` with a real, untrained network, from the command line down to the files."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image

from restore.models.inpaint.generator import Generator, InpainterConfig
from restore.pretrained import save_weights


@pytest.fixture
def weights(tmp_path: Path) -> Path:
    """A weights file of a small untrained generator."""
    torch.manual_seed(0)
    generator = Generator(InpainterConfig())
    path = tmp_path / "own.safetensors"
    save_weights(
        path,
        generator.state_dict(),
        kind="inpaint.generator",
        role="regression",
        config=generator.config.as_dict(),
        training={},
    )
    return path


def test_a_flat_picture_is_filled_flat(run: Any, desk: Any, weights: Path) -> None:
    flat = np.full((30, 40, 3), (90, 120, 150), np.uint8)
    flat[desk.hole(0)] = (255, 0, 0)
    Image.fromarray(flat).save("flat.png")
    done = run("inpaint", "flat.png", "mask.png", "--weights", weights, "--device", "cpu")
    assert (done.code, done.out, done.err) == (0, "flat.inpainted.png\n", "")
    with Image.open("flat.inpainted.png") as made:
        filled = np.asarray(made).astype(int)
    assert np.abs(filled - (90, 120, 150)).max() <= 1


def test_memory_limit_and_batch_give_the_same_pixels(run: Any, desk: Any, weights: Path) -> None:
    words = ["--weights", weights, "--device", "cpu"]
    assert run("inpaint", "photo.png", "mask.png", *words).code == 0
    assert run("inpaint", "photo.png", "mask.png", *words, "--max-memory", "10MB", "-o", "small.png").code == 0
    desk.save_picture("b.png", 1)
    done = run("inpaint", "--mask", "mask.png", "photo.png", "b.png", "-o", "out/", *words, "--json")
    records = [json.loads(line) for line in done.out.splitlines()]
    assert [(record["status"], record["device"]) for record in records] == [("done", "cpu"), ("done", "cpu")]
    first = Path("photo.inpainted.png").read_bytes()
    assert first == Path("small.png").read_bytes()
    assert first == Path("out/photo.inpainted.png").read_bytes()
    with Image.open("photo.inpainted.png") as made:
        outside = ~desk.hole(1)
        assert np.array_equal(np.asarray(made)[outside], desk.pixels()[outside])


def test_no_cuda_says_how_to_go_on(run: Any, desk: Any, weights: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("torch.cuda.is_available", lambda: False)
    done = run("inpaint", "photo.png", "mask.png", "--weights", weights, "--device", "cuda")
    assert done.code == 2
    assert "--device cpu" in done.error or "device" in done.error


def test_a_full_mask_is_a_usage_error(run: Any, desk: Any, weights: Path) -> None:
    Image.new("L", desk.size, 255).save("mask.png")
    done = run("inpaint", "photo.png", "mask.png", "--weights", weights, "--device", "cpu")
    assert done.code == 2
    assert "whole picture" in done.error
    assert "photo.inpainted.png" not in desk.names()


def test_damaged_weights(run: Any, desk: Any, weights: Path) -> None:
    weights.write_bytes(weights.read_bytes()[:1000])
    done = run("inpaint", "photo.png", "mask.png", "--weights", weights)
    assert done.code == 4
    assert "own.safetensors" in done.error
