"""Creates the secret files of every service, one directory each; existing files are not changed.

Not here: passwords of MongoDB and RabbitMQ users (deploy/passwords.py), which only the Compose deployment has.
"""

import hashlib
import json
import os
import secrets
from collections.abc import Callable
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)

from shared.settings import SERVICES

KEYS_HEARD_BY = (
    "partners",
    "intake",
    "accounts",
)  # the services that make or look up the keyed hash of an agency's key


def make_secrets(root: Path) -> None:
    """Creates the missing files under `root/<service>/`; running it again changes nothing."""
    for service in SERVICES:
        directory = root / service
        directory.mkdir(parents=True, exist_ok=True)
        directory.chmod(0o700)
        once(directory / "master_key", random_hex)
        once(directory / "cursor_key", random_hex)
    _shared_hash_key(root)
    _token_keys(root)
    _sealing_keys(root)
    _asking_keys(root)


def random_hex() -> str:
    """256 random bits as 64 hex characters."""
    return secrets.token_hex(32)


def once(path: Path, make: Callable[[], str]) -> str:
    """The file's content; creates it where it is missing. The write is atomic, and only the owner can read the file."""
    if not path.exists():
        write(path, make())
    return path.read_text().strip()


def write(path: Path, content: str, mode: int = 0o400) -> None:
    """Writes the file atomically: the new content, or the old file stays."""
    fresh = path.with_name(f".{path.name}.new")
    fresh.unlink(missing_ok=True)
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "w") as file:
        file.write(content.rstrip("\n") + "\n")
        file.flush()
        os.fsync(file.fileno())
    fresh.chmod(mode)
    fresh.replace(path)


def _shared_hash_key(root: Path) -> None:
    """Creates `api_key_hmac`, the only secret that services share."""
    paths = [root / service / "api_key_hmac" for service in KEYS_HEARD_BY]
    known = next((path.read_text().strip() for path in paths if path.exists()), None) or random_hex()
    for path in paths:
        once(path, lambda: known)


def _token_keys(root: Path) -> None:
    """Creates accounts' key for signing access tokens; every service gets the public keys, `{kid: PEM}`."""
    pem = once(root / "accounts" / "token_private_key", lambda: _private_pem(Ed25519PrivateKey.generate()))
    public = _public_pem(pem)
    kid = hashlib.sha256(public.encode()).hexdigest()[:16]
    for service in SERVICES:
        path = root / service / "token_public_keys"
        known = json.loads(path.read_text()) if path.exists() else {}
        if kid not in known:
            write(path, json.dumps(known | {kid: public}))


def _sealing_keys(root: Path) -> None:
    """Creates notify's key pair, to which partners seals webhook secrets and interpreting seals links that answer an offer."""
    pem = once(root / "notify" / "notify_private_key", lambda: _private_pem(X25519PrivateKey.generate()))
    for sealer in ("partners", "interpreting"):
        once(root / sealer / "notify_public_key", lambda: _public_pem(pem))


def _asking_keys(root: Path) -> None:
    """Creates notify's key for signing its requests to training; it is not among accounts' keys, so that it gives no other access."""
    pem = once(root / "notify" / "notify_token_key", lambda: _private_pem(Ed25519PrivateKey.generate()))
    once(root / "training" / "notify_token_public_key", lambda: _public_pem(pem))


def _private_pem(key: Ed25519PrivateKey | X25519PrivateKey) -> str:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


def _public_pem(private_pem: str) -> str:
    key = load_pem_private_key(private_pem.encode(), None)
    return key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
