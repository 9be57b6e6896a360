"""Bodies of answers by kind, real ones where browsers refuse others."""

import struct
import zlib
from pathlib import Path

import matplotlib

_FONT = Path(matplotlib.get_data_path(), "fonts", "ttf", "STIXSizTwoSymBol.ttf")


def _png() -> bytes:
    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", 1, 1, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"\0\0\0\0")) + chunk(b"IEND", b"")
    )


def _wav() -> bytes:
    samples = b"\x80" * 800
    form = struct.pack("<4sIHHIIHH4sI", b"fmt ", 16, 1, 1, 8000, 8000, 1, 8, b"data", len(samples))
    return b"RIFF" + struct.pack("<I", 4 + len(form) + len(samples)) + b"WAVE" + form + samples


BODIES = {
    "json": b'{"case": "oracle", "n": 1}',
    "text": b"plain text",
    "empty": b"",
    "html": b"<!doctype html><title>x</title><p>text",
    "png": _png(),
    "js": b"window.ran = 1;",
    "module": b"export const ran = 1;",
    "css": b"p { color: red }",
    "es": b"data: one\n\n",
    "font": _FONT.read_bytes(),
    "audio": _wav(),
}
