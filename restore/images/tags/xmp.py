"""Taking single properties out of an XMP packet without rewriting the rest.

Serialising XML anew, as python-xmp-toolkit does, would change prefixes, order, white space and the packet's padding. So
the parser only finds *where* a property stands, and those bytes are cut out. A packet that is not well-formed XML
cannot be searched; it is dropped, because it could hold what was to be removed.
"""

import re
from collections.abc import Callable
from xml.parsers import expat

__all__ = ["without_location", "without_orientation", "without_previews", "without_size"]

_TIFF = "http://ns.adobe.com/tiff/1.0/"
_EXIF = "http://ns.adobe.com/exif/1.0/"
_EXIF_EX = "http://cipa.jp/exif/1.0/"
_PHOTOSHOP = "http://ns.adobe.com/photoshop/1.0/"
_XMP = "http://ns.adobe.com/xap/1.0/"
_XMP_NOTE = "http://ns.adobe.com/xmp/note/"
_IPTC_CORE = "http://iptc.org/std/Iptc4xmpCore/1.0/xmlns/"
_IPTC_EXT = "http://iptc.org/std/Iptc4xmpExt/2008-02-29/"
_CAMERA = "http://ns.google.com/photos/1.0/camera/"

_PLACES = {
    (_PHOTOSHOP, "City"),
    (_PHOTOSHOP, "State"),
    (_PHOTOSHOP, "Country"),
    (_IPTC_CORE, "Location"),
    (_IPTC_CORE, "CountryCode"),
    (_IPTC_EXT, "LocationCreated"),
    (_IPTC_EXT, "LocationShown"),
}
_PICTURES = {(_XMP, "Thumbnails"), (_XMP_NOTE, "HasExtendedXMP")}
# Other pictures in a file (depth, gain map, the film of a moving photo) are not written; nothing may refer to them.
_PICTURE_SPACES = {
    "http://ns.adobe.com/xap/1.0/g/img/",
    "http://ns.google.com/photos/1.0/image/",
    "http://ns.google.com/photos/1.0/depthmap/",
    "http://ns.google.com/photos/1.0/container/",
    "http://ns.google.com/photos/1.0/container/item/",
    "http://ns.google.com/photos/dd/1.0/device/",
    "http://ns.adobe.com/hdr-gain-map/1.0/",
    "http://ns.apple.com/HDRGainMap/1.0/",
}
_SIZES = {
    (_TIFF, "ImageWidth"),
    (_TIFF, "ImageLength"),
    (_EXIF, "PixelXDimension"),
    (_EXIF, "PixelYDimension"),
    (_EXIF, "SubjectArea"),
    (_EXIF, "SubjectLocation"),
}
_PLACE_SPACES = {  # faces and other regions, and where a picture lies on a panorama's sphere
    "http://www.metadataworkinggroup.com/schemas/regions/",
    "http://ns.microsoft.com/photo/1.2/",
    "http://ns.google.com/photos/1.0/panorama/",
}
_SEPARATOR = "\n"  # between namespace and name in the names that expat reports; no namespace holds one


def without_location(packet: bytes) -> bytes | None:
    """The packet without GPS properties and names of places; None if it cannot be read."""
    return _without(packet, _is_location)


def without_previews(packet: bytes) -> bytes | None:
    """The packet without embedded pictures and references to further pictures in the file; None if unreadable."""
    return _without(packet, _is_picture)


def without_orientation(packet: bytes) -> bytes | None:
    """The packet without ``tiff:Orientation``, for pixels that are stored upright; None if it cannot be read."""
    return _without(packet, lambda space, name: (space, name) == (_TIFF, "Orientation"))


def without_size(packet: bytes) -> bytes | None:
    """The packet without the picture's size and places in it, for pixels of another size; None if it cannot be read."""
    return _without(packet, lambda space, name: space in _PLACE_SPACES or (space, name) in _SIZES)


def _is_location(space: str, name: str) -> bool:
    return (space in (_EXIF, _EXIF_EX) and name.startswith("GPS")) or (space, name) in _PLACES


def _is_picture(space: str, name: str) -> bool:
    moving = space == _CAMERA and name.startswith(("MicroVideo", "MotionPhoto"))
    return moving or space in _PICTURE_SPACES or (space, name) in _PICTURES


class _Search:
    """Collects the byte ranges of unwanted elements and attributes while expat reads the packet."""

    def __init__(self, packet: bytes, unwanted: Callable[[str, str], bool]) -> None:
        self.packet = packet
        self.unwanted = unwanted
        self.cuts: list[tuple[int, int]] = []
        self._depth = 0
        self._cut_from: tuple[int, int] | None = None  # (depth, byte) of the unwanted element that is open
        self._prefixes: dict[str, list[str]] = {}
        self._parser = expat.ParserCreate(namespace_separator=_SEPARATOR)
        self._parser.StartElementHandler = self._start
        self._parser.EndElementHandler = self._end
        self._parser.StartNamespaceDeclHandler = self._declare
        self._parser.StartDoctypeDeclHandler = self._refuse

    def run(self) -> list[tuple[int, int]]:
        self._parser.Parse(self.packet, True)
        return self.cuts

    def _refuse(self, *_: object) -> None:
        raise ValueError("a document type declaration has no place in XMP")

    def _declare(self, prefix: str | None, space: str | None) -> None:
        self._prefixes.setdefault(space or "", []).append(prefix or "")

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        self._depth += 1
        if self._cut_from is not None:
            return
        at = self._parser.CurrentByteIndex
        if self.unwanted(*_split(name)):
            self._cut_from = (self._depth, at)
            return
        tag_end = _tag_end(self.packet, at)
        for attribute in attributes:
            space, local = _split(attribute)
            if self.unwanted(space, local):
                names = b"|".join(re.escape(f"{prefix}:{local}".encode()) for prefix in self._prefixes[space])
                pattern = rb"\s+(?:" + names + rb")\s*=\s*(?:\"[^\"]*\"|'[^']*')"
                match = re.compile(pattern).search(self.packet, at, tag_end)
                if match:
                    self.cuts.append(match.span())

    def _end(self, name: str) -> None:
        if self._cut_from is not None and self._cut_from[0] == self._depth:
            start = self._cut_from[1]
            end = self._parser.CurrentByteIndex  # of "<name/>" itself if the element is empty
            self.cuts.append((start, _tag_end(self.packet, max(start, end))))
            self._cut_from = None
        self._depth -= 1


def _without(packet: bytes, unwanted: Callable[[str, str], bool]) -> bytes | None:
    if packet.startswith((b"\xfe\xff", b"\xff\xfe")) or b"\0<" in packet[:64] or b"<\0" in packet[:64]:
        return None  # UTF-16: allowed in no picture format but TIFF, where it is not used
    body = packet.rstrip(b"\0")
    try:
        cuts = _Search(body, unwanted).run()
    except (expat.ExpatError, ValueError):
        return None
    if not cuts:
        return packet
    result, position = bytearray(), 0
    for start, stop in sorted(cuts):
        result += body[position:start]
        position = max(position, stop)
    return bytes(result + body[position:])


def _split(name: str) -> tuple[str, str]:
    space, _, local = name.rpartition(_SEPARATOR)
    return space, local


def _tag_end(packet: bytes, start: int) -> int:
    """The byte after the ``>`` that ends the tag at ``start``; one inside a quoted value does not end it."""
    match = re.compile(rb"<(?:[^>\"']|\"[^\"]*\"|'[^']*')*>").match(packet, start)
    return match.end() if match else len(packet)
