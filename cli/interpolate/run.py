"""The clips of a run, one after the other: notes, progress, how to go on after an interruption, JSON figures."""

import contextlib
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING

from restore.cli import outputs, tasks
from restore.cli.batch import Batch, Item
from restore.cli.console import Console, InterruptedRunError, Meter
from restore.cli.interpolate.plan import Clip
from restore.cli.tasks import Task
from restore.errors import OutputError, RestoreError

if TYPE_CHECKING:
    from restore.cli.interpolate.sheet import Moments
    from restore.pipelines.interpolate.interpolator import FrameInterpolator
    from restore.pipelines.interpolate.progress import Counts
    from restore.pipelines.interpolate.shots import OutputFrame
    from restore.pipelines.interpolate.video_files import Result, VideoRequest
    from restore.video.info import VideoInfo
    from restore.video.read.reader import VideoReader

MOST_NOTES = 12
"""Lines about one clip; what goes on for longer is counted."""


@dataclass(frozen=True, slots=True)
class Settings:
    """What holds for every clip of a run."""

    request: "VideoRequest"
    rate: Fraction | None
    """Of folders of pictures."""
    resume: bool


class Network:
    """The interpolator, loaded when it is first needed."""

    def __init__(self, weights: str, device: str, max_memory: int | None) -> None:
        self._weights, self._device, self._max_memory = weights, device, max_memory
        self._loaded: FrameInterpolator | None = None

    def load(self, console: Console) -> "FrameInterpolator":
        """The interpolator.

        Raises:
            UsageError: the device is not available.
            WeightsError: no such weights, or damaged ones.
        """
        if self._loaded is None:
            from restore.pipelines.interpolate.interpolator import load_interpolator

            self._loaded = load_interpolator(self._weights, self._device, max_memory=self._max_memory)
            console.detail(f"weights {self._weights} on {self._loaded.device}")
        return self._loaded

    @property
    def identity(self) -> str:
        """What tells whether a run that goes on has the same network."""
        from restore import __version__
        from restore.pretrained import manifest
        from restore.video.write.segments import file_identity

        path = Path(self._weights)
        if path.is_dir():
            known = " ".join(file_identity(file) for file in sorted(path.glob("*.safetensors")))
        elif path.exists():
            known = file_identity(path)
        else:
            known = str(manifest()["models"].get(self._weights))
        return f"{__version__} {self._weights} {known} {self._max_memory}"


class Runner:
    """Works on one clip after the other."""

    def __init__(self, clips: list[Clip], batch: Batch, settings: Settings, network: Network, meter: Meter) -> None:
        self._clips, self._batch, self._settings = clips, batch, settings
        self._network, self._meter = network, meter

    def do(self, index: int, task: Task, item: Item) -> bool:
        """Make one clip; False where that failed and was reported.

        Raises:
            InterruptedRunError: Ctrl-C; the message says how to go on.
        """
        tasks.show(self._meter, index, len(self._clips), item, 0, 1)
        video = self._batch.attempt(item, self._open, task, item)
        if video is None:
            return False
        with video:
            maker = self._batch.needed_by_all(item, self._network.load, self._batch.console)
            item.values["device"] = str(maker.device)
            try:
                return bool(self._batch.attempt(item, self._make, index, task, item, video))
            except KeyboardInterrupt as interruption:
                raise InterruptedRunError(_how_to_go_on(task.output)) from interruption

    def _open(self, task: Task, item: Item) -> "VideoReader":
        from restore.pipelines.interpolate.video_files import check_request
        from restore.video.read.opening import open_video

        video = open_video(task.source, rate=self._settings.rate if task.source.is_dir() else None)
        info = video.info
        item.values |= {"width": info.width, "height": info.height, "source_rate": info.rate and str(info.rate)}
        try:
            item.values["rate"] = str(check_request(video, task.output, self._settings.request))
        except RestoreError:
            video.close()
            raise
        for line in _remarks(info, self._settings.request, task.output):
            self._batch.note(item, line)
        return video

    def _make(self, index: int, task: Task, item: Item, video: "VideoReader") -> bool:
        from restore.cli.interpolate.sheet import Moments
        from restore.pipelines.interpolate.video_files import forget, unfinished, write_video

        clip, request = self._clips[index], self._settings.request
        outputs.make_folder(task.output)
        left = unfinished(task.output)
        if left is not None and not self._settings.resume:
            if left:
                self._batch.note(item, f"{left} frames of an earlier run are thrown away; --resume would keep them")
            forget(task.output)
        moments = Moments(request.retiming.stretch, video.info.duration) if clip.preview is not None else None
        progress = _Progress(self._meter, index, len(self._clips), item, request.retiming.expected(video.info))

        def watch(frame: "OutputFrame", counts: "Counts") -> None:
            progress.show(frame.index, counts.made)
            if moments is not None:
                moments.see(frame)

        maker = self._network.load(self._batch.console)
        with self._notes(item) as note, _advised(task.output):
            result = write_video(
                video,
                (task.source, task.output),
                request,
                maker,
                identity=self._network.identity,
                watch=watch,
                note=note,
            )
        self._tell(item, result)
        if clip.preview is not None and moments is not None:
            self._write_sheet(moments, clip.preview, item)
        if clip.compare is not None:
            self._write_comparison(index, clip.compare, item, result.frames)
        return True

    def _tell(self, item: Item, result: "Result") -> None:
        counts = result.counts
        item.values |= {
            "frames_in": counts.read,
            "frames_out": result.frames,
            "resumed": result.resumed,
            "counts": asdict(counts),
        }
        if counts.read == 1:
            self._batch.note(item, "it has one frame, and so nothing in between: it is shown for the whole length")
        self._batch.console.detail(
            f"{item.name}: {counts.read} frames in, {result.frames} out: {counts.made} made, {counts.real} real, "
            f"{counts.still} still, {counts.cut} beside {counts.scene_cuts} cuts, {counts.held} held, "
            f"{counts.damaged} damaged"
        )

    def _write_sheet(self, moments: "Moments", path: Path, item: Item) -> None:
        from restore.cli import pictures

        sheet = moments.sheet()
        if sheet is None:
            self._batch.note(item, "no frame was made in this run, and so no preview")
            return
        console = self._batch.console
        pictures.write(sheet, path, console, strip="none", quality=None, notify=console.detail)
        item.values["preview"] = str(path)

    def _write_comparison(self, index: int, path: Path, item: Item, frames: int) -> None:
        from restore.cli.interpolate.compare import write_comparison

        clip = self._clips[index]

        def told(done: int) -> None:
            tasks.show(self._meter, index, len(self._clips), item, done, frames)

        outputs.make_folder(path)
        request = self._settings.request
        rate = self._settings.rate if clip.task.source.is_dir() else None
        write_comparison((clip.task.source, clip.task.output), path, request.retiming, rate, told)
        item.values["compare"] = str(path)

    @contextlib.contextmanager
    def _notes(self, item: Item) -> Iterator[Callable[[str], None]]:
        """A place for notes that lets through the first few and counts the rest."""
        told = 0

        def note(line: str) -> None:
            nonlocal told
            told += 1
            if told <= MOST_NOTES:
                self._batch.note(item, line)
            else:
                self._batch.console.detail(f"{item.name}: {line}")

        try:
            yield note
        finally:
            if told > MOST_NOTES:
                self._batch.note(item, f"… and {told - MOST_NOTES} more of the kind; -v shows all")


class _Progress:
    """How far a clip is: output frames of this run, and how many the network makes a second."""

    def __init__(self, meter: Meter, index: int, clips: int, item: Item, expected: int | None) -> None:
        self._meter, self._index, self._clips, self._item, self._expected = meter, index, clips, item, expected
        self._began = time.perf_counter()
        self._first: tuple[int, int] | None = None

    def show(self, frame: int, made: int) -> None:
        """Tell that a frame is done, and how many have been made up to it."""
        if self._first is None:
            self._first = frame, made
        first, made_before = self._first
        done = frame + 1 - first
        total = None if self._expected is None else max(self._expected - first, done)
        seconds = time.perf_counter() - self._began
        label = f"{self._item.name}: {(made - made_before) / max(seconds, 1e-9):.3g} made/s"
        if self._clips == 1:
            self._meter.update(done, total, label)
        else:
            self._meter.update(self._index + done / (total or done + 1), self._clips, label)


def _remarks(info: "VideoInfo", request: "VideoRequest", output: Path) -> Iterator[str]:
    """What a user should know before a clip is worked on."""
    from restore.video.rates import rate_name
    from restore.video.write.opening import output_kind

    if info.is_interlaced:
        yield "it is interlaced, and its half pictures are not taken apart: combs stay"
    retiming = request.retiming
    if retiming.mode == "fps" and info.rate is not None and not info.is_variable:
        if retiming.source_rate == info.rate:
            yield f"it has {rate_name(info.rate)} frames per second already: none are made"
        elif retiming.source_rate < info.rate:
            rates = f"{rate_name(retiming.source_rate)} frames per second are fewer than its {rate_name(info.rate)}"
            yield f"{rates}: some are left out"
    if not info.audio_streams:
        return
    if (kind := output_kind(output)) != "film":
        yield f"{'a folder of pictures' if kind == 'folder' else kind} holds no sound"
    elif retiming.stretch != 1 and request.sound is None:
        yield "slow motion leaves the sound out; --sound stretch slows it down too"
    elif retiming.stretch != 1 and request.sound == "keep":
        yield "the sound keeps its speed, and so ends before the pictures"


@contextlib.contextmanager
def _advised(output: Path) -> Iterator[None]:
    """Add to what went wrong with the output how to go on."""
    from restore.pipelines.interpolate.video_files import unfinished

    try:
        yield
    except OutputError as error:
        if left := unfinished(output):
            raise OutputError(f"{error}; {left} finished frames are kept, --resume goes on with them") from error
        raise


def _how_to_go_on(output: Path) -> str:
    from restore.pipelines.interpolate.video_files import unfinished

    if left := unfinished(output):
        return f"interrupted; the first {left} frames of {output} are kept: the same command with --resume goes on"
    return "interrupted; nothing half-written was left"
