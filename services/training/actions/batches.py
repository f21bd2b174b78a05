"""Papers of one kind for everybody of a group, made in one act: asked for, made by the worker while the page looks on, then fetched.

One ZIP of PDFs, sealed under a key of its own, which is destroyed after some days: letters say what is true on their day.
"""

import io
import logging
import threading
import zipfile
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from services.training.actions import groups, letters
from services.training.dependencies import Dependencies
from services.training.rules import letters as rules
from services.training.rules.faults import NoLetterYet, NoSuchBatch
from shared.command_context import CommandContext
from shared.errors import Refusal
from shared.events import training
from shared.ids import new_id
from shared.pdf import NotRendered
from shared.sealing import Unreadable

Document = dict[str, Any]
log = logging.getLogger("imc.training")
ALL = "all"
KINDS = (*rules.KINDS, ALL)
LOOP = "batches"
LEASE = timedelta(seconds=60)
KEPT = timedelta(days=7)
PAUSE = 1.0


def ask(deps: Dependencies, group_id: str, kind: str, context: CommandContext) -> Document:
    """Papers of this kind (`all`: every kind) for everybody who can have them. Raises NoSuchGroup, NoLetterYet where nobody can."""
    group = groups.find_group(deps, group_id)
    people = deps.store.group_members(group["_id"])
    who = [one["_id"] for one in people if _wanted(one, kind)]
    if not who:
        raise NoLetterYet(_why(people, kind))
    id_ = new_id()
    key, wrapped = deps.store.keyring.new(id_)
    batch = {
        "_id": id_,
        "group_id": group_id,
        "kind": kind,
        "application_ids": who,
        "asked_at": context.now,
        "asked_by": context.actor,
        "waiting": True,
        "leased_until": context.now,
        "done": 0,
        "made_at": None,
        "file": None,
        "left_out": [],
    }
    event = training.BatchAsked(batch_id=id_, group_id=group_id, kind=kind, people=len(who))
    return deps.store.add_batch(batch, key, wrapped, [event], context)


def _wanted(application: Document, kind: str) -> list[str]:
    """Kinds of papers to be made for one person."""
    kinds = rules.KINDS if kind == ALL else (kind,)
    return [one for one in kinds if not groups.why_no_letter(application, one)]


def _why(people: list[Document], kind: str) -> str:
    found = [groups.why_no_letter(one, kind if kind != ALL else "letter") for one in people]
    return next((why for why in found if why), "nobody")


def of_group(deps: Dependencies, group_id: str) -> list[Document]:
    """What was asked for a group, the last first."""
    return deps.store.batches_of(group_id)


def run(deps: Dependencies, stop: threading.Event) -> None:
    """The worker's loop: what waits is made, one after the other; a run that was killed is taken up when its lease is over."""
    while not stop.is_set():
        try:
            made = make_next(deps, stop)
        except Exception:
            log.exception("papers of a group were not made")
            made = False
        if not made:
            stop.wait(PAUSE)


def make_next(deps: Dependencies, stop: threading.Event | None = None) -> bool:
    """Makes what was asked first; False where nothing waits."""
    now = deps.clock()
    batch = deps.store.claim_batch(now, now + LEASE)
    if batch is None:
        return False
    packed, left_out = io.BytesIO(), []
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_STORED) as archive:
        for number, application_id in enumerate(batch["application_ids"], start=1):
            if stop is not None and stop.is_set():
                return False
            left_out += _add(deps, archive, application_id, batch["kind"])
            deps.store.batch_progress(batch["_id"], number, deps.clock() + LEASE)
    _finish(deps, batch["_id"], packed.getvalue(), left_out)
    return True


def _add(deps: Dependencies, archive: zipfile.ZipFile, application_id: str, kind: str) -> list[Document]:
    """Puts a person's papers in; what cannot be made is told."""
    application = deps.store.applications.get(application_id)
    if application is None:
        return [{"application_id": application_id, "why": "erased"}]
    try:
        for one in _wanted(application, kind):
            archive.writestr(*letters.letter(deps, application, one))
    except Unreadable:
        return [{"application_id": application_id, "why": "erased"}]
    except NotRendered:
        return [{"application_id": application_id, "why": "not_rendered"}]
    except Refusal as refused:
        return [{"application_id": application_id, "why": refused.slug}]
    return []


def _finish(deps: Dependencies, batch_id: str, content: bytes, left_out: list[Document]) -> None:
    batch = deps.store.batches.get(batch_id)
    if batch is None or not batch["waiting"]:
        return
    context = CommandContext(deps.clock(), f"timer:{LOOP}", new_id())
    about = {name: batch[name] for name in ("group_id", "kind")}
    event = training.BatchMade(batch_id=batch_id, left_out=len(left_out), **about)
    with deps.store.files.until_named() as put:
        file = put(deps.store.keyring.open(batch_id).seal_stream("batch", io.BytesIO(content)))
        made = {"waiting": False, "made_at": context.now, "file": file, "left_out": left_out}
        deps.store.batches.save(batch | made, [event], context)


def content(deps: Dependencies, group_id: str, batch_id: str) -> tuple[str, str, Iterator[bytes]]:
    """(name, media type, ZIP as it comes). Raises NoSuchBatch while it is being made and after it was cleared away."""
    batch, group = deps.store.batches.get(batch_id), groups.find_group(deps, group_id)
    sealed = deps.store.files.get(batch["file"]) if batch and batch["file"] else None
    if batch is None or batch["group_id"] != group_id or sealed is None:
        raise NoSuchBatch()
    name = f"{group['reference']} {batch['kind']}.zip"
    return name, "application/zip", deps.store.keyring.open(batch_id).open_stream("batch", sealed)


def clear_old(deps: Dependencies, now: datetime) -> None:
    """Papers older than a week are gone, with their keys. Run by a timer."""
    for batch in deps.store.batches_made_before(now - KEPT):
        deps.store.clear_batch(batch)
