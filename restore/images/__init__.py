"""Still pictures: files in, `Picture` out, and back, with everything a file holds besides its colours.

    file ── reading ── Picture ── (whoever changes the pixels) ── writing ── file

reading          `read_picture`: any supported file into a `Picture`; `READERS`: one reader for each format.
writing          `write_picture`: a `Picture` into any supported format; `FORMATS`: one writer for each format and what
                 it holds; `describe_losses`: what of a picture it cannot keep.
picture          `Picture` as it is looked at, `StoredPicture` as a file stores it.
formats          Which formats there are, by name, by suffix and by first bytes.
png              `read_png`, `write_png`: at the file's own depth, with the metadata chunks.
tiff             `read_tiff`, `write_tiff`: at the file's own depth, with the EXIF fields of its directories.
heif             `read_heif`, `write_heif`, `read_avif`, `write_avif`: read at the file's own depth.
pillow_files     `read_jpeg`, `write_jpeg`, the same for WebP and BMP, and `read_gif`: 8 bits, coded by Pillow.
pillow_arrays    Between Pillow's images and arrays, both ways.
pillow_pictures  Between Pillow's images and `Picture`, both ways.
metadata         What a picture file holds besides its pixels, and how much of it a written file may repeat.
orientation      Turning pixels between how a file stores them and how they are looked at.
samples          Other depths, transparency laid on a plain background, the range 0..1 of the networks.

tags/            EXIF, IPTC and XMP: single entries removed, every other byte left as it was.
"""
