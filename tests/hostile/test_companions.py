"""Settings and baselines that hold anything: refused in one sentence that names the file."""

from pathlib import Path

import pytest

from coranalyze.cli import config
from coranalyze.cli.gate import read_baseline
from coranalyze.issues.baseline import BaselineError
from tests.hostile.survival import SETTINGS

DEEP = 100_000


@pytest.mark.parametrize(
    ("name", "text", "says"),
    [
        ("coranalyze.toml", "select = " + "[" * DEEP, "nested too deeply"),
        ("coranalyze.toml", "suppress = 1", "'suppress' is no list of tables"),
        ("coranalyze.toml", "suppress = [1]", "suppression 1: not a table"),
        ("coranalyze.toml", "[browser]\nx = 1", "'browser' takes one value"),
        ("coranalyze.toml", "[[suppress]]\nrule = 'COR1'\nreason = 'x'\nexpires = 9999-99-99", "at line 4"),
        ("coranalyze.toml", "select = ['\xff']", "'utf-8' codec can't decode"),
        ("pyproject.toml", "tool = 1", "'tool' is no table"),
        ("pyproject.toml", "[tool]\ncoranalyze = []", "'coranalyze' is no table"),
    ],
)
def test_settings_that_are_none(tmp_path: Path, name: str, text: str, says: str) -> None:
    path = tmp_path / name
    path.write_bytes(text.encode("latin-1"))
    with pytest.raises(config.ConfigError) as refused:
        config.read(path, SETTINGS)
    assert str(refused.value).startswith(f"{path}: ")
    assert says in str(refused.value)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("[" * DEEP, "nested too deeply"),
        ('{"coranalyze_baseline":' * DEEP, "nested too deeply"),
        ('{"coranalyze_baseline": 1e999}', "only 1 is known"),
        (f'{{"coranalyze_baseline": {"9" * 5000}}}', "no JSON"),
        ('{"coranalyze_baseline": 1, "known": []}', "`known` is not an object of strings"),
        ('{"coranalyze_baseline": 1, "known": {"a": 1}}', "`known` is not an object of strings"),
        ("\0", "no JSON"),
        ("\xff", "'utf-8' codec can't decode"),
        ("", "no JSON"),
    ],
)
def test_baselines_that_are_none(tmp_path: Path, text: str, says: str) -> None:
    path = tmp_path / "known.json"
    path.write_bytes(text.encode("latin-1"))
    with pytest.raises(BaselineError) as refused:
        read_baseline(path)
    assert str(refused.value).startswith(f"{path}: ")
    assert says in str(refused.value)
