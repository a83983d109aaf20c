"""Commands that find damage and repair it.

train  `restore train repair`: a folder of pictures in, weights that find damage out.
"""
