"""Real secrets for tests, made once per process: each of the keys takes as long as many a test."""

import os
import shutil
import tempfile
from functools import cache
from pathlib import Path

from deploy.secret_files import make_secrets

KEPT: list[tempfile.TemporaryDirectory[str]] = []


@cache
def secrets_of_tests() -> Path:
    """Those of every service; gone with the process, or with the run where the process was killed."""
    kept = tempfile.TemporaryDirectory(prefix="imc-secrets-", dir=os.environ.get("IMC_TEST_RUN_DIR"))
    KEPT.append(kept)
    make_secrets(Path(kept.name))
    return Path(kept.name)


def put_secrets(directory: Path) -> None:
    """The same in a directory that the test may change; what is there already stays."""
    for made in secrets_of_tests().iterdir():
        if not (directory / made.name).exists():
            shutil.copytree(made, directory / made.name)
