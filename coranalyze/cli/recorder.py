"""The addon, as `capture` uses it: loaded from its file, with the options that it gets."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from coranalyze.cli.addon import load

if TYPE_CHECKING:
    from coranalyze.live import LiveJudge

SUFFIX = ".cors.jsonl"


class Recorder:
    """What is recorded of one session, and where. An addon itself, to stand before the one that it holds."""

    def __init__(self, output: str | None) -> None:
        """`output` as the user gave it; None for a name of this second in the current folder."""
        self.addon = load().CorsCapture()
        self.options = {"cors_out": f"capture-%Y%m%d-%H%M%S{SUFFIX}" if output is None else output.replace("%", "%%")}
        self._recording: Any = None

    def done(self) -> None:
        """mitmproxy's event: it is about to end."""
        self._recording = self.addon.recording

    def files(self) -> list[Path]:
        """What was recorded, in order, when the proxy has ended; files without an exchange are removed."""
        if self._recording is None:
            return []
        files: list[Path] = self._recording.files
        if self._recording.exchanges:
            return files
        for file in files:
            file.unlink(missing_ok=True)
        return []

    @property
    def judge(self) -> LiveJudge | None:
        judge: LiveJudge | None = self.addon.judge
        return judge
