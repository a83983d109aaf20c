"""`train_interpolate`: from a folder of clips to released weights, with the recipe of `interpolate_recipe`."""

from pathlib import Path

from torch import Tensor

from restore.devices import pick_device
from restore.pretrained import load_weights
from restore.training.engine.loop import Plan, Progress, Report, Rhythm, train
from restore.training.engine.processes import join_processes
from restore.training.engine.schedule import limits_of
from restore.training.interpolate.config import InterpolateTraining
from restore.training.interpolate.data import InterpolateData, RealWindows, SyntheticMotion, triplets_of
from restore.training.interpolate.recipe import InterpolateRecipe
from restore.training.interpolate.window_cache import demand_no_shared_clip, prepare
from restore.training.photos import find_photos

LEARNED_SHOWN = 12
"""Triplets of what is learned from that are validated on, beside the held-out ones."""


def train_interpolate(
    data: Path,
    run: Path,
    config: InterpolateTraining,
    *,
    photos: Path | None = None,
    device: str = "auto",
    resume: str = "auto",
    start_from: str | None = None,
    report: Report,
) -> list[Path]:
    """Train the interpolator on a folder of clips.

    Args:
        data: clips and folders of numbered pictures; those that its `VAL.csv` names, or else every tenth, are held out.
            Or the folder `windows` of an earlier run, whose frames are decoded already.
        run: folder for log, pictures, checkpoints and weights.
        config: settings; its `steps` or `minutes` end the run.
        photos: photographs to make synthetic motion of; without them there is none, and flows are not supervised.
        device: as `restore.devices.pick_device`.
        resume: "auto" goes on from the run's newest checkpoint; "never" refuses a run that has one.
        start_from: name or path of weights to start from.
        report: told how the run stands.

    Returns:
        The released weight file.

    Raises:
        UsageError: settings that contradict each other.
        InputError: no clips that move, damaged files, or the same pictures in a clip to learn from and a held-out one.
        TrainingError: the run broke down or collapsed.
    """
    recipe, plan = prepare_interpolate(
        data, run, config, photos=photos, device=device, resume=resume, start_from=start_from, report=report
    )
    return train(recipe, plan, report)


def prepare_interpolate(
    data: Path,
    run: Path,
    config: InterpolateTraining,
    *,
    photos: Path | None = None,
    device: str = "auto",
    resume: str = "auto",
    start_from: str | None = None,
    report: Report,
) -> tuple[InterpolateRecipe, Plan]:
    """What `train_interpolate` with these arguments trains: the recipe with its data, and the plan of the run."""
    limits = limits_of(config, run, resume)
    processes, place = join_processes(pick_device(device))
    start: dict[str, Tensor] | None = None
    if start_from is not None:
        (weights,) = load_weights(start_from).values()
        start = weights.tensors

    def tell(what: str, done: int, total: int) -> None:
        report(Progress.told(f"{what}: {done} of {total}"))

    learned, held_out = processes.chief_first(
        lambda: prepare(data, run / "windows", most=config.windows, progress=tell if processes.chief else None)
    )
    demand_no_shared_clip(learned, held_out)
    synthetic = None if photos is None else SyntheticMotion(find_photos(photos))
    feed = InterpolateData(RealWindows(learned), synthetic, seed=config.seed, share=config.synthetic)
    recipe = InterpolateRecipe(
        config, feed, triplets_of(held_out), place, start, triplets_of(learned, most=LEARNED_SHOWN), processes
    )
    rhythm = Rhythm(config.log_steps, config.validate_seconds, config.checkpoint_seconds)
    notes = {"windows": len(learned.windows), "seed": config.seed, "device": place.type}
    plan = Plan(run, limits, rhythm, resume == "auto", start is not None, processes, notes)
    return recipe, plan
