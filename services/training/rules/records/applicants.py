"""What an applicant writes, decrypted: the person, how to reach them, the plan of the stay."""

from typing import TypedDict


class PersonName(TypedDict, total=False):
    """A name as in the passport (`latin`) and in other spellings."""

    latin: str
    native: str
    kana: str
    preferred: str


class Passport(TypedDict, total=False):
    """A passport."""

    number: str
    country: str | None
    expires_on: str | None


class Licence(TypedDict, total=False):
    """A professional licence."""

    number: str
    authority: str
    licensed_on: str


class EmergencyContact(TypedDict, total=False):
    """Whom to call in an emergency."""

    name: str
    relation: str
    phone: str


class Rotation(TypedDict):
    """A part of the stay in one department."""

    department: str
    first_day: str
    last_day: str
    supervisor: str | None
    place: str | None


class Identity(TypedDict, total=False):
    """The encrypted block that identifies the person."""

    name: PersonName
    birth_date: str
    sex: str
    passport: Passport
    licence: Licence
    institution: str
    position: str


class Contact(TypedDict, total=False):
    """The encrypted block with contact data."""

    email: str
    phone: str
    address: str
    emergency_contact: EmergencyContact


class OpenFields(TypedDict, total=False):
    """What an applicant writes that is not encrypted."""

    nationality: str
    residence: str
    profession: str
    exempt_scheme: str | None
    language: str
    period_id: str
    first_day: str
    last_day: str
    rotations: list[Rotation]


class ApplicantData(Identity, Contact, OpenFields, total=False):
    """Everything an applicant writes, decrypted: identity, contact, what they wrote about themselves, and the plan."""

    motivation: str
    experience: str
    health_note: str
    risk_note: str


class References(TypedDict, total=False):
    """Ids that an application has besides what its applicant writes."""

    group_id: str | None
    organization_id: str | None
    funder_id: str | None
    applicant_id: str | None


class SearchKeys(TypedDict):
    """Keyed hashes by which an address finds its applications, and a person's applications find each other."""

    mail: str | None
    match_keys: list[str]
