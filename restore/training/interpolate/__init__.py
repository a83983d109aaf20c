"""Training of the interpolator.

clips         Clips to learn from: video files and folders of numbered pictures, decoded one frame after the other, and
              reduced.
config        The settings of the interpolator's recipe.
data          Three frames and a time, for the interpolator: real windows and synthetic motion, pure functions of (seed,
              step).
recipe        The recipe of the interpolator: the frame must be right, and so must the flows where they are known.
validation    Validation of the interpolator while it trains: held-out triplets, with the untrained network and a blend
              beside it.
window_cache  Frames of windows, decoded once into one file that is mapped into memory.
windows       Windows: seven frames of a clip, evenly apart, that move, belong together and do not repeat.

synthetic/    Scenes that move, made from photographs, whose motion is known exactly.
"""
