"""What a picture file holds besides its pixels, and how much of it a written file may repeat.

Everything is kept but two kinds of data. A preview of the old picture is removed, because it still shows what was
painted out. What describes the pixels wrongly is removed: a CMYK profile on pixels that are RGB now, a tag for an
orientation that was not kept.
"""

from dataclasses import dataclass, replace

from restore.errors import UsageError
from restore.images.tags import exif as exif_block
from restore.images.tags import iptc as iptc_records
from restore.images.tags import xmp as xmp_packet

__all__ = ["STRIP_CHOICES", "Metadata", "icc_space", "resized_metadata", "source_metadata", "writable_metadata"]

STRIP_CHOICES = ("none", "location", "all")
_TEXT_CHUNKS = (b"tEXt", b"zTXt", b"iTXt")


@dataclass(frozen=True, slots=True)
class Metadata:
    """The metadata of one picture, each part as the bytes that its file held.

    Attributes:
        icc: the ICC profile of the colours; None means sRGB.
        exif: the bare TIFF block (``II*\\0`` or ``MM\\0*`` first, no ``Exif\\0\\0``).
        xmp: the XMP packet.
        dpi: pixels per inch, across and down.
        orientation: EXIF orientation 1..8 of the pixels *in the file*; a ``Picture`` holds them upright.
        chunks: further PNG chunks (type, data) that are copied from PNG to PNG: colour description and texts.
        iptc: IPTC records, as JPEG and TIFF hold them.
    """

    icc: bytes | None = None
    exif: bytes | None = None
    xmp: bytes | None = None
    dpi: tuple[float, float] | None = None
    orientation: int = 1
    chunks: tuple[tuple[bytes, bytes], ...] = ()
    iptc: bytes | None = None


def source_metadata(
    *,
    icc: bytes | None = None,
    exif: bytes | None = None,
    xmp: bytes | str | None = None,
    dpi: tuple[float, float] | None = None,
    chunks: tuple[tuple[bytes, bytes], ...] = (),
    iptc: bytes | None = None,
) -> Metadata:
    """Metadata from the raw parts of a file: empty parts become None, the orientation is read from the EXIF block."""
    block = exif_block.tiff_block(exif)
    packet = xmp.encode() if isinstance(xmp, str) else xmp
    if dpi is not None and not all(0 < value < 1e7 for value in dpi):
        dpi = None
    return Metadata(icc or None, block, packet or None, dpi, exif_block.orientation_of(block), chunks, iptc or None)


def resized_metadata(metadata: Metadata, stored_size: tuple[int, int]) -> Metadata:
    """The metadata of a picture that was made larger or smaller by adding or taking away pixels at its edges.

    Args:
        metadata: of the picture before.
        stored_size: (width, height) of the new one in a file, before its orientation is applied.

    Returns:
        EXIF's pixel dimensions are the new ones; XMP no longer holds any. Both lose the places of subjects and faces,
        which are given in the old picture's coordinates.
    """
    return replace(
        metadata,
        exif=exif_block.with_size(metadata.exif, stored_size) if metadata.exif else None,
        xmp=xmp_packet.without_size(metadata.xmp) if metadata.xmp else None,
    )


def writable_metadata(
    metadata: Metadata, *, strip: str = "none", exif_fits: bool = True, upright: bool = False
) -> Metadata:
    """The metadata that may be written; its ``orientation`` is the one to store the pixels in.

    Args:
        strip: ``"none"`` keeps all, ``"location"`` removes GPS data and names of places, ``"all"`` keeps only what the
            colours need.
        exif_fits: False if the target format cannot hold EXIF; the pixels are then stored upright.
        upright: the target format stores the rotation in its own way, so EXIF and XMP must not hold it as well.

    Raises:
        UsageError: an unknown ``strip``.
    """
    if strip not in STRIP_CHOICES:
        raise UsageError(f"strip {strip!r} is unknown; use one of {', '.join(STRIP_CHOICES)}")
    colour_chunks = tuple(chunk for chunk in metadata.chunks if chunk[0] not in _TEXT_CHUNKS)
    if strip == "all":
        return Metadata(icc=metadata.icc, chunks=colour_chunks)
    exif = exif_block.without_previews(metadata.exif) if metadata.exif and exif_fits else None
    xmp = xmp_packet.without_previews(metadata.xmp) if metadata.xmp else None
    iptc = iptc_records.without_previews(metadata.iptc) if metadata.iptc else None
    chunks = metadata.chunks
    if strip == "location":
        exif = exif_block.without_location(exif) if exif else None
        xmp = xmp_packet.without_location(xmp) if xmp else None
        iptc = iptc_records.without_location(iptc) if iptc else None
        chunks = tuple(chunk for chunk in chunks if not _names_a_place(chunk))
    if upright and exif:
        exif = exif_block.without_orientation(exif)
        if metadata.orientation >= 5:  # width and height have changed places
            exif = exif_block.with_size(exif, None)
    if (upright or exif is None) and xmp:
        xmp = xmp_packet.without_orientation(xmp)
    orientation = exif_block.orientation_of(exif)
    return replace(metadata, exif=exif, xmp=xmp, orientation=orientation, chunks=chunks, iptc=iptc or None)


def icc_space(profile: bytes | None) -> str:
    """The profile's colour space as in its header (``"RGB"``, ``"GRAY"``, ``"CMYK"``); ``""`` without a header."""
    if profile is None or len(profile) < 128 or profile[36:40] != b"acsp":
        return ""
    return profile[16:20].decode("ascii", "replace").strip()


def _names_a_place(chunk: tuple[bytes, bytes]) -> bool:
    keyword = chunk[1].split(b"\0", 1)[0].lower()
    return chunk[0] in _TEXT_CHUNKS and any(
        word in keyword for word in (b"gps", b"location", b"geo", b"latitude", b"longitude")
    )
