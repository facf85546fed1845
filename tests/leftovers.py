"""What a command left running, found by the workspace in its environment or command line."""

import os
import time
from pathlib import Path


def processes_of(workspace: Path) -> list[str]:
    """The command line of every process that knows of this workspace, but for the tests' own."""
    mark = str(workspace).encode()
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            command = (folder / "cmdline").read_bytes()
            known = command + (folder / "environ").read_bytes()
        except OSError:
            continue  # it has ended, or is not ours
        if mark in known and folder.name != str(os.getpid()):
            found.append(command.replace(b"\0", b" ").decode())
    return found


def has_ended(pid: int) -> bool:
    """Whether the process goes within some seconds; one that nobody waited for is a zombie."""
    for _ in range(200):
        try:
            state = Path(f"/proc/{pid}/stat").read_text("ascii").rpartition(")")[2].split()[0]
        except OSError:
            return True
        if state == "Z":
            return True
        time.sleep(0.05)
    return False
