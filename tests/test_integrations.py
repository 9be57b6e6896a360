"""The files by which others run coranalyze: what stands in them is there, and what can run here runs."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from coranalyze.cli.app import VERBS
from tests.cli.run import run

ROOT = Path(__file__).parent.parent
ACTION: dict[str, Any] = yaml.safe_load((ROOT / "action.yml").read_text("utf-8"))
HOOKS: list[dict[str, Any]] = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text("utf-8"))
DOCKERFILE = (ROOT / "Dockerfile").read_text("utf-8")


def options_of(verb: str) -> set[str]:
    return set(re.findall(r"(?<![\w-])--?[a-z][a-z-]*", run(verb, "--help", COLUMNS="200").stdout))


def test_action_is_composite_and_uses_its_inputs() -> None:
    assert ACTION["name"]
    assert ACTION["description"]
    assert ACTION["runs"]["using"] == "composite"
    text = str(ACTION["runs"])
    for name, spec in ACTION["inputs"].items():
        assert spec["description"]
        assert spec.get("required") is True or "default" in spec
        assert f"inputs.{name}" in text
    for step in ACTION["runs"]["steps"]:
        assert ("uses" in step) is not ("run" in step)
        if "run" in step:
            assert step["shell"] == "bash"
            # What is put into a script is run by it: inputs come by variables alone.
            assert "${{" not in step["run"]
            used = set(re.findall(r"\$\{?([A-Z_]+)", step["run"])) - {"RUNNER_TEMP", "GITHUB_STEP_SUMMARY"}
            assert used == step["env"].keys()


def test_the_documented_inputs_are_those_of_the_action() -> None:
    text = (ROOT / "docs" / "integrations.md").read_text("utf-8")
    table = re.findall(r"^\| `([a-z-]+)` \| (?:`(.+?)`)? *\|", text, re.MULTILINE)
    assert dict(table) == {name: spec.get("default", "") for name, spec in ACTION["inputs"].items()}


@pytest.fixture
def runner(tmp_path: Path) -> Path:
    """A folder as a job has it, with the command where the action installs it."""
    scripts = tmp_path / "temp" / "coranalyze" / "bin"
    scripts.mkdir(parents=True)
    (scripts / "coranalyze").symlink_to(Path(sys.executable).parent / "coranalyze")
    shutil.copytree(ROOT / "sample_data", tmp_path / "sample_data")
    return tmp_path


def act(folder: Path, **inputs: str) -> subprocess.CompletedProcess[str]:
    """The last step of the action, as a runner runs it."""
    step = ACTION["runs"]["steps"][-1]
    given = {name: spec.get("default", "") for name, spec in ACTION["inputs"].items()} | inputs
    env = {name: given[re.sub(r".*inputs\.([a-z-]+).*", r"\1", value)] for name, value in step["env"].items()}
    return subprocess.run(
        ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", step["run"]],
        cwd=folder,
        env={**os.environ, "RUNNER_TEMP": str(folder / "temp"), "GITHUB_STEP_SUMMARY": str(folder / "summary"), **env},
        capture_output=True,
        text=True,
        check=False,
    )


def test_action_annotates_summarizes_and_fails(runner: Path) -> None:
    done = act(
        runner,
        **{"paths": "sample_data/shop-chrome.har\nsample_data/*.flow\n", "fail-on": "blocked", "sarif": "a b.sarif"},
    )
    assert done.returncode == 1, done.stderr
    assert "::warning file=sample_data/shop-chrome.har" in done.stdout
    assert "blocked" in (runner / "summary").read_text("utf-8")
    assert '"2.1.0"' in (runner / "a b.sarif").read_text("utf-8")


def test_action_passes(runner: Path) -> None:
    done = act(runner, paths="sample_data/shop-chrome.har", args="--include-host=*.shop.example\n--min-severity=high")
    assert done.returncode == 0, done.stderr


def test_action_runs_nothing_that_stands_in_an_input(runner: Path) -> None:
    done = act(runner, paths="$(touch broken)`touch broken`; touch broken", args="--select=$(touch broken)")
    assert done.returncode == 2
    assert not (runner / "broken").exists()


@pytest.mark.parametrize("hook", HOOKS, ids=lambda hook: hook["id"])
def test_hook_names_what_there_is(hook: dict[str, Any]) -> None:
    assert hook.keys() >= {"id", "name", "entry", "language", "files"}
    assert hook["language"] == "python"
    words: list[str] = [*hook["entry"].split(), *hook.get("args", ())]
    command, verb, *options = words
    assert command == "coranalyze"
    assert verb in VERBS
    assert {option.partition("=")[0] for option in options} <= options_of(verb)
    assert re.search(hook["files"], "tests/fixtures/shop.har")
    assert not re.search(hook["files"], "tests/shop.har.md")


@pytest.mark.parametrize("hook", HOOKS, ids=lambda hook: hook["id"])
def test_hook_runs(hook: dict[str, Any], tmp_path: Path) -> None:
    file = tmp_path / "near-miss.har"
    shutil.copy(ROOT / "sample_data" / "near-miss-firefox.har", file)
    done = run(*hook["entry"].split()[1:], *hook.get("args", ()), str(file), cwd=tmp_path)
    assert done.returncode == 0, done.stderr


def test_dockerfile_copies_what_there_is_and_runs_as_nobody_special() -> None:
    lines = re.sub(r"\\\n", "", DOCKERFILE).splitlines()
    copied = [name for line in lines if line.startswith("COPY ") for name in line.split()[1:-1]]
    assert all((ROOT / name).exists() for name in copied)
    needed = re.search(r'force-include = \{ "(\w+)/', (ROOT / "pyproject.toml").read_text("utf-8"))
    assert needed is not None
    assert {"pyproject.toml", "README.md", "LICENSE", "coranalyze", needed[1]} == set(copied)
    words = [line.split()[0] for line in lines if line and not line.startswith("#")]
    assert words.index("USER") < words.index("ENTRYPOINT")
    assert "USER 10001" in lines, "a number can be checked by those who run it"
    assert "--uid 10001" in DOCKERFILE
    assert 'ENTRYPOINT ["coranalyze"]' in lines
    assert all(f":{tag}" not in DOCKERFILE for tag in ("latest",))


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("coranalyze ", set(VERBS)),
        ("coranalyze an", {"analyze"}),
        ("coranalyze analyze --fail-o", {"--fail-on"}),
        ("coranalyze analyze --fail-on me", {"medium"}),
        ("coranalyze analyze --browser w", {"webkit"}),
    ],
)
def test_completion_in_bash(words: str, expected: set[str]) -> None:
    """The script that is shown, loaded by bash, completes as Tab would."""
    # Not by the shell that the tests run in: there may be another one, or none.
    asked = {**os.environ, "_CORANALYZE_COMPLETE": "source_bash"}
    script = subprocess.run(
        [sys.executable, "-m", "coranalyze"], env=asked, capture_output=True, text=True, check=True
    ).stdout
    *before, current = words.split(" ")
    completing = (
        f'{script}\nCOMP_WORDS=({" ".join(before)} "{current}"); COMP_CWORD={len(before)}\n'
        "_coranalyze_completion coranalyze; printf '%s\\n' \"${COMPREPLY[@]}\""
    )
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    done = subprocess.run(
        ["bash", "-c", completing], env={**os.environ, "PATH": path}, capture_output=True, text=True, check=True
    )
    assert set(done.stdout.split()) == expected
