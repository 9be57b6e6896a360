"""The table of a running capture."""

from rich.console import Console

from coranalyze.cli.live_table import LINES, ROWS, LiveTable, render
from coranalyze.live import HostCounts, LiveJudge


def text(judge: LiveJudge | None, lines: tuple[str, ...] = ()) -> list[str]:
    console = Console(width=60, color_system=None)
    with console.capture() as printed:
        console.print(render(judge, lines))
    return [line.rstrip() for line in printed.get().splitlines()]


def judge(**hosts: tuple[int, int, int]) -> LiveJudge:
    counts = {name: HostCounts(*each) for name, each in hosts.items()}
    total = [sum(each[i] for each in hosts.values()) for i in range(3)]
    return LiveJudge(hosts=counts, requests=total[0], blocked=total[1], findings=total[2])


def test_hosts_with_blocked_requests_first() -> None:
    assert text(judge(app=(9, 0, 0), api=(4, 3, 1), cdn=(20, 0, 0)), ("BLOCKED PUT https://api/x: acao-missing",)) == [
        "host  requests  blocked  findings",
        "api          4        3         1",
        "cdn         20        0         0",
        "app          9        0         0",
        "all         33        3         1",
        "BLOCKED PUT https://api/x: acao-missing",
    ]


def test_one_host_needs_no_sum_and_many_are_cut() -> None:
    assert text(judge(app=(9, 0, 0)))[1:] == ["app          9        0         0"]
    many = text(judge(**{f"h{i:02}": (1, 0, 0) for i in range(ROWS + 5)}))
    assert len(many) == 1 + ROWS + 1
    assert many[-1].startswith("5 more, all")
    assert text(None) == ["host  requests  blocked  findings"] or text(None)[0].startswith("host")


def test_captured_text_stays_text() -> None:
    lines = text(judge(**{"[red]x\x1b[2J": (1, 1, 0)}), ("BLOCKED [bold]GET\x1b[0m\u202e",))
    assert "\x1b" not in "".join(lines)
    assert "[red]x" in lines[1]
    assert "[bold]GET" in lines[-1]
    assert "\u202e" not in lines[-1]


def test_drawn_only_when_something_is_new() -> None:
    drawn: list[object] = []
    table = LiveTable(drawn.append)
    counts = judge(app=(1, 0, 0))
    table.show(counts)
    table.show(counts)
    assert len(drawn) == 1
    for i in range(LINES + 3):
        table.tell(f"line {i}")
    table.show(counts)
    assert len(drawn) == 2
    assert len(text(counts, tuple(table._lines))) == 2 + LINES
