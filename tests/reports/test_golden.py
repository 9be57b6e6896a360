"""Every report of a story comes out as it stands in tests/golden/reports."""

import pytest

from tests.golden import FOLDER, goldens

GOLDENS = goldens()


@pytest.mark.parametrize("name", GOLDENS)
def test_golden(name: str) -> None:
    assert GOLDENS[name] == (FOLDER / name).read_bytes().decode(), "if this is meant: python -m tests.golden"


def test_no_golden_is_left_over() -> None:
    assert {path.name for path in FOLDER.iterdir()} == set(GOLDENS)


def test_reports_are_the_same_every_time() -> None:
    assert goldens() == GOLDENS
