from pathlib import Path
from typing import Any

import pytest

from coranalyze.exchange import Family
from tests.sources.hars import capture_of, dump, entry, log, preflight, read

AT = "2026-11-23T06:05:00.{:03}Z"


def positions(folder: Path, *entries: Any, creator: str = "WebInspector") -> list[int]:
    return [found.entry for found in read(folder, *entries, creator=creator)]


def numbered(at: int, number: str, url: str = "https://api.example/x") -> dict[str, Any]:
    initiator = {"type": "preflight", "requestId": number}
    return preflight(url, at=AT.format(at), _resourceType="preflight", _initiator=initiator)


def test_by_start_and_stable(tmp_path: Path) -> None:
    made = [entry(at=AT.format(ms)) for ms in (30, 10, 20, 10)]
    assert positions(tmp_path, *made) == [1, 3, 2, 0]


def test_zones_are_compared_as_instants(tmp_path: Path) -> None:
    made = [entry(at="2026-11-23T11:35:00.020+05:30"), entry(at=AT.format(10))]
    assert positions(tmp_path, *made) == [1, 0]


@pytest.mark.parametrize(("creator", "order"), [("WebInspector", [1, 0, 2]), ("mitmproxy", [0, 1, 2])])
def test_a_browser_s_preflight_comes_after_its_request(tmp_path: Path, creator: str, order: list[int]) -> None:
    made = [
        preflight(at=AT.format(10), _resourceType="preflight"),
        entry("PUT", at=AT.format(11)),
        entry("PUT", at=AT.format(13)),
    ]
    assert positions(tmp_path, *made, creator=creator) == order


def test_an_explicit_options_is_no_preflight(tmp_path: Path) -> None:
    made = [entry("OPTIONS", at=AT.format(10)), entry("PUT", at=AT.format(11))]
    assert positions(tmp_path, *made) == [0, 1]


def test_preflights_of_one_url_follow_the_order_of_their_requests(tmp_path: Path) -> None:
    made = [numbered(10, "7.30"), numbered(11, "7.9"), numbered(12, "7.20")]
    assert positions(tmp_path, *made) == [1, 2, 0]


def test_other_urls_and_processes_are_left_alone(tmp_path: Path) -> None:
    made = [
        numbered(10, "7.30"),
        numbered(11, "8.20"),
        numbered(12, "7.10", "https://api.example/y"),
        numbered(13, "x"),
    ]
    assert positions(tmp_path, *made) == [0, 1, 2, 3]


def test_no_time_stays_with_the_one_before(tmp_path: Path) -> None:
    made = [entry(at=None), entry(at=AT.format(30)), entry(at="?"), entry(at=AT.format(10)), entry(at=None)]
    assert positions(tmp_path, *made) == [3, 4, 0, 1, 2]


def test_no_time_anywhere_is_file_order(tmp_path: Path) -> None:
    assert positions(tmp_path, *[entry(at=None) for _ in range(4)]) == [0, 1, 2, 3]


def test_nothing_to_learn_from_leaves_the_family(tmp_path: Path) -> None:
    lone = capture_of(tmp_path, dump(log(preflight(), creator="WebPagetest")))
    assert lone.dialect.family is Family.WIRE
    both = [entry("PUT", at=AT.format(0)), preflight(at=AT.format(1)), entry("PUT", at=AT.format(90))]
    assert capture_of(tmp_path, dump(log(*both))).dialect.family is Family.BROWSER
