"""What every contact sheet of a bench shares: colours, measures, file formats, and blocks one below the other."""

from collections.abc import Sequence
from pathlib import Path

from PIL import Image

from restore.errors import UsageError
from restore.files import atomic_write

GAP = 8
CAPTION = 30
HEAD = 42
"""Height in pixels of the two lines above each tile of a case."""
BACKGROUND, INK, QUIET, WARNING = (24, 24, 24), (240, 240, 240), (170, 170, 170), (255, 150, 90)
FORMATS = {".png": "PNG", ".jpg": "JPEG", ".jpeg": "JPEG", ".webp": "WEBP"}


def format_of(path: Path) -> str:
    """Pillow's name of the format that a sheet's suffix asks for.

    Raises:
        UsageError: it names no format of a sheet.
    """
    form = FORMATS.get(path.suffix.lower())
    if form is None:
        raise UsageError(f"a sheet is a .png, .jpg or .webp file, not {path.name}")
    return form


def write_blocks(blocks: Sequence[Image.Image], path: Path, form: str, *, quality: int) -> None:
    """Write pictures one below the other, as a format of `FORMATS`; `quality`, 0..100, is for the lossy ones.

    Raises:
        OutputError: the file cannot be written.
    """
    sheet = Image.new("RGB", (max(block.width for block in blocks), sum(block.height for block in blocks)), BACKGROUND)
    top = 0
    for block in blocks:
        sheet.paste(block, (0, top))
        top += block.height
    with atomic_write(path) as file:
        sheet.save(file, format=form, quality=quality)
