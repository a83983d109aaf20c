"""Images to `.ric` files and back.

compress     `restore.compress` and `restore.decompress`: images to bytes and back, with the released codec.
exchange     Pillow images, arrays and tensors to a `Picture`, and back.
image_codec  A loaded codec for whole images: what `restore.compress`, `restore.decompress` and the commands work with.
targets      Finding the quality that gives a size, a rate or a PSNR.
"""
