"""The codec's commands: from options to `.ric` files and back.

bench       `restore bench codec`: our codec beside other tools', on pictures of the user's choice.
compress    `restore compress`: pictures in, `.ric` files out.
decompress  `restore decompress`: `.ric` files in, pictures out.
info        `restore info`: what `.ric` files hold, from their beginning alone.
ric_files   What these commands share: `.ric` files, whose header is checked before the rest is read, and the model.
train       `restore train codec`: a folder of pictures in, weights that code pictures out.
"""
