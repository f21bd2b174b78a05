"""What operators see of a service and do about it, the same at every service: `build_app` adds it, no service writes any of it.

console.py has one method per question and action; the API (routes.py) and the page's part (shared/ui) both use it, and it uses
the functions that the `imc` command uses (service_status.py, event_trace.py, shared/inbox/dead_letters.py).
Only `operator` (and admin) may; every action is in the audit with person, source and reason; nothing personal is visible.
"""
