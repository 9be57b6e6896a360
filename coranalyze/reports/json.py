"""The machine-readable reports: one JSON document, or JSON Lines. Its schema stands beside this file.

A capture can hold 100,000 fetches and few distinct verdicts. So no dictionary is built for a fetch: what the verdict
and the kind of request determine is encoded once and put together with the fetch's own URL and entries.
"""

import re
from collections.abc import Iterator
from itertools import islice

import msgspec

from coranalyze.analysis import Analysis
from coranalyze.causes import Advisory, Cause
from coranalyze.console.heard import Said
from coranalyze.fetch import Fetch, Sent, Verdict
from coranalyze.finding import Finding
from coranalyze.input import Input
from coranalyze.memo import Known, Memo

SCHEMA_VERSION = 1
_STEERING = re.compile("[\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2066-\u2069]")
"""What steers a terminal or turns the order of text, and may stand in JSON as it is."""
_BATCH = 2_000
_Parts = tuple[bytes, bytes, bytes, bytes]
_encoder = msgspec.json.Encoder()


def render(analysis: Analysis, *, steps: bool = False) -> str:
    """The whole document as text; `chunks` needs less memory."""
    return b"".join(chunks(analysis, steps=steps)).decode()


def render_lines(analysis: Analysis) -> str:
    return b"".join(line_chunks(analysis)).decode()


def chunks(analysis: Analysis, *, steps: bool = False) -> Iterator[bytes]:
    """The document in pieces: valid JSON with each input, fetch and finding on a line of its own.

    `steps` adds to each fetch the steps taken through the standard.
    """
    return map(harmless, _document(analysis, steps))


def line_chunks(analysis: Analysis) -> Iterator[bytes]:
    """One fetch a line, then one finding a line, each with its `type` first."""
    return map(harmless, _lines(analysis))


def harmless(written: bytes) -> bytes:
    """The same JSON, with an escape for each character that would do something to the terminal that shows it."""
    if written.isascii() and b"\x7f" not in written:
        return written
    return _STEERING.sub(lambda match: f"\\u{ord(match[0]):04x}", written.decode()).encode()


def _document(analysis: Analysis, steps: bool) -> Iterator[bytes]:
    from coranalyze import __version__

    yield b'{"schema_version": %d,\n"tool": {"name": "coranalyze", "version": %s},\n' % (
        SCHEMA_VERSION,
        _encode(__version__),
    )
    yield b'"inputs": [\n%s\n],\n' % b",\n".join(_input(source) for source in analysis.inputs)
    yield b'"summary": %s,\n' % _encode(analysis.summary)
    yield b'"fetches": ['
    joint = b"\n"
    fetches = _numbered(analysis.rows(FetchWithSteps if steps else FetchRow))
    while batch := list(islice(fetches, _BATCH)):
        yield joint + b",\n".join(batch)
        joint = b",\n"
    yield b'\n],\n"findings": ['
    yield b",\n".join(_encode(plain_finding(finding)) for finding in analysis.findings)
    yield b'],\n"advisories": ['
    yield b",\n".join(_encode(_advisory(advisory)) for advisory in analysis.advisories)
    yield b"]}\n"


def _lines(analysis: Analysis) -> Iterator[bytes]:
    fetches = (b'{"type":"fetch",' + line[1:] for line in _numbered(analysis.rows(FetchRow)))
    while batch := list(islice(fetches, _BATCH)):
        yield b"\n".join(batch) + b"\n"
    for finding in analysis.findings:
        yield b'{"type":"finding",' + _encode(plain_finding(finding))[1:] + b"\n"


def _numbered(rows: Iterator[bytes]) -> Iterator[bytes]:
    return (b'{"id":%d,%b' % (index, row) for index, row in enumerate(rows))


class FetchRow:
    """Encodes a fetch as a JSON object from behind its `id` on; remembers what equal ones have in common.

    Verdicts, aliases and causes are told apart by identity, and kept alive for that.
    """

    with_steps = False

    def __init__(self) -> None:
        self._common: Known[tuple[object, ...], tuple[_Parts, object]] = Known()
        self._origins: Memo[str | None, bytes] = Memo(_encode)

    def __call__(self, fetch: Fetch, cause: Cause | None, said: tuple[Said, ...]) -> bytes:
        verdict, aliases = fetch.verdict, fetch.aliases
        key = (
            id(verdict), id(aliases), fetch.method, fetch.mode, fetch.credentials,
            fetch.preflight, fetch.observed, fetch.browser, fetch.input,
            fetch.origin_evidence, fetch.mode_evidence, fetch.credentials_evidence, id(cause),
        )  # fmt: skip
        known = self._common.get(key)
        if known is None:
            known = self._common[key] = self._parts(fetch, cause), (verdict, aliases, cause)
        before, method, middle, after = known[0]
        origin = self._origins[fetch.origin]
        exchanges = ",".join(map(_exchange, fetch.exchanges)).encode()
        if said:
            after = b'"console":%s,' % _encode([_said(each) for each in said]) + after
        return b"".join((before, _encode(fetch.url), method, origin, middle, b'"exchanges":[', exchanges, b"],", after))

    def _parts(self, fetch: Fetch, cause: Cause | None) -> _Parts:
        """What stands before the URL, between it and the origin, between that and the exchanges, and after them."""
        verdict = fetch.verdict
        middle = {
            "mode": fetch.mode,
            "credentials": fetch.credentials,
            "outcome": verdict.outcome,
            "reason": verdict.reason,
            "stage": verdict.stage,
            "detail": verdict.detail or None,
            "conditions": _conditions(verdict),
            "aliases": dict(sorted(fetch.aliases.items())),
            "observed": fetch.observed,
            "browser": fetch.browser,
            "cause": cause.name if cause is not None else None,
        }
        after: dict[str, object] = {
            **_cause(cause),
            "preflight": fetch.preflight,
            "hop": verdict.hop if verdict.reason is not None else None,
            "expected": verdict.expected or None,
            "received": verdict.received or None,
            "missing": verdict.missing or None,
            "origin_evidence": fetch.origin_evidence or None,
            "mode_evidence": fetch.mode_evidence or None,
            "credentials_evidence": fetch.credentials_evidence or None,
        }
        if self.with_steps:
            after["steps"] = _steps(verdict)
        return (
            b'"input":%d,"url":' % fetch.input,
            b',"method":%s,"origin":' % _encode(fetch.method),
            b"," + _encode(middle)[1:-1] + b",",
            _encode(after)[1:],
        )


class FetchWithSteps(FetchRow):
    with_steps = True


def _exchange(sent: Sent) -> str:
    exchange = sent.exchange
    status = exchange.status
    return f'{{"entry":{exchange.entry},"role":"{sent.role}","status":{"null" if status is None else status}}}'


def _said(said: Said) -> dict[str, object]:
    return {
        "browser": said.browser, "text": said.text, "reason": said.reason, "of": said.of, "agrees": said.agrees,
    }  # fmt: skip


def _advisory(advisory: Advisory) -> dict[str, object]:
    """What is no failure, with the fetches (their ids) that show it."""
    cause = advisory.cause
    return {
        "name": cause.name,
        "sentence": cause.sentence,
        "evidence": cause.evidence,
        "settle": cause.settle or None,
        "advice": cause.advice,
        "fixes": cause.fixes,
        "count": advisory.count,
        "fetches": advisory.fetches,
    }


def _cause(cause: Cause | None) -> dict[str, object]:
    """What stands beside `cause`; where there is none, only what is always there."""
    if cause is None:
        return {"cause_sentence": None, "layer": None}
    layer = cause.layer
    return {
        "cause_sentence": cause.sentence,
        "layer": layer.name if layer is not None else None,
        "layer_kind": layer.kind if layer is not None else None,
        "cause_confidence": cause.confidence,
        "cause_evidence": cause.evidence,
        "cause_settle": cause.settle or None,
        "advice": cause.advice,
        "fixes": cause.fixes,
    }


def _conditions(verdict: Verdict) -> list[dict[str, object]]:
    return [
        {
            "if": condition.assumption,
            "outcome": condition.outcome,
            "reason": condition.reason,
            "stage": condition.stage,
            "detail": condition.detail or None,
        }
        for condition in verdict.conditions
    ]


def _steps(verdict: Verdict) -> list[dict[str, object]]:
    return [
        {
            "hop": hop,
            "stage": stage,
            "url": ended.step.url,
            "step": ended.step.number or None,
            "passed": ended.passed,
            "reason": ended.step.reason,
            "sentence": ended.step.sentence,
            "detail": ended.detail or None,
            "expected": ended.expected or None,
            "received": ended.received or None,
        }
        for hop, stage, ended in verdict.steps
    ]


def plain_finding(finding: Finding) -> dict[str, object]:
    return {
        "rule": finding.rule,
        "name": finding.name,
        "severity": finding.severity,
        "confidence": finding.confidence,
        "endpoint": finding.endpoint,
        "endpoints": finding.endpoints,
        "message": finding.message,
        "why": finding.why or None,
        "evidence": [{"input": at.input, "entry": at.entry} for at in finding.evidence],
        "count": finding.count,
        "settle": finding.settle or None,
        "fixes": finding.fixes,
        "fingerprint": finding.fingerprint,
    }


def _input(source: Input) -> bytes:
    told: dict[str, object] = {
        "path": source.path,
        "format": source.format if not source.error else None,
        "dialect": source.dialect,
        "entries": source.entries,
        "skipped": [{"entry": skipped.entry, "reason": skipped.reason} for skipped in source.skipped],
        "notes": list(source.notes),
        "error": source.error or None,
    }
    return _encode(told)


def _encode(value: object) -> bytes:
    """JSON bytes. Lone surrogates, which captured text may hold, become U+FFFD."""
    try:
        return _encoder.encode(value)
    except UnicodeEncodeError:
        return _encoder.encode(_encodable(value))


def _encodable(value: object) -> object:
    if isinstance(value, str):
        return value.encode("utf-8", "replace").decode() if type(value) is str else value
    if isinstance(value, dict):
        return {_encodable(key): _encodable(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_encodable(item) for item in value]
    if isinstance(value, msgspec.Struct):
        return _encodable(msgspec.to_builtins(value))
    return value
