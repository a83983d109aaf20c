"""A Pillow plugin for `.ric` files.

    import restore.codecs.pillow
    image = Image.open("photo.ric")           # size, mode and metadata from the header; torch is not loaded yet
    image.save("photo.ric", quality=60)

Pixels are decoded when they are first needed, and turned as the EXIF says, as with Pillow's own formats. Weights come
with the install; `use_weights` names others.
"""

from pathlib import Path
from typing import IO, Any, BinaryIO, cast

from PIL import Image, ImageFile

from restore.codecs.bitstream.container import SIGNATURE, ContainerError
from restore.codecs.bitstream.file import SUFFIX, read_file, read_front
from restore.codecs.bitstream.header import BEST_QUALITY, LARGEST_CLAIM, QUALITY_STEPS, Header
from restore.codecs.loading import NEWEST, cached_codec, weights_for
from restore.errors import RestoreError
from restore.images.orientation import swaps_sides

FORMAT = "RIC"
QUALITY = 60
"""Quality of `save` where none is given."""
_chosen: dict[str, str] = {"weights": NEWEST, "device": "auto"}


def use_weights(weights: str | Path = NEWEST, device: str = "auto") -> None:
    """Choose what the plugin works with from now on.

    Args:
        weights: a released model's name, a `.safetensors` file, or a folder that holds one.
        device: `auto`, `cpu`, `cuda`, `cuda:N` or `mps`.
    """
    _chosen.update(weights=str(weights), device=device)


class RicImageFile(ImageFile.ImageFile):
    """An opened `.ric` file; it is decoded by `load`."""

    format = FORMAT
    format_description = "restore's learned codec"

    def _open(self) -> None:
        try:
            header, metadata = read_front(_opened(self.fp), max_pixels=LARGEST_CLAIM)
        except ContainerError as error:
            raise SyntaxError(str(error)) from error
        upright = (header.width, header.height)
        self._size = upright[::-1] if swaps_sides(metadata.orientation) else upright
        self._mode = _mode(header)
        parts = {
            "icc_profile": metadata.icc,
            "exif": b"Exif\0\0" + metadata.exif if metadata.exif else None,
            "xmp": metadata.xmp,
            "dpi": metadata.dpi,
        }
        self.info.update({name: part for name, part in parts.items() if part})
        self.info["quality"] = header.quality / QUALITY_STEPS
        self.tile = [ImageFile._Tile(FORMAT, (0, 0, *self._size), 0, None)]  # tells Pillow that pixels are to come

    def load(self) -> Any:
        """Decode the pixels, once.

        Raises:
            OSError: the file is damaged, or the weights that it needs are not there.
        """
        if self.tile:
            stream = _opened(self.fp)
            stream.seek(0)
            self.im = _decoded(stream.read()).im
            self.tile = []
            if self._exclusive_fp and self._close_exclusive_fp_after_loading:
                stream.close()
            self.fp = None
        return Image.Image.load(self)


def _decoded(data: bytes) -> Image.Image:
    from restore.codecs.decoding import decode_picture
    from restore.images.pillow_pictures import image_from_picture

    try:
        file = read_file(data, max_pixels=LARGEST_CLAIM)
        codec = cached_codec(weights_for(file.header, _chosen["weights"]), _chosen["device"])
        return image_from_picture(decode_picture(codec, file))
    except RestoreError as error:
        raise OSError(str(error)) from error


def _save(image: Image.Image, stream: IO[bytes], filename: str | bytes) -> None:
    from restore.codecs.encoding import encode_picture, verify_encoding
    from restore.images.metadata import writable_metadata
    from restore.images.pillow_pictures import picture_from_image

    asked: dict[str, Any] = image.encoderinfo
    quality = asked.get("quality", QUALITY)
    if not isinstance(quality, int | float) or not 0 <= quality <= BEST_QUALITY:
        raise ValueError(f"quality {quality!r} is out of range: choose 0 (smallest) to {BEST_QUALITY} (best)")
    parts: dict[str | tuple[int, int], Any] = {
        name: asked[name] for name in ("icc_profile", "exif", "xmp", "dpi") if name in asked
    }
    if isinstance(parts.get("exif"), Image.Exif):
        parts["exif"] = parts["exif"].tobytes()
    described = image.copy()
    described.info = {**image.info, **parts}
    try:
        picture = picture_from_image(described)
        codec = cached_codec(_chosen["weights"], _chosen["device"])
        metadata = writable_metadata(picture.metadata)
        data = encode_picture(codec, picture, round(quality * QUALITY_STEPS), metadata)
        verify_encoding(codec, data, picture)
    except RestoreError as error:
        raise OSError(f"{filename!r} cannot be written: {error}") from error
    stream.write(data)


def _accept(prefix: bytes) -> bool:
    return prefix.startswith(SIGNATURE[:4])


def _mode(header: Header) -> str:
    if header.grey:
        return "LA" if header.alpha else "L" if header.depth == 8 else "I;16"
    return "RGBA" if header.alpha else "RGB"


def _opened(stream: IO[bytes] | None) -> BinaryIO:
    if stream is None:
        raise ValueError("the file of this image is closed")
    return cast("BinaryIO", stream)


Image.register_open(FORMAT, RicImageFile, _accept)
Image.register_save(FORMAT, _save)
Image.register_extension(FORMAT, SUFFIX)
