"""Start times as captures spell them → milliseconds since the epoch."""

import re
from datetime import UTC, datetime

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MINUTES: dict[str, float] = {}
"""Milliseconds of each `YYYY-MM-DDTHH:MM:` met: entries of one capture share a few."""
_MINUTES_LIMIT = 4096

# What `datetime` cannot hold or read: years beyond 9999, `+0000` before 3.11's forms, a comma as decimal mark.
_LOOSE = re.compile(
    r"([+-]?\d{4,6})-(\d{1,2})-(\d{1,2})[T ](\d{1,2}):(\d{1,2})(?::(\d{1,2})(?:[.,](\d{1,12})\d*)?)?"
    r" ?(?:Z|([+-])(\d\d):?(\d\d))?",
    re.IGNORECASE,
)
LATEST_MS = 8.64e15
"""The last moment that a browser's clock can tell (year 275760): what is beyond is no date."""
_SECONDS_LIMIT = 1e11
"""A bare number below this counts seconds, above it milliseconds."""


def epoch_ms(value: str | float | None) -> float | None:
    """Milliseconds since the epoch, UTC; None for what is no date, and outside of 1970 to 275760 (`0001-01-01`: unset).

    ISO 8601 with any number of fraction digits and any zone (none: UTC), expanded years, epoch seconds or milliseconds.
    """
    if not isinstance(value, str):
        return None if value is None else _of_number(value)
    if len(value) == 24 and value[19] == "." and value[23] == "Z":
        minute = _MINUTES.get(value[:17])
        digits = value[17:19] + value[20:23]
        if minute is not None and digits.isdecimal():
            return minute + int(digits)
    return _of_text(value.strip())


def _of_text(text: str) -> float | None:
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        return _of_loose_text(text)
    if at.tzinfo is None:
        at = at.replace(tzinfo=UTC)
    milliseconds = moment((at - _EPOCH).total_seconds() * 1000)
    if milliseconds is not None and len(text) == 24 and text.endswith("Z"):
        if len(_MINUTES) >= _MINUTES_LIMIT:
            _MINUTES.clear()
        _MINUTES[text[:17]] = milliseconds - at.second * 1000 - at.microsecond / 1000
    return milliseconds


def _of_loose_text(text: str) -> float | None:
    match = _LOOSE.fullmatch(text)
    if match is None:
        try:
            return _of_number(float(text))
        except ValueError:
            return None
    year, month, day, hour, minute = (int(match[i]) for i in range(1, 6))
    if not (1 <= month <= 12 and 1 <= day <= 31 and hour <= 24 and minute <= 59):
        return None
    seconds = ((_days(year, month, day) * 24 + hour) * 60 + minute) * 60 + int(match[6] or 0)
    if match[8]:
        offset = (int(match[9]) * 60 + int(match[10])) * 60
        seconds += offset if match[8] == "-" else -offset
    return moment(seconds * 1000 + float(f"0.{match[7] or 0}") * 1000)


def _days(year: int, month: int, day: int) -> int:
    """Days from 1970-01-01 in the proleptic Gregorian calendar, for any year."""
    year -= month <= 2
    era, of_era = divmod(year, 400)
    of_year = (153 * (month + (-3 if month > 2 else 9)) + 2) // 5 + day - 1
    return era * 146_097 + of_era * 365 + of_era // 4 - of_era // 100 + of_year - 719_468


def _of_number(number: float) -> float | None:
    if not 0 < number <= LATEST_MS:
        return None
    return float(number) if number >= _SECONDS_LIMIT else number * 1000


def moment(milliseconds: float | None) -> float | None:
    """Milliseconds since the epoch as they are; None for what is no moment from 1970 to `LATEST_MS`."""
    return milliseconds if milliseconds is not None and 0 <= milliseconds <= LATEST_MS else None
