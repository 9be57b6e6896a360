"""Every scenario, in real browsers through `coranalyze capture`: the verdict is what the page's script saw."""

from pathlib import Path

import pytest

import coranalyze as ca
from tests.lab.driving import capturing, need
from tests.lab.scenarios import SCENARIOS
from tests.lab.serving import served
from tests.lab.site import Site
from tests.lab.verdicts import RIGHT, compare, count, table

SCHEMES = ("http", "https")
NAMES = ("*.one.localhost", "*.two.localhost", "*.three.localhost")


@pytest.mark.parametrize("browser", ["chromium", "firefox"])
def test_verdicts_are_what_the_scripts_saw(browser: str, tmp_path: Path) -> None:
    need(browser)
    site = Site(SCENARIOS, SCHEMES)
    file = tmp_path / "lab.cors.jsonl"
    with served(site, NAMES, tmp_path) as ports:
        site.ports = ports
        with capturing(
            site.url, "--headless", "--browser", browser, "--insecure", "--output", str(file), cwd=tmp_path
        ) as run:
            site.wait(run)
            assert run.interrupt() == 0, run.stderr
    fetches = ca.analyze(str(file)).fetches
    for scheme in SCHEMES:
        seen = site.results[scheme]
        rows = compare(SCENARIOS, scheme, seen, fetches)
        counts = count(rows)
        print(f"{browser}, {scheme}: {dict(counts)}")
        assert not (wrong := [row for row in rows if row.result not in RIGHT]), f"{browser}, {scheme}:\n{table(wrong)}"
        assert counts["agree"] >= len(SCENARIOS) / 2, "too little is certain"
        assert [
            each.name for each in SCENARIOS if not each.on_wire and seen[each.name][0]["allowed"] is not False
        ] == []
