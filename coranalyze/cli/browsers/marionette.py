"""Firefox's own remote protocol, as far as a new profile needs it: length-prefixed JSON over a socket."""

import itertools
import json
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any


class MarionetteError(Exception):
    """Firefox refused a command, or went away."""


class Marionette:
    """One session; see https://firefox-source-docs.mozilla.org/testing/marionette/Protocol.html"""

    def __init__(self, connection: socket.socket) -> None:
        self._stream = connection.makefile("rwb")
        self._numbers = itertools.count(1)
        self._receive()  # the greeting

    def call(self, command: str, **parameters: Any) -> Any:
        """The result of a command; raises MarionetteError."""
        message = json.dumps([0, next(self._numbers), command, parameters]).encode()
        try:
            self._stream.write(b"%d:%s" % (len(message), message))
            self._stream.flush()
        except OSError as error:
            raise MarionetteError(f"Firefox closed the connection at {command}") from error
        _, _, failure, result = self._receive()
        if failure:
            raise MarionetteError(f"{command}: {failure.get('message', failure)}")
        return result

    def _receive(self) -> Any:
        length = b""
        while (byte := self._stream.read(1)) != b":":
            if not byte:
                raise MarionetteError("Firefox closed the connection")
            length += byte
        return json.loads(self._stream.read(int(length)))


@contextmanager
def session(port: int, timeout: float) -> Iterator[Marionette]:
    """A session on loopback; each answer may take `timeout` seconds."""
    with socket.create_connection(("127.0.0.1", port), timeout) as connection:
        marionette = Marionette(connection)
        marionette.call("WebDriver:NewSession", capabilities={})
        yield marionette
