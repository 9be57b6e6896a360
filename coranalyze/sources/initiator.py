"""Who started a request, as Chromium's exporters tell: `_initiator`, or chrome-har's `_initiator_detail`."""

import re

import msgspec
from msgspec import Struct

from coranalyze.sources.har_document import Entry

_ID = re.compile(r"[A-Za-z0-9.\-_]{1,64}")


class Frame(Struct, gc=False):
    url: str | None = None


class Stack(Struct, gc=False):
    frames: list[Frame] = msgspec.field(default_factory=list, name="callFrames")


class Initiator(Struct, gc=False):
    kind: str = msgspec.field(default="", name="type")
    location: str | None = msgspec.field(default=None, name="url")
    request_id: str | None = msgspec.field(default=None, name="requestId")
    stack: Stack | None = None

    @property
    def parent_id(self) -> str:
        """For a preflight: the id of the request that it belongs to."""
        found = self.request_id if self.kind == "preflight" else None
        return found if found is not None and _ID.fullmatch(found) else ""

    @property
    def url(self) -> str:
        """URL of the document or script that asked. A preflight's own `url` is that of its request."""
        if self.location and self.kind == "parser":
            return self.location
        for frame in self.stack.frames if self.stack is not None else ():
            if frame.url:
                return frame.url
        return ""


NOBODY = Initiator()
_decode = msgspec.json.Decoder(Initiator).decode
_decode_text = msgspec.json.Decoder(str).decode


def initiator_of(entry: Entry) -> Initiator:
    """The initiator of an entry; `NOBODY` where none is recorded or it cannot be read."""
    for raw in (entry.initiator, entry.initiator_detail):
        text = bytes(raw)
        try:
            # chrome-har writes the object as a JSON string.
            return _decode(_decode_text(text) if text.startswith(b'"') else text)
        except (msgspec.MsgspecError, ValueError, RecursionError):
            continue
    return NOBODY
