"""Departments: their codes, and the default list of a new installation."""

from typing import cast

from services.accounts.rules.records import Department, DepartmentChanges, DepartmentFields
from shared.errors import Conflict, NotFound
from shared.ids import derived_id

CODE = r"[a-z_]{2,40}"


class UnknownDepartment(NotFound):
    """No department with this code."""


class DepartmentExists(Conflict):
    """Another department has this code."""


def department_id(code: str) -> str:
    """Returns the record's id, derived from the code, so that importing the default list again creates no duplicates."""
    return derived_id("department", code)


def changed_fields(department: Department, changes: DepartmentChanges) -> DepartmentChanges:
    """Returns the changes that differ from the department."""
    changed = {field: value for field, value in changes.items() if department.get(field) != value}
    return cast("DepartmentChanges", changed)


def with_changes(department: Department, changes: DepartmentChanges) -> Department:
    """Returns the department with the changes."""
    return cast("Department", {**department, **changes})


# Clinical departments a Japanese university hospital advertises (標榜診療科, Medical Care Act order 3-2) with usual English names.
DEFAULTS: dict[str, tuple[str, str]] = {
    "general_medicine": ("総合診療科", "General Medicine"),
    "cardiology": ("循環器内科", "Cardiology"),
    "cardiovascular_surgery": ("心臓血管外科", "Cardiovascular Surgery"),
    "respiratory_medicine": ("呼吸器内科", "Respiratory Medicine"),
    "thoracic_surgery": ("呼吸器外科", "Thoracic Surgery"),
    "gastroenterology": ("消化器内科", "Gastroenterology"),
    "gastrointestinal_surgery": ("消化器外科", "Gastrointestinal Surgery"),
    "hepatobiliary_pancreatic_surgery": ("肝胆膵外科", "Hepatobiliary and Pancreatic Surgery"),
    "nephrology": ("腎臓内科", "Nephrology"),
    "endocrinology": ("糖尿病・内分泌内科", "Diabetes and Endocrinology"),
    "rheumatology": ("リウマチ・膠原病内科", "Rheumatology"),
    "hematology": ("血液内科", "Hematology"),
    "oncology": ("腫瘍内科", "Medical Oncology"),
    "infectious_diseases": ("感染症内科", "Infectious Diseases"),
    "neurology": ("脳神経内科", "Neurology"),
    "neurosurgery": ("脳神経外科", "Neurosurgery"),
    "psychiatry": ("精神科", "Psychiatry"),
    "pediatrics": ("小児科", "Pediatrics"),
    "pediatric_surgery": ("小児外科", "Pediatric Surgery"),
    "obstetrics": ("産科", "Obstetrics"),
    "gynecology": ("婦人科", "Gynecology"),
    "breast_surgery": ("乳腺外科", "Breast Surgery"),
    "urology": ("泌尿器科", "Urology"),
    "orthopedics": ("整形外科", "Orthopedics"),
    "plastic_surgery": ("形成外科", "Plastic Surgery"),
    "dermatology": ("皮膚科", "Dermatology"),
    "ophthalmology": ("眼科", "Ophthalmology"),
    "otolaryngology": ("耳鼻咽喉科", "Otolaryngology"),
    "dentistry": ("歯科口腔外科", "Dentistry and Oral Surgery"),
    "rehabilitation": ("リハビリテーション科", "Rehabilitation"),
    "radiology": ("放射線診断科", "Diagnostic Radiology"),
    "radiation_oncology": ("放射線治療科", "Radiation Oncology"),
    "anesthesiology": ("麻酔科", "Anesthesiology"),
    "palliative_care": ("緩和ケア科", "Palliative Care"),
    "emergency": ("救急科", "Emergency Medicine"),
    "health_check": ("健診センター", "Health Check-up Center"),
}


def default_departments() -> list[DepartmentFields]:
    """Returns the default departments, without place and extension."""
    return [{"code": code, "names": {"ja": ja, "en": en}} for code, (ja, en) in DEFAULTS.items()]
