"""The short form of an analysis in a notebook: a fragment of plain HTML, everything captured escaped."""

import re
from html import escape

from coranalyze.analysis import Analysis
from coranalyze.failure import failures
from coranalyze.reports.headline import headline, top_title
from coranalyze.reports.top_causes import top_causes
from coranalyze.visible import plural, visible

MAX_ROWS = 10


def render(analysis: Analysis) -> str:
    """The answer, the counts, the causes of what was blocked and the worst findings."""
    summary, found = analysis.summary, failures(analysis)
    counts = {
        "allowed": summary.allowed, "blocked": summary.blocked, "conditional": summary.conditional,
        "unknown": summary.unknown, "not subject to CORS": summary.not_subject,
    }  # fmt: skip
    parts = [
        f"<p><strong>{_safe(headline(analysis, summary, found).sentence)}</strong></p>",
        f"<p>{plural(len(analysis.inputs), 'capture')}, {plural(summary.fetches, 'fetch', 'fetches')}: "
        + ", ".join(f"{count:,} {name}" for name, count in counts.items() if count)
        + "</p>",
        _table(
            ("cause", "endpoints", "requests"),
            [(top_title(top), f"{len(top.endpoints):,}", f"{top.requests:,}") for top in top_causes(found)],
        ),
        _table(
            ("severity", "rule", "finding", "endpoint"),
            [
                (f.severity, f"{f.rule} {f.name}", f"{f.message} ({f.confidence})", f.endpoint)
                for f in analysis.findings
            ],
        ),
    ]
    return f"<div>{''.join(parts)}</div>"


def _table(head: tuple[str, ...], rows: list[tuple[str, ...]]) -> str:
    if not rows:
        return ""
    cells = "".join(f"<th>{name}</th>" for name in head)
    body = "".join(f"<tr>{''.join(f'<td>{_safe(cell)}</td>' for cell in row)}</tr>" for row in rows[:MAX_ROWS])
    left = f"<p>… and {len(rows) - MAX_ROWS:,} more</p>" if len(rows) > MAX_ROWS else ""
    return f"<table><thead><tr>{cells}</tr></thead><tbody>{body}</tbody></table>{left}"


def _safe(text: str) -> str:
    # Notebooks also typeset what stands between dollar signs.
    safe = escape(visible(text)).replace("$", "&#36;<wbr>")
    return re.sub("`([^`]*)`", r"<code>\1</code>", safe)
