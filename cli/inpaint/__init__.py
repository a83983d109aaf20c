"""`restore inpaint`: from words on the command line to repaired files.

bench    `restore bench inpaint`: our fills beside those of other tools, on pictures of the user's choice.
command  `restore inpaint`: options in, files out.
holes    Which pixels of a picture `restore inpaint` fills: read from a mask file, or taken from the picture itself.
pairs    Which pictures a command works on and which mask belongs to each.
plan     What a run of `restore inpaint` will make: each picture with its mask, its result and its preview, all
         names checked.
preview  Before, mask and after, side by side in one picture: the quickest way to see what a run did.
train    `restore train inpaint`: a folder of pictures in, weights that fill holes out.
"""
