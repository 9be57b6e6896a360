"""The site: rules, reasons and causes have their pages, links lead somewhere, and it loads nothing from elsewhere."""

import os
import re
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path, PurePosixPath

import pytest

from coranalyze.causes import all_patterns
from coranalyze.cors.steps import Reason
from coranalyze.fixes import STACKS, find_stack
from coranalyze.rules import all_rules
from docs.generate import pages

ROOT = Path(__file__).parent.parent
GENERATED = pages()
WRITTEN = {path.relative_to(ROOT / "docs").as_posix(): path.read_text("utf-8") for path in ROOT.glob("docs/**/*.md")}
OTHERS = {path.relative_to(ROOT / "docs").as_posix() for path in ROOT.glob("docs/images/*.png")}
LINK = re.compile(r"\]\(([^)#\s]*)(?:#[^)]*)?\)")
CODE = re.compile(r"^ *```.*?^ *```$|`[^`\n]+`", re.MULTILINE | re.DOTALL)


def test_every_rule_has_its_page() -> None:
    index = GENERATED["rules/index.md"]
    for rule in all_rules():
        text = GENERATED[f"rules/{rule.code}.md"]
        assert f"[{rule.code}]({rule.code}.md) | `{rule.name}`" in index
        assert rule.page.title in text
        assert all(example.strip() in text for example in (*rule.page.fires, *rule.page.quiet))
        assert rule.page.settle == "" or "## How to settle a suspicion" in text
        assert ("## What to set" in text) is bool(rule.fixes)


def test_every_reason_has_its_page() -> None:
    index = GENERATED["reasons/index.md"]
    for reason in Reason:
        assert f"]({reason}.md)" in index
        assert f"# {reason}\n" in GENERATED[f"reasons/{reason}.md"]


def test_every_cause_has_its_page() -> None:
    index = GENERATED["causes/index.md"]
    for pattern in all_patterns():
        text = GENERATED[f"causes/{pattern.name}.md"]
        assert f"]({pattern.name}.md) | {pattern.page.title} |" in index
        assert all(part in text for part in (pattern.page.do, *pattern.page.example, *pattern.page.other))


def test_a_tab_for_each_stack() -> None:
    text = GENERATED["reasons/acao-missing.md"]
    titles = {stack.title for name in STACKS if (stack := find_stack(name)) is not None}
    assert titles == set(re.findall(r'^=== "(.+)"$', text, re.MULTILINE))


@pytest.mark.parametrize("path", sorted(GENERATED | WRITTEN))
def test_links_lead_somewhere(path: str) -> None:
    known = GENERATED.keys() | WRITTEN.keys() | OTHERS
    for link in LINK.findall(CODE.sub("", (GENERATED | WRITTEN)[path])):
        if link and "://" not in link:
            target = os.path.normpath(PurePosixPath(path).parent / link)
            assert target.removeprefix("docs/") in known, link


def test_links_of_the_readme() -> None:
    for link in LINK.findall(CODE.sub("", (ROOT / "README.md").read_text("utf-8"))):
        assert "://" in link or (ROOT / link).exists(), link


def test_generated_pages_hold_no_markup() -> None:
    assert [path for path, text in GENERATED.items() if re.search(r"<[a-z/!]", CODE.sub("", text))] == []


class Loads(HTMLParser):
    """What a page loads by itself."""

    def __init__(self) -> None:
        super().__init__()
        self.urls: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        held = dict(attrs)
        loading = held.get("src") or (held.get("href") if tag == "link" else None)
        if loading and held.get("rel") not in ("canonical", "prev", "next"):
            self.urls.append(loading)


def test_the_site_builds_and_loads_nothing_from_elsewhere(tmp_path: Path) -> None:
    """Strictly: a warning, such as of a broken link or anchor, ends the build."""
    done = subprocess.run(
        [sys.executable, "-m", "mkdocs", "build", "--strict", "--quiet", "--site-dir", str(tmp_path)],
        cwd=ROOT, env={**os.environ, "NO_MKDOCS_2_WARNING": "1"}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    for path in GENERATED.keys() | WRITTEN.keys():
        page = tmp_path / path.removesuffix(".md").removesuffix("index") / "index.html"
        loads = Loads()
        loads.feed(page.read_text("utf-8"))
        assert loads.urls
        assert [url for url in loads.urls if re.match(r"(https?:)?//", url)] == []
    assert not re.search(r"url\((https?:)?//", "".join(p.read_text("utf-8") for p in tmp_path.rglob("*.css")))
    assert not list(tmp_path.rglob("*.py"))
