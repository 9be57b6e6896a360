from datetime import UTC, datetime

import pytest

from coranalyze.sources.dates import epoch_ms

BASE = datetime(2026, 11, 23, 6, 5, 7, tzinfo=UTC).timestamp() * 1000


@pytest.mark.parametrize(
    ("text", "milliseconds"),
    [
        ("2026-11-23T06:05:07.123Z", BASE + 123),
        ("2026-11-23T06:05:09.007Z", BASE + 2007),
        ("2026-11-23T06:05:07Z", BASE),
        ("2026-11-23T06:05:07", BASE),
        ("2026-11-23T06:05:07.123456+00:00", BASE + 123.456),
        ("2026-11-23T06:05:07.1234567+00:00", BASE + 123.456),
        ("2026-11-23T11:35:07.500+05:30", BASE + 500),
        ("2026-11-23T02:05:07.500-04:00", BASE + 500),
        ("2026-11-23T06:05:07.5+0000", BASE + 500),
        ("2026-11-23T06:05:07,250Z", BASE + 250),
        ("2026-11-23 06:05:07.250", BASE + 250),
        ("2026-11-23T6:5:7.250Z", BASE + 250),
        (BASE + 0.5, BASE + 0.5),
        (BASE / 1000, BASE),
        (str(BASE), BASE),
    ],
)
def test_every_spelling(text: str | float, milliseconds: float) -> None:
    for _ in range(2):  # the second time by the remembered minute
        assert epoch_ms(text) == pytest.approx(milliseconds, abs=0.002)


def test_year_beyond_datetime() -> None:
    # 58063 is what seconds taken for milliseconds give.
    assert epoch_ms("+058063-05-13T22:58:17.000Z") == pytest.approx(1.77014e15, rel=1e-4)


def test_expanded_years_agree_with_the_calendar() -> None:
    assert epoch_ms("+002026-11-23T06:05:07.000Z") == BASE
    assert epoch_ms("+002024-02-29T00:00:00.000Z") == datetime(2024, 2, 29, tzinfo=UTC).timestamp() * 1000
    assert epoch_ms("+002000-03-01T01:00:00.000+01:00") == datetime(2000, 3, 1, tzinfo=UTC).timestamp() * 1000


@pytest.mark.parametrize(
    "text",
    [
        "",
        "NaN-NaN-NaNTNaN:NaN:NaN.NaN+01:00",
        "yesterday",
        "2026-13-45T99:99:99Z",
        "0001-01-01T00:00:00",
        "-1",
        "inf",
        None,
        0,
        -5.0,
        float("nan"),
        "2026-11-23T06:05:0x.123Z",
        "99999999999999999999-01-01T00:00:00Z",
    ],
)
def test_no_date(text: str | float | None) -> None:
    assert epoch_ms(text) is None
