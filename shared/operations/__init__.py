"""The operators' view of a service and their actions, the same at every service: `build_app` adds it, services write no code for it.

console.py has one method per query and action; the API (routes.py) and the parts of pages (shared/ui) both use it, and it uses
the functions that the `imc` command uses (service_status.py, event_trace.py, shared/inbox/dead_letters.py).
Only `operator` (and admin) has access; every action is in the audit with person, source and reason; no personal data is visible.
"""
