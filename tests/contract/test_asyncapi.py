"""The AsyncAPI document is read without a fault by the format's official parser, where Node is there to run it."""

import json
import shutil
import subprocess
from pathlib import Path

import pytest

from deploy.local.contracts import COMMITTED

CHECK = Path(__file__).parent / "asyncapi"


def test_the_official_parser_finds_nothing(tmp_path: Path) -> None:
    if not (shutil.which("node") and shutil.which("npm")):
        pytest.skip("no Node on this machine")
    for name in ("package.json", "package-lock.json", "validate.js"):
        shutil.copy(CHECK / name, tmp_path)
    fetched = subprocess.run(
        ["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=240,
    )
    if fetched.returncode:
        pytest.skip("npm cannot fetch the parser here")
    done = subprocess.run(
        ["node", "validate.js", str(COMMITTED / "asyncapi.json")],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )
    found = json.loads(done.stdout)
    assert (found["parsed"], found["errors"]) == (True, 0), found["first"]
