"""A proxy takes over the headers of the application behind it: what worked before still does, and all else too."""

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from coranalyze import fixes
from tests.fixes.asking import ask, send
from tests.fixes.cases import APP, FOREIGN
from tests.fixes.servers.proxies import PROGRAMS, proxy

ACAO, ACAC = "access-control-allow-origin", "access-control-allow-credentials"


class Wish(NamedTuple):
    codes: tuple[str, ...]
    context: fixes.Context


WISHES = {
    "errors": Wish(("F7",), fixes.Context.of(APP)),
    "cookies": Wish(("F1", "F7", "F4"), fixes.Context.of(APP, credentials=True)),
    "preflights": Wish(("F6", "F8", "F1"), fixes.Context.of(APP, "PUT", "x-token", True)._replace(present=True)),
    "pattern": Wish(("F2",), fixes.Context.of(APP)._replace(present=True)),
}


@pytest.fixture(scope="module", params=PROGRAMS)
def stack(request: pytest.FixtureRequest) -> str:
    stack: str = request.param
    if shutil.which(PROGRAMS[stack]) is None:
        pytest.skip(f"{PROGRAMS[stack]} is not installed")
    return stack


@pytest.fixture(params=WISHES)
def wish(request: pytest.FixtureRequest) -> Wish:
    return WISHES[request.param]


@pytest.fixture
def base(stack: str, wish: Wish, tmp_path: Path) -> Iterator[str]:
    with proxy(stack, fixes.snippets(wish.codes, wish.context, stack), tmp_path) as base:
        yield base


def test_each_answer_has_the_header_once(base: str) -> None:
    for path, status in (("/data", 200), ("/error", 500), ("/gone", 502)):
        answered = send(base, path, "GET", {"Origin": APP})
        assert (path, answered.status, answered.values(ACAO)) == (path, status, [APP])


def test_cookies_are_allowed_once(base: str, wish: Wish) -> None:
    """What no setting names is left to the application."""
    assert send(base, "/data", "GET", {"Origin": APP}).values(ACAC) == ["true"]
    assert ask(base, "/gone", APP, credentials=True).allowed is (wish.context.credentials is True)


def test_foreign_origins_stay_out(base: str) -> None:
    for origin in (FOREIGN, "null"):
        for path in ("/data", "/error", "/gone"):
            assert send(base, path, "GET", {"Origin": origin}).values(ACAO) == []


def test_a_preflight_that_the_application_refuses(stack: str, tmp_path: Path) -> None:
    wish = WISHES["preflights"]
    with proxy(stack, fixes.snippets(wish.codes, wish.context, stack), tmp_path) as base:
        asked = ask(base, "/data", APP, "PUT", {"X-Token": "1"}, credentials=True)
        assert asked.allowed
        assert asked.actual.status == 200


def test_what_is_open_to_all_stays_so(stack: str, tmp_path: Path) -> None:
    """By `*` alone, which no cookie passes."""
    opened = fixes.Context.of(APP, "PUT", "x-token")._replace(open=True, present=True)
    with proxy(stack, fixes.snippets(("F6", "F8", "F1"), opened, stack), tmp_path) as base:
        assert [send(base, "/data", "GET", {"Origin": page}).values(ACAO) for page in (APP, FOREIGN)] == [["*"], ["*"]]
        assert ask(base, "/data", FOREIGN, "PUT", {"X-Token": "1"}).allowed
        assert not ask(base, "/data", APP, "PUT", {"X-Token": "1"}, credentials=True).allowed


def test_without_the_setting_errors_cannot_be_read(stack: str, tmp_path: Path) -> None:
    with proxy(stack, (), tmp_path) as base:
        assert send(base, "/data", "GET", {"Origin": APP}).values(ACAO) == [APP]
        assert send(base, "/gone", "GET", {"Origin": APP}).values(ACAO) == []


def test_a_second_header_is_what_else_would_come(stack: str, tmp_path: Path) -> None:
    """So what takes the application's away is not there for nothing."""
    with proxy(stack, fixes.snippets(("F1",), fixes.Context.of(APP), stack), tmp_path) as base:
        assert send(base, "/data", "GET", {"Origin": APP}).values(ACAO) == [APP, APP]
