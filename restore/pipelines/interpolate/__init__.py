"""Frames between two frames, and whole films at new times.

images        The kinds of image that `restore.interpolate` takes and gives back: Pillow images, arrays and tensors.
interpolator  Frames between two frames: arrays in, arrays out, with a network that was loaded once.
layers        Grey and transparent frames for a network that knows opaque colour.
overview      The motion of a whole frame, found on a smaller one, for tiles that are too small to find it.
pair          Two frames and the network: a tile of what lies between them at a time.
progress      What became of a video's frames so far, and where its stream can be taken up again.
retiming      When output frames stand: a target rate, a factor, or slow motion, in exact fractions.
shots         What lies between two source frames, told without a network.
threads       Reading ahead of the network and writing behind it, each in a thread of its own and never by more than
              a few frames.
tiles         Which tiles of a frame are made by themselves where memory does not hold the whole.
video         `restore.interpolate_video`: the frames of a video at a higher rate, one after the other.
video_files   A video file made of another: frames at new times, written in segments that survive a kill, then
              joined with sound.
video_frames  The frames of a video at new times, one after the other: which are real, which repeated, which the
              network makes.
"""
