"""Each snippet in the real server: what failed now passes, and a foreign origin still does not."""

import shutil
from collections.abc import Iterator
from contextlib import AbstractContextManager
from pathlib import Path

import pytest

from tests.fixes.asking import ask, send
from tests.fixes.cases import APP, CASES, FOREIGN, Case

NEEDS = {"express": ("node", "npm"), "nginx": ("nginx",)}


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
def bases(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """Name of a case → base URL of a server with its snippet; `bare` is the same server without."""
    stack: str = request.param
    for program in NEEDS.get(stack, ()):
        if shutil.which(program) is None:
            pytest.skip(f"{program} is not installed")
    with _serving(stack, tmp_path_factory.mktemp(stack)) as served:
        yield served


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_mends(bases: dict[str, str], case: Case) -> None:
    assert not case.holds(bases["bare"])
    assert case.holds(bases[case.name])


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_foreign_origins_stay_out(bases: dict[str, str], case: Case) -> None:
    for origin in (FOREIGN, "null", "http://app.shop.example"):
        assert not ask(bases[case.name], "/data", origin).allowed
        assert not ask(bases[case.name], "/data", origin, credentials=True).allowed


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_nothing_more_is_let_in(bases: dict[str, str], case: Case) -> None:
    asked = {"Origin": APP, "Access-Control-Request-Method": "PUT", "Access-Control-Request-Private-Network": "true"}
    preflight = send(bases[case.name], "/data", "OPTIONS", asked)
    assert "true" not in preflight.values("access-control-allow-private-network")
    answered = ask(bases[case.name], "/data", APP).actual
    assert answered.values("access-control-allow-origin") == [APP]
    assert ("true" in answered.values("access-control-allow-credentials")) is case.credentials
