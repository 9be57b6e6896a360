"""The notebook under `docs/` runs from top to bottom, and shows something in every cell."""

from pathlib import Path

import nbformat
from nbclient import NotebookClient

ROOT = Path(__file__).parent.parent


def test_the_notebook_runs() -> None:
    notebook = nbformat.read(ROOT / "docs" / "notebook.ipynb", as_version=4)  # type: ignore[no-untyped-call]
    nbformat.validate(notebook)
    cells = [cell for cell in notebook.cells if cell.cell_type == "code"]
    assert all(not cell.outputs and cell.execution_count is None for cell in cells), "commit it without outputs"
    NotebookClient(notebook, timeout=120, resources={"metadata": {"path": str(ROOT)}}).execute()
    for cell in cells:
        assert cell.outputs, cell.source
    shown = [output.data for cell in cells for output in cell.outputs if "data" in output]
    assert "cross-origin requests were blocked" in shown[0]["text/html"]
    assert sum("image/svg+xml" in each for each in shown) == 3
