"""Still pictures: files in, `Picture` out, and back, with everything a file holds besides its colours.

    file ── reading ── Picture ── (whoever changes the pixels) ── writing ── file

reading        `read_picture`: any supported file into a `Picture`.
writing        `write_picture`: a `Picture` into any supported format; `describe_losses`: what that format cannot keep.
picture        `Picture`: one picture in memory, what every reader makes and every writer takes.
formats        Which formats there are, by name, by suffix and by first bytes.
png            The PNG reader and writer, at the file's own depth, with the metadata chunks.
tiff           The TIFF reader and writer, at the file's own depth, with the EXIF fields of its directories.
heif           The HEIC and AVIF readers, at the file's own depth.
metadata       What a picture file holds besides its pixels, and how much of it a written file may repeat.
orientation    Turning pixels between how a file stores them and how they are looked at.
pillow         Between Pillow's images and `Picture`, both ways.
pillow_pixels  Between Pillow's images and arrays, both ways.

tags/          EXIF, IPTC and XMP: single entries removed, every other byte left as it was.
"""
