"""A video at new times: which output frames there are, where each comes from, and a file made of them.

frames          `restore.interpolate_video`: the output frames one after the other, for Python callers.
files           A video file made of another: segments that survive a kill, then joined with sound.

retiming        What is asked for, and the schedule of output times, in exact fractions.
stream          Source frames in, output frames out: real, repeated or made by the network.
classification  What lies between two source frames: still, a cut, a pause, or motion for the network.
progress        Counts of frames, and where a stream can be resumed.
threads         Reading ahead of the network and writing behind it.
"""
