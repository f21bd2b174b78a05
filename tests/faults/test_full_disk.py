"""`imc up` whose disk is full for half a minute: everything stays supervised, `state.json` stays whole, `imc status` names the fault,
and all is well by itself once there is room. Needs root, for a small disk of its own."""

import json
import os
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from deploy.cli.directory import write_private
from tests.journeys import play
from tests.system import System

DISK_BYTES, FULL_SECONDS = 900 * 2**20, 30.0


@pytest.fixture(scope="module")
def disk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    place = tmp_path_factory.mktemp("disk")
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={DISK_BYTES}", "none", str(place)], capture_output=True, check=False
    )
    if mounted.returncode:
        pytest.skip("a disk of one's own needs root and the right to mount")
    yield place
    subprocess.run(["umount", "--lazy", str(place)], check=False)


@pytest.fixture(scope="module")
def small(disk: Path) -> Iterator[System]:
    one = System(disk / "data")
    one.up()
    yield one
    (disk / "ballast").unlink(missing_ok=True)
    one.down()


def fill(ballast: Path) -> None:
    """To the last byte."""
    with open(ballast, "ab", buffering=0) as file:
        for size in (1 << 20, 1 << 12, 1):
            try:
                while file.write(b"\1" * size) == size:
                    pass
            except OSError:
                continue


def send(system: System, key: str, number: int) -> int:
    """The status of a referral sent just now, 0 where nobody answers."""
    body = play.referral() | {"agency_reference": f"FULL-{number}"}
    headers = {"Authorization": f"Bearer {key}", "Idempotency-Key": f"full-{number}"}
    try:
        return requests.post(
            f"{system.url}/intake/api/v1/referrals", json=body, headers=headers, timeout=10
        ).status_code
    except requests.RequestException:
        return 0


def healthy(system: System) -> bool:
    return system.imc("status").status == 0


def test_a_full_disk_ends_nothing_and_is_named(small: System, disk: Path) -> None:
    key, before = small.key("Agency of the small disk")["key"], small.state
    holder = int((small.data / "lock").read_text())
    assert send(small, key, 0) == 201
    fill(disk / "ballast")
    since, number, taken = time.monotonic(), 0, [0]
    os.kill(before["services"]["notify"]["worker_pid"], signal.SIGKILL)  # to be started again, and written down
    named = small.imc("status", "--json")
    assert named.status == 1 and named.json["disk"]["full"] and named.json["disk"]["path"] == str(small.data)
    assert f"{small.data} is full" in small.imc("status").out
    while time.monotonic() < since + FULL_SECONDS:
        number += 1
        if send(small, key, number) == 201:
            taken.append(number)
        assert set(json.loads((small.data / "state.json").read_text())) == set(before)
        fill(disk / "ballast")  # also of what a server gave back when it ended
        time.sleep(0.2)
    (disk / "ballast").unlink()
    small.until(lambda: healthy(small), 120)
    assert int((small.data / "lock").read_text()) == holder and Path(f"/proc/{holder}").exists()
    after = small.state
    assert after["services"]["notify"]["worker_pid"] != before["services"]["notify"]["worker_pid"]
    for service in after["services"].values():
        assert Path(f"/proc/{service['web_pid']}").exists() and Path(f"/proc/{service['worker_pid']}").exists()
    said = (small.data / "logs" / "up.log").read_text()
    assert "No space left on device" in said or "is full" in said
    assert [send(small, key, one) for one in taken] == [201] * len(taken), (
        "what was answered 201 is there, as a repetition"
    )
    assert not disk.joinpath("data", ".state.json.new").exists()


def test_a_file_is_the_old_one_where_the_new_one_has_no_room(disk: Path) -> None:
    target = disk / "kept.json"
    write_private(target, "old")
    fill(disk / "ballast")
    try:
        with pytest.raises(OSError, match="No space left"):
            write_private(target, "new" * 100_000)
        assert target.read_text() == "old"
        assert not (disk / ".kept.json.new").exists()
    finally:
        (disk / "ballast").unlink()


def test_a_start_without_room_says_so(disk: Path) -> None:
    fill(disk / "ballast")
    try:
        done = System(disk / "other").imc("up", "--detach", "--base-port", "11000", seconds=120)
        assert done.status == 1 and "No space left on device" in done.out + done.err
    finally:
        (disk / "ballast").unlink()
