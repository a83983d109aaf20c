"""Training of the interpolator.

cache_parts       A cache of frames in parts small enough to carry to another machine, and the way back.
clips             Clips to learn from: video files and folders of numbered pictures, decoded one frame after the
                  other, and reduced.
config            The settings of the interpolator's recipe.
data              Three frames and a time, for the interpolator: real windows and synthetic motion, pure functions
                  of (seed, step).
motion_fields     Motion whose inverse is known: where every point of a layer goes, and where what is seen at a
                  pixel came from.
motion_scenes     Layers of a synthetic scene: textures cut from photographs, each with a motion, and the scene seen
                  at a time.
motion_shapes     Outlines of moving things and overlays that stand still, drawn with Pillow.
recipe            The recipe of the interpolator: the frame must be right, and so must the flows where they are
                  known.
synthetic_motion  Scenes that move, made from photographs: frames, both flows and what is hidden are known exactly.
train             `train_interpolate`: from a folder of clips to released weights, with the recipe of
                  `interpolate_recipe`.
validation        Validation of the interpolator while it trains: held-out triplets, with the newborn network and a
                  blend beside it.
window_cache      Frames of windows, decoded once into one file that is mapped into memory.
windows           Windows: seven frames of a clip, evenly apart, that move, belong together and do not repeat.
"""
