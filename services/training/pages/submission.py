"""Submits forms about an application. Changes that the system made since (overdue, certificate made) are no conflict: the rules
decide whether they forbid the command.
"""

from functools import partial

from shared.ui.commands import submit as submit_form

submit = partial(submit_form, ignores_system_changes=True)
