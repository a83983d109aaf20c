"""Frames between two frames, and whole videos at new times.

A pair of images, in the order of the work:

interpolator  `restore.interpolate`: images in, images out, in as few tiles as memory allows; loading the network.
images        Image kinds of Python callers: Pillow images, arrays and tensors, to arrays and back.
tiles         The plan of tiles, the coarse motion they start from, and how they become a frame again.
rendering     One tile of a pair through the network: grey, alpha and what stands still.

video/        A whole video: schedule of output times, stream of frames, file. It makes frames with the above.
"""
