"""`coranalyze analyze`: streams, exit codes, formats, output files."""

import json
import os
import pty
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from coranalyze.cli.choices import SUFFIXES
from tests.cli.run import ROOT, run

STORIES = ROOT / "tests" / "golden" / "stories"
SHOP, FINE = str(STORIES / "shop.http"), str(STORIES / "fine.http")


def test_report_on_stdout_and_silence_on_stderr() -> None:
    done = run("analyze", SHOP)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("✗ 7 of 11 cross-origin requests were blocked")


def test_bare_file_is_analyze() -> None:
    assert run(SHOP).stdout == run("analyze", SHOP).stdout
    assert run("--format", "json", SHOP).stdout == run("analyze", "--format", "json", SHOP).stdout
    assert run("-", stdin=Path(FINE).read_bytes()).returncode == 0


def test_json_and_jsonl() -> None:
    document = json.loads(run("analyze", SHOP, "--format", "json").stdout)
    assert document["summary"]["blocked"] == 7
    lines = run("analyze", SHOP, "-f", "jsonl").stdout.splitlines()
    found = [json.loads(line) for line in lines]
    assert [each["id"] for each in found if each["type"] == "fetch"] == [fetch["id"] for fetch in document["fetches"]]
    assert [each["rule"] for each in found if each["type"] == "finding"] == [
        finding["rule"] for finding in document["findings"]
    ]


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        ([SHOP], 0),
        ([SHOP, "--fail-on", "never"], 0),
        ([SHOP, "--fail-on", "blocked"], 1),
        ([FINE, "--fail-on", "blocked"], 0),
        ([SHOP, "--fail-on", "critical"], 0),
        ([SHOP, "--fail-on", "blocked", "--format", "json"], 1),
        (["no-such-file.har"], 2),
        (["no-such-file.har", SHOP], 0),
        (["no-such-file.har", SHOP, "--fail-on", "blocked"], 1),
        ([SHOP, "--format", "pdf"], 2),
        ([SHOP, "--browser", "opera"], 2),
        ([SHOP, "--fail-on", "sometimes"], 2),
        ([SHOP, "--output", "report.pdf"], 2),
        ([SHOP, "--output", "no-such-folder/report.json"], 2),
        ([], 2),
    ],
)
def test_exit_codes(arguments: list[str], code: int) -> None:
    done = run("analyze", *arguments)
    assert done.returncode == code, done.stderr
    assert "Traceback" not in done.stderr


def test_verdicts_only() -> None:
    whole, part = (json.loads(run("analyze", SHOP, "-f", "json", *more).stdout) for more in ([], ["--verdicts-only"]))
    assert whole["findings"]
    assert part["findings"] == []
    assert all(fetch["cause"] is None for fetch in part["fetches"])
    verdict = ("id", "url", "outcome", "reason", "stage", "detail", "conditions", "aliases")
    assert [[f[name] for name in verdict] for f in part["fetches"]] == [
        [f[name] for name in verdict] for f in whole["fetches"]
    ]


def test_unknown_format_names_what_there_is() -> None:
    done = run("analyze", SHOP, "--format", "pdf")
    assert "'text', 'json', 'jsonl'" in done.stderr
    assert done.stdout == ""


def test_unreadable_inputs_are_one_sentence_each() -> None:
    done = run("analyze", "no-such-file.har", "nor-this.har")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.splitlines() == [
        "coranalyze: no-such-file.har: no such file",
        "coranalyze: nor-this.har: no such file",
    ]


def test_what_is_no_capture_comes_with_what_is(tmp_path: Path) -> None:
    (tmp_path / "page.har").write_text("<!doctype html><html>")
    done = run("analyze", "page.har", cwd=tmp_path)
    assert done.returncode == 2
    first, second = done.stderr.splitlines()
    assert first == "coranalyze: page.har: an HTML page"
    assert "Export HAR" in second


def test_what_could_be_read_is_reported_beside_what_could_not() -> None:
    done = run("analyze", "no-such-file.har", SHOP)
    assert done.stderr == "coranalyze: no-such-file.har: no such file\n"
    assert "no-such-file.har: not read" in done.stdout


def test_hostile_names_are_escaped_on_stderr(tmp_path: Path) -> None:
    done = run("analyze", "a\x1b[31mb.har", cwd=tmp_path)
    assert "a\\x1b[31mb.har" in done.stderr
    assert "\x1b" not in done.stderr


def test_outputs_are_written_beside_stdout(tmp_path: Path) -> None:
    names = ("report.json", "report.jsonl", "report.TXT")
    done = run("analyze", SHOP, *(argument for name in names for argument in ("--output", str(tmp_path / name))))
    assert done.returncode == 0
    assert done.stdout == run("analyze", SHOP).stdout
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(names)
    assert (tmp_path / "report.json").read_text() == run("analyze", SHOP, "--format", "json").stdout
    assert (tmp_path / "report.jsonl").read_text() == run("analyze", SHOP, "--format", "jsonl").stdout
    assert (tmp_path / "report.TXT").read_text().startswith("✗ 7 of 11")
    assert done.stderr.count("wrote ") == 3
    mask = os.umask(0)
    os.umask(mask)
    assert (tmp_path / "report.json").stat().st_mode & 0o777 == 0o666 & ~mask


def test_no_half_written_files(tmp_path: Path) -> None:
    (tmp_path / "report.json").write_text("what stood there")
    done = run("analyze", "no-such-file.har", "-o", str(tmp_path / "report.json"), "-o", str(tmp_path / "report.pdf"))
    assert done.returncode == 2
    assert [path.name for path in tmp_path.iterdir()] == ["report.json"]
    assert (tmp_path / "report.json").read_text() == "what stood there"


def test_targets_are_opened_before_the_work(tmp_path: Path) -> None:
    done = run("analyze", "no-such-file.har", "-o", str(tmp_path / "missing" / "report.json"))
    assert "report.json cannot be written" in done.stderr
    assert "no-such-file.har" not in done.stderr


def test_hosts() -> None:
    only = json.loads(run("analyze", SHOP, "-f", "json", "--include-host", "cdn.*").stdout)
    assert {fetch["url"].split("/")[2] for fetch in only["fetches"]} == {"cdn.example"}
    without = json.loads(run("analyze", SHOP, "-f", "json", "--exclude-host", "cdn.*").stdout)
    assert "cdn.example" not in {fetch["url"].split("/")[2] for fetch in without["fetches"]}


def test_browser() -> None:
    document = json.loads(run("analyze", SHOP, "-f", "json", "--browser", "firefox").stdout)
    assert {fetch["browser"] for fetch in document["fetches"]} == {"firefox"}


def test_quiet_and_verbose() -> None:
    quiet, plain, verbose = (run("analyze", SHOP, *flag).stdout for flag in (["-q"], [], ["-v"]))
    assert plain.startswith(quiet)
    assert "What failed, and why" not in quiet
    assert "steps " in verbose
    assert "steps " not in plain


def test_color() -> None:
    assert "\x1b[" not in run("analyze", SHOP).stdout
    assert "\x1b[" in run("analyze", SHOP, FORCE_COLOR="1").stdout
    assert "\x1b[" not in run("analyze", SHOP, FORCE_COLOR="1", NO_COLOR="1").stdout
    assert "\x1b[" not in run("analyze", SHOP, "--format", "json", FORCE_COLOR="1").stdout


@pytest.mark.parametrize("columns", [60, 80, 120])
def test_width(columns: int) -> None:
    lines = run("analyze", SHOP, COLUMNS=str(columns)).stdout.splitlines()
    assert columns * 0.7 < max(map(len, lines)) <= columns


def test_ascii_where_the_terminal_is_not_unicode() -> None:
    done = run("analyze", SHOP, PYTHONIOENCODING="ascii")
    assert done.stdout.isascii()
    assert done.stdout.startswith("x 7 of 11")
    assert "Traceback" not in done.stderr


def test_reader_that_leaves_early() -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "coranalyze", "analyze", *[SHOP] * 200, "--format", "json", "--fail-on", "blocked"],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=ROOT,
    )  # fmt: skip
    assert process.stdout is not None
    assert process.stderr is not None
    process.stdout.read(10)
    process.stdout.close()
    assert process.stderr.read().startswith(b"coranalyze: exit code 1, by --fail-on blocked: ")
    assert process.wait(60) == 1
    process.stderr.close()


def test_interrupt_is_clean(tmp_path: Path) -> None:
    target = tmp_path / "report.json"
    # A background job is started with interrupts ignored, and so would be what it starts.
    program = (
        "import signal; signal.signal(signal.SIGINT, signal.default_int_handler)\n"
        "from coranalyze.cli import main; main()"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", program, "analyze", "-", "-o", str(target)],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=ROOT,
    )  # fmt: skip
    for _ in range(200):
        if any(tmp_path.iterdir()):
            break
        time.sleep(0.05)
    # Python itself loses an interrupt that falls into the bookkeeping of an import: press again, as a person would.
    for _ in range(60):
        process.send_signal(signal.SIGINT)
        time.sleep(0.3)
        if process.poll() is not None:
            break
    else:
        process.kill()
    _, talk = process.communicate(timeout=60)
    assert process.returncode == 130
    assert b"Traceback" not in talk
    assert list(tmp_path.iterdir()) == []


def test_progress_bar_only_on_a_terminal(tmp_path: Path) -> None:
    """A long read shows a bar on stderr when that is a terminal, and leaves nothing of it behind on stdout."""
    program = (
        "import sys, time\n"
        "from coranalyze.cli.progress import progress\n"
        "with progress(True) as report:\n"
        "    if report is None: sys.exit('none')\n"
        "    time.sleep(0.6)\n"
        "    for done in range(1, 4): report('a\\x1b[31m.har', done, 3)\n"
    )
    quiet = subprocess.run([sys.executable, "-c", program], capture_output=True, cwd=ROOT, check=False)
    assert quiet.stderr == b"none\n"
    controller, terminal = pty.openpty()
    done = subprocess.run(
        [sys.executable, "-c", program], stdout=subprocess.PIPE, stderr=terminal, cwd=ROOT, check=False,
        env={**os.environ, "TERM": "xterm"},
    )  # fmt: skip
    os.close(terminal)
    shown = os.read(controller, 65536)
    os.close(controller)
    assert (done.returncode, done.stdout) == (0, b"")
    assert b"a\\x1b[31m.har" in shown


def test_internal_errors_are_one_sentence_without_what_was_captured(tmp_path: Path) -> None:
    program = (
        "import sys\n"
        "import coranalyze.analysis as analysis\n"
        "from coranalyze.cli.app import run\n"
        # Python 3.13 shows this line in the traceback: the message is not in it.
        "def broken(*_, **__): raise RuntimeError('bo' + 'om\\x1b[31m')\n"
        "analysis.analyze = broken\n"
        "run(sys.argv[1:])\n"
    )
    for flags, traceback in (([], False), (["-v"], True)):
        done = subprocess.run(
            [sys.executable, "-c", program, "analyze", SHOP, *flags],
            capture_output=True,
            cwd=ROOT,
            text=True,
            check=False,
        )
        assert done.returncode == 2
        *lines, last = done.stderr.splitlines()
        assert re.fullmatch(
            r"coranalyze: internal error: RuntimeError at <string>:4, coranalyze [\d.]+, Python [\d.]+: please report "
            r"it as an issue of the project, with .*",
            last,
        )
        assert lines[:1] == ["coranalyze: Traceback of RuntimeError (most recent call last):"] * traceback
        assert "boom" not in done.stderr


def test_html(tmp_path: Path) -> None:
    target = tmp_path / "report.html"
    done = run("analyze", SHOP, "-q", "--output", str(target))
    assert done.returncode == 0, done.stderr
    written = target.read_text("utf-8")
    assert written.startswith("<!doctype html>")
    assert run("analyze", SHOP, "--format", "html").stdout == written
    assert "on nginx" in run("analyze", SHOP, "--format", "html", "--stack", "nginx").stdout


def test_report_folder(tmp_path: Path) -> None:
    folder = tmp_path / "out" / "today"
    done = run("analyze", SHOP, "--report-dir", str(folder))
    assert done.returncode == 0, done.stderr
    assert f"wrote {folder}" in done.stderr
    names = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}
    charts = ("findings", "outcomes", "policies", "preflights", "reasons", "timeline")
    wanted = {f"report{suffix}" for suffix in SUFFIXES}
    assert names == wanted | {f"charts/{name}.{kind}" for name in charts for kind in ("png", "svg")}
    assert {"report.html", "report.json", "report.jsonl", "report.txt", "report.md", "report.sarif"} <= names
    assert all((folder / name).stat().st_size for name in names)
    before = {name: (folder / name).read_bytes() for name in names}
    run("analyze", SHOP, "--report-dir", str(folder))
    assert {name: (folder / name).read_bytes() for name in names} == before


def test_a_report_folder_that_cannot_be_is_told_first(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    done = run("analyze", SHOP, "--report-dir", str(tmp_path / "file"))
    assert (done.returncode, done.stdout) == (2, "")
    assert "cannot be made" in done.stderr
    (tmp_path / "out" / "charts" / "outcomes.png").mkdir(parents=True)
    done = run("analyze", SHOP, "--report-dir", str(tmp_path / "out"))
    assert (done.returncode, done.stdout) == (2, "")
    assert "outcomes.png cannot be written" in done.stderr
    assert not [path for path in (tmp_path / "out").rglob("*") if path.is_file()]
