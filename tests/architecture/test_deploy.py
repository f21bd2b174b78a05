"""What containers run loads nothing of deploy/local, which runs the whole on one machine. Import-linter sees no order of imports, and not
gunicorn's file of settings, whose name is no module's."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
LOADED = "sorted(name for name in sys.modules if name.startswith('deploy.local'))"


@pytest.mark.parametrize(
    "loads",
    [
        "import deploy.cli.main",
        "import deploy.cli.setup_command, deploy.cli.contracts, deploy.cli.status, deploy.cli.dead_letters, deploy.cli.errors",
        "import deploy.service_processes, deploy.web_server; deploy.web_server.usual_config()",
    ],
    ids=["command", "its parts", "web process"],
)
def test_nothing_of_deploy_local_is_loaded(loads: str) -> None:
    code = f"import sys; {loads}; print({LOADED})"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_files_of_the_containers_name_nothing_of_deploy_local() -> None:
    files = [
        *(path for path in (ROOT / "deploy").iterdir() if path.is_file()),
        *(ROOT / "deploy" / "gateway").iterdir(),
        ROOT / "docker-compose.yml",
    ]
    named = [
        path.name for path in files if "deploy.local" in (text := path.read_text("utf-8")) or "deploy/local" in text
    ]
    assert named == []


def test_the_command_is_the_same_in_a_container_and_on_a_laptop() -> None:
    entry = "deploy.cli.main"
    assert f'imc = "{entry}:main"' in (ROOT / "pyproject.toml").read_text("utf-8")
    assert f"from {entry} import main" in (ROOT / "deploy" / "Dockerfile").read_text("utf-8")
