"""The command line; it imports as `restore.cli`. What all commands share stands here, a folder per job beside it.

app          The `restore` program: its commands, and the one place where exceptions become messages and exit codes.
batch        One input after the other: a bad one is reported and left behind, the rest is done.
bench        What the commands of `restore bench` share: options, the files they will write, and how results are
             given out.
console      What a person or a script sees: results on stdout; progress, notes and errors on stderr.
options      Options that several commands share, so that one word means one thing everywhere, and the parsers of
             their values.
outputs      Where results go, decided and refused before a model loads.
pictures     Reading a picture for a command, from a file or stdin, and writing what came of it, after telling what
             is lost.
sources      Which files a command works on: files as they are named, and what lies in the folders that are named.
tasks        Commands that make one output of each input: what will be made, said or done one after the other.
train        What the three `restore train` commands share: their options, a run's progress, how to go on after Ctrl-C.

codec/       `restore compress`, `decompress` and `info`: from words on the command line to `.ric` files and back.
inpaint/     `restore inpaint`: from words on the command line to repaired files.
interpolate/ `restore interpolate`: from words on the command line to smoother or slower clips.
"""
