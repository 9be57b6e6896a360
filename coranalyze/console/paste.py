"""Pasted console text: which messages of which browser it holds, and the facts that each names."""

import re
from typing import NamedTuple

from coranalyze.console.messages import (
    ALL,
    CHROMIUM,
    CHROMIUM_OTHER,
    FIREFOX,
    FIREFOX_OTHER,
    WEBKIT,
    Message,
    pattern_of,
)
from coranalyze.console.names import find_name
from coranalyze.cors.steps import Reason

_CURLY = str.maketrans({"‘": "'", "’": "'", "“": '"', "”": '"', "\u00a0": " "})

_CHROMIUM = re.compile(
    r"Access\s++to\s++(?P<initiator>[\w ]{1,40}?)\s++at\s++'?(?P<url>[^\s']*)'?"
    r"(?:\s++\(redirected\s++from\s++'?(?P<first_url>[^\s')]*)'?\))?"
    r"\s++from\s++origin\s++'?(?P<origin>[^\s']*)'?\s++has\s++been\s++blocked\s++by\s++CORS\s++policy:\s*+"
    r"(?P<preflight>Response\s++to\s++preflight\s++request\s++doesn.?t\s++pass\s++access\s++control\s++check:\s*+)?",
    re.IGNORECASE,
)
_FIREFOX = re.compile(
    r"Cross-Origin\s+Request\s+(?P<kind>Blocked|Warning):\s+The\s+Same\s+Origin\s+Policy\s+(?:disallows|will\s+disallow)\s+reading\s+"
    r"the\s+remote\s+resource\s+at\s+'?(?P<url>[^\s']+?)'?(?:\s+soon)?\.?\s+\(Reason:\s*(?P<rest>.{0,2000}?)\)\.?"
    r"(?=\s|$)(?:\s*Status\s+code:\s*(?:(?P<status>\d+)|\(null\))\.?)?(?:\s*\[(?:Learn More|Weitere Informationen)\])?",
    re.IGNORECASE | re.DOTALL,
)
# In WebKit's words a redirect hop's own message stands behind this.
_WEBKIT_REDIRECT = re.compile(
    r"Cross-origin\s+redirection\s+to\s+(?P<location>\S+)\s+denied\s+by\s+Cross-Origin\s+Resource\s+Sharing\s+policy:\s*",
    re.IGNORECASE,
)
_STATUS_LINE = re.compile(r"the server responded with a status of (\d{3})")
_CODE = re.compile(
    r"(?:net::)?ERR_[A-Za-z0-9_.]+|NS_[A-Z_]+|\bCORS[A-Z]\w+|\b(?:Preflight|Redirect|Header|Method)[A-Z]\w+"
)


LONGEST_PART = 2_000
"""Characters of what is looked at as a part of a message: no message is longer."""
_FEWEST_WORDS = 3
"""In a part of a message: fewer say too little."""
_BEFORE = ("cors policy:", "access control check:", "reason:")
"""What may stand before the part of a message that tells the reason."""


class Found(NamedTuple):
    """One message (or code) in the pasted text."""

    text: str
    browser: str
    reason: Reason
    stage: str | None
    facts: dict[str, str]
    general: bool = False
    others: tuple[Reason, ...] = ()
    """Further reasons that the same name may stand for."""


def find_messages(text: str) -> list[Found]:
    """Every console message in the text, in order; general follow-ups go where a specific one says more."""
    text = _plain(text)
    found = [*_chromium(text), *_firefox(text)]
    taken = [(start, end) for start, end, _ in found]
    for start, end, message in _free(text):
        if not any(a < end and start < b for a, b in taken):
            taken.append((start, end))
            found.append((start, end, message))
    found.sort(key=lambda triple: triple[:2])
    if found:
        return _with_status(_merge([message for _, _, message in found]), text)
    codes = (find_code(match[0]) for match in _CODE.finditer(text))
    return list({code.text: code for code in codes if code is not None}.values())


def find_part(text: str) -> list[Found]:
    """The messages that this is, without the envelope around them, or is a part of; one for each reason.

    For what people copy by hand. In a record of a console it would find too much.
    """
    if len(text) > LONGEST_PART:
        return []
    text = _plain(text)
    found = _bare(text, whole=True) or _of_part(text) or _bare(text, whole=False)
    return list({each.reason: each for each in reversed(found)}.values())[::-1]


def _bare(text: str, *, whole: bool) -> list[Found]:
    """Messages without their envelope, or beginnings of them; those that say most, where they lie in each other."""
    matches = [
        (match, message)
        for message in (*CHROMIUM, *FIREFOX)
        for match in pattern_of(message.template if whole else _cut(message.template)).finditer(text)
    ]
    longest = max((len(match[0]) for match, _ in matches), default=0)
    found = []
    for match, message in matches:
        facts = {name: value for name, value in match.groupdict().items() if value}
        if len(match[0]) == longest:
            found.append(_part(match[0], message, facts))
    return found


def _of_part(text: str) -> list[Found]:
    """Every message in which this text stands, quotes and what comes before the reason aside."""
    words = _words(text)
    for before in _BEFORE:
        words = words.rpartition(before)[2]
    words = words.strip(" .…:;,()[]")
    if len(words.split()) < _FEWEST_WORDS:
        return []
    return [_part(text, message, {}) for message in ALL if f" {words} " in f" {_words(message.template).rstrip('.')} "]


def _words(text: str) -> str:
    return " ".join(re.sub(r"""['"`]""", "", text).lower().split())


def _part(text: str, message: Message, facts: dict[str, str]) -> Found:
    others = _firefox_others(message, facts) if message.browser == "firefox" else _webkit_others(message)
    return Found(text, message.browser, message.reason, message.stage, facts, message.general, others)


def find_code(code: str) -> Found | None:
    """A browser's own code as a message without facts."""
    name = find_name(code)
    if name is None:
        return None
    return Found(code.strip(), name.browser, name.reasons[0], name.stage, {}, others=name.reasons[1:])


def _with_status(found: list[Found], text: str) -> list[Found]:
    """Chromium names the status in a line of its own; it belongs to the failure where there is only one of both."""
    statuses = set(_STATUS_LINE.findall(text))
    if len(found) != 1 or len(statuses) != 1 or found[0].browser != "chromium" or found[0].stage == "preflight":
        return found
    return [found[0]._replace(facts={**found[0].facts, "status": statuses.pop()})]


def _plain(text: str) -> str:
    return re.sub(r"[ \t\r]+", " ", text.translate(_CURLY)).strip()


def _chromium(text: str) -> list[tuple[int, int, Found]]:
    found = []
    heads = list(_CHROMIUM.finditer(text))
    for index, head in enumerate(heads):
        stop = heads[index + 1].start() if index + 1 < len(heads) else len(text)
        body = text[head.end() : stop]
        facts = {k: v for k, v in head.groupdict().items() if v and k != "preflight"}
        for message in CHROMIUM:
            match = pattern_of(message.template).match(body) or pattern_of(_cut(message.template)).match(body)
            if match is None:
                continue
            facts |= {k: v for k, v in match.groupdict().items() if v is not None}
            stage = message.stage or ("preflight" if head["preflight"] else "actual")
            end = head.end() + match.end()
            found.append((head.start(), end, Found(text[head.start() : end], "chromium", message.reason, stage, facts)))
            break
    return found


def _cut(template: str) -> str:
    """The beginning that tells a template from the others, for messages that were cut off when copied."""
    before, brace, rest = template.partition("}")
    return f"{before}{brace}{' '.join(rest.split(' ')[:3])}" if brace else template[:60]


def _firefox(text: str) -> list[tuple[int, int, Found]]:
    found = []
    for head in _FIREFOX.finditer(text):
        facts = {k: v for k, v in head.groupdict().items() if v and k in ("url", "status")}
        for message in FIREFOX:
            match = pattern_of(message.template).match(head["rest"])
            if match is None:
                continue
            facts |= {k: v for k, v in match.groupdict().items() if v is not None}
            item = Found(
                head[0],
                "firefox",
                message.reason,
                message.stage,
                facts,
                message.general,
                _firefox_others(message, facts),
            )
            found.append((head.start(), head.end(), item))
            break
    return found


def _firefox_others(message: Message, facts: dict[str, str]) -> tuple[Reason, ...]:
    """Firefox says "does not match" for lists and for values that are no origin, and "did not succeed" for much."""
    if message.reason is Reason.ACAO_MISMATCH:
        value = facts.get("value", "")
        if "," in value or " " in value:
            return (Reason.ACAO_MULTIPLE,)
        return () if "://" in value or value == "null" else (Reason.ACAO_INVALID,)
    if message.reason is Reason.NETWORK_ERROR:
        return (Reason.PREFLIGHT_NETWORK_ERROR, Reason.REDIRECT_SCHEME, Reason.REDIRECT_CREDENTIALS_IN_URL)
    return ()


def _webkit_others(message: Message) -> tuple[Reason, ...]:
    """WebKit has one wording for most values that do not match, and none of its own for a redirected preflight."""
    if message.browser != "webkit":
        return ()
    if message.general:
        return (Reason.ACAO_MISMATCH, Reason.PREFLIGHT_STATUS, Reason.NETWORK_ERROR)
    if message.reason is Reason.ACAO_MISSING:
        return (Reason.ACAO_MISMATCH, Reason.ACAO_INVALID)
    if message.reason is Reason.PREFLIGHT_STATUS:
        return (Reason.PREFLIGHT_REDIRECT, Reason.ACAO_MISSING)
    return ()


def _free(text: str) -> list[tuple[int, int, Found]]:
    """Messages without an envelope: WebKit's, and those of all browsers that are not about CORS headers."""
    redirected = {m.end(): m for m in _WEBKIT_REDIRECT.finditer(text)}
    found = []
    for message in (*CHROMIUM_OTHER, *FIREFOX_OTHER, *WEBKIT):
        for match in pattern_of(message.template).finditer(text):
            facts = {k: v.strip() for k, v in match.groupdict().items() if v}
            stage = message.stage
            if match.start() in redirected:
                stage = "redirect"
                facts["location"] = redirected[match.start()]["location"]
            item = Found(
                match[0], message.browser, message.reason, stage, facts, message.general, _webkit_others(message)
            )
            found.append((match.start(), match.end(), item))
    # The message that starts first and says most wins over those that lie within it.
    found.sort(key=lambda triple: (triple[2].general, triple[0], -triple[1]))
    return found


def _merge(found: list[Found]) -> list[Found]:
    """One `Found` per failure: a general follow-up gives its URL to the specific one before it, and goes."""
    merged: list[Found] = []
    for item in found:
        if not item.general:
            if item not in merged:
                merged.append(item)
            continue
        partner = next((m for m in reversed(merged) if m.browser == item.browser and not m.general), None)
        if partner is None:
            if all(m.facts.get("url") != item.facts.get("url") for m in merged):
                merged.append(item)
        elif "url" not in partner.facts and "url" in item.facts:
            at = merged.index(partner)
            merged[at] = partner._replace(facts={**partner.facts, **item.facts})
    specific = {m.facts.get("url") for m in merged if not m.general}
    return [m for m in merged if not (m.general and m.facts.get("url") in specific)]
