"""Configuration: `coranalyze.toml`, or `[tool.coranalyze]` in `pyproject.toml`, found in the folder or above it.

Its keys are the long options with `-` or `_` (`fail-on = "high"`), for `analyze`; `[[suppress]]` tables accept issues.
The command line comes before the file.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NamedTuple

import typer

if TYPE_CHECKING:
    from coranalyze.issues.suppression import Suppression

FILE = "coranalyze.toml"
_SUPPRESS = "suppress"
_NOT_FOR_FILES = frozenset({"paths", "help"})


class ConfigError(ValueError):
    """A configuration that cannot be read, or holds what is not known; the message names the file."""


class Config(NamedTuple):
    path: Path | None
    """None without a file."""
    options: dict[str, Any]
    """Parameter of `analyze` → value."""
    suppressions: list[Suppression]


def find(start: Path) -> Path | None:
    """The nearest configuration, from `start` upwards; a `pyproject.toml` counts where it has the section."""
    for folder in (start, *start.parents):
        if (own := folder / FILE).is_file():
            return own
        shared = folder / "pyproject.toml"
        if shared.is_file() and b"[tool.coranalyze" in shared.read_bytes():
            return shared
        if (folder / ".git").exists():
            return None
    return None


def read(path: Path, known: Mapping[str, bool]) -> Config:
    """The configuration in a file. `known`: parameter of `analyze` → whether it takes several values.

    Raises ConfigError.
    """
    from coranalyze.issues.suppression import SuppressionError, parse
    from coranalyze.sources.storage import is_url

    try:
        held = tomllib.loads(path.read_text("utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ConfigError(f"{path}: {error}") from None
    except RecursionError:
        raise ConfigError(f"{path}: nested too deeply") from None
    section = _table(_table(held, "tool", path), "coranalyze", path) if path.name == "pyproject.toml" else held
    options: dict[str, Any] = {}
    for key, value in section.items():
        name = key.replace("-", "_")
        if key == _SUPPRESS:
            continue
        if name not in known or name in _NOT_FOR_FILES:
            raise ConfigError(f"{path}: unknown key {key!r}")
        if known[name] and not isinstance(value, list):
            value = [value]
        if isinstance(value, dict) or (isinstance(value, list) and not known[name]):
            raise ConfigError(f"{path}: {key!r} takes one value")
        if any(is_url(each) for each in (value if isinstance(value, list) else [value]) if isinstance(each, str)):
            # A file that came with a repository shall not send a report anywhere.
            raise ConfigError(f"{path}: {key!r} names a URL; URLs are opened where the command line names them only")
        options[name] = value
    accepted = section.get(_SUPPRESS, [])
    if not isinstance(accepted, list):
        raise ConfigError(f"{path}: {_SUPPRESS!r} is no list of tables: write [[{_SUPPRESS}]]")
    try:
        suppressions = parse(accepted)
    except SuppressionError as error:
        raise ConfigError(f"{path}: {error}") from None
    return Config(path, options, suppressions)


def _table(held: dict[str, Any], key: str, path: Path) -> dict[str, Any]:
    found = held.get(key, {})
    if not isinstance(found, dict):
        raise ConfigError(f"{path}: {key!r} is no table")
    return found


def _check_values(context: typer.Context, parameters: Iterable[Any], config: Config) -> None:
    """Raises ConfigError for a value that its option does not take: told later, it would read as if it had been given
    on the command line.
    """
    for parameter in parameters:
        # Those that are eager concern the file itself.
        if parameter.name in config.options and not parameter.is_eager:
            try:
                parameter.process_value(context, config.options[parameter.name])
            except typer.BadParameter as error:
                key = parameter.name.replace("_", "-")
                raise ConfigError(
                    f"{config.path}: {key!r}: {error.message.removeprefix('Value error, ').rstrip('.')}"
                ) from None


def load(context: typer.Context, path: Path | None) -> Path | None:
    """Callback of `--config`: makes the file's values the defaults, and the configuration `context.obj`."""
    from coranalyze.cli import streams

    if context.resilient_parsing or context.params.get("isolated"):
        return path
    found = path or find(Path.cwd())
    if found is None:
        return None
    # Every verb checks the file by the options of `analyze`, and takes those that it has itself.
    parent = context.parent
    analyze = parent.command.commands["analyze"] if parent is not None else context.command  # type: ignore[attr-defined]
    try:
        context.obj = read(found, {each.name: each.multiple for each in analyze.params if hasattr(each, "multiple")})
        _check_values(context, analyze.params, context.obj)
    except ConfigError as error:
        streams.fail(str(error))
    context.default_map = context.obj.options
    return path


ConfigOption = Annotated[
    Path | None,
    typer.Option(
        "--config",
        metavar="FILE",
        help="Configuration file; by default the nearest.",
        callback=load,
        is_eager=True,
    ),
]
IsolatedOption = Annotated[bool, typer.Option("--isolated", help="No configuration file.", is_eager=True)]
