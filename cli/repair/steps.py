"""What `restore repair` does with one picture: read it, load the models, find what is damaged, fill it and write.

Nothing found is no failure: the same pixels are written, and a line says so.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from restore.cli.batch import Item
from restore.cli.inpaint.masks import MaskReader
from restore.cli.inpaint.steps import FillSteps, Marked
from restore.cli.repair.plan import RepairTask

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from restore.callbacks import Notify
    from restore.cli.repair.options import RepairCommandOptions
    from restore.images.picture import Picture
    from restore.pipelines.inpaint.inpainter import Inpainter
    from restore.pipelines.inpaint.options import InpaintOptions
    from restore.pipelines.repair.finder import DamageFinder
    from restore.pipelines.repair.marks import Marks
    from restore.pipelines.repair.options import RepairOptions


@dataclass(frozen=True)
class Models:
    """The loaded networks.

    Attributes:
        finder: finds damage.
        inpainter: fills it; None where only masks are made.
    """

    finder: "DamageFinder"
    inpainter: "Inpainter | None"


@dataclass(frozen=True)
class Content:
    """A picture, and the masks that were given for it.

    Attributes:
        picture: as it was read.
        protect: (H, W), True where nothing may change; None without `--protect`.
        also: (H, W), True where it is filled in any case; None without `--also`.
    """

    picture: "Picture"
    protect: "NDArray[np.bool_] | None"
    also: "NDArray[np.bool_] | None"


@dataclass
class MaskFiles:
    """The masks of `--protect` and `--also`, each read once for all pictures.

    Attributes:
        protect: a file, `STDIO` for stdin, or None.
        also: another.
        max_pixels: largest picture and mask to open.
    """

    protect: Path | None
    also: Path | None
    max_pixels: int

    def __post_init__(self) -> None:
        self._readers = {path: MaskReader(path, self.max_pixels) for path in (self.protect, self.also)}

    @property
    def files(self) -> list[Path]:
        """Those that are there."""
        return [path for path in (self.protect, self.also) if path is not None]

    def content(self, picture: "Picture", notify: "Notify") -> Content:
        """A picture with what the masks mark in it.

        Raises:
            InputError: a mask cannot be read.
            UsageError: a mask's size is not the picture's.
        """
        from restore.pipelines.repair.options import ADDED, PROTECTED

        return Content(
            picture,
            self._marked("--protect", self.protect, picture, PROTECTED, notify),
            self._marked("--also", self.also, picture, ADDED, notify),
        )

    def _marked(
        self, option: str, path: Path | None, picture: "Picture", meaning: "InpaintOptions", notify: "Notify"
    ) -> "NDArray[np.bool_] | None":
        from restore.pipelines.inpaint.holes import hole_from_mask

        if path is None:
            return None
        marked: NDArray[np.bool_] = hole_from_mask(
            self._readers[path].read(path), picture, meaning, notify, f"the mask of {option}, {path},"
        )
        return marked


class RepairSteps:
    """What is done with one picture; see the module's docstring.

    Args:
        request: what is damage, and how it is filled.
        given: the options of the run.
        masks: what is protected, and what is filled in any case.
        find_only: write masks and repair nothing.
    """

    def __init__(
        self, request: "RepairOptions", given: "RepairCommandOptions", masks: MaskFiles, find_only: bool
    ) -> None:
        self.request, self.given, self.masks, self.find_only = request, given, masks, find_only
        self._models: Models | None = None
        self._filling: FillSteps[RepairTask] = FillSteps(request.filling, given)

    def read(self, task: RepairTask, item: Item) -> Content:
        """Return a picture, and what the masks mark in it."""
        from restore.cli import pictures

        content = self.masks.content(pictures.read(task.source, self.masks.max_pixels), item.note)
        picture = content.picture
        item.values |= {"width": picture.width, "height": picture.height, "depth": picture.depth}
        return content

    def load(self, content: Content, item: Item) -> Models:
        """Return the models."""
        if self._models is None:
            from restore.pipelines.inpaint.inpainter import load_inpainter
            from restore.pipelines.repair.finder import load_finder

            given = self.given
            finder = load_finder(given.weights, device=given.device)
            filler = None if self.find_only else load_inpainter(given.fill_weights, device=given.device)
            self._models = Models(finder, filler)
            item.batch.console.detail(f"weights {given.weights} on {finder.device}")
        return self._models

    def make(self, task: RepairTask, content: Content, model: Models, item: Item) -> None:
        """Find what is damaged, fill it, and write what was asked for."""
        from dataclasses import replace

        from restore.cli.repair.preview import found_panel
        from restore.pipelines.repair.repairer import find_marks, halves
        from restore.pipelines.repair.seethrough import see_through

        picture = content.picture
        finding, filling = (item.on_progress, None) if model.inpainter is None else halves(item.on_progress)
        marks = find_marks(
            model.finder,
            picture.colour,
            picture.alpha,
            self.request,
            protect=content.protect,
            also=content.also,
            on_progress=finding,
            notify=item.note,
        )
        hole = marks.mask
        self._describe(marks, hole, item)
        item.values["device"] = str(model.finder.device)
        shown = None if task.preview is None else found_panel(picture, marks.kinds, several=bool(task.variants))
        marked = Marked(picture, hole, picture, shown)
        if model.inpainter is None:
            self._write_mask(hole, task.output, item)
            if shown is not None:
                self._filling.write_preview(task, marked, [], item)
            return
        if task.mask is not None:
            self._write_mask(hole, task.mask, item)
        item.values["seen_through"] = 0.0
        if self.request.see_through:
            seen = see_through(picture.colour, hole, model.finder)
            item.values["seen_through"] = round(seen.share, 6)
            marked = replace(marked, picture=replace(picture, colour=seen.colour), hole=seen.hole)
        self._filling.make(task, marked, model.inpainter if marked.hole.any() else None, item, filling)

    def _describe(self, marks: "Marks", hole: "NDArray[np.bool_]", item: Item) -> None:
        """Put down for `--json` what was found, and say where that is nothing."""
        shares = {kind: round(share, 6) for kind, share in marks.shares().items()}
        item.values |= {"found": round(sum(marks.shares().values()), 6), **shares, "hole": round(float(hole.mean()), 6)}
        if not hole.any():
            where = " outside of what is protected" if self.masks.protect else ""
            item.note(
                f"no damage found{where}; the mask is empty"
                if self.find_only
                else f"no damage found{where}; every pixel stays as it is"
            )

    def _write_mask(self, hole: "NDArray[np.bool_]", path: Path, item: Item) -> None:
        """Write what was found, white on black."""
        import numpy as np

        from restore.cli import pictures
        from restore.images.picture import Picture

        white = np.repeat(hole[:, :, None].astype(np.uint8) * 255, 3, axis=2)
        mask = Picture(white, grey=True)
        pictures.write(mask, path, item.batch.console, strip="none", quality=None, notify=item.note_once)
