"""The peers' own virtual environment, `.venv-peers`: the project's locked list and the peers' beside it, hashes required."""

import hashlib
import subprocess
import sys
from pathlib import Path

from tests.bench.processes import ROOT

HOME = ROOT / ".venv-peers"
PYTHON = HOME / "bin" / "python"
LOCKS = (ROOT / "requirements.lock", Path(__file__).with_name("requirements.lock"))


def ready() -> Path:
    """Makes the environment where it is missing or a lock changed; gives its interpreter."""
    wanted = hashlib.sha256(b"".join(lock.read_bytes() for lock in LOCKS)).hexdigest()
    mark = HOME / "made-from"
    if not PYTHON.exists() or not mark.exists() or mark.read_text() != wanted:
        subprocess.run([sys.executable, "-m", "venv", str(HOME)], check=True)
        lists = [part for lock in LOCKS for part in ("-r", str(lock))]
        subprocess.run([str(PYTHON), "-m", "pip", "install", "-q", "--require-hashes", *lists], check=True)
        mark.write_text(wanted)
    return PYTHON
