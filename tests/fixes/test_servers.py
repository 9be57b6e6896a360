"""Each snippet in the real server: what failed now passes, and a foreign origin still does not."""

import shutil
from collections.abc import Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.fixes.asking import ask, send
from tests.fixes.cases import APP, CASES, FOREIGN, Case

NEEDS = {"express": ("node", "npm"), "nginx": ("nginx",)}
ALONE = {
    "starlette": {"reads", "varies"},
    "flask": {"reads", "errors", "lists", "posts"},
    "django": {"reads", "varies", "errors", "posts"},
    "express": {"reads", "varies", "errors", "preflight", "unrouted", "lists", "posts"},
    "nginx": {"reads", "varies", "errors"},
}
"""Stack → cases that hold with the snippet for F1."""


class Served(NamedTuple):
    stack: str
    bases: dict[str, str]
    """Name of a case → base URL of a server with its snippet; `bare` is the same server without."""


def _serving(stack: str, folder: Path) -> AbstractContextManager[dict[str, str]]:
    from tests.fixes.servers import django, express, flask, nginx, starlette

    match stack:
        case "express":
            return express.serving(CASES, folder)
        case "nginx":
            return nginx.serving(CASES, folder)
        case "django":
            return django.serving(CASES)
        case "flask":
            return flask.serving(CASES)
        case _:
            return starlette.serving(CASES)


@pytest.fixture(scope="module", params=["starlette", "flask", "django", "express", "nginx"])
def served(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    stack: str = request.param
    for program in NEEDS.get(stack, ()):
        if shutil.which(program) is None:
            pytest.skip(f"{program} is not installed")
    with _serving(stack, tmp_path_factory.mktemp(stack)) as bases:
        yield Served(stack, bases)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_mends(served: Served, case: Case) -> None:
    assert not case.holds(served.bases["bare"])
    assert case.holds(served.bases[case.name])


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_foreign_origins_stay_out(served: Served, case: Case) -> None:
    for origin in (FOREIGN, "null", "http://app.shop.example"):
        assert not ask(served.bases[case.name], "/data", origin).allowed
        assert not ask(served.bases[case.name], "/data", origin, credentials=True).allowed


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_nothing_more_is_let_in(served: Served, case: Case) -> None:
    asked = {"Origin": APP, "Access-Control-Request-Method": "PUT", "Access-Control-Request-Private-Network": "true"}
    preflight = send(served.bases[case.name], "/data", "OPTIONS", asked)
    assert "true" not in preflight.values("access-control-allow-private-network")
    answered = send(served.bases[case.name], "/data", "GET", {"Origin": APP})
    assert answered.values("access-control-allow-origin") == [APP]
    assert ("true" in answered.values("access-control-allow-credentials")) is case.credentials


def test_what_an_allow_list_alone_brings(served: Served) -> None:
    """So what else is set is not set for nothing; a server of this kind without a list has nothing of it."""
    assert {case.name for case in CASES if case.holds(served.bases["reads"])} == ALONE[served.stack]
