"""What no capture shows to fail, and is worth knowing: told beside the report, never as the cause of a failure."""

from __future__ import annotations

from coranalyze.causes.case import Case
from coranalyze.causes.cause import Told, pattern
from coranalyze.cors.headers import extract_tokens
from coranalyze.endpoint.layer import Kind
from coranalyze.fetch import Credentials, Fetch
from coranalyze.memo import Memo

_READ = ("content-disposition", "link", "x-total-count", "x-pagination", "x-next-page", "x-total-pages", "x-total")
"""Headers that are sent for scripts to read."""
_READ_AFTER_PUT, _READ_BY_ALL = 1, 2


def _worth(name: str) -> int:
    name = name.lower()
    return _READ_BY_ALL if name in _READ else _READ_AFTER_PUT if name == "etag" else 0


_WORTH = Memo(_worth)
"""Response header name as spelt → who wants to read it."""


def may_be_hidden(fetch: Fetch) -> bool:
    """Whether `header_not_exposed` can be about it, by its last answer alone."""
    if not fetch.exchanges:
        return False
    found = {_WORTH[name] for name, _ in fetch.exchanges[-1].exchange.response}
    return _READ_BY_ALL in found or (fetch.method == "PUT" and _READ_AFTER_PUT in found)


@pattern("header-not-exposed", fixes=("F10",))
def header_not_exposed(case: Case) -> Told | None:
    """A response header that the page's script cannot see

    A script sees only a few response headers of another origin (`Content-Type`, `Cache-Control` and the like); of the
    others only those in `Access-Control-Expose-Headers`. What is not exposed reads as `null`, without any error.

    ## How to recognise it
    The answer passes and carries `Content-Disposition`, `X-Total-Count`, `Link` or the like, and does not expose it.
    No capture shows whether the script wants to read it.

    ## What to do
    If the page reads it: name it in `Access-Control-Expose-Headers`.

    ## Example
    ```http
    GET https://api.example/items?page=2
    Origin: https://app.example

    200
    Access-Control-Allow-Origin: https://app.example
    X-Total-Count: 120
    ```

    ## Not
    ```http
    GET https://api.example/items?page=2
    Origin: https://app.example

    200
    Access-Control-Allow-Origin: https://app.example
    Access-Control-Expose-Headers: X-Total-Count
    X-Total-Count: 120
    ```
    """
    if case.destination:
        return None
    response = case.response
    wanted = {name.lower() for name, _ in response}.intersection(_READ)
    uploads = case.fetch.method == "PUT" and case.layer is not None and case.layer.kind is Kind.STORAGE
    if uploads and response.has("etag"):
        wanted.add("etag")
    if not wanted:
        return None
    exposed = {name.lower() for name in extract_tokens(response, "access-control-expose-headers") or []}
    hidden = sorted(wanted - exposed)
    if not hidden or ("*" in exposed and case.fetch.credentials is not Credentials.INCLUDE):
        return None
    return Told(
        f"{case.asked} answers {', '.join(hidden)}, which the page's script cannot see.",
        f"If the page reads it, send Access-Control-Expose-Headers: {', '.join(hidden)}",
        settle="The page's code tells whether it reads the header.",
        header=hidden[0],
    )
