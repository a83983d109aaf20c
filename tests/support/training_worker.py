"""What the tests of shared runs start through `torchrun`: `gradients PHOTOS FILE`, or `run PHOTOS RUN STEPS`."""

import sys
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, distributed, nn

from restore.models.inpaint import generator as inpainter
from restore.models.inpaint.generator import InpainterConfig
from restore.models.interpolate import network as interpolator
from restore.models.interpolate.network import InterpolatorConfig
from restore.training.codec.config import CodecTraining
from restore.training.codec.recipe import CodecRecipe, build_codec
from restore.training.engine import loop
from restore.training.engine.processes import Processes, joined_processes
from restore.training.inpaint.config import InpaintTraining
from restore.training.inpaint.recipe import InpaintRecipe
from restore.training.inpaint.wide.fills import KeptFills
from restore.training.inpaint.wide.recipe import WideFills, WideRecipe
from restore.training.interpolate.config import InterpolateTraining
from restore.training.interpolate.data import HeldOut, InterpolateData, SyntheticMotion
from restore.training.interpolate.recipe import InterpolateRecipe
from tests.support.training_runs import CPU, train_on_cpu

CODEC = CodecTraining(width=16, features=8, crop=64, batch=4, large_crop=64, large_batch=4, log_steps=1)
INPAINT = InpaintTraining(
    steps=4,
    crop=64,
    batch=4,
    large_crop=64,
    large_batch=4,
    bank=8,
    samples=8,
    discriminator_width=8,
    wide_side=64,
    wide_crop=64,
    wide_batch=4,
)
INTERPOLATE = InterpolateTraining(steps=4, crop=64, batch=4)


class Features(nn.Module):
    """Stands for the perceptual network: a few maps that depend on the picture."""

    def __init__(self) -> None:
        super().__init__()
        torch.manual_seed(7)
        self.layer = nn.Conv2d(3, 4, 3)

    def forward(self, x: Tensor) -> list[Tensor]:
        return [torch.tanh(self.layer(x))]


def gradients_of(module: nn.Module) -> dict[str, Tensor]:
    return {name: p.grad.clone() for name, p in module.named_parameters() if p.grad is not None}


def fill_zeros(module: nn.Module) -> None:
    """Give layers that start at zero small values, so that gradients reach everything behind them."""
    noise = torch.Generator().manual_seed(3)
    with torch.no_grad():
        for parameter in module.parameters():
            if not parameter.any():
                parameter.add_(0.02 * torch.randn(parameter.shape, generator=noise))


def noisy_fills(folder: Path) -> KeptFills:
    """Four samples of noise with a hole in the middle."""
    kept = KeptFills(folder, {}, 4, 64)
    for number in kept.missing():
        planes = np.random.default_rng(number).integers(64, 192, (10, 64, 64), dtype=np.uint8)
        planes[3] = 0
        planes[3, 16:48, 16:48] = 1
        kept.put(number, planes)
    return kept


def gradients(photos: Path, target: Path, processes: Processes) -> None:
    files = sorted(photos.iterdir())
    found: dict[str, dict[str, Tensor]] = {}

    codec = CodecRecipe(CODEC, files[1:], files[:1], CPU, processes=processes)
    fill_zeros(codec.network)
    codec.step(1, 0.5)
    found["codec"] = gradients_of(codec.network)

    inpainter.VARIANTS["small"] = InpainterConfig(widths=(8, 16), encoder=(1,), middle=1, decoder=(1,))
    painter = InpaintRecipe(INPAINT, files[1:], files[:1], CPU, Features(), processes=processes)
    fill_zeros(painter.network)
    painter.step(1, 0.1)
    found["regression"] = gradients_of(painter.network)
    painter.step(16, 0.95)
    found["adversarial"], found["discriminator"] = (
        gradients_of(painter.network),
        gradients_of(painter.adversary.discriminator),
    )

    fills = processes.main_first(lambda: noisy_fills(target.parent / "fills"))
    net = inpainter.Generator(inpainter.VARIANTS["small"])
    mender = WideRecipe(INPAINT, WideFills(fills, fills, ["thick"] * 4), net, CPU, Features(), {}, print, processes)
    fill_zeros(mender.network)
    mender.step(16, 0.5)
    found["wide"], found["wide discriminator"] = (
        gradients_of(mender.network),
        gradients_of(mender.adversary.discriminator),
    )

    interpolator.VARIANTS["small"] = InterpolatorConfig(hidden=8, features=8, fusion=(8, 12), blocks=(1, 1))
    data = InterpolateData(None, SyntheticMotion(files), seed=0)
    held_out = [HeldOut("0", data.batch(99, 1, 64).frames[0], None)]
    frames = InterpolateRecipe(INTERPOLATE, data, held_out, CPU, processes=processes)
    fill_zeros(frames.network)
    frames.step(1, 0.5)
    found["interpolate"] = gradients_of(frames.network)
    if processes.is_main:
        torch.save(found, target)


def run(photos: Path, folder: Path, steps: int, stop_after: int | None) -> None:
    step = CodecRecipe.step

    def stopping(self: CodecRecipe, number: int, share: float) -> dict[str, Any]:
        if number == stop_after:
            raise KeyboardInterrupt
        return step(self, number, share)

    CodecRecipe.step = stopping  # type: ignore[method-assign]
    settings = CodecTraining(**{**CODEC.__dict__, "steps": steps})

    try:
        for path in train_on_cpu(photos, folder, settings, build_codec):
            sys.stdout.write(f"{path.name}\n")
    except KeyboardInterrupt:
        return


if __name__ == "__main__":
    what, source, goal, *rest = sys.argv[1:]
    assert loop.__name__ == "restore.training.engine.loop"
    if what == "gradients":
        with joined_processes(CPU) as (together, _):
            gradients(Path(source), Path(goal), together)
    else:
        run(Path(source), Path(goal), int(rest[0]), int(rest[2]) if len(rest) > 1 else None)
    assert not distributed.is_initialized(), "the run did not leave its processes"
