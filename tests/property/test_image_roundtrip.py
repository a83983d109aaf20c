"""Any picture survives lossless formats to the bit, and no byte string breaks the metadata editors.

What was written is read by Pillow, tifffile or a PNG decoder in this file, then by our own reader.
"""

import io
import struct
import zlib

import numpy as np
import tifffile
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from PIL import Image

from restore.images.metadata import Metadata
from restore.images.orientation import as_stored, upright
from restore.images.picture import Picture
from restore.images.reading import read_picture
from restore.images.tags.exif import orientation_of, without_location, without_orientation, without_previews
from restore.images.tags.xmp import without_location as xmp_without_location
from restore.images.tags.xmp import without_previews as xmp_without_previews
from restore.images.writing import write_picture


@st.composite
def pictures(draw: st.DrawFn) -> Picture:
    height, width = draw(st.integers(1, 40)), draw(st.integers(1, 40))
    dtype = draw(st.sampled_from([np.uint8, np.uint16]))
    grey = draw(st.booleans())
    if draw(st.booleans()):
        colour = draw(arrays.arrays(dtype, (height, width, 1 if grey else 3)))
    else:
        rng = np.random.default_rng(draw(st.integers(0, 2**32)))
        colour = rng.integers(0, np.iinfo(dtype).max + 1, (height, width, 1 if grey else 3), dtype=dtype)
    alpha = draw(st.none() | arrays.arrays(dtype, (height, width)))
    orientation = draw(st.integers(1, 8))
    exif = tagged(orientation) if draw(st.booleans()) else None
    metadata = Metadata(exif=exif, orientation=orientation if exif else 1)
    return Picture(np.repeat(colour, 3, axis=2) if grey else colour, alpha, grey, metadata)


def tagged(orientation: int) -> bytes:
    """The smallest EXIF block: one orientation field."""
    return b"MM\0*\0\0\0\x08" + struct.pack(">HHHIHHI", 1, 0x0112, 3, 1, orientation, 0, 0)


def decode_png(data: bytes) -> np.ndarray:
    """Pixels of a PNG without interlacing, big enough a decoder for what is written here; 8 or 16 bits."""
    position, packed = 8, b""
    width, height, bits, colour = 0, 0, 0, 0
    while position < len(data):
        length, kind = struct.unpack_from(">I4s", data, position)
        body = data[position + 8 : position + 8 + length]
        if kind == b"IHDR":
            width, height, bits, colour = struct.unpack(">IIBB", body[:10])
        packed += body if kind == b"IDAT" else b""
        position += 12 + length
    channels = {0: 1, 4: 2, 2: 3, 6: 4}[colour]
    step = channels * bits // 8
    rows = np.frombuffer(zlib.decompress(packed), np.uint8).reshape(height, 1 + width * step)
    above = np.zeros(width * step, np.int64)
    result = np.empty((height, width * step), np.uint8)
    for y, row in enumerate(rows):
        line = np.zeros(width * step + step, np.int64)  # `step` zeros before the first pixel
        for x, value in enumerate(row[1:].astype(np.int64)):
            left, up, corner = line[x], above[x], above[x - step] if x >= step else 0
            nearest = min(
                (abs(up - corner), 0, left), (abs(left - corner), 1, up), (abs(left + up - 2 * corner), 2, corner)
            )
            line[x + step] = (value + (0, left, up, (left + up) // 2, nearest[2])[row[0]]) & 255
        result[y], above = line[step:], line[step:]
    samples = result.view(">u2") if bits == 16 else result
    return samples.reshape(height, width, channels).astype(np.uint16 if bits == 16 else np.uint8)


def stored(picture: Picture) -> np.ndarray:
    """(H, W, C) as the file must hold it, turned by Pillow's table and not by ours."""
    parts = [picture.colour[..., :1] if picture.grey else picture.colour]
    if picture.alpha is not None:
        parts.append(picture.alpha[..., None])
    pixels = np.concatenate(parts, axis=2)
    turns = {2: (0, 1), 3: (2, 0), 4: (2, 1), 5: (1, 1), 6: (1, 0), 7: (3, 1), 8: (3, 0)}
    quarter, mirrored = turns.get(picture.metadata.orientation, (0, 0))
    pixels = np.rot90(pixels, quarter)  # counter-clockwise: undoes the clockwise turn that the tag asks a viewer for
    return pixels[:, ::-1] if mirrored and quarter in (0, 2) else pixels[::-1] if mirrored else pixels


def assert_same(read: Picture, made: Picture) -> None:
    assert read.depth == made.depth
    assert read.grey == made.grey
    assert np.array_equal(read.colour, made.colour)
    assert (read.alpha is None) == (made.alpha is None)
    assert made.alpha is None or np.array_equal(read.alpha, made.alpha)
    assert read.metadata.exif == made.metadata.exif
    assert read.metadata.orientation == made.metadata.orientation


@given(pictures())
@settings(deadline=None, max_examples=60)
def test_png_is_lossless(made: Picture) -> None:
    out = io.BytesIO()
    write_picture(made, out, format="PNG")
    assert np.array_equal(decode_png(out.getvalue()), stored(made))
    out.seek(0)
    assert_same(read_picture(out), made)


@given(pictures())
@settings(deadline=None, max_examples=60)
def test_tiff_is_lossless(made: Picture) -> None:
    out = io.BytesIO()
    write_picture(made, out, format="TIFF")
    expected = stored(made)
    with tifffile.TiffFile(io.BytesIO(out.getvalue())) as tiff:
        page = tiff.pages[0]
        assert page.bitspersample == made.depth
        assert page.asarray().tobytes() == expected.tobytes()
        assert page.samplesperpixel == expected.shape[2]
    out.seek(0)
    assert_same(read_picture(out), made)


@given(pictures())
@settings(deadline=None, max_examples=40)
def test_webp_is_lossless_at_eight_bits(made: Picture) -> None:
    assume(made.depth == 8 and not (made.alpha is not None and made.alpha.min() == 255))
    out = io.BytesIO()
    write_picture(made, out, format="WEBP")
    expected = stored(made)
    if made.grey:
        expected = np.concatenate([expected[..., :1]] * 3 + [expected[..., 1:]], axis=2)
    with Image.open(io.BytesIO(out.getvalue())) as image:
        assert np.array_equal(np.asarray(image), expected)
    out.seek(0)
    read = read_picture(out)
    assert np.array_equal(read.colour, made.colour)
    assert made.alpha is None or np.array_equal(read.alpha, made.alpha)


@given(arrays.arrays(np.uint8, arrays.array_shapes(min_dims=2, max_dims=3, max_side=6)), st.integers(1, 8))
def test_turning_back_undoes_turning(array: np.ndarray, orientation: int) -> None:
    assert np.array_equal(as_stored(upright(array, orientation), orientation), array)
    assert np.shares_memory(upright(array, orientation), array)


@st.composite
def broken_exif(draw: st.DrawFn) -> bytes:
    """Directories of plausible fields that point anywhere, or no directory at all."""
    order = draw(st.sampled_from("<>"))
    header = b"II*\0" if order == "<" else b"MM\0*"
    if draw(st.booleans()):
        return header + draw(st.binary(max_size=200))
    tags = st.sampled_from([0x0112, 0x0111, 0x0117, 0x014A, 0x0201, 0x0202, 0x8769, 0x8825, 0x927C, 0xA005])
    number = st.integers(0, 300) | st.integers(0, 2**32 - 1)
    block = header + struct.pack(order + "I", 8)
    for _ in range(draw(st.integers(1, 3))):
        entries = draw(st.lists(st.tuples(tags, st.integers(0, 14), number, number), max_size=6))
        count = draw(st.just(len(entries)) | st.integers(0, 65535))
        block += struct.pack(order + "H", count)
        block += b"".join(struct.pack(order + "HHII", *entry) for entry in entries) + struct.pack(
            order + "I", draw(number)
        )
    return block + draw(st.binary(max_size=100))


@given(broken_exif())
@settings(max_examples=200)
def test_exif_editors_take_any_bytes(block: bytes) -> None:
    for edit in (without_previews, without_location, without_orientation):
        assert len(edit(block)) <= len(block) + 1
    assert orientation_of(block) in range(1, 9)


@given(st.binary(max_size=120) | st.text(alphabet="<>/=\"' ax:x", max_size=60).map(str.encode))
@settings(max_examples=200)
def test_xmp_editors_take_any_bytes(packet: bytes) -> None:
    for edit in (xmp_without_location, xmp_without_previews):
        assert edit(packet) in (packet, None)
