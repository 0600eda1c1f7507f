"""How often Slack may be called for one workspace, as budgets that all processes share.

Methods have tiers for each app and workspace (docs.slack.dev/apis/web-api/rate-limits). A member's own
channel is a lane of its own, one message a second.
"""

from __future__ import annotations

import datetime as dt

from storage.budgets import Budget
from storage.store import SqlStore

PACES = (
    (Budget.POST, 290, 8),
    (Budget.EDIT, 48, 15),
    (Budget.HOME, 96, 15),
    (Budget.FIND, 48, 15),
)
"""A minute, and at once after a rest.

`chat.postMessage` takes "several hundred" a minute; `chat.update` and `users.lookupByEmail` are of tier 3,
`views.publish` of tier 4, and both tiers take short bursts.
"""


def keep_pace(store: SqlStore, _: dt.datetime) -> None:
    """Set the budgets of one company."""
    for budget, a_minute, at_once in PACES:
        store.deliveries.lane(budget, 60 / a_minute, at_once)
