"""What stands in a `.ric` file, byte by byte. No network and no torch.

alpha            Transparency without loss: a grey PNG stream per tile.
boxes            Rectangles of a picture, and the tiles it is cut into.
container        The `.ric` container: bytes to checked chunks, and back.
file             A whole `.ric` file: bytes to header, tiles, transparency and metadata, and back.
header           What the chunks hold: the header, and the code of each tile.
metadata         Profile, EXIF, XMP, resolution, IPTC and PNG's own notes as skippable chunks.
range_coder      The range coder: symbols and the numbers of their tables to bytes, and back.
tables           Integer probability tables, which the range coder codes symbols with.
"""
