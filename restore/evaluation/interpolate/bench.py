"""Our interpolator beside what a user would pick instead, in one run, on the same frames.

Of three frames in a row the middle one is held back; each method makes it from the two others, as 8-bit RGB, and what
it made is compared with what was there. All methods run one after the other on one triplet, with the same number of
threads where they can use several, and each call's time and memory are taken as it runs.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch

from restore.devices import pick_device
from restore.errors import InputError, UsageError
from restore.evaluation.extras import opencv
from restore.evaluation.interpolate.gallery import Gallery
from restore.evaluation.interpolate.methods import (
    Interpolator,
    choose_methods,
    contestants,
    is_ours,
    left_out,
)
from restore.evaluation.interpolate.report import Mean, Row, means_over, write_csv
from restore.evaluation.interpolate.rivals import LEAST_SIDE, library_versions, missing
from restore.evaluation.interpolate.run import Runner
from restore.evaluation.interpolate.sheet import write_sheet
from restore.evaluation.interpolate.sources import find_sources
from restore.evaluation.interpolate.tables import format_tables
from restore.evaluation.measure import describe_device, settled
from restore.evaluation.perceptual import Judge


@dataclass(frozen=True, slots=True)
class Conditions:
    """What a reader has to know to judge or repeat the figures."""

    sources: int
    """Triplet folders and clips that were looked at."""
    triplets: int
    sets: int
    """Sets and clips that gave any."""
    most: int | None
    """Triplets per clip and set at most; None for the default."""
    long_side: int | None
    """Largest longer side, px; None where frames were left as they are."""
    weights: str | None
    """None when our network did not run."""
    perceptual: bool
    device: str
    """Where our network ran; the others run on the CPU."""
    processor: str
    settings: dict[str, str]
    """Method to what was chosen for it."""
    versions: dict[str, str]


@dataclass(frozen=True, slots=True)
class InterpolateBench:
    """Everything an interpolation bench measured."""

    rows: list[Row]
    conditions: Conditions
    methods: list[str]
    gallery: Gallery
    notes: list[str]
    """What a reader should be told, such as clips without a fit triplet."""
    failed: list[str]
    """What could not be read, one line each."""

    def means(self) -> list[Mean]:
        """Each method's means over all, over bins of motion and over sets and clips."""
        return means_over(self.rows, "all") + means_over(self.rows, "motion") + means_over(self.rows, "set")

    def text(self) -> str:
        """The tables for a terminal, with the conditions above them and the notes below."""
        facts = self.conditions
        versions = ", ".join(f"{name} {version}" for name, version in facts.versions.items())
        settings = "; ".join(f"{name}: {words}" for name, words in facts.settings.items() if words)
        crop = "" if facts.long_side is None else f", long side at most {facts.long_side} px"
        head = f"{_count(facts)}{crop}; device {facts.device}; {versions}"
        if facts.processor not in facts.device:
            head += f"; the others on {facts.processor}"
        foot = [
            "IE: mean absolute error, levels; s/frame: wall time of one made frame; CPU s: the same over all threads;",
            "MiB: peak memory above the state before the call; px: median motion from the first to the last frame;",
            "90 %: what a tenth of the pixels moves at least; figures of sets and bins are means over their triplets",
        ]
        failed = [f"could not be read: {reason}" for reason in self.failed]
        tables = format_tables(self.rows, self.methods)
        return "\n".join([head, *([settings] if settings else []), "", tables, "", *foot, *self.notes, *failed])

    def to_json(self) -> dict[str, Any]:
        """Conditions, means and rows as plain values."""
        return {
            "conditions": asdict(self.conditions),
            "means": [asdict(mean) for mean in self.means()],
            "rows": [asdict(row) for row in self.rows],
            "notes": list(self.notes),
            "failed": list(self.failed),
        }

    def write_csv(self, path: Path) -> None:
        """One line per triplet and method, then the means. Raises OutputError."""
        write_csv(self.rows, path)

    def write_sheet(self, path: Path, n: int = 10, worst: int = 4) -> None:
        """Windows of `n` triplets, `worst` of them where the judged method is worst.

        Raises:
            UsageError: a suffix that is no picture's.
            OutputError: the file cannot be written.
        """
        write_sheet(self.gallery.select(n, worst), self.methods, path)


@settled()
def bench_interpolate(  # noqa: PLR0913 - the request of a whole command
    data: Path,
    *,
    methods: Sequence[str] | None = None,
    listed: Path | None = None,
    most: int | None = None,
    long_side: int | None = None,
    weights: str | Path = "interpolate",
    device: str = "auto",
    perceptual: str | None = None,
    interpolator: Interpolator | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> InterpolateBench:
    """Measure ways to make a frame side by side.

    Args:
        data: a folder of triplet folders, clips and folders of numbered pictures, or one clip.
        methods: names out of `METHODS`, `restore@2` for one effort; None is `restore` and every rival that is there.
        listed: a CSV file whose column `file` names what to take below `data`.
        most: triplets per clip and per set; None is 8 of a clip and all of a set.
        long_side: frames with a longer side are reduced to so many pixels; None leaves them as they are.
        weights: name or path of our weights.
        device: where our network and the perceptual network run.
        perceptual: file of the perceptual network, or `torchvision`; None leaves that column empty.
        interpolator: an interpolator to measure as `restore` instead of `weights`.
        progress: told (runs done, runs in all) after each method on each triplet.

    Raises:
        UsageError: an unknown method or one this install lacks, nothing that gives triplets, an unavailable device.
        InputError: no such data, an unreadable list, or nothing could be read.
        WeightsError: our weights or the perceptual network cannot be loaded.
    """
    names = choose_methods(methods, weights, interpolator)
    _check(most, long_side)
    sources = find_sources(data, listed, most)
    place = pick_device(device)
    judge = None if perceptual is None else Judge(perceptual, place)
    run = Runner(contestants(names, weights, device, interpolator), place, judge, len(sources))
    notes = left_out(names, weights) if methods is None else []
    failed: list[str] = []
    total, before = sum(source.room for source in sources) * len(names), 0
    with _equal_threads():
        for index, source in enumerate(sources):
            done, given = before, 0
            try:
                for triplet in source.triplets(long_side):
                    given += 1
                    for _ in run.measure(index, triplet):
                        done += 1
                        if progress is not None:
                            progress(done, total)
            except InputError as error:
                failed.append(str(error))
            else:
                if not given:
                    notes.append(f"{source.label} is left out: no three frames in a row move and belong together")
            before += source.room * len(names)
    notes += run.notes
    if not run.rows:
        if failed:
            raise InputError(failed[0] if len(failed) == 1 else f"nothing could be read; {failed[0]}")
        raise UsageError(f"{data}: nothing to measure; {notes[-1]}")
    if missing("dis") is not None:
        notes.append("there are no bins of motion without OpenCV; run: pip install 'restore[bench]'")
    conditions = Conditions(
        sources=len(sources),
        triplets=len(run.rows) // len(names),
        sets=len({row.set for row in run.rows}),
        most=most,
        long_side=long_side,
        weights=str(weights) if any(is_ours(name) for name in names) else None,
        perceptual=judge is not None,
        device=f"{place} ({describe_device(place)})",
        processor=describe_device(torch.device("cpu")),
        settings={one.name: one.settings for one in run.methods},
        versions={"torch": str(torch.__version__), **library_versions(names)},
    )
    return InterpolateBench(run.rows, conditions, names, run.gallery, notes, failed)


@contextmanager
def _equal_threads() -> Iterator[None]:
    """Give OpenCV as many threads as torch has."""
    if missing("dis") is not None:
        yield
        return
    cv2 = opencv()
    threads = cv2.getNumThreads()
    cv2.setNumThreads(torch.get_num_threads())
    try:
        yield
    finally:
        cv2.setNumThreads(threads)


def _count(facts: Conditions) -> str:
    triplets = "1 triplet" if facts.triplets == 1 else f"{facts.triplets} triplets"
    return f"{triplets} of {'1 set or clip' if facts.sets == 1 else f'{facts.sets} sets and clips'}"


def _check(most: int | None, long_side: int | None) -> None:
    if most is not None and most < 1:
        raise UsageError(f"at least one triplet per clip, got {most}")
    if long_side is not None and long_side < LEAST_SIDE:
        raise UsageError(f"frames need at least {LEAST_SIDE} px, got a long side of {long_side}")
