"""mitmproxy's flow files → a Capture, read by the mitmproxy that is installed."""

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from coranalyze.exchange import Exchange, Skipped
from coranalyze.sources.dates import moment
from coranalyze.sources.dialects import MITMPROXY
from coranalyze.sources.har_document import Buffer
from coranalyze.sources.opened import Capture, NotACapture
from coranalyze.sources.redact import Redactor
from coranalyze.sources.views import as_file

if TYPE_CHECKING:
    from mitmproxy.http import Headers as FlowHeaders
    from mitmproxy.http import HTTPFlow

LONGEST_FLOW = 1 << 30
"""Bytes: mitmproxy holds a flow as a whole, and believes what a file says of its length."""
_FORMAT = re.compile(r"flow format version ([^\s,.]+)")


def open_flow(path: str, data: Buffer, keep_values: bool) -> Capture:
    """The capture in a flow file; raises NotACapture, also where the first flow cannot be read."""
    try:
        from mitmproxy.exceptions import FlowReadException
        from mitmproxy.io import FlowReader
        from mitmproxy.version import VERSION
    except ImportError:
        raise NotACapture(path, "a flow file of mitmproxy, and mitmproxy is not installed") from None
    try:
        next(iter(FlowReader(as_file(data, LONGEST_FLOW)).stream()), None)
    except FlowReadException as error:
        raise NotACapture(path, _unreadable(str(error), VERSION)) from None
    except Exception as error:  # mitmproxy's decoding raises what it likes on bytes that are no flow
        raise NotACapture(path, f"no readable flow file ({type(error).__name__})") from None

    def read(capture: Capture) -> Iterator[Exchange]:
        return _exchanges(capture, data, Redactor(keep_values))

    return Capture(path, "flow", MITMPROXY.dialect, read)


def _unreadable(message: str, version: str) -> str:
    written = _FORMAT.search(message)
    if written is None:
        return "a damaged flow file: not even its first flow is whole"
    return (
        f"a flow file of another mitmproxy (flow format {written[1]}), which the installed mitmproxy {version} cannot "
        "read: install the version that wrote it, or export HAR there"
    )


def _exchanges(capture: Capture, data: Buffer, redactor: Redactor) -> Iterator[Exchange]:
    """By start: mitmproxy files flows as they complete."""
    exchanges = list(_read(capture, data, redactor))
    exchanges.sort(key=lambda exchange: exchange.started or 0.0)
    exchanges.reverse()
    while exchanges:
        yield exchanges.pop()


def _read(capture: Capture, data: Buffer, redactor: Redactor) -> Iterator[Exchange]:
    from mitmproxy.http import HTTPFlow
    from mitmproxy.io import FlowReader

    file = as_file(data, LONGEST_FLOW)
    flows = iter(FlowReader(file).stream())
    while True:
        start = file.tell()
        try:
            flow = next(flows)
        except StopIteration:
            return
        except Exception:
            position = capture.entries
            capture.entries += 1
            cut = file.tell() >= len(data)
            capture.note(f"truncated: cut off at byte {len(data)}" if cut else f"broken: no flow at byte {start}")
            what = f"cut off at byte {len(data)}" if cut else f"no flow at byte {start}, nothing after it could be read"
            capture.skipped.append(Skipped(position, what))
            return
        position = capture.entries
        capture.entries += 1
        if not isinstance(flow, HTTPFlow):
            capture.skipped.append(Skipped(position, f"a {flow.type} flow, no HTTP"))
            continue
        try:
            yield _exchange(position, flow, redactor)
        except (AttributeError, ValueError, TypeError) as error:
            capture.skipped.append(Skipped(position, f"the flow cannot be used: {type(error).__name__}"))


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
    return Exchange(
        entry=position,
        method=_encodable(request.method),
        url=redactor.url(_encodable(url)),
        request=redactor.headers(_lines(request.headers), redactor.request),
        response=redactor.headers(_lines(response.headers) if response is not None else (), redactor.response),
        status=response.status_code if response is not None and 100 <= response.status_code <= 999 else None,
        started=started,
        ended=started if ended is None or started is None or ended < started else ended,
        error=redactor.text(_encodable(flow.error.msg)) if flow.error is not None else "",
        server_address=str(address[0]) if address else "",
    )


def _lines(headers: "FlowHeaders") -> Iterator[tuple[str, str]]:
    # As the browser reads them: bytes beyond ASCII are Latin-1.
    for name, value in headers.fields:
        yield name.decode("latin-1"), value.decode("latin-1")


def _encodable(text: str) -> str:
    # Bytes that are no UTF-8 are lone surrogates in mitmproxy's strings.
    return text if text.isascii() else text.encode("utf-8", "backslashreplace").decode()


def _ms(seconds: float | None) -> float | None:
    return None if seconds is None else moment(seconds * 1000)
