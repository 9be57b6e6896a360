"""What is particular to the HAR files of mitmproxy."""

import msgspec

from coranalyze.sources.har_document import Entry, Line

NO_END = "the response has no end"
"""It writes no error beside a response."""


class _Timings(msgspec.Struct):
    """Its `time` counts the connection to the server once more, which is made while it waits."""

    send: float
    wait: float
    receive: int | float


_decode_timings = msgspec.json.Decoder(_Timings).decode


def measured(entry: Entry) -> tuple[float | str | None, bool]:
    """How long an entry took in all, and whether its response has an end.

    Times are written as floats: an integer 0 stands for an end that there is not, as where the body broke off.
    """
    try:
        timings = _decode_timings(entry.timings)
    except (msgspec.MsgspecError, ValueError):
        return entry.time, True
    receive = timings.receive
    spent = sum(max(each, 0.0) for each in (timings.send, timings.wait, receive))
    return spent, not (isinstance(receive, int) and receive == 0)


def bracketed(url: str, lines: list[Line]) -> str:
    """An IPv6 address that mitmproxy wrote without brackets, `http://::1:8085/`, where Host tells what is the port."""
    scheme, _, rest = url.partition("://")
    authority, slash, path = rest.partition("/")
    if authority.count(":") < 2 or "[" in authority:
        return url
    host = next((line.value for line in lines if line.name.lower() == "host"), None) or ""
    return f"{scheme}://{host}{slash}{path}" if host.startswith("[") and "]" in host else url
