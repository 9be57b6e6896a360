"""Charts for the page: SVG without style attributes, which the page's policy forbids, so that its themes reach in."""

from collections.abc import Iterator
from xml.etree import ElementTree

import msgspec

from coranalyze.analysis import Analysis
from coranalyze.visible import visible

SVG, XLINK = "http://www.w3.org/2000/svg", "http://www.w3.org/1999/xlink"
_DROPPED = frozenset({"metadata", "style", "title", "desc"})
_KEPT_ATTRIBUTES = frozenset(
    {"d", "height", "width", "x", "y", "transform", "viewBox", "patternUnits", "clip-path", "fill", "stroke", "opacity"}
)
_KEPT_STYLES = frozenset(
    {
        "fill", "fill-opacity", "fill-rule", "stroke", "stroke-width", "stroke-opacity", "stroke-dasharray", "opacity",
        "font-size", "font-weight", "text-anchor", "stroke-linecap", "stroke-linejoin", "clip-path",
    }
)  # fmt: skip
MAX_ROWS = 100


class Drawing(msgspec.Struct):
    name: str
    title: str
    text: str
    svg: str
    head: list[str]
    rows: list[list[str]]
    more: int


def drawings(analysis: Analysis, wanted: tuple[str, ...]) -> dict[str, Drawing | None]:
    """The charts of these names; None where there is nothing to show."""
    from coranalyze.charts import charts_of, svg

    made: dict[str, Drawing | None] = dict.fromkeys(wanted)
    frames: dict[str, object] = {}
    for chart in charts_of(analysis):
        if chart.name not in wanted:
            continue
        if chart.frame not in frames:
            frames[chart.frame] = getattr(analysis, chart.frame)()
        frame = frames[chart.frame]
        table = chart.table(frame)  # type: ignore[arg-type]
        if table.empty:
            continue
        figure = chart.figure(frame)  # type: ignore[arg-type]
        for axes in figure.axes:
            axes.set_title("", loc="left")  # the caption has it
        made[chart.name] = Drawing(
            chart.name, chart.title,
            chart.text(frame),  # type: ignore[arg-type]
            themed(svg(figure), chart.name),
            [str(column).replace("_", " ") for column in table.columns],
            [[_cell(value) for value in row] for row in table.head(MAX_ROWS).itertuples(index=False)],
            max(len(table) - MAX_ROWS, 0),
        )  # fmt: skip
    return made


def _cell(value: object) -> str:
    if isinstance(value, str):
        return visible(value)
    if value is None or value != value or str(value) in ("<NA>", "NaT"):
        return "–"
    if isinstance(value, int):
        return f"{value:,}"
    if isinstance(value, float):
        return f"{value:,.1f}"
    return visible(str(value))


def themed(svg: str, name: str) -> str:
    """Only shapes and text stay; styles become attributes; identifiers get the chart's name before them."""
    ElementTree.register_namespace("", SVG)
    ElementTree.register_namespace("xlink", XLINK)
    root = ElementTree.fromstring(svg)
    used = {reference for element in root.iter() for reference in _references(element)}
    for parent in root.iter():
        for child in list(parent):
            if child.tag.rpartition("}")[2] in _DROPPED:
                parent.remove(child)
    for element in root.iter():
        _plain(element, name, used)
    root.attrib.pop("width", None)
    root.attrib.pop("height", None)
    root.set("role", "img")
    root.set("aria-labelledby", f"chart-{name}-title chart-{name}-text")
    return ElementTree.tostring(root, encoding="unicode")


def _references(element: ElementTree.Element) -> Iterator[str]:
    for value in element.attrib.values():
        for part in value.split("url(#")[1:]:
            yield part.partition(")")[0]
    link = element.get(f"{{{XLINK}}}href", "")
    if link.startswith("#"):
        yield link[1:]


def _plain(element: ElementTree.Element, name: str, used: set[str]) -> None:
    attributes = element.attrib
    identifier, link = attributes.get("id"), attributes.get(f"{{{XLINK}}}href")
    styles = dict(_styles(attributes.get("style", "")))
    kept = {key: value for key, value in attributes.items() if key in _KEPT_ATTRIBUTES}
    kept |= {key: value for key, value in styles.items() if key in _KEPT_STYLES}
    attributes.clear()
    attributes.update({key: value.replace("url(#", f"url(#{name}-") for key, value in kept.items()})
    if identifier in used:
        attributes["id"] = f"{name}-{identifier}"
    if link is not None and link.startswith("#"):
        attributes["href"] = f"#{name}-{link[1:]}"


def _styles(style: str) -> Iterator[tuple[str, str]]:
    for declaration in style.split(";"):
        key, _, value = declaration.partition(":")
        key, value = key.strip(), value.strip()
        if key == "font":
            # `700 11.5px 'DejaVu Sans', sans-serif`: the page has fonts of its own.
            for word in value.partition("'")[0].split():
                if word.endswith("px"):
                    yield "font-size", word
                elif word.isdecimal() or word == "bold":
                    yield "font-weight", word
        elif key:
            yield key, value
