"""The interpolation commands: from words on the command line to smoother or slower clips, training and the bench.

command  `restore interpolate`: its options, and what they ask for.
plan     Which clips a run works on and where each result goes, all names checked.
steps    Steps for one clip: open it, load the network, write the result, show how far it is.
between  `--between A B`: frames between two pictures, as pictures beside the first or as a clip.
sheet    `--preview`: real and made frames in turn, from the moments with most motion.
compare  `--compare`: source and result side by side in one clip.
train    `restore train interpolate`: trains the network on a folder of clips.
bench    `restore bench interpolate`: measures methods on held-out clips.
"""
