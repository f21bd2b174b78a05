"""Tools that come by npm, for tests of what others make of our documents: skipped where there is no Node, or nothing can be fetched."""

import shutil
import subprocess
from pathlib import Path

import pytest


def installed(folder: Path, into: Path, script: str) -> None:
    """Puts the script and what the lock file of `folder` names into a directory, or skips the test."""
    if not (shutil.which("node") and shutil.which("npm")):
        pytest.skip("no Node on this machine")
    for name in ("package.json", "package-lock.json", script):
        shutil.copy(folder / name, into)
    fetched = subprocess.run(
        ["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"],
        cwd=into,
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )
    if fetched.returncode:
        pytest.skip("npm cannot fetch what it takes here")
