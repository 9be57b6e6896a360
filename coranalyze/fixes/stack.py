"""Stack: the settings of one server or framework, read from its page in `stacks/`; and snippets made from them.

A page is Markdown. `# Title`, then `also: name, name`, then `methods: GET` where the stack without a list refuses some
of the methods that browsers allow by themselves (GET, HEAD, POST), then sections: `## F1 F4` names the codes that the
section can mend, then come a note, `- F4: …` lines for the note of one code, and at most one fenced block of code. In
code, `‹origin›` stands for a value, `‹"header"›` for each of its names in quotes, a line that starts with
`‹F4 method?›` stays only if all of these hold, and one that starts with `‹origin*›` stands once for each. `‹present?›`
is for proxies: the application has the header on some answers already, so they take it away before they set theirs.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import cache
from importlib.resources import files
from typing import NamedTuple

from coranalyze.cors.safelist import SAFELISTED_METHODS
from coranalyze.fixes.codes import FIXES
from coranalyze.fixes.context import Context

_FENCE = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_BULLET = re.compile(r"^- (F\d+): (.+)$", re.MULTILINE)
_IF = re.compile(r"^‹([^‹›]+)\?›")
_EACH = re.compile(r"^‹(\w+)\*›")
_VALUE = re.compile(r"‹(\"?)(\w+)\1›")

PLACEHOLDERS = {
    "origin": "https://app.example",
    "one_origin": "https://app.example",
    "origin_pattern": "https://app[.]example",
    "site": "app.example",
    "site_pattern": "app[.]example",
    "method": "GET, HEAD, POST, PUT",
    "unlisted": "PUT",
    "used": "GET, HEAD, PUT",
    "header": "content-type",
    "exposed": "x-total-count",
}
"""What stands for a value that the capture does not hold."""
_TELL = {
    "origin": "the origin of your page",
    "one_origin": "the origin of your page",
    "origin_pattern": "the origin of your page",
    "site": "your domain",
    "site_pattern": "your domain",
    "method": "the method that the page uses",
    "unlisted": "the method that the page uses",
    "used": "the method that the page uses",
    "header": "the headers that the page sends",
    "exposed": "the header that the page reads",
}

_REPLACED = "What the application itself sets of these no longer gets through: name every page that may read."


class Snippet(NamedTuple):
    """What to set on one stack."""

    codes: tuple[str, ...]
    """Which of the codes that were asked for it mends."""
    stack: str
    language: str
    """Of the code, as Markdown names it; empty without code."""
    code: str
    """Empty where there is nothing to set on this stack: the note says why."""
    note: str

    @property
    def aim(self) -> str:
        """What it sets, in plain words, the same on every stack."""
        return " ".join(FIXES[code] for code in self.codes)


class Section(NamedTuple):
    codes: tuple[str, ...]
    note: str
    notes: Mapping[str, str]
    """Code → what is to say only when it is asked for."""
    language: str
    template: str


class Stack(NamedTuple):
    name: str
    """`nginx`; names its page."""
    title: str
    also: tuple[str, ...]
    """Other names for it."""
    methods: frozenset[str]
    """Of GET, HEAD and POST, those that it lets through where no list names them."""
    sections: tuple[Section, ...]

    def snippets(self, codes: Iterable[str], context: Context) -> list[Snippet]:
        """As few as mend all of `codes`; a code that is none, or that this stack has nothing for, is passed over."""
        open_codes = list(dict.fromkeys(code for code in codes if code in FIXES))
        made = []
        while open_codes:
            best = max(self.sections, key=lambda section: len(set(section.codes) & set(open_codes)))
            mended = tuple(code for code in open_codes if code in best.codes)
            if not mended:
                break
            made.append(_fill(self, best, mended, context))
            open_codes = [code for code in open_codes if code not in mended]
        return made


@cache
def load(name: str) -> Stack:
    """The stack whose page is `stacks/{name}.md`."""
    page = (files("coranalyze.fixes") / "stacks" / f"{name}.md").read_text("utf-8")
    head, *rest = re.split(r"^## ", page, flags=re.MULTILINE)
    title, *more = head.removeprefix("# ").splitlines()
    told = {key: value.strip().split(", ") for key, _, value in (line.partition(":") for line in more if line)}
    return Stack(
        name,
        title.strip(),
        tuple(told.get("also", ())),
        frozenset(told.get("methods", SAFELISTED_METHODS)),
        tuple(map(_section, rest)),
    )


def _section(text: str) -> Section:
    codes, _, body = text.partition("\n")
    fence = _FENCE.search(body)
    prose = body[: fence.start()] if fence else body
    return Section(
        tuple(codes.split()),
        _BULLET.sub("", prose).strip(),
        dict(_BULLET.findall(prose)),
        fence[1] if fence else "",
        fence[2] if fence else "",
    )


def _fill(stack: Stack, section: Section, codes: tuple[str, ...], context: Context) -> Snippet:
    if "F13" in codes:
        context = context.secure
    flags = set(codes) | ({"reads"} if context.only_reads else set())
    if context.open and not context.credentials:
        context = context._replace(origin="*")
        flags.add("open")
    flags |= {"credentials"} if context.credentials else set()
    if {"F6", "F8"} & flags or (context.whole and "F10" not in codes):  # whose header is one that the page reads
        flags |= {"method"} if context.needs_a_list(stack.methods) else set()
        flags |= {"header"} if context.header else set()
    if "F8" in codes and not flags & {"method", "header"}:
        flags |= {"method", "header"}
    if context.present or "F7" in codes:
        # F7 is for errors that lack what other answers have. What nothing replaces stays: other pages may need it.
        flags |= {"present"} | ({"present_credentials"} if flags & {"credentials", "F4"} else set())
    values = {
        "origin": context.origin,
        "one_origin": context.origins[0],
        "origin_pattern": _pattern_of(context.origins),
        "site": context.site,
        "site_pattern": context.site.replace(".", "[.]"),
        "method": context.methods,
        "unlisted": context.unlisted,
        "used": context.used or ("" if "F8" in codes else "GET, HEAD"),
        "header": context.header,
        "exposed": context.header,
    }
    lines = []
    for line in section.template.splitlines():
        condition = _IF.match(line)
        if condition is None:
            lines.append(line)
        elif all((flag.removeprefix("!") in flags) is not flag.startswith("!") for flag in condition[1].split()):
            lines.append(line[condition.end() :])
    kept = "\n".join(lines)
    used = list(dict.fromkeys(name for _, name in _VALUE.findall(kept)))
    code, note = _filled(kept, values), _filled(section.note, values)
    notes = [note, *(_filled(section.notes[code], values) for code in codes if code in section.notes)]
    notes += _tell(codes, context, used, [name for name in used if not values[name]])
    if context.credentials is None and ("F4" in codes or context.whole):
        notes += _how_to_allow_credentials(section, "open" in flags)
    if "present" in flags and "open" not in flags and "‹present?›" in section.template:
        notes.append(_REPLACED)
    return Snippet(codes, stack.name, section.language, code, " ".join(filter(None, notes)))


def _filled(text: str, values: Mapping[str, str]) -> str:
    lines = []
    for line in text.split("\n"):
        each = _EACH.match(line)
        if each is None:
            lines.append(_with_values(line, values))
        else:
            name, rest = each[1], line[each.end() :]
            lines += [_with_values(rest, {**values, name: value}) for value in values[name].split(", ")]
    return "\n".join(lines)


def _with_values(line: str, values: Mapping[str, str]) -> str:
    def value(match: re.Match[str]) -> str:
        quote, name = match.groups()
        return quote + (values[name] or PLACEHOLDERS[name]).replace(", ", f"{quote}, {quote}") + quote

    return _VALUE.sub(value, line)


def _pattern_of(origins: list[str]) -> str:
    escaped = [origin.replace(".", "[.]") for origin in origins]
    return escaped[0] if len(escaped) == 1 else f"(?:{'|'.join(escaped)})"


def _tell(codes: tuple[str, ...], context: Context, used: list[str], unknown: list[str]) -> list[str]:
    told = [f"In place of `{PLACEHOLDERS[name].rpartition(', ')[2]}` write {_TELL[name]}." for name in unknown]
    listed = {"method", "unlisted", "header"} & set(used) or ("used" in used and context.method)
    if used and ("F8" in codes or context.kept or listed):
        # Some layers take `*` with credentials for every origin, name by name.
        told.append(f"Keep what the list holds already{', but no `*`' if context.credentials else ''}.")
    if not {"origin", "one_origin", "origin_pattern"}.isdisjoint(used):
        told += filter(None, map(_risk_of, context.origins))
    return told


def _how_to_allow_credentials(section: Section, opened: bool) -> list[str]:
    """What to say where the capture does not tell whether the page sends cookies; nothing where no line is for it."""
    own = (_IF.match(line) for line in section.template.splitlines())
    lines = {match.string[match.end() :].strip().rstrip(",;") for match in own if match and match[1] == "credentials"}
    if not lines:
        return []
    add = f"`{lines.pop()}`" if len(lines) == 1 else "`Access-Control-Allow-Credentials: true` for these origins"
    verb = "set" if "‹!credentials?›" in section.template else "add"
    beside = "name its origin in place of `*`" if opened else "keep no `*` beside it"
    return [f"If the page sends cookies, {verb} {add}, and {beside}."]


def _risk_of(origin: str) -> str:
    host = origin.partition("://")[2].partition(":")[0]
    if host == "localhost" or host.startswith("127.") or host.endswith(".localhost"):
        return f"For development only: on a visitor's machine any program can serve {origin}."
    if origin.startswith("http:"):
        return "Better serve the page over https: who sits on the network path can speak for an http origin."
    return ""
