"""The AsyncAPI document is read without a fault by the format's official parser, where Node is there to run it."""

import json
import subprocess
from pathlib import Path

from deploy.cli.contracts import COMMITTED
from tests.contract.node import installed

CHECK = Path(__file__).parent / "asyncapi"


def test_the_official_parser_finds_nothing(tmp_path: Path) -> None:
    installed(CHECK, tmp_path, "validate.js")
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
