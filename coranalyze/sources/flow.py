"""mitmproxy's flow files → a Capture, read by the mitmproxy that is installed."""

import gc
import re
from collections.abc import Iterator
from itertools import islice
from typing import TYPE_CHECKING

from coranalyze.exchange import Exchange
from coranalyze.sources.dates import moment
from coranalyze.sources.dialects import MITMPROXY
from coranalyze.sources.har_document import Buffer
from coranalyze.sources.opened import Capture, NotACapture
from coranalyze.sources.redact import Redactor
from coranalyze.sources.spelling import lowered, reach_in_lower_case
from coranalyze.sources.usable import unusable
from coranalyze.sources.views import as_file

if TYPE_CHECKING:
    from mitmproxy.flow import Flow
    from mitmproxy.http import Headers as FlowHeaders
    from mitmproxy.http import HTTPFlow

LONGEST_FLOW = 1 << 30
"""Bytes: mitmproxy holds a flow as a whole, and believes what a file says of its length."""
LOOKED_AT = 100
"""Flows, of which one has to be readable: else the file is refused."""
TIDIED = 500
"""Flows after which what mitmproxy left behind is freed."""
AT_ONCE = 1.0
"""Seconds after its handshake within which a WebSocket is closed at once, as in the addon."""
_LENGTH = re.compile(rb"([0-9]{1,12}):")
_FORMAT = re.compile(r"flow format version ([^\s,.]+)")


def open_flow(path: str, data: Buffer, keep_values: bool) -> Capture:
    """The capture in a flow file; raises NotACapture, also where the first flow cannot be read."""
    try:
        import mitmproxy.io  # noqa: F401
    except ImportError:
        raise NotACapture(path, "a flow file of mitmproxy, and mitmproxy is not installed") from None
    looked_at = [found for _, found in islice(_flows(data), LOOKED_AT)]
    if looked_at and isinstance(looked_at[0], Exception) and all(isinstance(found, Exception) for found in looked_at):
        raise NotACapture(path, _unreadable(looked_at[0]))

    def read(capture: Capture) -> Iterator[Exchange]:
        return _exchanges(capture, data, Redactor(keep_values))

    return Capture(path, "flow", MITMPROXY.dialect, read)


def _unreadable(error: Exception) -> str:
    from mitmproxy.exceptions import FlowReadException
    from mitmproxy.version import VERSION

    if not isinstance(error, FlowReadException):
        return f"no readable flow file ({type(error).__name__})"
    written = _FORMAT.search(str(error))
    if written is None:
        return "a damaged flow file: not even its first flow is whole"
    return (
        f"a flow file of another mitmproxy (flow format {written[1]}), which the installed mitmproxy {VERSION} cannot "
        "read: install the version that wrote it, or export HAR there"
    )


def _flows(data: Buffer) -> "Iterator[tuple[int, Flow | Exception]]":
    """Each flow, or why it cannot be read, with the byte where it begins; nothing behind one that is not whole."""
    from mitmproxy.io import FlowReader

    file = as_file(data, LONGEST_FLOW)
    while (start := file.tell()) < len(data):
        found: Flow | Exception
        try:
            # One reader for each flow: it ends with the first that it cannot read.
            found = next(iter(FlowReader(file).stream()))
        except StopIteration:
            return
        except Exception as error:  # mitmproxy's decoding raises what it likes on bytes that are no flow
            found = error
        yield start, found
        if isinstance(found, Exception):
            end = _end(data, start)
            if end is None or end > len(data):
                return
            file.seek(end)


def _end(data: Buffer, start: int) -> int | None:
    """Where the flow that begins here ends by its own account; None where that is none of a flow."""
    length = _LENGTH.match(data, start)
    if length is None:
        return None
    end = length.end() + int(length[1]) + 1
    return end if end > len(data) or data[end - 1] == ord("}") else None


def _exchanges(capture: Capture, data: Buffer, redactor: Redactor) -> Iterator[Exchange]:
    """By start: mitmproxy files flows as they complete."""
    exchanges = list(_read(capture, data, redactor))
    exchanges.sort(key=lambda exchange: exchange.started or 0.0)
    exchanges.reverse()
    while exchanges:
        yield exchanges.pop()


def _read(capture: Capture, data: Buffer, redactor: Redactor) -> Iterator[Exchange]:
    from mitmproxy.http import HTTPFlow

    for start, flow in _flows(data):
        position = capture.entries
        capture.entries += 1
        # A flow leaves exceptions that hold themselves (27 kB, measured on 11.0.2): only the cyclic collector frees
        # them, and that may rest.
        if position % TIDIED == 0 and not gc.isenabled():
            gc.collect(0)
        if isinstance(flow, Exception):
            end = _end(data, start)
            if end is not None and end <= len(data):
                capture.skip(position, f"the flow cannot be used: {type(flow).__name__}")
                continue
            cut = end is not None or bytes(data[start : start + 13]).isdigit()
            capture.note(f"truncated: cut off at byte {len(data)}" if cut else f"broken: no flow at byte {start}")
            what = f"cut off at byte {len(data)}" if cut else f"no flow at byte {start}, nothing after it could be read"
            capture.skip(position, what)
            return
        if not isinstance(flow, HTTPFlow):
            capture.skip(position, f"a {flow.type} flow, no HTTP")
            continue
        try:
            exchange = _exchange(position, flow, redactor)
        except (AttributeError, ValueError, TypeError) as error:
            capture.skip(position, f"the flow cannot be used: {type(error).__name__}")
            continue
        if reason := unusable(exchange.method, exchange.url):
            capture.skip(position, f"the flow cannot be used: {reason}")
            continue
        yield exchange


def _exchange(position: int, flow: "HTTPFlow", redactor: Redactor) -> Exchange:
    request, response = flow.request, flow.response
    url = request.pretty_url
    host = request.pretty_host
    if ":" in host and f"[{host}]" not in url:
        url = url.replace(host, f"[{host}]", 1)  # mitmproxy writes IPv6 addresses without brackets
    if request.method == "CONNECT":
        url = f"https://{request.host}:{request.port}/"
    elif flow.websocket is not None or request.headers.get("upgrade", "").lower() == "websocket":
        url = re.sub("^http", "ws", url)
    started = _ms(request.timestamp_start)
    ended = _ms(response.timestamp_end or response.timestamp_start) if response is not None else None
    if ended is None and flow.error is not None:
        ended = _ms(flow.error.timestamp)
    address = flow.server_conn.peername
    answer = _lines(response.headers) if response is not None else ()
    return Exchange(
        entry=position,
        method=_encodable(request.method),
        url=redactor.url(_encodable(url)),
        request=redactor.headers(_lines(request.headers), redactor.request),
        response=redactor.headers(
            lowered(answer) if reach_in_lower_case(request.http_version) else answer, redactor.response
        ),
        status=response.status_code if response is not None and 100 <= response.status_code <= 999 else None,
        started=started,
        ended=started if ended is None or started is None or ended < started else ended,
        error=redactor.text(_encodable(flow.error.msg)) if flow.error is not None else "",
        server_address=str(address[0]) if address else "",
        close_code=_close_code(flow),
    )


def _close_code(flow: "HTTPFlow") -> int | None:
    """With which the server closed a WebSocket at once, before any message; as in the addon."""
    socket, response = flow.websocket, flow.response
    if socket is None or response is None or socket.messages or socket.closed_by_client is not False:
        return None
    opened = response.timestamp_end or response.timestamp_start or 0.0
    return socket.close_code if (socket.timestamp_end or 0.0) - opened <= AT_ONCE else None


def _lines(headers: "FlowHeaders") -> Iterator[tuple[str, str]]:
    # As the browser reads them: bytes beyond ASCII are Latin-1.
    for name, value in headers.fields:
        yield name.decode("latin-1"), value.decode("latin-1")


def _encodable(text: str) -> str:
    # Bytes that are no UTF-8 are lone surrogates in mitmproxy's strings.
    return text if text.isascii() else text.encode("utf-8", "backslashreplace").decode()


def _ms(seconds: float | None) -> float | None:
    return None if seconds is None else moment(seconds * 1000)
