"""Still pictures: files in, `Picture` out, and back, with everything a file holds beside its colours.

exif           Changing an EXIF block without disturbing the rest of it.
formats        Which formats there are, by name, by suffix and by first bytes.
heif           HEIC and AVIF, the formats that live in the same box structure as MP4, read at their own depth.
iptc           IPTC captions, keywords and credits, as JPEG and TIFF carry them beside XMP.
metadata       What a picture file says besides its pixels, and how much of it a written file may repeat.
orientation    Turning pixels between how a file stores them and how they are looked at.
picture        One picture in memory: what every reader makes and every writer takes.
pillow         Between Pillow's images and `Picture`: pixels, transparency and metadata, both ways.
pillow_pixels  Pixels between Pillow's images and arrays, a strip of rows at a time.
png            PNG at its own depth, and with everything its chunks say.
reading        Reading a picture file into a ``Picture``.
tiff           TIFF at its own depth, and with the EXIF that a TIFF file *is*.
writing        Writing a ``Picture`` in each format, and saying beforehand what that format will lose.
xmp            Taking single properties out of an XMP packet without rewriting the rest.
"""
