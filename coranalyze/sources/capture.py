"""The capture file that the addon writes (`*.cors.jsonl`)."""

from coranalyze.sources.har_document import Buffer
from coranalyze.sources.opened import Capture, NotACapture


def open_capture(path: str, data: Buffer, keep_values: bool) -> Capture:
    """Not readable yet: raises NotACapture."""
    raise NotACapture(path, "a coranalyze capture file: this version cannot read it yet")
