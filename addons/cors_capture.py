"""Records what the browser asks of other origins while mitmproxy runs, and judges it as it happens.

    mitmdump -s cors_capture.py                                     (mitmproxy and mitmweb take it too)
    mitmdump -s cors_capture.py --set cors_out=shop.cors.jsonl.gz --set cors_report=report

One file on the standard library and mitmproxy alone: it also loads in mitmproxy's own binaries, and records there.
Where the package coranalyze can be imported, every blocked request is told in the event log, marked and commented.

Each line of a capture file is one exchange, redacted before it is written: no body, no cookie, no credential, no token.
Traffic is never changed.
"""

from __future__ import annotations

import asyncio
import gc
import importlib.util
import json
import logging
import os
import re
import subprocess
import sys
import time
import zlib
from binascii import a2b_base64
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime
from functools import lru_cache, partial
from hashlib import blake2b
from pathlib import Path
from string import ascii_lowercase, ascii_uppercase, digits
from typing import TYPE_CHECKING, Any, NoReturn
from urllib.parse import unquote_plus
from weakref import ref

import mitmproxy.flow
import mitmproxy.types
from mitmproxy import command, ctx, exceptions, flowfilter, http
from mitmproxy.hooks import UpdateHook
from mitmproxy.version import VERSION
from mitmproxy.websocket import WebSocketData

if TYPE_CHECKING:
    from coranalyze.live import LiveJudge, News

FORMAT = 1
PREFIX = "coranalyze."
"""Of the keys in the metadata of flows."""
_ENTRY = f"{PREFIX}entry"
MARKS = {"BLOCKED": ":red_circle:", "FOUND": ":orange_circle:"}
SUFFIXES = (".cors.jsonl", ".cors.jsonl.gz")
NEED_MARKS = frozenset({"dumper_filter", "intercept", "save_stream_file"})
"""Options of mitmproxy that may ask for marks and comments as soon as the response is there."""
LIVE_HINT = (
    "recording only: for live verdicts install coranalyze beside mitmproxy "
    "(`uv tool install mitmproxy --with coranalyze` or `pipx inject mitmproxy coranalyze`)"
)

logger = logging.getLogger(__name__)


# What may be kept. Up to the next line of dashes this is coranalyze/sources/masking.py and redact.py, word for word:
# the file has to stand alone, and a test compares the two.
# ----------------------------------------------------------------------------------------------------------------------

REDACTED = "[redacted]"
TOKEN = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")
HTTP_WHITESPACE = " \t\r\n"

_NAMES = frozenset({
    "accesscode", "auth", "authcode", "authorizationcode", "code", "hmac", "jwt", "key", "mac", "otp", "pass",
    "passcode", "pin", "pw", "samlart", "samlrequest", "samlresponse", "session", "sid", "sig", "sign", "ticket",
})  # fmt: skip
_NAME_ENDINGS = (
    "accesskey", "accesskeyid", "apikey", "appkey", "assertion", "authkey", "authorization", "bearer", "clientkey",
    "credential", "credentials", "csrf", "encryptionkey", "jwt", "passphrase", "passwd", "password", "privatekey",
    "pwd", "secret", "secretkey", "sessid", "sessionid", "sessionkey", "sessiontoken", "sharedkey", "signature",
    "signingkey", "subscriptionkey", "token", "tokenid", "verifier", "xsrf",
)  # fmt: skip
_NOT_ALNUM = re.compile(r"[^a-z0-9]+")
# Tokens that announce themselves: JWT, GitHub, GitLab, Slack, Stripe, Google, AWS.
_KNOWN_TOKEN = re.compile(
    r"eyJ|gh[pousr]_|github_pat_|glpat-|xox[abps]-|[srp]k_(?:live|test)_|whsec_|AIza|ya29\.|(?:AKIA|ASIA)[A-Z0-9]{12}"
)
_SHORTEST_TOKEN = 16
"""Characters: of a value with a known prefix."""
_SHORTEST_RANDOM = 32
"""Characters: of a value that only looks random."""
_UUID = re.compile(r"[0-9A-Fa-f]{8}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{12}")
_RUN = re.compile(r"[A-Za-z0-9_\-+/=~]{32,}")
_DIGEST = re.compile(
    r"(?<![^.\-])[0-9A-Fa-f]{32}(?:[0-9A-Fa-f]{8}|[0-9A-Fa-f]{24}|[0-9A-Fa-f]{32}|[0-9A-Fa-f]{64}|[0-9A-Fa-f]{96})?(?=\.)"
)
"""Part of a file's name, as long as MD5, SHA-1, SHA-224, SHA-256, SHA-384 or SHA-512 in hexadecimal digits."""
_BUILT = (".css", ".eot", ".js", ".map", ".mjs", ".otf", ".ttf", ".wasm", ".woff", ".woff2")
"""Endings of what builds name after its content: code, styles, fonts."""
_KINDS = str.maketrans(ascii_lowercase + ascii_uppercase + digits, "a" * 26 + "A" * 26 + "0" * 10, "_-+/=~")
"""Every character of a run as its kind; what separates words left out."""
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.\-]{0,31}:")
_DELIMITER = re.compile(r"[/\\?#]")
_URL_IN_TEXT = re.compile(r"[A-Za-z][A-Za-z0-9+.\-]{1,15}://[^\s'\"<>]+")
_BASE64 = re.compile(r"[A-Za-z0-9+/_\-]{16,512}={0,2}")
_UPPER_BITS = frozenset(ascii_uppercase + "abcdef")
_STANDARD = str.maketrans("-_", "+/")
_WORD = re.compile(r"(?:eyJ[A-Za-z0-9_\-]*|ya29)\.[A-Za-z0-9_\-.]+|[A-Za-z0-9_\-+/=~%]{16,}")
_PART = re.compile(r"[/?&=;#\"',:{}\[\]() ]")
PARAMETERS = re.compile("([;&])")
"""Between the parameters of a path segment: `/x;v=1`, and queries without their `?`: `/x&v=1`."""
_LONG_SEGMENT = re.compile(r"/[^/]{16}")
_ALNUM = re.compile("[A-Za-z0-9]")
_LONGEST_TEXT = 300


@lru_cache(maxsize=4096)
def is_secret_name(name: str) -> bool:
    """Whether a parameter or header of this name carries a secret by convention (`access_token`, `X-Amz-Signature`)."""
    name = unquote_plus(name).lower() if "%" in name else name.lower()
    plain = _NOT_ALNUM.sub("", name)
    return plain in _NAMES or plain.endswith(_NAME_ENDINGS)


def looks_secret(value: str) -> bool:
    """Whether a value is a token by its look: a known prefix, or 32 and more characters of random hex or base64.

    UUIDs, numbers, shorter hashes and words joined by dashes are none. Linear in the length.
    """
    length = len(value)
    if length < _SHORTEST_TOKEN:
        return False
    if _KNOWN_TOKEN.match(value):
        return True
    if value[0] in _UPPER_BITS and value[4] in _UPPER_BITS and value[8] in _UPPER_BITS and _says_something(value):
        return True
    if length < _SHORTEST_RANDOM:
        return False
    if value.count("-") >= 4:
        value = _UUID.sub(".", value)
    for run in _RUN.findall(value):  # noqa: SIM110 - this is hot
        if _is_random(run):
            return True
    return False


def _says_something(value: str) -> bool:
    """Whether it is base64 of `user:password`, of an address or of JSON: no random text reads so."""
    if not _BASE64.fullmatch(value):
        return False
    plain = value.rstrip("=").translate(_STANDARD)
    try:
        text = a2b_base64(plain + "=" * (-len(plain) % 4))
    except ValueError:
        return False
    return text.isascii() and text.decode().isprintable() and (b":" in text or b"@" in text)


def _is_random(run: str) -> bool:
    """Random text changes between small, capital and digit at every second character, words and numbers rarely."""
    kinds = run.translate(_KINDS)
    length = len(kinds)
    if length < _SHORTEST_RANDOM - 4:
        return False
    count = kinds.count
    changes = count("a0") + count("0a") + count("A0") + count("0A") + count("aA") + count("Aa")
    return changes >= length * (0.25 if "0" in kinds else 0.4)


def redact_tokens(value: str) -> str:
    """The value with everything that looks like a token replaced."""
    if len(value) < _SHORTEST_TOKEN:
        return value
    return _WORD.sub(_redact_token, value)


def _redact_token(match: re.Match[str]) -> str:
    word = match[0]
    # A long word without dashes needs no search for runs and UUIDs.
    if "-" not in word and len(word) >= _SHORTEST_RANDOM:
        found = _is_random(word) or _KNOWN_TOKEN.match(word) is not None or _says_something(word)
    else:
        found = looks_secret(word) or _KNOWN_TOKEN.match(word) is not None
    return REDACTED if found else word


def _is_built(name: str) -> bool:
    """`app.3f9a….js`: a file that is named after its content, with nothing in its name that looks secret besides.

    An upload is none (`3f9a….jpg`): whoever knows its address may see it. Nor is a script with no other name
    (`3f9a….js`): so are secret gists embedded.
    """
    if not name.endswith(_BUILT) or "%" in name:
        return False
    rest, digests = _DIGEST.subn("", name)
    bare = rest.lstrip(".-") in ("js", "mjs")
    return digests > 0 and not bare and redact_tokens(rest) == rest


def blank_tokens(value: str) -> str:
    """The value with the letters and digits of every token replaced by `x`.

    Length and kinds of bytes stay, which the CORS-safelist tests of `Accept`, `Content-Type` and others look at.
    """
    if len(value) < _SHORTEST_TOKEN:
        return value

    def blank(match: re.Match[str]) -> str:
        name, equals, text = match[0].rpartition("=") if "=" in match[0].rstrip("=") else ("", "", match[0])
        return name + equals + _ALNUM.sub("x", text) if looks_secret(text) else match[0]

    return _WORD.sub(blank, value)


def _user_information(url: str) -> Iterator[tuple[int, int]]:
    """From where to which `@` user names and passwords stand, behind a scheme or two slashes each. Linear."""
    at, end = url.find("@"), 0
    while at >= 0:
        start = max(url.rfind(mark, end, at) for mark in "/\\?#") + 1
        delimiter = _DELIMITER.search(url, at)
        end = delimiter.start() if delimiter is not None else len(url)
        last = url.rfind("@", at, end)
        slashes = start
        while slashes and url[slashes - 1] in "/\\":
            slashes -= 1
        if start - slashes >= 2 or (start > slashes and url[slashes - 1 : slashes] == ":"):
            yield start, last
        else:
            scheme = _SCHEME.search(url, start, last)
            if scheme is not None:
                yield scheme.end(), last
        at = url.find("@", end)


def bare_url(url: str) -> str:
    """Without fragment, user name and password, and without the content of a `data:` URL."""
    cut = url.find("#")
    if cut >= 0:
        # A Location that is all fragment leads to the same URL; an empty one does not, to some browsers.
        url = url[:cut] or "#"
    if not url.startswith("http") and url[:11].lower().startswith(("data:", "javascript:")):
        return url.partition(":")[0] + ":" + REDACTED  # its content is a body
    kept, done = [], 0
    for start, end in _user_information(url) if "@" in url else ():
        # That there is user information decides whether a redirect is allowed; what it says does not.
        if url[start:end] not in ("", ":"):
            kept += [url[done:start], "redacted:redacted"]
            done = end
    return "".join(kept) + url[done:] if kept else url


def bare_text(text: str, url: Callable[[str], str] = bare_url, longest: int = _LONGEST_TEXT) -> str:
    """A tool's free text, cut to so many characters, its URLs as `url` leaves them."""
    text = text[:longest]
    return _URL_IN_TEXT.sub(lambda match: url(match[0]), text) if "://" in text else text


class UrlMasker:
    """Masks the secrets of the URLs of one input; a value that comes again gets the same `[redacted-N]`."""

    def __init__(self) -> None:
        self._numbers: dict[str, int] = {}

    @property
    def masked(self) -> int:
        """Distinct values that have a number."""
        return len(self._numbers)

    def url(self, url: str) -> str:
        """Without fragment; user information, secret parameters and token-like path segments masked.

        What a build named after its content keeps its name: the reader has to know which file it is.
        """
        path, mark, query = bare_url(url).partition("?")
        if query:
            for pair in query.split("&"):
                name, _, value = pair.partition("=")
                if len(name) >= _SHORTEST_TOKEN or len(value) >= _SHORTEST_TOKEN or is_secret_name(name):
                    query = "&".join(map(self._pair, query.split("&")))
                    break
        # Behind the authority of a URL everything stands between slashes.
        if _LONG_SEGMENT.search(path, 8) or ";" in path or "&" in path or not path.startswith("http"):
            path = self._path(path)
        return path + mark + query

    def text(self, text: str, longest: int = _LONGEST_TEXT) -> str:
        """A tool's free text, cut to so many characters, with the secrets of its URLs and its tokens masked."""
        return redact_tokens(bare_text(text, self.url, longest))

    def _path(self, path: str) -> str:
        segments = path.split("/")
        # Scheme and host stay: they are what CORS is about.
        first = 3 if path.find("://") > 0 or path.startswith("//") else 0
        last = len(segments) - 1
        for i in range(first, len(segments)):
            segment = segments[i]
            if ";" in segment or "&" in segment:
                parts = PARAMETERS.split(segment)
                parts[::2] = map(self._pair, parts[::2])
                segments[i] = "".join(parts)
            elif len(segment) >= _SHORTEST_TOKEN and not (i == last and _is_built(segment)):
                segments[i] = self._value(segment)
        return "/".join(segments)

    def _pair(self, pair: str) -> str:
        name, equals, value = pair.partition("=")
        if not equals or (value and not value.strip("=")):
            return self._value(pair)
        name = self._value(name)
        if value and (is_secret_name(name) or (len(value) >= _SHORTEST_TOKEN and _hides_secret(value))):
            return f"{name}={self._mask(value)}"
        return f"{name}={value}"

    def _value(self, value: str) -> str:
        plain = unquote_plus(value) if "%" in value else value
        return self._mask(value) if looks_secret(plain) else value

    def _mask(self, value: str) -> str:
        if value.startswith("[redacted"):
            return value
        # A value counts as the same however it is escaped: a Location and the URL that follows it may differ in that.
        return self._label(unquote_plus(value) if "%" in value or "+" in value else value)

    def _label(self, value: str) -> str:
        return f"[redacted-{self._numbers.setdefault(value, len(self._numbers) + 1)}]"


def _hides_secret(value: str) -> bool:
    if "%" in value:
        value = unquote_plus(value)
    if looks_secret(value):
        return True
    # A URL in a parameter: its own segments and parameters count.
    if any(map(looks_secret, _PART.split(value))):
        return True
    _, mark, query = value.partition("?")
    return bool(mark) and any(is_secret_name(pair.partition("=")[0]) for pair in re.split("[&;]", query))


REQUEST_KEPT = frozenset({
    "cache-control", "content-length", "host", "pragma", "purpose", "sec-fetch-dest", "sec-fetch-mode",
    "sec-fetch-site", "sec-fetch-storage-access", "sec-fetch-user", "sec-purpose", "service-worker",
    "service-worker-navigation-preload", "upgrade", "upgrade-insecure-requests", "user-agent", "x-forwarded-host",
    "x-requested-with",
})  # fmt: skip
RESPONSE_KEPT = frozenset({
    "age", "allow", "cache-control", "cdn-cache", "cdn-cache-control", "cf-cache-status", "cf-mitigated",
    "content-length", "content-type", "cors-error", "cross-origin-embedder-policy",
    "cross-origin-embedder-policy-report-only", "cross-origin-opener-policy", "cross-origin-opener-policy-report-only",
    "cross-origin-resource-policy", "expires", "ngrok-error-code", "non-authoritative-reason", "pragma",
    "referrer-policy", "retry-after", "server", "strict-transport-security", "surrogate-control", "upgrade", "via",
    "x-amz-error-code", "x-amzn-errortype", "x-aspnet-version", "x-cache", "x-cache-status", "x-content-type-options",
    "x-drupal-cache", "x-generator", "x-litespeed-cache", "x-ms-error-code", "x-nginx-cache", "x-powered-by",
    "x-proxy-cache", "x-varnish", "x-vercel-cache", "x-vercel-error", "x-vercel-mitigated",
})  # fmt: skip
EXACT = frozenset({"origin", "vary", "timing-allow-origin"})
"""Kept byte for byte on either side, like everything that begins with `access-control-`."""
SAFELIST = frozenset({"accept", "accept-language", "content-language", "content-type", "range"})
"""Request headers whose bytes decide on a preflight: masked without a change of length or kind of byte."""
COOKIE_ATTRIBUTES = frozenset({
    "domain", "expires", "httponly", "max-age", "partitioned", "path", "priority", "samesite", "secure", "version"
})  # fmt: skip
SCHEMES = frozenset({
    "apikey", "aws", "aws4-hmac-sha256", "azureapimanagementkey", "basic", "bearer", "bot", "client-id", "digest",
    "dpop", "googlelogin", "hawk", "hoba", "jwt", "kerberos", "key", "mac", "mutual", "negotiate", "ntlm", "oauth",
    "scram-sha-1", "scram-sha-256", "sharedaccesssignature", "sharedkey", "sharedkeylite", "signature", "token",
    "vapid",
})  # fmt: skip
"""Authentication schemes: the word before a credential is kept only when it is one of these."""
# `, name=` begins the next cookie of a joined Set-Cookie; the comma of `Expires=Wed, 21 Oct` is followed by no name.
_NEXT_COOKIE = re.compile(r"\n|,[ \t]*(?=[!#$%&'*+\-.^_`|~0-9A-Za-z]+=)")


def _as_it_is(value: str) -> str:
    return value


def cookie_names(value: str) -> str:
    """`sid=1; lax=2` → `sid=[redacted]; lax=[redacted]`; a cookie without name is `[redacted]`."""
    return "; ".join([_without_value(pair) for pair in value.split(";") if pair])


def set_cookie(value: str) -> str:
    """`sid=1; Path=/; Foo=2` → `sid=[redacted]; Path=/; Foo=[redacted]`: known attributes stay, of others the name."""
    pair, *attributes = value.split(";")
    kept = [_without_value(pair)]
    for attribute in attributes:
        attribute = attribute.strip(HTTP_WHITESPACE)
        if attribute.partition("=")[0].strip(HTTP_WHITESPACE).lower() in COOKIE_ATTRIBUTES:
            kept.append(redact_tokens(attribute))
        elif attribute:
            kept.append(_without_value(attribute))
    return "; ".join(kept)


def _without_value(pair: str) -> str:
    """`name=value` → `name=[redacted]`; without a name, or where what stands there may be the value, `[redacted]`."""
    name, equals, value = pair.partition("=")
    return _redacted(name.strip(HTTP_WHITESPACE), not value.strip("=")) if equals else REDACTED


@lru_cache(maxsize=4096)
def _redacted(name: str, empty: bool) -> str:
    """What may be kept of a named value."""
    if TOKEN.fullmatch(name) is None:
        return REDACTED
    # `QmVhcmVy…=` is base64 with its padding, not the name of an empty cookie.
    padded = empty and name.lower() != name != name.upper()
    return REDACTED if len(name) >= 16 and (padded or looks_secret(name)) else f"{name}={REDACTED}"


def _scheme(value: str) -> str:
    """`Bearer abc` → `Bearer [redacted]`; what has no scheme is a credential as a whole."""
    scheme, _, rest = value.strip(HTTP_WHITESPACE).partition(" ")
    if scheme.lower() not in SCHEMES:
        return REDACTED
    return f"{scheme} {REDACTED}" if rest else scheme


def _challenge(value: str) -> str:
    """`Basic realm="x"` → `Basic`."""
    scheme = value.strip(HTTP_WHITESPACE).partition(" ")[0].rstrip(",")
    return scheme if scheme.lower() in SCHEMES else REDACTED


_ORIGIN = re.compile(r"https?://[a-z0-9.\-]{1,253}(?::[0-9]{1,5})?(?=[\s;,\"'/]|\Z)")


def _origin_alone(value: str) -> str:
    """The one origin in a value, where there is one: where answers repeat that of the request, caches mix them up."""
    found = set(_ORIGIN.findall(value))
    return redact_tokens(found.pop()) if len(found) == 1 else REDACTED


UPGRADE = "upgrade-insecure-requests"


def upgrades_insecure_requests(policy: str) -> bool:
    """Whether a Content-Security-Policy has the directive. https://w3c.github.io/webappsec-upgrade-insecure-requests/"""
    return any(part.strip().lower() == UPGRADE for each in policy.split(",") for part in each.split(";"))


def _content_security_policy(value: str) -> str:
    """As `_origin_alone`, and whether the page goes to https in place of http."""
    origin = _origin_alone(value)
    if not upgrades_insecure_requests(value):
        return origin
    return UPGRADE if origin == REDACTED else f"{UPGRADE}; {origin}"


# Bare words of RFC 9211: `key` and `detail` beside them may quote a URL or a cookie.
_CACHE_WORD = re.compile(
    r"(?<![^;,\s])(?:hit|stored|collapsed|fwd=(?:bypass|method|uri-miss|vary-miss|miss|request|stale|partial))(?![^;,\s])"
)


def _cache_status(value: str) -> str:
    return "; ".join(_CACHE_WORD.findall(value)) or REDACTED


_FRAMING = {"content-security-policy": _content_security_policy, "x-frame-options": _origin_alone}
"""Response headers that may name the page that asked; those with the name of an origin (`X-Request-Origin`) may too."""
_SPECIAL: dict[str, Callable[[str], str]] = {
    "cache-status": _cache_status,
    "cookie": cookie_names,
    "cookie2": cookie_names,
    "set-cookie": set_cookie,
    "set-cookie2": set_cookie,
    "authorization": _scheme,
    "proxy-authorization": _scheme,
    "www-authenticate": _challenge,
    "proxy-authenticate": _challenge,
}


# ----------------------------------------------------------------------------------------------------------------------

_quote = json.encoder.encode_basestring_ascii
"""A string as JSON: what `json.dumps` calls, without the way there."""
_REFERRER = re.compile(r"(https?://)(?:[^/?#\\]*@)?([^/?#@\\]+)", re.IGNORECASE)
_REMEMBERED = 1_000
"""Header names, and values of one name, whose line is remembered."""
_LONGEST_REMEMBERED = 256
"""Bytes."""
_HEADS = 256
"""Header lists of requests that are remembered, ..."""
_LONGEST_HEAD = 4_096
"""... if they have no more bytes."""
_AUDIT_EVERY = 1.0
_JUDGE_AFTER = 0.05
"""Seconds."""
AT_ONCE = 1.0
"""Seconds after its handshake within which a WebSocket is closed at once: some servers look at Origin only then."""


class SaltedMasker(UrlMasker):
    """Equal secrets get equal labels within one file, by a hash whose salt is nowhere written."""

    def __init__(self) -> None:
        super().__init__()
        self._salt = os.urandom(16)

    def _label(self, value: str) -> str:
        digest = blake2b(value.encode("utf-8", "replace"), digest_size=5, key=self._salt).digest()
        return f"[redacted-{int.from_bytes(digest)}]"


_Fields = tuple[tuple[bytes, bytes], ...]
"""A header list as mitmproxy holds it."""


class Values(dict[bytes, str]):
    """Value → its line as JSON, for the values that one header name took."""

    def __init__(self, name: str, keep: Callable[[str], str]) -> None:
        super().__init__()
        self._name = name
        self._keep = keep

    def __missing__(self, raw: bytes) -> str:
        # As the browser reads them: bytes beyond ASCII are Latin-1.
        value = raw.decode("latin-1")
        values = _NEXT_COOKIE.split(value) if self._keep is set_cookie else [value]
        if len(values) > 1:
            values = [each.strip(HTTP_WHITESPACE) for each in values]
        line = ",".join([_json([self._name, self._keep(each)]) for each in values])
        if len(raw) <= _LONGEST_REMEMBERED:
            if len(self) >= _REMEMBERED:
                self.clear()
            self[raw] = line
        return line


class Names(dict[bytes, "str | Values"]):
    """Name as spelled → its line as JSON where the value is not kept, else the `Values` to ask."""

    def __init__(self, policy: Callable[[str], Callable[[str], str] | None]) -> None:
        super().__init__()
        self._policy = policy

    def __missing__(self, raw: bytes) -> str | Values:
        name = raw.decode("latin-1")
        found: str | Values = ""  # what is no header name is left out
        if TOKEN.fullmatch(name):
            keep = self._policy(name.lower())
            found = _json([name, REDACTED]) if keep is None else Values(name, keep)
        if len(self) >= _REMEMBERED:
            self.clear()
        self[raw] = found
        return found

    def json(self, fields: Iterable[tuple[bytes, bytes]]) -> str:
        """The header list as a JSON array of [name, value]."""
        lines = []
        for name, value in fields:
            found = self[name]
            line = found if type(found) is str else found[value]  # type: ignore[index]
            if line:
                lines.append(line)
        return f"[{','.join(lines)}]"


class Heads(dict[_Fields, tuple[str, bytes, bytes]]):
    """Header list of a request → as JSON, its Host, its Upgrade in small letters; a page repeats itself."""

    def __init__(self, names: Names) -> None:
        super().__init__()
        self._names = names

    def __missing__(self, fields: _Fields) -> tuple[str, bytes, bytes]:
        hosts = upgrade = b""
        size = 0
        for name, value in fields:
            size += len(name) + len(value)
            if len(name) == 4 and name.lower() == b"host":
                hosts += b"," + value
            elif len(name) == 7 and name.lower() == b"upgrade":
                upgrade += value.lower()
        head = self._names.json(fields), hosts, upgrade
        if size <= _LONGEST_HEAD:
            if len(self) >= _HEADS:
                self.clear()
            self[fields] = head
        return head


class Lines:
    """Flow → one line of a capture file, redacted."""

    def __init__(self) -> None:
        self._masker = SaltedMasker()
        self._heads = Heads(Names(self._request_policy))
        self._response = Names(self._response_policy)

    def line(self, flow: http.HTTPFlow) -> bytes:
        request, response, error = flow.request.data, flow.response, flow.error
        head, hosts, upgrade = self._heads[request.headers.fields]
        url = self._masker.url(encodable(url_of(flow.request, hosts, upgrade)))
        parts = [f'{_opening(request.method, request.http_version)}"url":{_quote(url)},"request":{head}']
        ended = error.timestamp if error is not None else None
        if response is not None:
            answer = response.data
            ended = answer.timestamp_end or answer.timestamp_start or ended
            parts.append(f'"status":{answer.status_code},"response":{self._response.json(answer.headers.fields)}')
        if ended is not None:
            parts.append(f'"ended":{ended * 1000!r}')
        if error is not None:
            parts.append(f'"error":{_quote(self._masker.text(encodable(error.msg)))}')
        address = flow.server_conn.peername
        if address:
            parts.append(f'"address":{_quote(address[0])}')
        if flow.websocket is not None and (code := close_code(flow.websocket, ended or 0.0)) is not None:
            parts.append(f'"close_code":{code}')
        parts.append(f'"started":{request.timestamp_start * 1000!r}}}\n')
        return ",".join(parts).encode()

    def _request_policy(self, name: str) -> Callable[[str], str] | None:
        return blank_tokens if name in SAFELIST else self._policy(name, REQUEST_KEPT)

    def _response_policy(self, name: str) -> Callable[[str], str] | None:
        return self._policy(name, RESPONSE_KEPT) or _FRAMING.get(name) or (_origin_alone if "origin" in name else None)

    def _policy(self, name: str, kept: frozenset[str]) -> Callable[[str], str] | None:
        """How the value of this header is kept; None: not at all."""
        if name in EXACT or name.startswith("access-control-"):
            return _as_it_is
        if name in _SPECIAL:
            return _SPECIAL[name]
        if name == "referer":
            return _origin_only
        if name == "location":
            return self._masker.url
        return redact_tokens if name in kept else None


_BASES: dict[tuple[object, ...], str] = {}
"""What a URL is made of → all of it before the path."""


def url_of(request: http.Request, hosts: bytes, upgrade: bytes) -> str:
    """The URL that the client asked for (`pretty_url`, whose first part is remembered), ws or wss for a WebSocket."""
    data = request.data
    if data.method == b"CONNECT":
        return f"https://{data.host}:{data.port}/"
    path = data.path.decode("utf-8", "surrogateescape")
    key = (data.scheme, data.host, data.port, data.authority, data.http_version, hosts, upgrade)
    base = _BASES.get(key)
    if base is None:
        url = request.pretty_url
        address = request.pretty_host
        if ":" in address and f"[{address}]" not in url:
            url = url.replace(address, f"[{address}]", 1)  # mitmproxy writes IPv6 addresses without brackets
        if upgrade == b"websocket":
            url = "ws" + url.removeprefix("http")
        if not path.startswith("/"):
            return url
        if len(_BASES) >= _REMEMBERED:
            _BASES.clear()
        base = _BASES[key] = url.removesuffix(path)
    return base + path


def close_code(socket: WebSocketData, opened: float) -> int | None:
    """With which the server closed a WebSocket at once, before any message."""
    if socket.messages or socket.closed_by_client is not False or (socket.timestamp_end or 0.0) - opened > AT_ONCE:
        return None
    return socket.close_code


@lru_cache(maxsize=64)
def _opening(method: bytes, version: bytes) -> str:
    return f'{{"method":{_text(method.upper())},"http":{_text(version)},'


def encodable(text: str) -> str:
    """Bytes that are no UTF-8, which mitmproxy keeps as lone surrogates, become visible escapes."""
    return text if text.isascii() else text.encode("utf-8", "backslashreplace").decode()


def _text(raw: bytes) -> str:
    return _quote(raw.decode("utf-8", "backslashreplace"))


def _origin_only(value: str) -> str:
    match = _REFERRER.match(value)
    return REDACTED if match is None else f"{match[1]}{match[2]}/"


class CaptureFile:
    """A new file of whole lines, each written at once: after `kill -9` or on a full disk the last one may be torn."""

    def __init__(self, path: Path) -> None:
        """Raises OSError, FileExistsError too: what is there is never written to."""
        self.path = path
        self.size = 0
        """Bytes on the disk."""
        self.exchanges = 0
        self.problem: OSError | None = None
        """Why the last line, or a part of it, still waits to be written."""
        self._waiting = b""
        self._packer = zlib.compressobj(wbits=31) if path.suffix == ".gz" else None
        self._fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND | getattr(os, "O_BINARY", 0), 0o600)

    def write(self, line: bytes) -> bool:
        """Whether the line was taken; no line is while the one before it waits for room."""
        if self._waiting and not self._flush():
            return False
        packer = self._packer
        # After a sync flush the gzip stream can be read up to here, whatever follows.
        self._waiting = packer.compress(line) + packer.flush(zlib.Z_SYNC_FLUSH) if packer else line
        self._flush()
        return True

    def close(self) -> None:
        if self._packer:
            self._waiting += self._packer.flush()
        self._flush()
        os.close(self._fd)

    def _flush(self) -> bool:
        try:
            while self._waiting:
                written = os.write(self._fd, self._waiting)
                self.size += written
                self._waiting = self._waiting[written:]
        except OSError as problem:
            self.problem = problem
            return False
        self.problem = None
        return True


class Recording:
    """The capture files of one session: `shop.cors.jsonl`, then `shop-2.cors.jsonl`, …: what is not there yet."""

    def __init__(self, name: str, rotate: int) -> None:
        """`rotate` in bytes, 0 for never. Raises OSError where no file can be written."""
        self.files: list[Path] = []
        self.lines = Lines()
        self.exchanges = 0
        self.lost = 0
        self._name = name
        self._rotate = rotate
        self._noted = 0
        self._warned = False
        self._file = self._open()

    def add(self, line: bytes) -> None:
        """Write one exchange. Without room it is lost: told once, and noted in the file when there is room again."""
        file = self._file
        if not file.write(self._with_note(line)):
            self.lost += 1
            return
        if file.problem and not self._warned:
            self._warned = True
            logger.warning(f"{file.path}: {_why(file.problem)}: not recorded until there is room; traffic goes on")
        self._noted = self.lost
        self.exchanges += 1
        file.exchanges += 1
        if self._rotate and file.size >= self._rotate:
            self._go_on_in_next()

    def close(self) -> None:
        self._close(self._file)
        lost = f"; {self.lost} more could not be written" if self.lost else ""
        logger.info(f"cors capture: {self.exchanges} exchanges in {', '.join(map(str, self.files))}{lost}")

    def _with_note(self, line: bytes) -> bytes:
        return _json_line(lost=self.lost - self._noted) + line if self.lost > self._noted else line

    def _go_on_in_next(self) -> None:
        full = self._file
        try:
            self._file = self._open()
        except OSError as problem:
            logger.warning(f"{self._name}: no next file ({_why(problem)}): going on in {full.path}")
            self._rotate = 0
            return
        self._close(full, next=self._file.path.name)
        self.lines = Lines()

    def _close(self, file: CaptureFile, **more: object) -> None:
        file.write(self._with_note(_json_line(closed=time.time() * 1000, exchanges=file.exchanges, **more)))
        file.close()

    def _open(self) -> CaptureFile:
        suffix = next(suffix for suffix in SUFFIXES if self._name.endswith(suffix))
        stem = self._name.removesuffix(suffix)
        Path(self._name).parent.mkdir(parents=True, exist_ok=True)
        number = len(self.files) + 1
        while True:
            path = Path(self._name if number == 1 else f"{stem}-{number}{suffix}")
            try:
                file = CaptureFile(path)
                break
            except FileExistsError:
                number += 1
        part = len(self.files) + 1
        file.write(_json_line(coranalyze_capture=FORMAT, mitmproxy=VERSION, started=time.time() * 1000, part=part))
        if file.problem:
            file.close()
            path.unlink()
            raise file.problem
        self.files.append(path)
        return file


def _json_line(**fields: object) -> bytes:
    return _json(fields).encode() + b"\n"


def _json(value: object) -> str:
    return json.dumps(value, separators=(",", ":"))


def _why(problem: OSError) -> str:
    return problem.strerror or str(problem)


def size_of(text: str) -> int:
    """Bytes: `100MB`, `1.5 GB`, `4096`; 0 for an empty text. Raises ValueError."""
    match = re.fullmatch(r"([0-9]+(?:\.[0-9]+)?) *([kMG]?)B?", text.strip(), re.IGNORECASE)
    if match is None:
        if not text.strip():
            return 0
        raise ValueError(f"`{text}` is no size: write 100MB, 1.5GB or a number of bytes")
    return int(float(match[1]) * {"": 1, "k": 1_000, "m": 1_000_000, "g": 1_000_000_000}[match[2].lower()])


class CorsCapture:
    """The addon. `judge` is None where nothing is judged live."""

    name = "cors_capture"

    def __init__(self) -> None:
        self.recording: Recording | None = None
        self.judge: LiveJudge | None = None
        self._lines = Lines()
        self._scope: flowfilter.TFilter | None = None
        self._wanted: tuple[str, str] | None = None
        self._flows: deque[ref[http.HTTPFlow]] = deque(maxlen=_REMEMBERED)
        """The last flows that were judged."""
        self._entries = 0
        """Exchanges handed to this judge."""
        self._waiting: list[bytes] = []
        """Recorded and not judged yet."""
        self._handshakes: dict[str, tuple[http.HTTPFlow, asyncio.TimerHandle]] = {}
        """WebSockets that may still be closed at once, by the ids of their flows."""
        self._at_once = False
        """Marks are asked for as soon as the response is there."""
        self._loop: asyncio.AbstractEventLoop | None = None
        self._audits: asyncio.TimerHandle | None = None
        self._hinted = False
        self._failed = False

    def load(self, loader: Any) -> None:
        for name, kind, default, text in OPTIONS:
            loader.add_option(name, kind, default, text)

    def configure(self, updated: set[str]) -> None:
        if "cors_scope" in updated:
            self._scope = _scope(ctx.options.cors_scope)
        if "cors_live" in updated:
            self._start_judge()
        if updated & {"cors_out", "cors_rotate"}:
            self._start_recording()
        if updated & NEED_MARKS:
            self._at_once = any(getattr(ctx.options, name, None) for name in NEED_MARKS)
        if updated & {"cors_out", "cors_report"} and ctx.options.cors_report:
            self._check_report()

    def running(self) -> None:
        self._start_recording()
        self._start_judge()
        self._loop = asyncio.get_running_loop()
        self._audit_again(self._loop)
        if self.judge is not None:
            # What is loaded stays to the end: collections that walk through all of it hold up the traffic for 50 ms.
            gc.collect()
            gc.freeze()

    def done(self) -> None:
        if self._audits is not None:
            self._audits.cancel()
        for flow, _ in [*self._handshakes.values()]:
            self.websocket_end(flow)
        self._loop = None
        if self.judge is not None:
            self._judge_waiting()
            self._tell([self.judge.finish])
        recording, self.recording = self.recording, None
        if recording is not None:
            recording.close()
            if ctx.options.cors_report:
                problem = _report(recording.files, ctx.options.cors_report).wait()
                logger.info(f"cors capture: {'no report' if problem else 'report'} in {ctx.options.cors_report}")
        self.judge = self._wanted = None

    def response(self, flow: http.HTTPFlow) -> None:
        """Record and judge; also what ended in an error. A WebSocket waits for its first message, or a moment."""
        if self._scope is not None and not self._scope(flow):
            return
        if flow.websocket is not None and self._loop is not None and flow.websocket.timestamp_end is None:
            self._handshakes[flow.id] = flow, self._loop.call_later(AT_ONCE, self.websocket_end, flow)
        else:
            self._take(flow)

    error = http_connect_error = response

    def websocket_end(self, flow: http.HTTPFlow) -> None:
        """Record and judge its handshake, if that waits."""
        if flow.id in self._handshakes:
            self._handshakes.pop(flow.id)[1].cancel()
            self._take(flow)

    websocket_message = websocket_end

    def _take(self, flow: http.HTTPFlow) -> None:
        recording, judge = self.recording, self.judge
        if recording is not None:
            line = recording.lines.line(flow)
            recording.add(line)
        elif judge is not None:
            line = self._lines.line(flow)
        if judge is not None:
            self._flows.append(ref(flow))
            flow.metadata[_ENTRY] = self._entries
            self._entries += 1
            self._waiting.append(line)
            if self._at_once or self._loop is None:
                self._judge_waiting()
            elif len(self._waiting) == 1:
                self._loop.call_later(_JUDGE_AFTER, self._judge_waiting)

    @command.command("cors.explain")
    def explain(self, flows: Sequence[mitmproxy.flow.Flow]) -> str:
        """Show the verdict on the selected flows, step by step."""
        if self.judge is None:
            _refuse_command(LIVE_HINT if ctx.options.cors_live else "cors_live is off")
        self._judge_waiting()
        return self.judge.explain([flow.metadata.get(_ENTRY, -1) for flow in flows])

    @command.command("cors.report")
    def report(self, folder: mitmproxy.types.Path) -> str:
        """Write the report on what was recorded so far into a folder."""
        if self.recording is None:
            _refuse_command("nothing is recorded: set cors_out")
        try:
            _report(self.recording.files, folder)
        except (ImportError, OSError) as problem:
            _refuse_command(str(problem))
        return f"writing the report to {folder}"

    @command.command("cors.save")
    def save(self, flows: Sequence[mitmproxy.flow.Flow], path: mitmproxy.types.Path) -> str:
        """Write the selected flows to a new capture file (*.cors.jsonl or *.cors.jsonl.gz)."""
        try:
            recording = _open_recording(path, 0)
        except exceptions.OptionsError as problem:
            _refuse_command(str(problem))
        for flow in flows:
            if isinstance(flow, http.HTTPFlow) and (flow.response is not None or flow.error is not None):
                recording.add(recording.lines.line(flow))
        recording.close()
        return f"{recording.exchanges} exchanges written to {recording.files[0]}"

    def _judge_waiting(self) -> None:
        """Judge all that waits: many at once take a third of the time of as many between other work."""
        waiting, self._waiting = self._waiting, []
        if self.judge is not None:
            self._tell([partial(self.judge.feed, line) for line in waiting])

    def _tell(self, asks: Iterable[Callable[[], Iterable[News]]]) -> None:
        """Tell and mark what the judge knows; its failures are not the traffic's."""
        marked = []
        for ask in asks:
            try:
                news = ask()
            except Exception:
                if not self._failed:
                    logger.exception("cors capture: an exchange could not be judged; recording goes on")
                self._failed = True
                continue
            for each in news:
                logger.warning(each.line)
                for flow in filter(None, map(self._flow, each.entries)):
                    flow.marked = MARKS[each.line.partition(" ")[0]]
                    flow.comment = f"{flow.comment}\n{each.line}" if flow.comment else each.line
                    flow.metadata.update({f"{PREFIX}{key}": value for key, value in each.data.items()})
                    marked.append(flow)
        if marked and self._loop is not None:
            ctx.master.addons.trigger(UpdateHook(marked))  # lists on a screen show it

    def _flow(self, entry: int) -> http.HTTPFlow | None:
        """The flow that is judged under this number, if it is one of the last and still there."""
        back = self._entries - entry
        return self._flows[-back]() if 0 < back <= len(self._flows) else None

    def _audit_again(self, loop: asyncio.AbstractEventLoop) -> None:
        """Look for findings every second, so that a burst of requests is judged as one."""
        if self.judge is not None:
            self._tell([self.judge.audit])
        self._audits = loop.call_later(_AUDIT_EVERY, self._audit_again, loop)

    def _start_judge(self) -> None:
        if not ctx.options.cors_live:
            self._judge_waiting()
            self.judge = None
        elif self.judge is None:
            try:
                from coranalyze.live import LiveJudge
            except ImportError:
                if not self._hinted:
                    logger.info(f"cors capture: {LIVE_HINT}")
                self._hinted = True
                return
            self.judge = LiveJudge()
            self._entries = 0

    def _start_recording(self) -> None:
        """Open the file that the options name, unless it is open; the one before is closed then."""
        wanted = (ctx.options.cors_out, ctx.options.cors_rotate)
        if wanted == self._wanted:
            return
        try:
            rotate = size_of(wanted[1])
        except ValueError as problem:
            _refuse(f"cors_rotate: {problem}")
        recording = _open_recording(wanted[0], rotate) if wanted[0] else None
        if self.recording is not None:
            self.recording.close()
        self.recording = recording
        self._wanted = wanted
        if recording is not None:
            logger.info(f"cors capture: recording to {recording.files[0]}")

    def _check_report(self) -> None:
        if not ctx.options.cors_out:
            _refuse("cors_report: nothing is recorded, set cors_out too")
        if importlib.util.find_spec("coranalyze") is None:
            _refuse(f"cors_report: {LIVE_HINT}")
        if os.path.exists(ctx.options.cors_report) and not os.path.isdir(ctx.options.cors_report):
            _refuse(f"cors_report: {ctx.options.cors_report} is no folder")


OPTIONS: tuple[tuple[str, type, object, str], ...] = (
    (
        "cors_out", str, "session-%Y%m%d-%H%M%S.cors.jsonl",
        "Where traffic is recorded: *.cors.jsonl or *.cors.jsonl.gz, strftime() formatting is possible. A file that "
        "exists is not touched, the next free number is taken. Empty: record nothing.",
    ),
    ("cors_rotate", str, "", "Go on in a new file after this size (100MB). Empty: never."),
    ("cors_scope", str, "", "Record and judge only flows that match this filter expression."),
    ("cors_report", str, "", "Write the report on what was recorded into this folder at the end; needs coranalyze."),
    ("cors_live", bool, True, "Tell blocked requests in the event log as they happen; needs the package coranalyze."),
)  # fmt: skip


def _scope(expression: str) -> flowfilter.TFilter | None:
    if not expression:
        return None
    try:
        return flowfilter.parse(expression)
    except ValueError as problem:
        _refuse(f"cors_scope: {problem}")


def _open_recording(pattern: str, rotate: int) -> Recording:
    name = os.path.expanduser(datetime.now().strftime(pattern))
    if not name.endswith(SUFFIXES):
        _refuse(f"cors_out: {name} must end in {' or '.join(SUFFIXES)}, so that coranalyze finds it in a folder")
    try:
        return Recording(name, rotate)
    except OSError as problem:
        _refuse(f"cors_out: {name} cannot be written: {_why(problem)}")


def _report(files: Sequence[Path], folder: str) -> subprocess.Popen[bytes]:
    """Start writing the report; in a process of its own, so that the traffic does not wait for it."""
    run = [sys.executable, "-m", "coranalyze", "analyze", "--quiet", f"--report-dir={folder}", "--", *map(str, files)]
    return subprocess.Popen(run, stdout=subprocess.DEVNULL)


def _refuse(sentence: str) -> NoReturn:
    raise exceptions.OptionsError(sentence) from None


def _refuse_command(sentence: str) -> NoReturn:
    raise exceptions.CommandError(sentence) from None


addons = [CorsCapture()]
requestheaders = request = responseheaders = response = update = websocket_message = None
"""mitmproxy asks this module, too, for each of its events, and before Python 3.13 each refusal raises an exception."""
