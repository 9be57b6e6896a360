"""`coranalyze addon`, and where the addon is."""

from __future__ import annotations

from pathlib import Path
from types import ModuleType


def addon() -> None:
    """Print the path of the mitmproxy addon: `mitmdump -s "$(coranalyze addon)"`."""
    from coranalyze.cli import streams

    streams.write_text(f"{path()}\n")


def path() -> Path:
    """Inside of the installed package, or beside it in a checkout."""
    package = Path(__file__).parent.parent
    installed = package / "addons" / "cors_capture.py"
    return installed if installed.exists() else package.parent / "addons" / "cors_capture.py"


def load() -> ModuleType:
    """The addon as mitmproxy loads it: from its file. Raises ImportError without mitmproxy."""
    from importlib.util import module_from_spec, spec_from_file_location

    file = path()
    spec = spec_from_file_location(file.stem, file)
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
