"""Templates of a test process are compiled once: each service that a test makes has an environment of its own, which knows none yet."""

import functools
from pathlib import Path

import jinja2
from jinja2.bccache import Bucket, BytecodeCache

from shared.ui import install


class InMemory(BytecodeCache):
    """Compiled templates by what they are compiled from: name, file and source make the key and its checksum."""

    def __init__(self) -> None:
        self._kept: dict[tuple[str, str], bytes] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        if kept := self._kept.get((bucket.key, bucket.checksum)):
            bucket.bytecode_from_string(kept)

    def dump_bytecode(self, bucket: Bucket) -> None:
        self._kept[bucket.key, bucket.checksum] = bucket.bytecode_to_string()


def compile_once() -> None:
    """Has every app from now on share them."""
    made, cache = install.templates, InMemory()

    @functools.wraps(made)
    def sharing(*folders: Path) -> jinja2.Environment:
        environment = made(*folders)
        environment.bytecode_cache = cache
        return environment

    install.templates = sharing
