"""Whether a certificate is genuine: its code tells the name and the programme it was given for, nothing more. And its file.

A code nobody was given costs the same look-ups and the same opening as a right one. Not here: how often one may ask (the doors).
"""

from collections.abc import Iterator
from typing import Any

from services.training.dependencies import Dependencies
from services.training.rules import certificates
from services.training.rules.faults import NoSuchCertificate
from shared.ids import new_id
from shared.sealing import DataKey, Unreadable, service_key

Document = dict[str, Any]
MEDIA = "application/pdf"


def verify(deps: Dependencies, code: str) -> Document:
    """`name` and `title` in the scripts and languages there are, `issued_on`. Raises NoSuchCertificate."""
    store = deps.store
    application = store.by_certificate(certificates.hashed(deps.secrets.certificates, code))
    issued = application is not None and bool(application["certificate"]["issued_at"])
    record = application if application is not None and issued else _decoy()
    key = store.keyring.open_many([record["_id"]]).get(record["_id"])
    programme = store.programmes.get(record["programme_id"])
    told = _opened(key or _decoy_key(), record)
    if not issued or key is None or told is None or programme is None:
        raise NoSuchCertificate()
    day = record["certificate"]["issued_at"].astimezone(deps.settings.time_zone).date()
    return {
        "name": told.get("name") or {},
        "title": told.get("title") or dict(programme["title"]),
        "issued_on": day.isoformat(),
    }


def _opened(key: DataKey, record: Document) -> Document | None:
    """What the certificate says; the name as written where it does not say one."""
    try:
        told: Document = key.open("certificate", record["certificate"]["sealed"])
        identity: Document = key.open("identity", record["sealed"]["identity"])
    except Unreadable:
        return None
    return {"name": identity.get("name"), **told}


def _decoy() -> Document:
    """As much to look up and to open as for a right code, and nobody's."""
    sealed = _decoy_key().seal("certificate", {"code": "", "name": {"latin": "-"}})
    identity = _decoy_key().seal("identity", {})
    about = {"certificate": {"sealed": sealed}, "sealed": {"identity": identity}}
    return {"_id": new_id(), "programme_id": new_id(), **about}


def _decoy_key() -> DataKey:
    return service_key(bytes(32))


def certificate_file(deps: Dependencies, application: Document) -> tuple[str, str, Iterator[bytes], None]:
    """(name, media type, content as it comes, its size unknown) of the certificate. Raises NoSuchCertificate while it is being made."""
    certificate = application.get("certificate") or {}
    sealed = deps.store.files.get(certificate["file"]) if certificate.get("file") else None
    if sealed is None or not certificate.get("issued_at"):
        raise NoSuchCertificate()
    key = deps.store.keyring.open(application["_id"])
    return f"certificate {application['reference']}.pdf", MEDIA, key.open_stream("certificate", sealed), None
