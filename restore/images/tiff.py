"""The TIFF reader and writer, at the file's own depth, with the EXIF fields of its directories.

Pixels of 8 bits and less go through Pillow, which reads every old kind of TIFF but reduces 16-bit colour to 8 without a
warning; 9 to 16 bits go through tifffile. The directory stays ours because neither gives it as EXIF: a TIFF file has no
EXIF block, its first directory holds the fields and points at the Exif and GPS directories. Reading packs those fields
into a block like the other formats have; writing lets tifffile write the pixels, then puts a new first directory behind
them that holds tifffile's structure and the metadata's fields.
"""

import io
import itertools
import logging
import struct
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from typing import BinaryIO, Literal

import imagecodecs
import numpy as np
import tifffile
from PIL import Image

from restore.errors import InputError
from restore.images.metadata import Metadata, icc_space, source_metadata
from restore.images.picture import StoredPicture
from restore.images.pillow_arrays import array_from_image
from restore.images.tags.exif import (
    EXIF_IFD,
    GPS_IFD,
    INTEROP_IFD,
    Children,
    Field,
    Fields,
    byte_order,
    pack_fields,
    read_fields,
)

__all__ = ["TIFF_ERRORS", "read_tiff", "write_tiff"]

TIFF_ERRORS = (
    tifffile.TiffFileError, OSError, ValueError, TypeError, KeyError, IndexError, AttributeError, struct.error,
    RuntimeError, OverflowError, ZeroDivisionError,
)  # fmt: skip

logging.getLogger("tifffile").addHandler(logging.NullHandler())  # its warnings about odd files are not for the terminal

_XMP, _IPTC, _ICC = 700, 33723, 34675
_RESOLUTION = (282, 283, 296)
# Fields of the first directory that describe the picture, not how its pixels are stored.
_DESCRIPTIVE = {
    269, 270, 271, 272, 274, 282, 283, 285, 296, 305, 306, 315, 316, 0x4746, 0x4749, 33432, 0x9C9B, 0x9C9C,
    0x9C9D, 0x9C9E, 0x9C9F, 0xC4A5,
}  # fmt: skip
_BYTE, _UNDEFINED = 1, 7
_BLACK_IS_ZERO, _WHITE_IS_ZERO, _RGB, _CMYK = 1, 0, 2, 5
_ALPHA_ASSOCIATED, _ALPHA = 1, 2
_UNSIGNED = 1


@dataclass(frozen=True, slots=True)
class _Layout:
    """What must be known before any pixel is decoded.

    Attributes:
        width, height: in pixels, as stored.
        bits: per sample.
        grey: one colour channel.
        page: index of the directory that holds the picture.
        metadata: with the EXIF block made from the file's directories.
    """

    width: int
    height: int
    bits: int
    grey: bool
    page: int
    metadata: Metadata


def read_tiff(file: BinaryIO, check_size: Callable[[int, int], None]) -> StoredPicture:
    """A TIFF file's picture; 9 to 16 bits become 16.

    Args:
        file: seekable.
        check_size: called with (width, height) before any pixel is decoded.

    Raises:
        InputError: several pages, no picture, a depth or a kind of colour that is not supported.
        TIFF_ERRORS: damaged.
    """
    layout = _read_layout(file)
    check_size(layout.width, layout.height)
    if layout.bits > 8:
        pixels, metadata = _decode_deep(file, layout)
        return StoredPicture(pixels, metadata, layout.grey)
    file.seek(0)
    with Image.open(file, formats=["TIFF"]) as image:
        image.seek(layout.page)
        pixels, converted = array_from_image(image, layout.metadata.icc)
    metadata = replace(layout.metadata, icc=None) if converted else layout.metadata
    return StoredPicture(pixels, metadata, layout.grey, is_upright=True)  # Pillow turns a TIFF itself


def write_tiff(file: BinaryIO, pixels: np.ndarray, metadata: Metadata, _quality: int | None = None) -> None:
    """Write pixels as they are to be stored, losslessly packed (Deflate).

    Args:
        pixels: (H, W), (H, W, 2), (H, W, 3) or (H, W, 4), uint8 or uint16.
    """
    order: Literal["<", ">"] = ">" if metadata.exif and byte_order(metadata.exif) == ">" else "<"
    channels = 1 if pixels.ndim == 2 else pixels.shape[2]
    buffer = io.BytesIO()
    tifffile.imwrite(
        buffer,
        np.ascontiguousarray(pixels),
        byteorder=order,
        photometric="rgb" if channels >= 3 else "minisblack",
        planarconfig="contig" if channels > 1 else None,
        extrasamples=["unassalpha"] if channels in (2, 4) else None,
        compression="adobe_deflate",
        predictor=True,
        resolution=metadata.dpi or (1, 1),
        resolutionunit="INCH" if metadata.dpi else "NONE",
        software=False,
        metadata=None,
    )
    _rewrite_directory(buffer, order, metadata)
    file.write(buffer.getbuffer())


def _read_layout(file: BinaryIO) -> _Layout:
    """Size, depth and metadata of a TIFF file.

    Raises:
        InputError: several pages, no picture, floating point or a depth that is not supported.
        TIFF_ERRORS: damaged.
    """
    file.seek(0)
    with tifffile.TiffFile(file) as tiff:
        pages = ((index, page) for index, page in enumerate(tiff.pages) if not _is_secondary(page))
        found = list(itertools.islice(pages, 2))
        if not found:
            raise InputError("holds no full-size picture (a camera's raw file?); develop it to TIFF or JPEG first")
        if len(found) > 1:
            raise InputError("is a TIFF with several pages; save the page you want as a file of its own first")
        index, page = found[0]
        if not isinstance(page, tifffile.TiffPage):
            raise InputError("is damaged: its first page cannot be read")
        bits, kind = int(page.bitspersample), int(page.sampleformat)
        if kind != _UNSIGNED or bits > 16:
            raise InputError(
                f"has {bits}-bit {'integer' if kind == _UNSIGNED else 'float or signed'} samples, "
                "which are not supported; save it with 8 or 16 bits per channel"
            )
        order = tiff.byteorder
        start = page.offset
        metadata = _metadata_of(file, order, start) if not tiff.is_bigtiff else _big_metadata_of(page)
        grey = int(page.photometric) in (_BLACK_IS_ZERO, _WHITE_IS_ZERO)
        return _Layout(page.imagewidth, page.imagelength, bits, grey, index, metadata)


def _decode_deep(file: BinaryIO, layout: _Layout) -> tuple[np.ndarray, Metadata]:
    """Pixels of a TIFF file with 9 to 16 bits per sample, as stored.

    Returns:
        uint16 (H, W), (H, W, 2), (H, W, 3) or (H, W, 4): grey or RGB, then alpha; and the metadata, without a CMYK
        profile if the pixels were CMYK.

    Raises:
        InputError: a kind of colour that is not supported.
        TIFF_ERRORS: damaged.
    """
    file.seek(0)
    with tifffile.TiffFile(file) as tiff:
        page = tiff.pages[layout.page]
        if not isinstance(page, tifffile.TiffPage):
            raise InputError("is damaged: its first page cannot be read")
        photometric, extra = int(page.photometric), [int(value) for value in page.extrasamples]
        _refuse_missing_strips(page, file)
        pixels = page.asarray()
        planar = int(page.planarconfig) == 2 and page.samplesperpixel > 1
    if planar:
        pixels = np.moveaxis(pixels, 0, -1)
    pixels = pixels.reshape(layout.height, layout.width, -1)
    if layout.bits < 16:
        pixels = (pixels.astype(np.uint32) * 65535 // ((1 << layout.bits) - 1)).astype(np.uint16)
    channels = {_BLACK_IS_ZERO: 1, _WHITE_IS_ZERO: 1, _RGB: 3, _CMYK: 4}.get(photometric)
    if channels is None or pixels.shape[2] < channels or pixels.dtype != np.uint16:
        raise InputError("has a kind of colour that is not supported at 16 bits; save it as RGB or grey")
    colour = pixels[..., :channels]
    alpha = pixels[..., channels] if extra[:1] and extra[0] in (_ALPHA, _ALPHA_ASSOCIATED) else None
    metadata = layout.metadata
    if photometric == _WHITE_IS_ZERO:
        colour = 65535 - colour
    if photometric == _CMYK:
        colour, metadata = _from_cmyk(colour, metadata)
    if alpha is None:
        return (colour[..., 0] if colour.shape[2] == 1 else colour), metadata
    if extra[0] == _ALPHA_ASSOCIATED:
        wide = colour.astype(np.uint32) * 65535 // np.maximum(alpha, 1)[..., None]
        colour = np.minimum(wide, 65535).astype(np.uint16)
    return np.concatenate([colour, alpha[..., None]], axis=2), metadata


def _is_secondary(page: tifffile.TiffPage | tifffile.TiffFrame) -> bool:
    """A preview or a mask beside the picture, not a page."""
    return isinstance(page, tifffile.TiffPage) and (page.is_reduced or page.is_mask)


def _rewrite_directory(buffer: io.BytesIO, order: str, metadata: Metadata) -> None:
    """Put a new first directory at the end of the file: the old one's structure with the metadata's fields."""
    data = buffer.getvalue()
    fields = read_fields(_reader(io.BytesIO(data)), order, struct.unpack(order + "I", data[4:8])[0])
    if metadata.dpi is None:  # tifffile writes 1 pixel per nothing then
        fields = {tag: field for tag, field in fields.items() if tag not in _RESOLUTION}
    children: Children = {}
    if metadata.exif:
        read = _reader(io.BytesIO(metadata.exif))
        theirs = read_fields(read, order, struct.unpack(order + "I", metadata.exif[4:8])[0])
        children = _children(read, order, theirs)
        for tag in _DESCRIPTIVE.intersection(theirs):
            if tag not in _RESOLUTION or metadata.dpi is None:
                fields[tag] = theirs[tag]
    if metadata.xmp:
        fields[_XMP] = Field(_BYTE, len(metadata.xmp), metadata.xmp)
    if metadata.iptc:
        fields[_IPTC] = Field(_UNDEFINED, len(metadata.iptc), metadata.iptc)
    if metadata.icc:
        fields[_ICC] = Field(_UNDEFINED, len(metadata.icc), metadata.icc)
    start = len(data) + len(data) % 2
    buffer.seek(start)
    buffer.write(pack_fields(fields, children, order, start))
    buffer.seek(4)
    buffer.write(struct.pack(order + "I", start))


def _children(read: Callable[[int, int], bytes], order: str, parent: Fields) -> Children:
    """Packers of the Exif and GPS directories, and of Interop inside Exif."""
    children: Children = {}
    for tag in (EXIF_IFD, GPS_IFD, INTEROP_IFD):
        if tag in parent and len(parent[tag].value) == 4:
            fields = read_fields(read, order, struct.unpack(order + "I", parent[tag].value)[0])
            below = _children(read, order, fields) if tag == EXIF_IFD else {}
            plain = {key: field for key, field in fields.items() if key not in (EXIF_IFD, GPS_IFD, INTEROP_IFD)}
            if plain or below:
                children[tag] = partial(pack_fields, plain, below, order)
    return children


def _metadata_of(file: BinaryIO, order: str, start: int) -> Metadata:
    read = _reader(file)
    fields = read_fields(read, order, start)
    children = _children(read, order, fields)
    described = {tag: field for tag, field in fields.items() if tag in _DESCRIPTIVE}
    exif = None
    if children or set(described) - set(_RESOLUTION):
        exif = (b"II*\0" if order == "<" else b"MM\0*") + struct.pack(order + "I", 8)
        exif += pack_fields(described, children, order, 8)
    return source_metadata(
        icc=fields[_ICC].value if _ICC in fields else None,
        exif=exif,
        xmp=fields[_XMP].value if _XMP in fields else None,
        dpi=_dpi(fields, order),
        iptc=fields[_IPTC].value if _IPTC in fields else None,
    )


def _big_metadata_of(page: tifffile.TiffPage) -> Metadata:
    """A BigTIFF's profile and packet; its 64-bit directories have no place in an EXIF block."""
    icc, xmp = page.tags.valueof(_ICC), page.tags.valueof(_XMP)
    return source_metadata(icc=bytes(icc) if icc else None, xmp=bytes(xmp) if xmp else None)


def _dpi(fields: Fields, order: str) -> tuple[float, float] | None:
    unit = fields[296].value if 296 in fields else struct.pack(order + "H", 2)
    scale = {2: 1.0, 3: 2.54}.get(struct.unpack(order + "H", unit[:2])[0] if len(unit) >= 2 else 0)
    values = []
    for tag in (282, 283):
        if tag in fields and len(fields[tag].value) == 8:
            over, under = struct.unpack(order + "II", fields[tag].value)
            values.append(over / under if under else 0.0)
    if scale is None or len(values) != 2:
        return None
    return (values[0] * scale, values[1] * scale)


def _reader(file: BinaryIO) -> Callable[[int, int], bytes]:
    def read(offset: int, size: int) -> bytes:
        file.seek(offset)
        return file.read(size)

    return read


def _refuse_missing_strips(page: tifffile.TiffPage, file: BinaryIO) -> None:
    """tifffile fills a strip that lies behind the end of the file with zeros; a cut file must be an error instead."""
    end = file.seek(0, io.SEEK_END)
    pieces = zip(page.dataoffsets, page.databytecounts, strict=False)
    if len(page.dataoffsets) != len(page.databytecounts) or any(not n or start + n > end for start, n in pieces):
        raise InputError("is truncated: part of its pixels is missing; fetch the file again")


def _from_cmyk(colour: np.ndarray, metadata: Metadata) -> tuple[np.ndarray, Metadata]:
    """CMYK to sRGB at 16 bits, through the file's profile if it is a CMYK profile, else by the plain formula."""
    plain = replace(metadata, icc=None)
    if metadata.icc and icc_space(metadata.icc) == "CMYK":
        srgb = imagecodecs.cms_profile("srgb")
        pixels = imagecodecs.cms_transform(
            np.ascontiguousarray(colour), metadata.icc, srgb, colorspace="cmyk", outcolorspace="rgb", intent=1
        )
        return np.asarray(pixels), plain
    light = 65535 - colour.astype(np.uint32)
    return (light[..., :3] * light[..., 3:] // 65535).astype(np.uint16), plain
