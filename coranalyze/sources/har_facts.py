"""What a HAR file shows about its exporter beyond the name: what was removed, who answered, in which order."""

import re

from msgspec import structs

from coranalyze.cors.origin import HTTP_SCHEMES, origin_of
from coranalyze.exchange import Dialect, Family, Skipped
from coranalyze.sources import dialects
from coranalyze.sources.dialects import Manner
from coranalyze.sources.har_document import Buffer, Document, Entry, Line
from coranalyze.sources.order import preflights_come_first

_SAMPLE = 1 << 18
"""Bytes of the file searched for a dialect's fields."""
_COOKIE_NAME = re.compile(rb'"name"\s*:\s*"(?:(?:set-)?cookie|authorization)"', re.IGNORECASE)
_CHROME_VERSION = re.compile(rb"Chrome/(\d+)\.")
# Between these, DevTools did not show preflights: CORS had moved out of Blink, and had not yet come back to the panel.
# Measured on 83: they are there again, as `other`.
_WITHOUT_PREFLIGHTS = range(79, 83)


def manner_of(document: Document, data: Buffer, notes: list[str]) -> Manner:
    """The dialect by `creator`, else by the fields that stand in the file."""
    name = (document.creator.name or "").strip()
    found = dialects.of_creator(name)
    if found is not None:
        return found
    found = dialects.of_features(bytes(data[:_SAMPLE]))
    if name and found is not dialects.UNKNOWN:
        notes.append(f"the creator of this file is unknown, its fields are those of {found.dialect.name}")
    return found


def with_facts(
    manner: Manner,
    document: Document,
    starts: list[float | None],
    preflights: list[int],
    data: Buffer,
    notes: list[str],
) -> Dialect:
    """The dialect as this very file shows it: what was removed, who answered preflights, in which order they stand."""
    dialect = manner.dialect
    rows = document.rows
    if manner is dialects.CHROME:
        if not any(map(_has_credentials, rows)):
            dialect = structs.replace(dialect, credentials_recorded=False)
            notes.append(dialects.SANITIZED)
        version = _CHROME_VERSION.search(bytes(data[:_SAMPLE]))
        if not preflights and version is not None and int(version[1][:6]) in _WITHOUT_PREFLIGHTS:
            dialect = structs.replace(dialect, preflights_recorded=False)
            notes.append(dialects.NO_PREFLIGHTS)
        if not any(map(_has_fields_of_its_own, rows)):
            dialect = structs.replace(dialect, marks_failures=False)
            notes.append(dialects.NO_MARKS)
    if preflights and dialects.NO_PREFLIGHTS in notes:
        notes.remove(dialects.NO_PREFLIGHTS)
        if manner is dialects.SELENIUM_WIRE:
            # Whether it records OPTIONS is one option for all.
            dialect = structs.replace(dialect, preflights_recorded=True)
        else:
            notes.append(dialects.SOME_PREFLIGHTS)
    if manner is dialects.PLAYWRIGHT and any(
        row.continued or row.fulfilled or row.aborted for row in rows if isinstance(row, Entry)
    ):
        notes.append(dialects.ROUTED)
    if any(isinstance(row, Entry) and row.fulfilled for row in rows):
        notes.append(dialects.FULFILLED)
    if manner is dialects.FIREFOX and _one_page_for_all(document):
        notes.append(dialects.ONE_PAGE)
    entries = [row if isinstance(row, Entry) else None for row in rows]
    marked = any(entry is not None and entry.kind == "preflight" for entry in map(entries.__getitem__, preflights))
    if preflights and (manner.order_varies or (manner is dialects.CHROME and not marked)):
        first = preflights_come_first(entries, starts, preflights)
        if first is not None:
            dialect = structs.replace(dialect, family=Family.WIRE if first else Family.BROWSER)
    return dialect


def is_preflight(entry: Entry) -> bool:
    """OPTIONS with Access-Control-Request-Method; an explicit OPTIONS of a script is none."""
    request = entry.request
    if request is None or request.method != "OPTIONS":
        return False
    return entry.kind == "preflight" or b"access-control-request-method" in bytes(request.headers).lower()


def _has_fields_of_its_own(row: Entry | Skipped | None) -> bool:
    """Whether this entry still has a field of Chromium's: tools that clean HARs remove them all, also `_error`."""
    if not isinstance(row, Entry):
        return False
    response = row.response
    return bool(row.kind or bytes(row.initiator) or row.error or (response is not None and response.error))


def _has_credentials(row: Entry | Skipped | None) -> bool:
    if not isinstance(row, Entry) or row.request is None:
        return False
    lists = [row.request.headers] if row.response is None else [row.request.headers, row.response.headers]
    for raw in lists:
        lines = bytes(raw)
        # A plain search first: almost no list has any of the words.
        if (b'ookie"' in lines or b'uthorization"' in lines) and _COOKIE_NAME.search(lines):
            return True
    return False


def _one_page_for_all(document: Document) -> bool:
    """Firefox files everything under the page that was open last."""
    if len(document.pages) != 1:
        return False
    page = origin_of(document.pages[0].title or "")
    first = next((row.request.url for row in document.rows if isinstance(row, Entry) and row.request is not None), None)
    return page is not None and page.scheme in HTTP_SCHEMES and first is not None and origin_of(first) != page


_CONDITIONS = frozenset({"if-none-match", "if-modified-since"})
_OF_CONTENT = frozenset({"content-type", "content-length", "transfer-encoding", "content-encoding"})


def is_revalidation(request: list[Line], response: list[Line]) -> bool:
    """The browser asked whether its copy is still good, and these are the headers of the answer that it is.

    RFC 9110 13.1, 15.4.5: an answer with the validator that was asked about is a 304; one carries no content, and so
    mostly no type.
    """
    asked = {name: line.value or "" for line in request if (name := line.name.lower()) in _CONDITIONS}
    if not asked:
        return False
    given = {line.name.lower(): line.value or "" for line in response}
    tag, tags = given.get("etag", ""), asked.get("if-none-match", "")
    if tag and tag.removeprefix("W/") in [each.strip().removeprefix("W/") for each in tags.split(",")]:
        return True
    changed = given.get("last-modified", "")
    return (changed != "" and changed == asked.get("if-modified-since")) or not given.keys() & _OF_CONTENT
