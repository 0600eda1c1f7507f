"""What a company has decided: the defaults of the product, each a documented setting."""

from __future__ import annotations

import dataclasses
import datetime as dt
import enum
import uuid

EVERYONE = "*"


class FeedbackPolicy(enum.StrEnum):
    """Whether feedback letters may be written. Off until an admin has said otherwise."""

    OFF = "off"
    ON = "on"


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """Read-only; put together from the settings of the process and the row of the workspace."""

    company: str = "Our company"
    mail_from: str = "hiring@example.com"
    pilot: frozenset[str] = frozenset()
    """Work emails of the members the bot may address, lower case; {"*"} for all, empty for nobody."""
    admins: frozenset[str] = frozenset()
    recruiting_lead: str = ""
    """Work email of the person told at the third rung; empty: the admins."""
    undo: dt.timedelta = dt.timedelta(seconds=60)
    """How long a courtesy letter waits."""
    undo_no: dt.timedelta = dt.timedelta(minutes=10)
    """How long a letter that says no waits at least."""
    feedback: FeedbackPolicy = FeedbackPolicy.OFF
    letters_paused: bool = False
    nudges_paused: bool = False
    letters_paused_by: uuid.UUID | None = None
    """The admin who paused them; None: whoever runs the bot, on the command line."""
    nudges_paused_by: uuid.UUID | None = None
    letters_an_hour: int = 20
    """Of one member; more hold themselves until the recruiter lets them go."""
    rehearsal: bool = False
    """Everything is decided and nothing leaves, but the report to the admins."""
    default_zone: str = "UTC"
    default_country: str = ""
    assumed_days: int = 5
    """Business days after the interview, where nobody has said a date."""
    offer_days: int = 5
    """The default new date is this many days on that both sides work."""
    offer_days_most: int = 10
    hold_days_most: int = 30
    """On hold: calendar days at most."""
    age_alarm_days: int = 20
    """Business days since the last interview, whatever was promised."""
    templates: str = ""
    """A folder whose letter templates go before ours."""

    def addresses(self, email: str) -> bool:
        """Whether the bot may write to this member. In a rehearsal it would to everybody: nothing leaves."""
        return self.rehearsal or EVERYONE in self.pilot or email.lower() in self.pilot
