"""The app as a whole: help, version, what is loaded, completion."""

import os
import subprocess
import sys

import pytest

from tests.cli.run import ROOT, run

STORY = str(ROOT / "tests" / "golden" / "stories" / "shop.http")


def test_help_names_verbs_and_exit_codes() -> None:
    done = run("--help")
    assert (done.returncode, done.stderr) == (0, "")
    for word in ("analyze", "judge", "explain", "Exit codes: 0", "130"):
        assert word in done.stdout
    for verb in ("analyze", "judge", "explain"):
        assert "Exit codes: 0" in run(verb, "--help").stdout


def test_version() -> None:
    from coranalyze import __version__

    assert run("--version").stdout == f"coranalyze {__version__}\n"


def test_unknown_verb_is_wrong_usage() -> None:
    done = run("anlyze", "x.har")
    assert done.returncode == 2
    assert "Did you mean 'analyze'?" in done.stderr
    assert run().returncode == 2


@pytest.mark.parametrize(
    "arguments",
    [
        ["--help"],
        ["--version"],
        ["explain", "acao-missing"],
        ["analyze", STORY],
        ["analyze", STORY, "--format", "json"],
        ["judge", STORY],
    ],
)
def test_nothing_heavy_is_loaded(arguments: list[str]) -> None:
    program = (
        "import sys\nfrom coranalyze.cli.app import run\n"
        "try: run(sys.argv[1:])\n"
        "finally: print(*sorted({m.partition('.')[0] for m in sys.modules}), file=sys.stderr)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, *arguments], capture_output=True, cwd=ROOT, text=True, check=True
    )
    loaded = set(done.stderr.split())
    assert not loaded & {"pandas", "numpy", "matplotlib", "mitmproxy", "dask", "jinja2"}
    assert ("rich" in loaded) is (arguments[0] in ("explain", "judge") or arguments[1:] == [STORY])


def test_the_package_does_not_load_typer() -> None:
    subprocess.run(
        [sys.executable, "-c", "import sys, coranalyze; assert not {'typer', 'rich'} & set(sys.modules)"],
        cwd=ROOT,
        check=True,
    )


def test_help_is_quick() -> None:
    """Processor time of the whole process: other work on the machine does not count."""
    taken = []
    for _ in range(3):
        before = os.times()
        assert run("--help").returncode == 0
        after = os.times()
        taken.append(after.children_user + after.children_system - before.children_user - before.children_system)
    assert min(taken) < 0.25


@pytest.mark.parametrize(
    ("typed", "offered"),
    [
        ("coranalyze ", {"analyze", "judge", "explain"}),
        ("coranalyze analyze --browser ", {"auto", "chromium", "firefox", "webkit", "spec"}),
        ("coranalyze analyze --format ", {"text", "json", "jsonl"}),
        ("coranalyze judge --format ", {"text", "json"}),
    ],
)
def test_completion(typed: str, offered: set[str]) -> None:
    done = run(
        _CORANALYZE_COMPLETE="complete_bash", COMP_WORDS=typed, COMP_CWORD=str(len(typed.split())),
        _TYPER_COMPLETE_ARGS=typed,
    )  # fmt: skip
    assert offered <= set(done.stdout.split())
