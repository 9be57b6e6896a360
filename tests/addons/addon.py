"""The addon as mitmproxy loads it: from its file, by path."""

import importlib.util
from pathlib import Path
from types import ModuleType

PATH = Path(__file__).parent.parent.parent / "addons" / "cors_capture.py"


def load() -> ModuleType:
    spec = importlib.util.spec_from_file_location("cors_capture", PATH)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


ADDON = load()
