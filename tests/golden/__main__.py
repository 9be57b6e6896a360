"""`python -m tests.golden`: write all goldens anew."""

from tests.golden import FOLDER, goldens

FOLDER.mkdir(exist_ok=True)
wanted = goldens()
for old in FOLDER.iterdir():
    if old.name not in wanted:
        old.unlink()
for name, text in wanted.items():
    (FOLDER / name).write_bytes(text.encode())
print(f"{len(wanted)} goldens written to {FOLDER}")
