"""Who may import whom, over the syntax trees; and what a run of the command loads, in a process of its own."""

import ast
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from graphlib import TopologicalSorter
from pathlib import Path
from typing import NamedTuple

import pytest

import coranalyze

PACKAGE = Path(coranalyze.__file__).parent
SAMPLE = PACKAGE.parent / "sample_data" / "shop-chrome.har"

NOUNS = {"cors", "exchange", "fetch", "memo"}
JUDGES = {"sources", "engine", "endpoint", "access", "finding", "preflight_cost", "rules", "causes", "fixes"}
READERS = {"explain", "reports"}
LEAVES = {"frame", "charts"}
"""What loads pandas and matplotlib: seen from inside a function only, so that nobody pays who does not ask."""

MAY_IMPORT: dict[str, set[str]] = {
    "cors": set(),
    "exchange": {"cors"},
    "fetch": {"cors", "exchange"},
    "memo": set(),
    "sources": {"cors", "exchange", "memo"},
    "engine": NOUNS,
    "endpoint": NOUNS,
    "access": NOUNS | {"endpoint"},
    "finding": NOUNS | {"endpoint"},
    "sections": set(),
    "visible": set(),
    "console": NOUNS,
    "causes": NOUNS | {"endpoint", "finding", "sections"},
    "preflight_cost": NOUNS | {"endpoint"},
    "tally": NOUNS | {"endpoint"},
    "rules": NOUNS | {"endpoint", "finding", "preflight_cost", "sections"},
    "fixes": NOUNS | {"endpoint", "finding"},
    "explain": NOUNS | {"console", "endpoint", "finding", "causes", "rules"},
    "input": NOUNS | {"sources"},
    "analysis": NOUNS | JUDGES | {"console", "input", "tally"},
    "failure": NOUNS | {"analysis", "causes", "console", "endpoint"},
    "large": NOUNS | JUDGES | {"analysis", "failure", "input", "tally", "coranalyze"},
    "live": NOUNS | JUDGES | {"analysis", "visible"},
    "issues": NOUNS | {"analysis", "causes", "endpoint", "explain", "failure", "finding", "fixes", "visible"},
    "frame": NOUNS | {"access", "analysis", "causes", "console", "endpoint", "finding", "preflight_cost"},
    "charts": NOUNS | {"analysis", "frame", "visible"},
    "reports": NOUNS
    | JUDGES - {"sources", "engine"}
    | {"console", "explain", "analysis", "failure", "input", "issues", "visible", "coranalyze"},
    "cli": NOUNS | JUDGES | READERS | {"analysis", "issues", "large", "live", "visible", "coranalyze"},
    "__init__": NOUNS | JUDGES | READERS | {"analysis", "input"},
    "__main__": {"cli"},
}
"""Room → the other rooms that it sees; `coranalyze` is the package itself, for its version."""

MAY_IMPORT_LATE: dict[str, set[str]] = {
    "analysis": {"frame", "reports"},
    "live": {"reports"},
    "reports": LEAVES,
    "cli": LEAVES,
}
"""Rooms that are seen from inside a function only."""

LIBRARIES: dict[str, set[str]] = {
    "msgspec": set(MAY_IMPORT) - {"cors"},
    "rich": {"reports", "cli"},
    "typer": {"cli"},
    "click": {"cli"},
    "numpy": LEAVES,
    "pandas": LEAVES,
    "matplotlib": {"charts"},
}
"""Library → the rooms that may import it at the top of a module."""

LATE_LIBRARIES: dict[str, set[str]] = {
    "pandas": {"reports.csv"},
    "publicsuffixlist": {"cors.site"},
    "mitmproxy": {"sources", "cli"},
    "cryptography": {"cli.browsers.trust"},
    "distributed": {"large.workers"},
    "pyarrow": {"reports.parquet"},
    "jinja2": {"reports"},
    "fsspec": {"sources"},
}
"""Library → the rooms (or the module) that may import it, inside of a function."""


class Import(NamedTuple):
    """One imported module, as written in `module` (dotted, without `coranalyze.`)."""

    module: str
    target: str
    line: int
    late: bool

    @property
    def room(self) -> str:
        return self.module.partition(".")[0]

    def __str__(self) -> str:
        return f"{self.module}:{self.line} imports {self.target}"


def only_typing(node: ast.AST) -> bool:
    return isinstance(node, ast.If) and ast.unparse(node.test) in {"TYPE_CHECKING", "typing.TYPE_CHECKING"}


def targets(node: ast.Import | ast.ImportFrom, package: list[str]) -> Iterator[str]:
    """The absolute names that a statement imports; of `from x import y` it is `x.y`."""
    if isinstance(node, ast.Import):
        yield from (alias.name for alias in node.names)
        return
    base = package[: len(package) - node.level + 1] if node.level else []
    stem = ".".join([*base, *([node.module] if node.module else [])])
    yield from (f"{stem}.{alias.name}" for alias in node.names)


def imports_below(node: ast.AST, module: str, package: list[str], late: bool = False) -> Iterator[Import]:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.Import | ast.ImportFrom):
            yield from (Import(module, target, child.lineno, late) for target in targets(child, package))
        elif only_typing(child):
            assert isinstance(child, ast.If)
            for other in child.orelse:
                yield from imports_below(other, module, package, late)
        else:
            inside = late or isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda)
            yield from imports_below(child, module, package, inside)


def imports_of(source: str, path: Path) -> Iterator[Import]:
    """All imports that run, `path` relative to the package; what only type checkers see is left out."""
    parts = list(path.with_suffix("").parts)
    package = ["coranalyze", *parts[:-1]]
    module = ".".join(parts[:-1] if parts[-1] == "__init__" and len(parts) > 1 else parts)
    yield from imports_below(ast.parse(source), module, package)


IMPORTS = [
    each
    for path in sorted(PACKAGE.rglob("*.py"))
    for each in imports_of(path.read_text("utf-8"), path.relative_to(PACKAGE))
]


def room_of(target: str) -> str:
    """The room of an absolute name of the package: `coranalyze.cors.steps.Step` is of `cors`."""
    first = target.split(".")[1]
    return first if first in MAY_IMPORT else "coranalyze"


def allowed(each: Import) -> bool:
    if each.target == "coranalyze" or each.target.startswith("coranalyze."):
        room = room_of(each.target) if "." in each.target else "coranalyze"
        seen = MAY_IMPORT[each.room] | (MAY_IMPORT_LATE.get(each.room, set()) if each.late else set())
        return room == each.room or room in seen
    library = each.target.partition(".")[0]
    if library in sys.stdlib_module_names:
        return True
    if each.late and {each.room, each.module} & LATE_LIBRARIES.get(library, set()):
        return True
    return each.room in LIBRARIES.get(library, set())


def test_data_flows_one_way() -> None:
    """No room sees one that sees it, be it over others."""
    TopologicalSorter({room: seen - {"coranalyze"} for room, seen in MAY_IMPORT.items()}).prepare()


def test_every_room_is_known() -> None:
    rooms = {path.stem for path in PACKAGE.iterdir() if path.suffix == ".py" or (path / "__init__.py").exists()}
    assert rooms <= set(MAY_IMPORT)


def test_import_order() -> None:
    assert [str(each) for each in IMPORTS if not allowed(each)] == []


@pytest.mark.parametrize(
    ("path", "source", "expected"),
    [
        ("cors/checks.py", "import re", True),
        ("cors/checks.py", "import msgspec", False),
        ("cors/checks.py", "from coranalyze.exchange import Exchange", False),
        ("cors/site.py", "def f(): from publicsuffixlist import PublicSuffixList", True),
        ("cors/site.py", "from publicsuffixlist import PublicSuffixList", False),
        ("cors/origin.py", "def f(): from publicsuffixlist import PublicSuffixList", False),
        ("sources/har.py", "from coranalyze.engine import Engine", False),
        ("sources/har.py", "from ..engine import Engine", False),
        ("sources/har.py", "from .. import engine", False),
        ("sources/har.py", "from .redact import Redactor", True),
        ("sources/flow.py", "import mitmproxy", False),
        ("sources/flow.py", "def f(): import mitmproxy.io", True),
        ("engine/engine.py", "from coranalyze import cli", False),
        ("engine/engine.py", "from coranalyze import analyze", False),
        ("frame.py", "if TYPE_CHECKING:\n    import pandas as pd", True),
        ("frame.py", "import pandas as pd", True),
        ("frame.py", "import matplotlib", False),
        ("reports/html.py", "def f(): from coranalyze import charts", True),
        ("reports/html.py", "from coranalyze import charts", False),
        ("reports/html.py", "import pandas as pd", False),
        ("analysis.py", "from coranalyze.frame import fetch_frame", False),
        ("analysis.py", "def f(): from coranalyze.frame import fetch_frame", True),
        ("cli/proxy.py", "def f(): from mitmproxy.master import Master", True),
        ("cli/proxy.py", "from mitmproxy.master import Master", False),
        ("cli/proxy.py", "def f(): import cryptography", False),
        ("cli/browsers/trust.py", "def f(): import cryptography.x509", True),
        ("reports/json.py", "from coranalyze import __version__", True),
        ("__init__.py", "from coranalyze.cli import main", False),
    ],
)
def test_the_rules_themselves(path: str, source: str, expected: bool) -> None:
    assert all(map(allowed, imports_of(source, Path(path)))) is expected


HEAVY = ("fsspec", "aiohttp", "pandas", "numpy", "matplotlib", "mitmproxy", "dask", "distributed", "jinja2")
RUN = """
import json, sys
try:
    {code}
except SystemExit as end:
    assert not end.code, end.code
print(json.dumps([name for name in {heavy!r} if name in sys.modules]), file=sys.stderr)
"""


@pytest.mark.parametrize(
    "arguments",
    [
        None,
        ["--help"],
        ["capture", "--help"],
        ["explain", "acao-missing"],
        ["analyze", str(SAMPLE), "--format", "json"],
        ["analyze", str(SAMPLE)],
    ],
    ids=lambda arguments: "import" if arguments is None else " ".join(arguments).replace(f"{SAMPLE}", SAMPLE.name),
)
def test_heavy_libraries_stay_out(arguments: list[str] | None) -> None:
    code = "import coranalyze"
    if arguments is not None:
        code = f"sys.argv[1:] = {arguments!r}; from coranalyze.cli.app import run; run()"
    result = subprocess.run(
        [sys.executable, "-c", RUN.format(code=code, heavy=HEAVY)],
        capture_output=True,
        text=True,
        env={**os.environ, "NO_COLOR": "1"},
        check=False,
    )
    assert result.returncode == 0, result.stderr
    assert json.loads(result.stderr.splitlines()[-1]) == []
