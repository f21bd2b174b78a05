"""What operators see of a service and do about it, the same at every service: `build_app` adds it, no service writes any of it.

desk.py: what a web process holds for this, one method per question and act; the API (routes.py) and the page's part
(shared/ui) both go through it, and it through the functions that the `imc` command uses (shared/messaging: standing, parking, way).
Only `operator` (and admin) may; every act stands in the audit with person, source and reason; nothing shown is personal.
"""
