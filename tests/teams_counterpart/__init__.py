"""Teams and Microsoft's login, strict, on this machine: what the adapter is tested against."""

from tests.teams_counterpart.counterpart import APP_ID, TENANT, TeamsCounterpart
from tests.teams_counterpart.faults import Fault
from tests.teams_counterpart.memory import User
from tests.teams_counterpart.microsoft import Key
from tests.teams_counterpart.person import TeamsPerson

__all__ = ["APP_ID", "TENANT", "Fault", "Key", "TeamsCounterpart", "TeamsPerson", "User"]
