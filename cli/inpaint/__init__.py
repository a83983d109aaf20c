"""`restore inpaint` and `restore extend`: from words on the command line to repaired and larger pictures.

command  `restore inpaint`: options in, files out, and what is done with each picture.
extend   `restore extend`: a picture in, a larger one out, painted on beyond its edges.
options  Options that both share.
plan     Which pictures a run of `restore inpaint` works on, and which mask belongs to each.
results  What a run will write: a result per picture, and a preview where one is asked for.
steps    What both do with one picture once its hole is known: load the model, fill and write.
masks    Which pixels of a picture are filled: read from a mask file, or taken from the picture itself.
preview  Before, mask and after, side by side in one picture: the quickest way to see what a run did.
bench    `restore bench inpaint`: our fills beside those of other tools, on pictures of the user's choice.
train    `restore train inpaint`: a folder of pictures in, weights that fill holes out.
"""
