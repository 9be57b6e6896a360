"""Why requests were blocked: reasons, and the causes behind them where they are known."""

from __future__ import annotations

import pandas as pd
from matplotlib.figure import Figure

from coranalyze.charts.bars import ROWS, bars
from coranalyze.charts.style import STAGES, empty, styled
from coranalyze.visible import plural, short

TITLE = "Why requests were blocked"
_NONE = "No request was blocked."


def reasons_table(fetches: pd.DataFrame) -> pd.DataFrame:
    """`Analysis.frame()` → reason, cause (missing where none is known), each stage, endpoints, requests."""
    blocked = fetches[fetches["outcome"] == "blocked"]
    reason = blocked["reason"].astype("string").fillna("blocked either way")
    cause = blocked["cause"].astype("string") if "cause" in blocked else pd.Series(pd.NA, blocked.index, dtype="string")
    grouped = pd.DataFrame(
        {
            "reason": reason, "cause": cause.fillna(""), "stage": blocked["stage"].astype("string"),
            "endpoint": blocked["endpoint"],
        }
    )  # fmt: skip
    table = pd.DataFrame(
        [
            {
                "reason": key[0],
                "cause": key[1] or pd.NA,
                **{stage: int((part["stage"] == stage).sum()) for stage in STAGES},
                "endpoints": part["endpoint"].nunique(),
                "requests": len(part),
            }
            for key, part in grouped.groupby(["reason", "cause"], observed=True)
        ],
        columns=["reason", "cause", *STAGES, "endpoints", "requests"],
    ).astype({"reason": "string", "cause": "string"})
    return table.sort_values(["requests", "reason", "cause"], ascending=[False, True, True], ignore_index=True)


@styled
def reasons(fetches: pd.DataFrame) -> Figure:
    """`Analysis.frame()` → how many requests each reason blocked, and at which stage."""
    table = reasons_table(fetches)
    if table.empty:
        return empty(TITLE, _NONE)
    shown, rest = table.head(ROWS), table.iloc[ROWS:]
    return bars(
        [
            short(reason) if pd.isna(cause) else f"{short(reason)}\n{short(cause)}"
            for reason, cause in zip(shown["reason"], shown["cause"], strict=True)
        ],
        {stage: shown[stage].tolist() for stage in STAGES},
        STAGES,
        [
            f"{requests:,} at {plural(endpoints, 'endpoint')}"
            for requests, endpoints in zip(shown["requests"], shown["endpoints"], strict=True)
        ],
        title=TITLE,
        unit="requests",
        more="" if rest.empty else f"and {len(rest):,} more, {plural(int(rest['requests'].sum()), 'request')}",
    )


def reasons_text(fetches: pd.DataFrame) -> str:
    table = reasons_table(fetches)
    if table.empty:
        return _NONE
    told = [f"{short(r)} {n:,}" for r, n in zip(table["reason"].head(5), table["requests"].head(5), strict=True)]
    more = f", and {len(table) - 5:,} more" if len(table) > 5 else ""
    return f"{plural(int(table['requests'].sum()), 'blocked request')} by reason: {', '.join(told)}{more}."
