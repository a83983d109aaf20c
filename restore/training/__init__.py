"""Training: the engine all recipes share, and one recipe per job. The same code made the released weights.

augmentation  Training pictures degraded by kornia: motion blur, noise, JPEG; and changes of gamma.
leaks         Leaks: pictures that are held out, and learned from all the same under another name.
losses        Structural similarity as a loss: over a picture or inside a hole.
photos        Photographs for training: found, split into those learned from and those held out, decoded once.
words         Words that are printed over training pictures: captions, dates, logos.

codec/        Training of the image codec.
engine/       The engine every recipe shares.
inpaint/      Training of the inpainting GAN.
interpolate/  Training of the interpolator.
repair/       Training of the network that finds damage.
"""
