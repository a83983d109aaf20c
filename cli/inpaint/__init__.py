"""`restore inpaint`: from words on the command line to repaired files.

command  `restore inpaint`: options in, files out, and what is done with each picture.
plan     Which pictures a run works on, which mask belongs to each, and where results go.
masks    Which pixels of a picture are filled: read from a mask file, or taken from the picture itself.
preview  Before, mask and after, side by side in one picture: the quickest way to see what a run did.
bench    `restore bench inpaint`: our fills beside those of other tools, on pictures of the user's choice.
train    `restore train inpaint`: a folder of pictures in, weights that fill holes out.
"""
