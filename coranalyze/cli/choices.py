"""Values that options take."""

from enum import StrEnum


class Browser(StrEnum):
    AUTO = "auto"
    CHROMIUM = "chromium"
    FIREFOX = "firefox"
    WEBKIT = "webkit"
    SPEC = "spec"


class Format(StrEnum):
    TEXT = "text"
    JSON = "json"
    JSONL = "jsonl"


class Answer(StrEnum):
    """Formats of `judge` and `explain`."""

    TEXT = "text"
    JSON = "json"


class FailOn(StrEnum):
    NEVER = "never"
    NEW = "new"
    INFO = "info"
    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"
    CRITICAL = "critical"
    BLOCKED = "blocked"


SUFFIXES = {".txt": Format.TEXT, ".json": Format.JSON, ".jsonl": Format.JSONL}
