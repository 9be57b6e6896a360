"""Gate, baseline, configuration and diff on the command line."""

import json
from pathlib import Path

import pytest

from tests.cli.run import ROOT, run

STORIES = ROOT / "tests" / "golden" / "stories"
AUDIT, SHOP = str(STORIES / "audit.http"), str(STORIES / "shop.http")


def test_baseline_round_trip(tmp_path: Path) -> None:
    known = tmp_path / "known.json"
    done = run("analyze", SHOP, "-q", "--write-baseline", str(known))
    assert done.returncode == 0
    assert run("analyze", SHOP, "-q", "--baseline", str(known), "--fail-on", "new").returncode == 0
    assert run("analyze", SHOP, "-q", "--baseline", str(known), "--fail-on", "blocked").returncode == 0
    done = run("analyze", SHOP, AUDIT, "--baseline", str(known), "--fail-on", "new", "--no-progress")
    assert done.returncode == 1
    assert "against the baseline:" in done.stderr
    assert "new: COR101 https://api.example/me" in done.stderr


def test_blocked_either_way_is_blocked(tmp_path: Path) -> None:
    """Which check fails hangs on the credentials mode; that one fails does not."""
    asked = "OPTIONS https://api.example/\nOrigin: https://app.example\nAccess-Control-Request-Method: PUT\n\n"
    allow = "Access-Control-Allow-Origin: https://app.example\nAccess-Control-Allow-Methods: GET\n"
    (tmp_path / "a.http").write_text(f"{asked}400\n{allow}", "utf-8")
    done = run("analyze", "a.http", "--fail-on", "blocked", cwd=tmp_path)
    assert (done.returncode, "blocked either way" in done.stdout) == (1, True)
    assert "exit code 1, by --fail-on blocked: 1 issue\n" in done.stderr
    assert "is blocked either way: " in run("analyze", "a.http", "--format", "github", cwd=tmp_path).stdout


def test_baseline_that_is_none(tmp_path: Path) -> None:
    done = run("analyze", SHOP, "--baseline", str(tmp_path / "missing.json"))
    assert (done.returncode, done.stdout) == (2, "")
    assert "missing.json: no such file; --write-baseline " in done.stderr
    assert "there is no --baseline" in run("analyze", SHOP, "--fail-on", "new").stderr


def test_configuration(tmp_path: Path) -> None:
    (tmp_path / "coranalyze.toml").write_text('fail-on = "high"\nselect = ["COR1"]\n')
    assert run("analyze", AUDIT, "-q", cwd=tmp_path).returncode == 1
    assert run("analyze", AUDIT, "-q", "--fail-on", "never", cwd=tmp_path).returncode == 0
    assert run("analyze", AUDIT, "-q", "--isolated", cwd=tmp_path).returncode == 0
    told = run("analyze", AUDIT, "-v", cwd=tmp_path).stderr
    assert f"fail-on = high (from {tmp_path / 'coranalyze.toml'})" in told
    assert "verbose = True (from the command line)" in told


def test_configuration_in_pyproject_of_a_folder_above(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text('[tool.coranalyze]\nfail-on = "high"\n')
    below = tmp_path / "below"
    below.mkdir()
    assert run("analyze", AUDIT, "-q", cwd=below).returncode == 1


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("fail_on = ", "Invalid value"),
        ("colour = 1", "unknown key 'colour'"),
        ('fail-on = ["high"]', "takes one value"),
        ('[[suppress]]\nrule = "COR101"', "needs a `reason`"),
        ('fail-on = "sometimes"', "'fail-on': 'sometimes' is not one of 'never', 'new', "),
        ('quiet = "perhaps"', "'quiet': "),
        ("workers = 0", "'workers': "),
        ('min_severity = "awful"', "'min-severity': 'awful' is not one of"),
    ],
)
def test_configuration_with_a_fault(tmp_path: Path, text: str, says: str) -> None:
    (tmp_path / "coranalyze.toml").write_text(text)
    done = run("analyze", AUDIT, cwd=tmp_path)
    assert (done.returncode, done.stdout) == (2, "")
    assert "coranalyze.toml" in done.stderr
    assert says in done.stderr
    assert "Usage:" not in done.stderr


@pytest.mark.parametrize(("expires", "code"), [("2999-01-01", 0), ("2020-01-01", 1)])
def test_suppression(tmp_path: Path, expires: str, code: int) -> None:
    (tmp_path / "coranalyze.toml").write_text(
        f'fail-on = "high"\n[[suppress]]\nrule = "COR101"\nreason = "seen"\nexpires = {expires}\n'
    )
    done = run("analyze", AUDIT, cwd=tmp_path)
    assert done.returncode == code
    assert ("1 suppressed" if code == 0 else "expired on 2020-01-01") in done.stderr
    sarif = json.loads(run("analyze", AUDIT, "-f", "sarif", cwd=tmp_path).stdout)
    accepted = [result for result in sarif["runs"][0]["results"] if "suppressions" in result]
    assert [result["ruleId"] for result in accepted] == (["COR101"] if code == 0 else [])


def test_init_writes_what_can_be_read(tmp_path: Path) -> None:
    assert run("init", cwd=tmp_path).returncode == 0
    assert run("analyze", AUDIT, "-q", cwd=tmp_path).returncode == 0
    assert run("init", cwd=tmp_path).returncode == 2
    assert run("init", "--force", cwd=tmp_path).returncode == 0
    path = tmp_path / "coranalyze.toml"
    # Every key that it explains is one.
    lines = path.read_text().splitlines()
    keys = [line[2:] for line in lines if line.startswith("# ") and " = " in line]
    section = [key for key in keys if not key.startswith(("rule", "endpoint", "reason", "expires", "baseline"))]
    path.write_text("\n".join(section))
    assert "unknown key" not in run("analyze", AUDIT, cwd=tmp_path).stderr


def test_diff() -> None:
    done = run("diff", AUDIT, SHOP)
    assert done.returncode == 0
    assert "Findings that are gone" in done.stdout
    assert run("diff", SHOP, AUDIT, "--fail-on", "high").returncode == 1
    assert run("diff", AUDIT, AUDIT, "--fail-on", "new").stdout.startswith("Nothing changed")
    assert json.loads(run("diff", SHOP, AUDIT, "-f", "json").stdout)["findings_new"]
    assert run("diff", AUDIT, "missing.har").returncode == 2


def test_diff_fails_on_what_is_new_and_blocked(tmp_path: Path) -> None:
    old = "GET https://api.example/\nOrigin: https://app.example\n\n200\nAccess-Control-Allow-Origin: *\n"
    (tmp_path / "a.http").write_text(old)
    (tmp_path / "b.http").write_text(f"{old}\nPUT https://api.example/new\nOrigin: https://app.example\n\n200\n")
    for fail_on in ("blocked", "new"):
        assert run("diff", "a.http", "b.http", "--fail-on", fail_on, cwd=tmp_path).returncode == 1
    assert run("diff", "b.http", "a.http", "--fail-on", "blocked", cwd=tmp_path).returncode == 0


@pytest.mark.parametrize("more", [(), ("--workers", "1")], ids=["at once", "large"])
def test_hosts_that_leave_nothing(more: tuple[str, ...]) -> None:
    hosts = ("--include-host", "typo.example", "--exclude-host", "a.example")
    done = run("analyze", SHOP, *hosts, *more, COLUMNS="160")
    told = "entries were read, and no request is to such a host (include typo.example; exclude a.example)."
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("Nothing to judge: ")
    assert done.stdout.splitlines()[0].endswith(told)
    assert told in run("analyze", SHOP, *hosts, *more, "-f", "html").stdout
    done = run("analyze", SHOP, "--include-host", "typo.example", "--fail-on", "low", "-q", *more)
    assert done.returncode == 2
    assert "--fail-on low has nothing to check: " in done.stderr
    assert "mend --include-host" in done.stderr


def test_severity_of_what_is_not_looked_for() -> None:
    done = run("analyze", SHOP, "--verdicts-only", "--fail-on", "high")
    assert (done.returncode, done.stdout) == (2, "")
    assert "take --fail-on blocked, or leave --verdicts-only away" in done.stderr
    assert run("analyze", SHOP, "--verdicts-only", "--fail-on", "blocked").returncode == 1
    assert run("analyze", SHOP, "--verdicts-only", "--fail-on", "new").returncode == 1
    assert run("analyze", SHOP, "--verdicts-only", "--fail-on", "never").returncode == 0
