"""XMP: single properties go, everything else stays to the byte."""

import io

import pytest

from restore.images.metadata import Metadata, resized_metadata, writable_metadata
from restore.images.reading import read_picture
from restore.images.writing import describe_losses
from tests.support.image_files import XMP, noise, tagged, written


@pytest.mark.parametrize("format", ["PNG", "JPEG", "WEBP", "TIFF", "AVIF", "HEIF"])
def test_xmp_keeps_all_but_pictures(format: str) -> None:
    data = written(noise(Metadata(xmp=XMP)), format)
    packet = read_picture(io.BytesIO(data)).metadata.xmp
    assert packet is not None
    assert packet in data
    for kept in (b"A &lt;b&gt; photograph", b"Tool 1", b'xmp:Rating="4"', b"GPSLatitude", b"GPSAltitude", b"Berlin"):
        assert kept in packet
    for gone in (b"Thumbnails", b"PREVIEW", b"HasExtendedXMP"):
        assert gone not in packet


def test_xmp_without_anything_to_remove_is_byte_equal() -> None:
    packet = XMP[: XMP.index(b" xmpNote:Has")] + b" e:Flash='1'>" + b"</rdf:Description></rdf:RDF></x:xmpmeta>"
    assert writable_metadata(Metadata(exif=tagged(1), xmp=packet)).xmp == packet


@pytest.mark.parametrize("bad", [b"<x:xmpmeta", b"no xml at all", b"<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>"])
def test_unreadable_xmp_is_dropped_and_reported(bad: bytes) -> None:
    assert writable_metadata(Metadata(xmp=bad)).xmp is None
    assert any("XMP" in line for line in describe_losses(noise(Metadata(xmp=bad)), "PNG"))


def test_a_new_size_takes_the_old_one_and_regions_out() -> None:
    sizes = b""" tiff:ImageWidth="40" tiff:ImageLength="30" e:PixelXDimension="40" e:PixelYDimension='30'
   xmlns:mwg="http://www.metadataworkinggroup.com/schemas/regions/" """
    faces = b"<mwg:Regions><rdf:li>a face at 0.5, 0.5</rdf:li></mwg:Regions>"
    start = XMP.index(b" xmp:Rating")
    middle = XMP.index(b"  <dc:description>")
    packet = XMP[:start] + sizes + XMP[start:middle] + faces + XMP[middle:]
    resized = resized_metadata(Metadata(xmp=packet), (50, 30)).xmp
    assert resized is not None
    for gone in (b"ImageWidth", b"ImageLength", b"PixelXDimension", b"PixelYDimension", b"a face"):
        assert gone in packet
        assert gone not in resized
    for kept in (b"A &lt;b&gt; photograph", b"Tool 1", b'xmp:Rating="4"', b"GPSLatitude", b'tiff:Orientation="6"'):
        assert kept in resized
