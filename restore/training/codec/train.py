"""`train_codec`: from a folder of photographs to released weights, with the recipe of `codec_recipe`."""

from pathlib import Path

from torch import Tensor

from restore.codecs.model import COUNTS, SIZES
from restore.devices import pick_device
from restore.pretrained import load_weights
from restore.training.codec.config import CodecTraining
from restore.training.codec.recipe import CodecRecipe
from restore.training.engine.loop import Plan, Progress, Report, Rhythm, train
from restore.training.engine.processes import join_processes
from restore.training.engine.schedule import limits_of
from restore.training.leaks import without_leaks
from restore.training.photos import split_photos


def train_codec(
    data: Path,
    run: Path,
    config: CodecTraining,
    *,
    device: str = "auto",
    resume: str = "auto",
    start_from: str | None = None,
    report: Report,
) -> list[Path]:
    """Train the codec on a folder of photographs.

    Args:
        data: a folder with `train/` and `val/` inside, or any folder of photographs, of which every 25th is held out.
        run: folder for log, pictures, checkpoints and weights.
        config: settings; its `steps` or `minutes` end the run.
        device: as `restore.devices.pick_device`.
        resume: "auto" goes on from the run's newest checkpoint; "never" refuses a run that has one.
        start_from: name or path of weights to start from.
        report: told how the run stands.

    Returns:
        The released weight file.

    Raises:
        UsageError: settings that contradict each other.
        InputError: no photographs, damaged ones, or the same one to learn from and held out.
        TrainingError: the run broke down or collapsed.
    """
    recipe, plan = prepare_codec(data, run, config, device=device, resume=resume, start_from=start_from, report=report)
    return train(recipe, plan, report)


def prepare_codec(
    data: Path,
    run: Path,
    config: CodecTraining,
    *,
    device: str = "auto",
    resume: str = "auto",
    start_from: str | None = None,
    report: Report,
) -> tuple[CodecRecipe, Plan]:
    """What `train_codec` with these arguments trains: the recipe with its data, and the plan of the run."""
    limits = limits_of(config, run, resume)
    processes, place = join_processes(pick_device(device))
    split = without_leaks(split_photos(data), lambda said: report(Progress.told(said)) if processes.chief else None)
    start = None if start_from is None else _starting_tensors(start_from)
    recipe = CodecRecipe(config, split.learned, split.held_out, place, start, processes)
    rhythm = Rhythm(config.log_steps, config.validate_seconds, config.checkpoint_seconds)
    notes = {"photographs": len(split.learned), "seed": config.seed, "device": place.type}
    plan = Plan(run, limits, rhythm, resume == "auto", start is not None, processes, notes)
    return recipe, plan


def _starting_tensors(name: str) -> dict[str, Tensor]:
    (weights,) = load_weights(name).values()
    return {key: tensor for key, tensor in weights.tensors.items() if key not in (COUNTS, SIZES)}
