"""What a terminal can show, and what to do about errors of the system."""

from __future__ import annotations

import errno
import os
import select
import sys
from collections.abc import Callable

PIPE = 141
"""Exit code of a command whose output pipe was closed: 128 and the number of SIGPIPE."""
SPACE = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
RIGHTS = frozenset({errno.EACCES, errno.EPERM, errno.EROFS, errno.ENOTDIR, errno.EISDIR})
ANOTHER_FOLDER = "choose a folder that can be written to (--runs, --site, KERASFOLIO_DATA)"
REMEDIES = {
    **dict.fromkeys(SPACE, f"free some space, or {ANOTHER_FOLDER}"),
    **dict.fromkeys(RIGHTS, ANOTHER_FOLDER),
    errno.EIO: f"look after the disk, or {ANOTHER_FOLDER}",
    errno.ENAMETOOLONG: "choose shorter names or folders",
    errno.EMFILE: "allow more open files: `ulimit -n 4096`",
    errno.ENFILE: "end other programs: no more files can be opened on this machine",
    errno.ENOMEM: "end other programs, or use fewer cores (JOBS=1): memory is short",
    errno.EADDRINUSE: "end the program that listens there, or choose another port",
}
"""What to do about an error of the system, by its number."""


def in_utf8() -> None:
    """Begin this program again in Python's UTF-8 mode where names of files are in another encoding.

    TensorFlow and MLflow take names of files for UTF-8: in an ASCII locale without that mode they
    fail where a folder has other letters. The terminal keeps its encoding.
    """
    if sys.getfilesystemencoding().lower() == "utf-8" or os.environ.get("PYTHONUTF8") == "1":
        return
    shown = f"{getattr(sys.stdout, 'encoding', None) or 'utf-8'}:replace"
    environment = {**os.environ, "PYTHONUTF8": "1", "PYTHONIOENCODING": shown}
    os.execve(sys.executable, [sys.executable, *sys.orig_argv[1:]], environment)  # noqa: S606


def run(command: Callable[[], int]) -> int:
    """Run a command to its exit code, whatever the terminal's encoding.

    A sign that the terminal lacks becomes `?`. Where the reader of a pipe has gone (`| head`), the
    command ends without a word.
    """
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")
    try:
        code = command()
        if sys.stdout is not None:
            sys.stdout.flush()
    except BrokenPipeError:
        if not unread():
            raise
        silence()
        return PIPE
    return code


def silence() -> None:
    """Drop what is still to be written to standard output, as Python does when it ends."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)


def unread() -> bool:
    """Whether standard output is a pipe that nobody reads any more."""
    try:
        poll = select.poll()
        poll.register(1, select.POLLOUT)
        return any(event & select.POLLERR for _, event in poll.poll(0))
    except (OSError, AttributeError):  # closed, or a system without it
        return False


def explained(error: OSError) -> str:
    """An error of the system in one line, with what to do about it where that is known."""
    if "AF_UNIX path too long" in str(error):
        return f"{error}: set TMPDIR to a folder with a short name, such as /tmp"
    remedy = REMEDIES.get(error.errno or 0, "")
    return f"{error}; {remedy}" if remedy else str(error)
