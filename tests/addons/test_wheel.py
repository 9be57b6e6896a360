"""The addon in the package: where `coranalyze addon` finds it, in a checkout and in a wheel."""

import os
import subprocess
import sys
import venv
import zipfile
from pathlib import Path

import pytest

from tests.addons.addon import PATH
from tests.cli.run import ROOT, run


def test_the_path_is_printed() -> None:
    done = run("addon")
    assert (done.returncode, done.stderr) == (0, "")
    assert Path(done.stdout.rstrip("\n")).resolve() == PATH.resolve()


@pytest.mark.slow
def test_a_wheel_has_the_addon(tmp_path: Path) -> None:
    pip = [sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check"]
    subprocess.run([*pip, "wheel", "--no-deps", "--wheel-dir", str(tmp_path), str(ROOT)], check=True)
    (wheel,) = tmp_path.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        assert archive.read("coranalyze/addons/cors_capture.py") == PATH.read_bytes()
    # Of an environment of its own: what is installed here shall not answer. Its libraries are borrowed.
    venv.create(tmp_path / "venv", with_pip=False)
    python = tmp_path / "venv" / "bin" / "python"
    site = next((tmp_path / "venv" / "lib").glob("python*/site-packages"))
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(site)
    (site / "borrowed.pth").write_text(next(path for path in sys.path if path.endswith("site-packages")) + "\n")
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    done = subprocess.run(
        [str(python), "-m", "coranalyze", "addon"],
        capture_output=True,
        text=True,
        cwd=tmp_path,
        env=environment,
        check=True,
    )
    assert Path(done.stdout.strip()) == site / "coranalyze" / "addons" / "cors_capture.py"
