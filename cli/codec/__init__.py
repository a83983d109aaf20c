"""`restore compress`, `decompress` and `info`: from words on the command line to `.ric` files and back.

bench       `restore bench codec`: our codec beside other tools', on pictures of the user's choice.
compress    `restore compress`: pictures in, `.ric` files out.
decompress  `restore decompress`: `.ric` files in, pictures out.
info        `restore info`: what a `.ric` file says of itself, at once: no network, no NumPy, and only the file's
            beginning.
ric_files   Reading `.ric` files for commands: the header is looked at before the rest is read, and no message lacks
            a name.
train       `restore train codec`: a folder of pictures in, weights that code pictures out.
"""
