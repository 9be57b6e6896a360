"""Every command in the README and under docs/ runs, ends with the exit code that is shown, and prints what is shown.

A `console` block holds commands after `$ ` and what they print; a line of `…` stands for any number of lines, and
`$ echo $?` tells the exit code (0 where it does not). A `sh` block holds commands only. Commands of others (`make`,
`pip`, …) are not run, nor is what stands in a `bash` block: it needs a server, a browser or a proxy.
`python tests/test_readme.py` writes the current output into the documents.
"""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import pytest

ROOT = Path(__file__).parent.parent
DOCUMENTS = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
BLOCK = re.compile(r"^```(console|sh)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
ELISION = "…"


class Shown(NamedTuple):
    """A command of the README, what it shows below it, and the exit code."""

    command: str
    output: tuple[str, ...] = ()
    code: int = 0
    checked: bool = False
    """The block is a `console` one, so what it prints is shown."""


def shown(text: str) -> list[Shown]:
    found: list[Shown] = []
    for kind, block in BLOCK.findall(text):
        if kind == "sh":
            found += [Shown(line) for line in block.splitlines() if line.strip() and not line.startswith("#")]
            continue
        for part in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
            command, *output = part.rstrip("\n").split("\n")
            if command == "echo $?":
                found[-1] = found[-1]._replace(code=int(output[0]))
            else:
                found.append(Shown(command, tuple(output), checked=True))
    return [each for each in found if re.search(r"(^|\| *)coranalyze\b", each.command)]


def texts() -> list[str]:
    return [document.read_text("utf-8") for document in DOCUMENTS]


SHOWN = list(dict.fromkeys(each for text in texts() for each in shown(text)))


def run(command: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """As a reader would, in a folder that holds the samples; 100 columns, no colours."""
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    env = {**os.environ, "PATH": path, "NO_COLOR": "1", "COLUMNS": "100"}
    return subprocess.run(command, shell=True, cwd=folder, env=env, capture_output=True, text=True, check=False)


def agrees(expected: list[str], actual: list[str]) -> bool:
    """Whether lines are the same, `…` standing for any number of them."""
    if not expected:
        return not actual
    if expected[0] == ELISION:
        return any(agrees(expected[1:], actual[skip:]) for skip in range(len(actual) + 1))
    return bool(actual) and expected[0].rstrip() == actual[0].rstrip() and agrees(expected[1:], actual[1:])


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("readme")
    shutil.copytree(ROOT / "sample_data", folder / "sample_data")
    shutil.copytree(ROOT / "docs" / "examples", folder / "docs" / "examples")
    return folder


def test_there_are_commands() -> None:
    assert len(SHOWN) >= 3


@pytest.mark.parametrize("each", SHOWN, ids=lambda each: each.command)
def test_command(each: Shown, copy: Path) -> None:
    result = run(each.command, copy)
    assert result.returncode == each.code, result.stderr
    if each.checked:
        assert agrees(list(each.output), result.stdout.splitlines()), (
            f"the document shows something else (python tests/test_readme.py writes it anew):\n{result.stdout}"
        )


def blocks(language: str) -> list[str]:
    """Of all documents; those in tabs are for somebody who has a server."""
    return [block for text in texts() for block in re.findall(rf"^```{language}\n(.*?)^```$", text, re.M | re.S)]


def test_json_example(copy: Path) -> None:
    """The shortened fetch is one of the report."""
    report = json.loads(run("coranalyze analyze sample_data/shop-chrome.har --format json", copy).stdout)
    (example,) = map(json.loads, blocks("json"))
    fetch = report["fetches"][example["id"]]
    assert {key: fetch[key] for key in example} == example


def test_python_examples(copy: Path) -> None:
    """In one process, since most of the time goes into loading pandas and matplotlib."""
    examples = [f"exec({example!r}, {{}})" for example in blocks("python")]
    assert len(examples) >= 3
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", "\n".join(examples)],
        cwd=copy,
        check=False,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr


def segments(output: tuple[str, ...]) -> list[list[str]]:
    """What is shown between the lines of `…`."""
    parts: list[list[str]] = [[]]
    for line in output:
        if line == ELISION:
            parts.append([])
        else:
            parts[-1].append(line)
    return parts


def renew(output: tuple[str, ...], lines: list[str]) -> list[str]:
    """The current output, cut as the README cuts it: as many lines, from a line that begins like the one shown."""
    if ELISION not in output:
        return lines
    found: list[str] = []
    for number, part in enumerate(segments(output)):
        start = 0
        if number and part:
            start = next((at for at, line in enumerate(lines) if line[:16] == part[0][:16]), 0)
        found += [*([ELISION] if number else []), *lines[start : start + len(part)]]
    return found


def rewrite(text: str) -> str:
    """A document with the current output."""

    def renewed(match: re.Match[str]) -> str:
        block = match.group(0)
        for each in shown(block):
            if each.checked and each.output:
                lines = renew(each.output, [line.rstrip() for line in run(each.command, ROOT).stdout.splitlines()])
                block = block.replace("\n".join(each.output), "\n".join(lines))
        return block

    return BLOCK.sub(renewed, text)


if __name__ == "__main__":
    for document in DOCUMENTS:
        document.write_text(rewrite(document.read_text("utf-8")), encoding="utf-8")
