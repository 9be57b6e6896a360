"""How header names reach a browser: over HTTP/2 and HTTP/3 in lower case, whatever the server behind the proxy spelt.

Firefox counts the lines of `Access-Control-Allow-Origin` in that spelling alone (measured over both).
"""

from collections.abc import Iterable

Line = tuple[str, str]


def reach_in_lower_case(version: str | None) -> bool:
    """Whether names do between a browser and a proxy that speak this version of HTTP, as mitmproxy writes it."""
    return version is not None and version.startswith(("HTTP/2", "HTTP/3"))


def lowered(lines: Iterable[Line]) -> list[Line]:
    """The lines with their names in lower case."""
    return [(name.lower(), value) for name, value in lines]
