"""Grants: what answers give to the origins that they let in."""

from __future__ import annotations

from collections.abc import Iterable

from coranalyze.endpoint import Answer

_WRITING = frozenset({"PUT", "PATCH", "DELETE"})


def reads_as_null(answers: Iterable[Answer]) -> bool:
    """Something proper was handed out to `null`, which every site can take on, with the visitor's credentials. Whoever
    asked: a fixed value allows the origin that it names."""
    return succeeds(tuple(answer for answer in answers if answer.acao == "null" and answer.allows_credentials))


def succeeds(answers: tuple[Answer, ...]) -> bool:
    """Something proper was handed out, not just errors or the answers to preflights."""
    return any(not answer.preflight and (answer.status or 0) < 400 for answer in answers)


def credentials_of(answers: tuple[Answer, ...]) -> str:
    """What tells two policies of a server apart: `credentials`, or empty without them."""
    return "credentials" if any(answer.allows_credentials for answer in answers) else ""


def with_credentials(answers: tuple[Answer, ...]) -> str:
    """For a message: ` with the visitor's credentials`, or nothing."""
    return " with the visitor's credentials" if credentials_of(answers) else ""


def exposed(answer: Answer) -> set[str]:
    """Names in Access-Control-Expose-Headers, in lower case."""
    return {name.strip(" \t").lower() for line in answer.expose_headers for name in line.split(",")} - {""}


def approves_writes(answer: Answer) -> bool:
    """A preflight that lets the asking origin change something with the visitor's credentials, or lets `null`."""
    lets_in = answer.reflects or answer.acao == "null"
    if not (answer.preflight and lets_in and answer.allows_credentials and (answer.status or 0) < 300):
        return False
    methods = {name.strip() for line in answer.allow_methods for name in line.split(",")}
    headers = {name.strip().lower() for line in answer.allow_headers for name in line.split(",")}
    return bool(methods & _WRITING) or ("content-type" in headers and "content-type" in answer.requested_headers)


def writes_as_null(answers: Iterable[Answer]) -> tuple[Answer, ...]:
    """The preflights that let `null` change something with the visitor's credentials."""
    return tuple(answer for answer in answers if answer.acao == "null" and approves_writes(answer))
