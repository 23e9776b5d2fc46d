"""The command in forks of one process that has loaded it.

Most of a short run is the interpreter's start and the program's modules. A fork has both, and is
a process of its own all the same: with the caller's streams, folder and environment, and an end.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

SERVER = """
import gc, marshal, os, select, signal, socket, sys

door = socket.socket(socket.AF_UNIX)
door.bind(sys.argv[1])
door.listen(64)
print("ready", flush=True)

from importlib import import_module
from pkgutil import walk_packages

import segops_tui
from segops_tui.cli import main

for found in walk_packages(segops_tui.__path__, "segops_tui."):
    if found.name.split(".")[1] in {"api", "cli", "client", "config", "jobs", "nouns", "sandbox"}:
        import_module(found.name)
gc.freeze()


def run(connection):
    with connection, connection.makefile("rb") as request:
        _, streams, _, _ = socket.recv_fds(connection, 1, 3)
        args, folder, environ = marshal.load(request)
        for number, stream in enumerate(streams):
            os.dup2(stream, number)
            os.close(stream)
        sys.stdin, sys.stdout = open(0, closefd=False), open(1, "w", closefd=False)
        sys.stderr = open(2, "w", buffering=1, closefd=False)
        sys.__stdin__, sys.__stdout__, sys.__stderr__ = sys.stdin, sys.stdout, sys.stderr
        os.chdir(folder)
        os.environ.clear()
        os.environ.update(environ)
        sys.argv = ["segops-tui", *args]
        try:
            main()
        except SystemExit as stop:
            code = stop.code or 0
        for stream in (sys.stdout, sys.stderr):
            stream.flush()
        connection.sendall(bytes([code]))


signal.signal(signal.SIGCHLD, signal.SIG_IGN)
# Standard input ends with whoever started this.
while select.select([door, 0], [], [])[0] == [door]:
    connection, _ = door.accept()
    if not os.fork():
        door.close()
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        try:
            run(connection)
        finally:
            os._exit(0)
    connection.close()
"""

CLIENT = """
import _socket, marshal, os, sys
door = _socket.socket(_socket.AF_UNIX, _socket.SOCK_STREAM)
door.connect(sys.argv[1])
streams = b"".join(number.to_bytes(4, sys.byteorder) for number in range(3))
door.sendmsg([b"."], [(_socket.SOL_SOCKET, _socket.SCM_RIGHTS, streams)])
door.sendall(marshal.dumps((sys.argv[2:], os.getcwd(), dict(os.environ))))
os._exit(int.from_bytes(door.recv(1) or b"\\xff", "big"))
"""


class Forks:
    """Starts the command in forks, for as long as it is open."""

    def __init__(self, folder: Path) -> None:
        self._door = folder / "door"
        self._server = subprocess.Popen(
            [sys.executable, "-c", SERVER, str(self._door)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        # It loads the program while others work: who asks meanwhile waits at its door.
        assert self._server.stdout is not None
        self._server.stdout.readline()

    def close(self) -> None:
        self._server.kill()
        self._server.communicate()

    def command(self, *args: str) -> list[str]:
        """What to execute to run the command with these arguments."""
        return [sys.executable, "-I", "-S", "-c", CLIENT, str(self._door), *args]

    def script(self, file: Path) -> None:
        """Write a program that is the command."""
        own = file.with_name(f"{file.name}.py")
        own.write_text(CLIENT)
        file.write_text(f'#!/bin/sh\nexec "{sys.executable}" -I -S "{own}" "{self._door}" "$@"\n')
        file.chmod(0o755)
