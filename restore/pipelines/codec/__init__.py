"""Pictures in, bytes out, and back.

compress     `restore.compress` and `restore.decompress`: images to bytes and back, with the released codec.
exchange     What `restore.compress` takes and `restore.decompress` gives: Pillow images, arrays and tensors, to
             `Picture`.
image_codec  A codec for whole pictures: what `restore.compress`, `restore.decompress` and the commands work with.
regions      A part of a picture as a caller names it. No torch: a wrong one is refused before a model is loaded.
targets      Finding the quality that gives a size, a rate or a PSNR.
"""
