"""Commands that find damage and repair it.

command  `restore repair`: options in, files out.
options  The options that it shares with the other commands that fill holes.
plan     Which pictures a run works on, and where each result, mask and preview goes.
steps    What is done with each picture: read, find, fill and write, or write the mask alone.
preview  What was found, in colour over the picture.
bench    `restore bench repair`: what our network finds and repairs, beside classical detectors.
train    `restore train repair`: a folder of pictures in, weights that find damage out.
"""
