# Runs every pcs command of a shell script through the pcs of this machine, in one process: loading pcs costs
# more than all else that a command does. A real sh reads the script; its "pcs" only notes the arguments.
# usage: pcs-commands.py SCRIPT ARGUMENT...
import os
import subprocess
import sys
import tempfile
from importlib.metadata import distribution

with tempfile.TemporaryDirectory() as folder:
    notes = os.path.join(folder, "notes")
    note = os.path.join(folder, "pcs")
    with open(note, "w") as file:
        file.write(f'#!/bin/sh\nprintf "%s\\0" "$@" >> {notes} && printf "\\n\\0" >> {notes}\n')
    os.chmod(note, 0o755)
    path = f"{folder}:{os.environ['PATH']}"
    subprocess.run(["sh", *sys.argv[1:]], env={**os.environ, "PATH": path}, check=True)
    with open(notes) as file:
        commands = [text.split("\0")[:-1] for text in file.read().split("\n\0")[:-1]]

(entry,) = [one for one in distribution("pcs").entry_points if one.name == "pcs"]
main = entry.load()
for command in commands:
    child = os.fork()
    if child == 0:
        main(command)
        sys.exit(0)
    status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    if status != 0:
        sys.exit(f"pcs ended with {status}: pcs {' '.join(command)}")
