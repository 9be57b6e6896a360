"""What opening an input gives: a `Capture`, or a `NotACapture` that says why it is none."""

from collections.abc import Callable, Iterator
from itertools import chain, islice

from coranalyze.exchange import Dialect, Exchange, Skipped

AHEAD = 256
"""Exchanges read at a time. One by one, reading and judging push each other out of the processor's caches: a tenth more
time (measured).
"""
SKIPPED = 1_000
"""Entries that cannot be used of which is told why; all are counted."""


class NotACapture(Exception):  # noqa: N818 - it is a result as much as an error
    """An input that cannot be read as a capture: which one, and what it seems to be instead."""

    def __init__(self, path: str, reason: str) -> None:
        super().__init__(f"{path}: {reason}")
        self.path = path
        self.reason = reason


class Capture:
    """One input that could be opened. Its exchanges can be read once.

    `entries`, `skipped`, `skips`, `notes` are final once `exchanges` is exhausted: streamed formats count as they go.
    """

    __slots__ = ("_read", "continued_in", "dialect", "entries", "format", "grows", "notes", "path", "skipped", "skips")

    def __init__(
        self,
        path: str,
        format: str,
        dialect: Dialect,
        read: "Callable[[Capture], Iterator[Exchange]]",
        *,
        entries: int = 0,
        skipped: list[Skipped] | None = None,
        notes: list[str] | None = None,
    ) -> None:
        self.path = path
        """As the user named it; a member of an archive is `archive.zip!member`, the standard input `-`."""
        self.format = format
        """har, flow, capture or text."""
        self.dialect = dialect
        """With the facts of this very file applied."""
        self.entries = entries
        """Entries of the input, skipped ones included."""
        self.skipped = [] if skipped is None else skipped[:SKIPPED]
        """The first of them."""
        self.skips = 0 if skipped is None else len(skipped)
        """How many they are in all."""
        self.notes = [] if notes is None else notes
        """What the reader should know, in short stable sentences."""
        self.continued_in = ""
        """Name of the file beside it in which the recording went on; known at its end."""
        self.grows = False
        """What comes is to be handed on at once, not `AHEAD` exchanges at a time."""
        self._read: Callable[[Capture], Iterator[Exchange]] | None = read

    def exchanges(self) -> Iterator[Exchange]:
        """Every usable entry, ordered by start; `entries == yielded + skips` at the end.

        For a browser's record a preflight counts as 2 ms later, so that its request, which starts with it, comes first.
        Raises ValueError when asked a second time: what was read is released on the way.
        """
        if self._read is None:
            raise ValueError(f"{self.path}: the exchanges of a capture can be read once; open it again")
        read, self._read = self._read, None
        exchanges = read(self)
        return exchanges if self.grows else chain.from_iterable(iter(lambda: list(islice(exchanges, AHEAD)), []))

    def skip(self, entry: int, reason: str) -> None:
        """Count an entry that cannot be used."""
        self.skips += 1
        if len(self.skipped) < SKIPPED:
            self.skipped.append(Skipped(entry, reason))

    def note(self, text: str) -> None:
        """Add a note unless it is there."""
        if text not in self.notes:
            self.notes.append(text)
