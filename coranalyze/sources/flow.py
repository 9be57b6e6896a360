"""mitmproxy flow files, read with the installed mitmproxy."""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, BinaryIO

from coranalyze.cors.headers import Headers
from coranalyze.cors.origin import without_fragment
from coranalyze.exchange import Dialect, Exchange, Family, Skipped
from coranalyze.sources.capture import Capture, NotACapture
from coranalyze.sources.redact import Redactor

if TYPE_CHECKING:
    from mitmproxy.http import HTTPFlow

MITMPROXY = Dialect(name="mitmproxy", family=Family.WIRE)


class FlowCapture(Capture):
    """A stream of flows in order of completion; flows other than HTTP are skipped and counted."""

    format = "flow"

    def __init__(self, path: str, file: BinaryIO, keep_values: bool) -> None:
        super().__init__(path)
        self.dialect = MITMPROXY
        self._flows = _read(path, file)
        self._redactor = Redactor(keep_values)
        # The first flow tells whether this is a flow file of a version that can be read.
        self._first = next(self._flows, None)
        if isinstance(self._first, Skipped):
            raise NotACapture(path, self._first.reason)

    def exchanges(self) -> Iterator[Exchange]:
        from mitmproxy.http import HTTPFlow

        exchanges = []
        flow: Any = self._first
        while flow is not None:
            if isinstance(flow, Skipped):
                self.skipped.append(Skipped(self.entries, flow.reason))
                self.notes.append(f"Truncated: {flow.reason}")
            elif isinstance(flow, HTTPFlow) and flow.request is not None:
                exchanges.append(self._exchange(self.entries, flow))
            else:
                self.skipped.append(Skipped(self.entries, f"a {getattr(flow, 'type', 'foreign')} flow, not HTTP"))
            self.entries += 1
            flow = next(self._flows, None)
        exchanges.sort(key=lambda exchange: exchange.started or 0.0)
        yield from exchanges

    def _exchange(self, entry: int, flow: HTTPFlow) -> Exchange:
        request, response = flow.request, flow.response
        url = request.url
        if flow.websocket is not None or request.headers.get("upgrade", "").lower() == "websocket":
            url = "ws" + url.removeprefix("http")
        started = request.timestamp_start
        ended = (response.timestamp_end or response.timestamp_start) if response else None
        if ended is None and flow.error is not None:
            ended = flow.error.timestamp
        address = flow.server_conn.peername or ("",)
        return Exchange(
            entry=entry,
            # `Request.method` is upper-cased by mitmproxy; the raw bytes are what was sent.
            method=request.data.method.decode("latin-1"),
            url=self._redactor.url(without_fragment(url)),
            request=self._redactor.request_headers(_lines(request.headers.fields)),
            response=self._redactor.response_headers(_lines(response.headers.fields)) if response else Headers(),
            status=response.status_code if response else None,
            started=started * 1000 if started else None,
            ended=(ended or started) * 1000 if ended or started else None,
            error=flow.error.msg if flow.error is not None and response is None else "",
            server_address=str(address[0]),
        )


def looks_like_flow(start: bytes) -> bool:
    """A flow file is a netstring of a dictionary: `1234:…`"""
    digits, colon, _ = start[:16].partition(b":")
    return bool(colon) and digits.isdigit()


def _lines(fields: tuple[tuple[bytes, bytes], ...]) -> list[tuple[str, str]]:
    return [(name.decode("latin-1"), value.decode("latin-1")) for name, value in fields if not name.startswith(b":")]


def _read(path: str, file: BinaryIO) -> Iterator[Any]:
    """Flows; a last Skipped where the file breaks off or is of another version."""
    try:
        from mitmproxy import version
        from mitmproxy.exceptions import FlowReadException
        from mitmproxy.io import FlowReader
    except ImportError as error:
        raise NotACapture(path, f"reading flow files needs mitmproxy: {error}") from error
    count = 0
    try:
        for flow in FlowReader(file).stream():
            count += 1
            yield flow
    except FlowReadException as error:
        reason = str(error)
        if "version" in reason.lower():
            reason = f"{reason} (the installed mitmproxy is {version.VERSION}; read it with the version that wrote it)"
        yield Skipped(count, f"after {count} whole flows: {reason}" if count else reason)
    except (ValueError, TypeError, KeyError, AttributeError, IndexError, RecursionError, OSError, EOFError) as error:
        yield Skipped(count, f"after {count} whole flows: {type(error).__name__}: {error}")


def open_bytes(data: bytes) -> BinaryIO:
    return io.BytesIO(data)
