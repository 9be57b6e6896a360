"""Every regular expression of the package and the addon, and whether it takes linear time whatever it meets.

`python -m tests.hostile.patterns` has recheck (npm) look at those that are not in `patterns.json` yet, and takes out
those that are gone. What recheck cannot prove gets an empty entry: mend the pattern, or say there why it does no harm.
"""

import ast
import json
import re
import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import NamedTuple

from coranalyze.cors.origin import OWN_SCHEME
from coranalyze.endpoint.marks import MARKS
from coranalyze.fixes.guess import _SIGNS
from tests.conftest import ROOT
from tests.fixes.servers.npm import installed

LEDGER = Path(__file__).with_name("patterns.json")
PROVED = "proved"
RECHECK = "recheck@4.5.0"
METHODS = frozenset({"match", "fullmatch", "search", "sub", "subn", "split", "findall", "finditer"})
BUILT = {
    "coranalyze/cors/origin.py": [OWN_SCHEME.pattern],
    "coranalyze/endpoint/marks.py": [mark.value.pattern for mark in MARKS],
    "coranalyze/fixes/guess.py": [pattern for pattern, _ in _SIGNS],
    # Host names of the user's own command line.
    "coranalyze/issues/difference.py": [r"(?<![\w.-])(?:a\.example|b\.example)(?![\w-]|\.\w)"],
}
"""Files whose patterns are no constants → what they are."""
BOUNDED = {
    "coranalyze/console/": "a console log: 40 lines of 4,000 characters at once; 64 KiB where a message is pasted",
    "coranalyze/fixes/stack.py": "pages of this package",
    "coranalyze/sections.py": "pages of this package",
}
"""Files whose patterns meet no text of unknown length → what they meet."""
FLAGS = {"IGNORECASE": "i", "MULTILINE": "m", "DOTALL": "s"}


class Pattern(NamedTuple):
    """A pattern as it is matched."""

    text: str
    flags: str
    how: str
    """match, fullmatch, or search for all that looks for it anywhere."""

    @property
    def key(self) -> str:
        return f"{self.how}{self.flags and ' '}{self.flags} {self.text}"


@cache
def patterns() -> dict[str, Pattern]:
    """By key; what is matched in two ways is two."""
    files = [*(ROOT / "coranalyze").rglob("*.py"), *(ROOT / "addons").glob("*.py")]
    texts = {file: file.read_text("utf-8") for file in sorted(files)}
    looked_at = [file for file in texts if not file.relative_to(ROOT).as_posix().startswith(tuple(BOUNDED))]
    found = [each for file in looked_at for each in _in_file(file, texts)]
    return {pattern.key: pattern for pattern in found}


def _in_file(file: Path, texts: dict[Path, str]) -> Iterator[Pattern]:
    tree = ast.parse(texts[file])
    names = {id(value): name for value, name in _assigned(tree)}
    for node in ast.walk(tree):
        if not (
            isinstance(node, ast.Call) and ast.unparse(node.func) in {f"re.{name}" for name in METHODS | {"compile"}}
        ):
            continue
        flags = "".join(FLAGS[name] for name in re.findall(r"\bre\.([A-Z]+)\b", ast.unparse(node)))
        name = names.get(id(node))
        method = ast.unparse(node.func).partition(".")[2]
        if method != "compile":
            methods = {method}
        elif name is None:
            methods = {"search"}
        else:
            # A private name is used in its file, another one anywhere.
            users = [texts[file]] if name.startswith("_") else list(texts.values())
            methods = {used for text in users for used in re.findall(rf"\b{name}\.(\w+)", text)} & METHODS
            # Without one it is handed on.
            methods = methods or {"search"}
        constant = isinstance(node.args[0], ast.Constant)
        for text in [_text(node.args[0])] if constant else BUILT[file.relative_to(ROOT).as_posix()]:
            for how in methods:
                yield Pattern(text, flags, how if how in ("match", "fullmatch") else "search")


def _assigned(tree: ast.AST) -> Iterator[tuple[ast.expr, str]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            yield node.value, node.targets[0].id


def _text(constant: ast.expr) -> str:
    value = ast.literal_eval(constant)
    return value if isinstance(value, str) else value.decode("latin-1")


def as_javascript(pattern: Pattern) -> str:
    """In the syntax that recheck reads. Possessive repetitions become greedy ones, which take longer if anything."""
    text = pattern.text.replace("(?P<", "(?<").replace(r"\Z", "$")
    # Classes are left as they are.
    text = re.sub(
        r"(\[\^?\]?(?:\\.|[^\]\\])*\]|\\.)|(?<=[*+?}])\+", lambda match: match[1] or "", text, flags=re.DOTALL
    )
    if pattern.how == "search":
        return text
    return f"^(?:{text})" + "$" * (pattern.how == "fullmatch")


_PROGRAM = """\
const { checkSync } = require("recheck");
for (const [source, flags] of JSON.parse(require("fs").readFileSync(0))) {
  const found = checkSync(source, flags, { checker: "automaton", timeout: 60000 });
  console.log(JSON.stringify([found.status, found.complexity?.summary ?? found.error?.kind ?? ""]));
}
"""


def prove(found: list[Pattern]) -> Iterator[tuple[Pattern, str]]:
    """Each with `proved`, or with what recheck said instead."""
    asked = [(as_javascript(pattern), pattern.flags if pattern.how == "search" else pattern.flags.replace("m", ""))
             for pattern in found]  # fmt: skip
    done = subprocess.run(
        ["node", "-e", _PROGRAM], input=json.dumps(asked), capture_output=True, text=True, check=True,
        cwd=installed(RECHECK),
    )  # fmt: skip
    for pattern, line in zip(found, done.stdout.splitlines(), strict=True):
        status, why = json.loads(line)
        yield pattern, PROVED if status == "safe" else f"{status}, {why}"


def ledger() -> dict[str, str]:
    """Key of a pattern → `proved`, or why it does no harm."""
    held: dict[str, str] = json.loads(LEDGER.read_text("utf-8"))
    return held


def main() -> None:
    held = ledger() if LEDGER.exists() else {}
    kept = {key: held[key] for key in patterns() if held.get(key)}
    for pattern, said in prove([pattern for key, pattern in patterns().items() if key not in kept]):
        kept[pattern.key] = said if said == PROVED else ""
        print(f"{said:30}  {pattern.key!a}", flush=True)
    LEDGER.write_text(json.dumps(dict(sorted(kept.items())), indent=1) + "\n", "utf-8")


if __name__ == "__main__":
    main()
