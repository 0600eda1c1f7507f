"""The store: everything the core asks of a database, in one transaction of one workspace."""

from __future__ import annotations

import functools

from storage.changes import Changes
from storage.deliveries import Deliveries
from storage.drafts import Drafts
from storage.due import Due
from storage.heard import Heard
from storage.history import Histories
from storage.nudges import Nudges
from storage.rehearsals import Rehearsals
from storage.sheets import Sheets
from storage.summary import Counting


class SqlStore(Changes, Due, Nudges, Drafts, Sheets, Histories, Heard, Rehearsals, Counting):
    """Implements `bot.ports.Store`.

    Made by `Database.write` and `Database.read`; not to be kept beyond them.
    """

    @functools.cached_property
    def deliveries(self) -> Deliveries:
        """What must go out, in this transaction."""
        return Deliveries(self.conn, self.workspace, lambda: self.policy.letters_paused, self._want)
