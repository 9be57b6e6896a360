"""Visits that cases of several stacks have in common."""

from __future__ import annotations

from tests.lab.policies.case import APP, FOREIGN, TOKEN, Call, Visit, visits

BEARER = {"Authorization": "Bearer lab"}
JSON = {"Content-Type": "application/json"}
READ = Call()
WITH_COOKIES = Call(credentials=True)
COOKIES = (WITH_COOKIES, READ)
PUT = Call(method="PUT", headers=TOKEN, credentials=True)
PUT_ONLY = visits(PUT)
PUBLIC_READ = visits(Call("/public"))
APP_ONLY = (Visit(APP, (WITH_COOKIES, READ, PUT)),)


def wide(*origins: str) -> tuple[Visit, ...]:
    """The own front end, pages of these origins, and one of a stranger: with cookies."""
    return tuple(Visit(origin, (WITH_COOKIES,)) for origin in (APP, *origins, FOREIGN))
