"""Standard streams: what goes to stdout and stderr, in which width, colour and encoding."""

import os
import shutil
import sys
from collections.abc import Iterable
from contextlib import suppress
from typing import NoReturn, TextIO

import typer


def has_color(stream: TextIO) -> bool:
    """NO_COLOR (any value) means no, FORCE_COLOR means yes, otherwise a terminal that is not dumb."""
    if os.environ.get("NO_COLOR"):
        return False
    if os.environ.get("FORCE_COLOR", "0") not in ("", "0"):
        return True
    return stream.isatty() and os.environ.get("TERM") != "dumb"


def width() -> int:
    """COLUMNS, or the terminal's width; 100 where there is none. Wider than 160 helps nobody to read."""
    columns = shutil.get_terminal_size((100, 24)).columns
    return min(max(columns, 40), 160)


def is_unicode(stream: TextIO) -> bool:
    return (getattr(stream, "encoding", None) or "ascii").lower().replace("-", "") in ("utf8", "utf16", "utf8sig")


def write_text(text: str) -> None:
    """To stdout, whatever its encoding can hold; the rest as escapes."""
    encoding = sys.stdout.encoding or "utf-8"
    write_bytes([text.encode(encoding, "backslashreplace")])


def write_bytes(chunks: Iterable[bytes]) -> None:
    """To stdout as it is. A reader who leaves early is no error, and changes nothing of the exit code."""
    try:
        for chunk in chunks:
            sys.stdout.buffer.write(chunk)
        sys.stdout.buffer.flush()
    except OSError as error:
        # What is still buffered goes nowhere, so that the interpreter's own flush at the end does not complain.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        if not isinstance(error, BrokenPipeError):
            fail(f"stdout cannot be written: {error.strerror or error}")


def say(message: str) -> None:
    """One sentence to stderr; where nobody takes it, it is lost."""
    from coranalyze.visible import visible

    with suppress(OSError):
        typer.echo(f"coranalyze: {visible(message)}", err=True)


def fail(message: str) -> NoReturn:
    """Wrong usage or unreadable input: the sentence and exit code 2."""
    say(message)
    raise typer.Exit(2)


def read_stdin(limit: int) -> str:
    """Text from stdin; undecodable bytes stay visible."""
    return sys.stdin.buffer.read(limit).decode("utf-8", "backslashreplace").removeprefix("\ufeff")
