"""`train_inpaint`: from a folder of photographs to released weights, with the recipe of `inpaint_recipe`."""

from pathlib import Path

from torch import Tensor

from restore.devices import pick_device
from restore.models.perceptual import load_perceptual
from restore.pretrained import load_weights
from restore.training.data import split_photos
from restore.training.inpaint_config import InpaintTraining
from restore.training.inpaint_recipe import InpaintRecipe
from restore.training.leaks import without_leaks
from restore.training.loop import Progress, Report, Rhythm, limits_of, train


def train_inpaint(
    data: Path,
    run: Path,
    config: InpaintTraining,
    *,
    device: str = "auto",
    resume: str = "auto",
    start_from: str | None = None,
    perceptual: str | None = None,
    report: Report,
) -> list[Path]:
    """Train the inpainting GAN on a folder of photographs.

    Args:
        data: a folder with `train/` and `val/` inside, or any folder of photographs, of which every 25th is held out.
        run: folder for log, pictures, checkpoints and weights.
        config: settings; its `steps` or `minutes` end the run.
        device: as `restore.devices.pick_device`.
        resume: "auto" goes on from the run's newest checkpoint; "never" refuses a run that has one.
        start_from: name or path of weights to start from.
        perceptual: source of the perceptual network; without it training goes without that term.
        report: told how the run stands.

    Returns:
        The released weight files.

    Raises:
        UsageError: settings that contradict each other.
        InputError: no photographs, damaged ones, or the same one to learn from and held out.
        TrainingError: the run broke down or collapsed.
    """
    limits = limits_of(config, run, resume)
    place = pick_device(device)
    split = without_leaks(split_photos(data), lambda said: report(Progress.told(said)))
    features = None if perceptual is None else load_perceptual(perceptual)
    start = None if start_from is None else _starting_tensors(start_from)
    recipe = InpaintRecipe(config, split.learned, split.held_out, place, features, start)
    rhythm = Rhythm(config.log_steps, config.validate_seconds, config.checkpoint_seconds)
    notes = {
        "photographs": len(split.learned),
        "seed": config.seed,
        "device": place.type,
        "perceptual": perceptual is not None,
    }
    again, compare = resume == "auto", start is not None
    return train(recipe, run, limits, report, rhythm=rhythm, resume=again, notes=notes, compare=compare)


def _starting_tensors(name: str) -> dict[str, Tensor]:
    sets = load_weights(name)
    role = "regression" if "regression" in sets else next(iter(sets))
    return sets[role].tensors
