"""`restore interpolate`: from words on the command line to smoother or slower clips.

bench    `restore bench interpolate`: our frames beside those of other tools, on clips of the user's choice.
between  `restore interpolate --between A B`: frames between two pictures, as pictures beside the first or as a
         clip.
command  `restore interpolate`: clips in, smoother or slower clips out.
compare  Before and after side by side in one clip: left the source, its frames repeated, right what was made of it.
plan     Which clips a run of `restore interpolate` works on and what it will make of each, all names checked.
run      The clips of a run, one after the other: notes, progress, how to go on after an interruption, JSON figures.
sheet    A sheet of real and made frames in turn, from the moments with most motion: there a made frame shows its
         faults.
train    `restore train interpolate`: a folder of clips in, weights that make frames out.
"""
