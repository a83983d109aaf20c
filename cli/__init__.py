"""The command line; it imports as `restore.cli`. What all commands share stands here, a folder per job beside it.

app          The `restore` program: its commands, and the one place where exceptions become messages and exit codes.
batch        A run over several inputs: read one, load the model it needs, make its result, report; then the next.
bench        What the commands of `restore bench` share: options, the files they will write, and how results are
             given out.
console      What a person or a script sees: results on stdout; progress, notes and errors on stderr.
options      Options that several commands share, so that one word means one thing everywhere, and the parsers of
             their values.
outputs      Where results go, decided and refused before a model loads.
pictures     Reading a picture for a command, from a file or stdin, and writing its result.
sources      Which files a command works on: files as they are named, and what lies in the folders that are named.
tasks        What a run will make: each input with the place of its result.
train        What the `restore train` commands share: their options, a run's progress, how to go on after Ctrl-C.

codec/       `restore compress`, `decompress` and `info`: from words on the command line to `.ric` files and back.
inpaint/     `restore inpaint` and `extend`: from words on the command line to repaired and larger pictures.
repair/      `restore train repair`: from words on the command line to weights that find damage.
interpolate/ `restore interpolate`: from words on the command line to smoother or slower clips.
"""
