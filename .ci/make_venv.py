"""Makes a virtual environment with pip, also where Debian left the parts out: `python3 .ci/make_venv.py .venv`.

Debian's python3 comes without ensurepip (it is in the package python3-venv). Then the environment is made without pip,
and pip comes from PyPI: its wheel can install itself. Runs on any Python from 3.6, to say which one is too old.
"""

import hashlib
import json
import os
import subprocess
import sys
import tempfile
import urllib.request

OLDEST = (3, 11)
INDEX = "https://pypi.org/simple/pip/"


def works(python):
    """Whether there is an environment with a new enough Python and pip already."""
    check = f"import sys, pip; sys.exit(sys.version_info < {OLDEST})"
    return os.path.exists(python) and subprocess.call([python, "-c", check], stderr=subprocess.DEVNULL) == 0


def has_ensurepip():
    try:
        import ensurepip
    except ImportError:
        return False
    return hasattr(ensurepip, "bootstrap")


def pip_from_pypi(python):
    """Install the newest pip wheel of PyPI into the environment; its hash is checked."""
    request = urllib.request.Request(INDEX, headers={"Accept": "application/vnd.pypi.simple.v1+json"})
    with urllib.request.urlopen(request, timeout=60) as answer:
        files = json.load(answer)["files"]
    wheel = [each for each in files if each["filename"].endswith("-py3-none-any.whl") and not each.get("yanked")][-1]
    with urllib.request.urlopen(wheel["url"], timeout=60) as answer:
        content = answer.read()
    if hashlib.sha256(content).hexdigest() != wheel["hashes"]["sha256"]:
        raise OSError(f"the hash of {wheel['filename']} is not the one that PyPI names")
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, wheel["filename"])
        with open(path, "wb") as file:
            file.write(content)
        subprocess.check_call([python, path + "/pip", "install", "--quiet", "--no-index", path])


def main():
    target = sys.argv[1]
    python = os.path.join(target, "bin", "python")
    if works(python):
        return None
    if sys.version_info < OLDEST:
        version = sys.version.split()[0]
        return f"coranalyze needs Python 3.11 or newer, this is {version}. Name another: make PYTHON=python3.12 demo"
    try:
        if has_ensurepip():
            subprocess.check_call([sys.executable, "-m", "venv", "--clear", target])
        else:
            subprocess.check_call([sys.executable, "-m", "venv", "--clear", "--without-pip", target])
            pip_from_pypi(python)
    except (OSError, LookupError, subprocess.CalledProcessError) as error:
        return f"No virtual environment could be made ({error}). On Debian: apt-get install python3-venv"
    return None


if __name__ == "__main__":
    sys.exit(main())
