"""Secrets in URLs and free text: what looks like one, and a mask that keeps equal values equal."""

import re
from binascii import a2b_base64
from collections.abc import Callable, Iterator
from functools import lru_cache
from string import ascii_lowercase, ascii_uppercase, digits
from urllib.parse import unquote_plus

from coranalyze.exchange import REDACTED

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
"""Of base64: every fourth character tells the upper bits of a byte; of ASCII it is one of these."""
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
