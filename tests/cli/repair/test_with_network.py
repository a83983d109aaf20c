"""`restore repair` with real, untrained networks, from the command line down to the files."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from restore.models.inpaint.generator import Generator
from restore.models.repair.detector import KIND, Detector
from restore.pretrained import save_weights
from tests.support.models.detector import GROUND, damaged, light, near
from tests.support.models.inpainter import TINY


@pytest.fixture
def words(tmp_path: Path) -> list[Any]:
    """The options that name small weights of both networks."""
    finder, filler = tmp_path / "finder.safetensors", tmp_path / "filler.safetensors"
    detector, generator = Detector(), Generator(TINY)
    save_weights(finder, detector.state_dict(), kind=KIND, role="repair", config=detector.config.as_dict(), training={})
    save_weights(
        filler,
        generator.state_dict(),
        kind="inpaint.generator",
        role="regression",
        config=generator.config.as_dict(),
        training={},
    )
    return ["--weights", finder, "--fill-weights", filler, "--device", "cpu"]


def test_a_scratch_on_a_flat_ground_is_gone_at_both_depths(run: Any, desk: Any, words: list[Any]) -> None:
    import imagecodecs

    for name, dtype, step in (("flat.png", np.uint8, 1), ("deep.png", np.uint16, 257)):
        picture = damaged(dtype=dtype)
        picture += np.random.default_rng(0).integers(0, 3 * step, picture.shape, dtype=dtype)
        Path(name).write_bytes(imagecodecs.png_encode(picture))
        done = run("repair", name, *words)
        assert (done.code, done.err) == (0, "")
        made = imagecodecs.png_decode(Path(done.out.strip()).read_bytes())
        hole = near(light(picture), 2)
        assert made.dtype == dtype
        assert np.array_equal(made[~hole], picture[~hole])
        assert np.abs(made.astype(int) - GROUND * step).max() <= 4 * step


def test_a_grey_picture_stays_grey(run: Any, desk: Any, words: list[Any]) -> None:
    Image.fromarray(damaged()[..., 0]).save("grey.png")
    assert run("repair", "grey.png", *words).code == 0
    with Image.open("grey.repaired.png") as made:
        assert made.mode == "L"
        assert np.abs(np.asarray(made).astype(int) - GROUND).max() <= 1


def test_a_batch_and_a_memory_limit_give_the_same_pixels(run: Any, desk: Any, words: list[Any]) -> None:
    for name, shift in (("a.png", 0), ("b.png", 5)):
        Image.fromarray(np.roll(damaged(), shift, axis=1)).save(name)
    assert run("repair", "a.png", *words).code == 0
    done = run("repair", "b.png", "a.png", "-o", "out/", "--max-memory", "10MB", "--json", *words)
    records = [json.loads(line) for line in done.out.splitlines()]
    assert [(record["status"], record["device"], record["areas"]) for record in records] == [("done", "cpu", 0)] * 2
    assert Path("a.repaired.png").read_bytes() == Path("out/a.repaired.png").read_bytes()


def test_weights_of_another_network(run: Any, desk: Any, words: list[Any]) -> None:
    done = run("repair", "photo.png", "--weights", words[3], "--device", "cpu")
    assert done.code == 4
    assert "not of the network that finds damage" in done.error


def test_what_is_seen_through_a_stain_is_used_and_can_be_left_out(run: Any, desk: Any, words: list[Any]) -> None:
    rows, columns = np.mgrid[:120, :120]
    waves = 128 + 30 * np.sin(columns / 6) + 25 * np.cos(rows / 8 + columns / 20)
    stain = (rows - 60) ** 2 + (columns - 55) ** 2 < 30**2
    Image.fromarray(np.where(stain, 0.6 * waves + 25, waves).round().astype(np.uint8)).save("stained.png")
    Image.fromarray(255 * near(stain, 2).astype(np.uint8)).save("stain.png")

    def error(*more: Any) -> tuple[float, dict[str, Any]]:
        done = run("repair", "stained.png", "--also", "stain.png", "--json", "--force", *more, *words)
        assert done.code == 0
        with Image.open("stained.repaired.png") as made:
            return float(np.abs(np.asarray(made) - waves)[stain].mean()), json.loads(done.out)

    (seen, told), (blind, told_blind) = error(), error("--no-see-through")
    assert seen < 0.7 * blind
    assert 0 < told["seen_through"] < told["hole"]
    assert told_blind["seen_through"] == 0
