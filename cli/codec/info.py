"""`restore info`: what `.ric` files hold, from their beginning alone. No torch and no NumPy."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from restore.cli import options
from restore.cli.batch import Batch, Item
from restore.cli.codec.ric_files import named, open_file
from restore.cli.console import console_of
from restore.cli.outputs import STDIO
from restore.cli.sources import Source, find_sources

if TYPE_CHECKING:
    from restore.codecs.bitstream.header import Header
    from restore.images.metadata import Metadata


def info(
    context: typer.Context,
    paths: Annotated[
        list[str] | None, typer.Argument(metavar="FILE...", help=".ric files, or folders of them; - is stdin.")
    ] = None,
    *,
    verify: Annotated[
        bool, typer.Option("--verify", help="Read each file to its end and check every checksum.")
    ] = False,
    json: options.Json = False,
    quiet: options.Quiet = False,
    verbose: options.Verbose = 0,
) -> None:
    """Say what .ric files hold: size, depth, quality, the model they need, metadata.

    \b
    restore info photo.ric
    restore info photos/ --verify --json
    """
    console = console_of(context)
    console.configure(quiet=quiet, verbose=verbose, json=json)
    from restore.codecs.bitstream.file import SUFFIX

    sources = find_sources(paths or [], {SUFFIX}, what=".ric files")
    batch = Batch(console, len(sources))
    for source in sources:
        item = batch.item({"input": str(source.path)})
        if source.problem is not None:
            batch.fail(item, source.problem)
            continue
        line = batch.attempt(item, _describe, source, item, verify)
        if line is not None:
            batch.done(item, [line])
    batch.close()


def _describe(source: Source, item: Item, verify: bool) -> str:
    from restore.codecs.bitstream.container import ContainerError
    from restore.codecs.bitstream.file import MAX_BYTES, read_file, read_front
    from restore.codecs.bitstream.header import LARGEST_CLAIM

    try:
        with open_file(source.path) as file:
            header, metadata = read_front(file, max_pixels=LARGEST_CLAIM)
            file.seek(0, 2)
            size = file.tell()
            if verify:
                file.seek(0)
                read_file(file.read(MAX_BYTES), max_pixels=LARGEST_CLAIM)
    except ContainerError as error:
        raise named(source.path, error) from error
    kept = _kept(metadata)
    item.values |= _values(header, size, kept)
    if verify:
        item.values["verified"] = True
    return _line(source.path, header, size, kept) + (", whole" if verify else "")


def _values(header: "Header", size: int, kept: list[str]) -> dict[str, object]:
    from restore.codecs.bitstream.header import QUALITY_STEPS

    return {
        "width": header.width,
        "height": header.height,
        "depth": header.depth,
        "grey": header.grey,
        "alpha": header.alpha,
        "quality": round(header.quality / QUALITY_STEPS, 3),
        "model": header.model,
        "model_hash": f"{header.model_hash:08x}",
        "version": f"{header.major}.{header.minor}",
        "bytes": size,
        "bpp": round(8 * size / (header.width * header.height), 5),
        "metadata": kept,
    }


def _line(path: Path, header: "Header", size: int, kept: list[str]) -> str:
    from restore.codecs.bitstream.header import QUALITY_STEPS

    colours = f"{'grey' if header.grey else 'RGB'}{' with transparency' if header.alpha else ''}"
    parts = [
        f"{header.width} x {header.height} px, {header.depth} bit {colours}",
        f"quality {header.quality / QUALITY_STEPS:.4g}",
        f"{size} bytes ({8 * size / (header.width * header.height):.3f} bits per pixel)",
        f"model {header.model}, hash {header.model_hash:08x}",
        f"format {header.major}.{header.minor}",
        f"with {', '.join(kept)}" if kept else "no metadata",
    ]
    return f"{'stdin' if path == STDIO else path}: {'; '.join(parts)}"


def _kept(metadata: "Metadata") -> list[str]:
    parts = {
        "ICC": metadata.icc,
        "EXIF": metadata.exif,
        "XMP": metadata.xmp,
        "IPTC": metadata.iptc,
        "resolution": metadata.dpi,
        "PNG notes": metadata.chunks,
    }
    return [name for name, part in parts.items() if part]
