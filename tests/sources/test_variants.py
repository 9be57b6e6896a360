"""The same capture as other versions of a tool, or other tools on its way, would write it: the same verdicts."""

import gzip
import json
import random
from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest

import coranalyze as ca
from tests.conftest import SAMPLES

Entry = dict[str, Any]
Log = dict[str, Any]
FILES = (
    "shop-chrome.har", "login-redirect-chrome.har", "near-miss-firefox.har", "shop-playwright.har",
    "bank-mitmproxy.har",
)  # fmt: skip


def started(entry: Entry) -> datetime:
    return datetime.fromisoformat(entry["startedDateTime"].replace("Z", "+00:00"))


def in_another_zone(log: Log) -> None:
    for entry in log["entries"]:
        entry["startedDateTime"] = started(entry).astimezone(timezone(timedelta(hours=5, minutes=30))).isoformat()


def without_colon_in_the_zone(log: Log) -> None:
    for entry in log["entries"]:
        entry["startedDateTime"] = started(entry).strftime("%Y-%m-%dT%H:%M:%S.%f+0000")


def shuffled(log: Log) -> None:
    random.Random(1).shuffle(log["entries"])


def in_completion_order(log: Log) -> None:
    log["entries"].sort(key=lambda entry: started(entry).timestamp() * 1000 + max(0, entry["time"]))


def without(*names: str) -> Callable[[Log], None]:
    def remove(log: Log) -> None:
        for name in names:
            log.pop(name, None)
            for entry in log["entries"]:
                entry.pop(name, None)

    return remove


def with_names(spell: Callable[[str], str]) -> Callable[[Log], None]:
    def rename(log: Log) -> None:
        for entry in log["entries"]:
            for part in ("request", "response"):
                for line in entry[part]["headers"]:
                    line["name"] = line["name"] if line["name"].startswith(":") else spell(line["name"])

    return rename


def of_another_version(log: Log) -> None:
    log |= {"version": "1.1", "comment": "", "browser": {"name": "x", "version": "1"}}
    log["creator"]["version"] = "999.9"


def as_text(log: Log) -> None:
    for entry in log["entries"]:
        entry["time"] = str(entry["time"])
        entry["response"]["status"] = str(entry["response"]["status"])


def with_fragments(log: Log) -> None:
    for entry in log["entries"]:
        entry["request"]["url"] += "#top"


VARIANTS: dict[str, Callable[[Log], None]] = {
    each.__name__: each
    for each in (
        in_another_zone, without_colon_in_the_zone, shuffled, in_completion_order, of_another_version, as_text,
        with_fragments,
    )
} | {
    "without_times_and_addresses": without("timings", "cache", "connection", "serverIPAddress"),
    "without_pages": without("pages", "pageref"),
    "without_initiators": without("_initiator", "_priority"),
    "in_lower_case": with_names(str.lower),
    "in_upper_case": with_names(str.upper),
}  # fmt: skip


def verdicts(path: Path) -> list[tuple[str, str, str, str]]:
    fetches = ca.analyze(str(path)).fetches
    return sorted((f.url.partition("#")[0], f.method, f.outcome.value, f.reason or "") for f in fetches)


@pytest.mark.parametrize("file", FILES)
@pytest.mark.parametrize("name", sorted(VARIANTS))
def test_what_is_written_otherwise(name: str, file: str, tmp_path: Path) -> None:
    har = json.loads((SAMPLES / file).read_text("utf-8"))
    VARIANTS[name](har["log"])
    made = tmp_path / file
    made.write_text(json.dumps(har), "utf-8")
    assert verdicts(made) == verdicts(SAMPLES / file)


def backwards(value: Any) -> Any:
    """Every object with its keys in the other order."""
    if isinstance(value, dict):
        return {key: backwards(value[key]) for key in reversed(value)}
    return [*map(backwards, value)] if isinstance(value, list) else value


@pytest.mark.parametrize("file", FILES)
def test_how_it_is_written(file: str, tmp_path: Path) -> None:
    har = json.loads((SAMPLES / file).read_text("utf-8"))
    small, wide = json.dumps(har, separators=(",", ":"), ensure_ascii=False), json.dumps(har, indent=4)
    ways = {
        "small": small.encode(), "wide": wide.encode(), "windows": wide.replace("\n", "\r\n").encode(),
        "bom": b"\xef\xbb\xbf" + small.encode(), "packed": gzip.compress(small.encode()),
        "backwards": json.dumps(backwards(har)).encode(),
    }  # fmt: skip
    for name, data in ways.items():
        made = tmp_path / f"{name}.har"
        made.write_bytes(data)
        assert verdicts(made) == verdicts(SAMPLES / file), name
