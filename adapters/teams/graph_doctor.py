"""Which permissions of Microsoft Graph the bot has: each is tried, none is taken on trust."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable

from adapters.doctor.finding import Finding, State
from adapters.teams.graph import CATALOG, INSTALL, PEOPLE, PRESENCE, Graph, GraphLacks, NotInCatalogue
from bot.ports import ChatError

_WITHOUT = {
    PEOPLE: "whom an import names is unreachable until they use the bot",
    PRESENCE: "who is out of office is asked all the same, unless they type away until",
    CATALOG: "the app is installed for nobody; they add it themselves, or a setup policy does",
    INSTALL: "the app is installed for nobody; they add it themselves, or a setup policy does",
}


class GraphCheckup:
    """Asks, and changes nothing there."""

    def __init__(self, graph: Graph) -> None:
        self._graph = graph
        self._user = ""

    async def findings(self) -> AsyncIterator[Finding]:
        """One line for each permission; none after Graph could not be reached at all."""
        tries: tuple[tuple[str, str, Callable[[], Awaitable[object]]], ...] = (
            ("graph people", PEOPLE, self._anybody),
            ("graph absence", PRESENCE, lambda: self._graph.out_of_office([self._user])),
            ("graph package", CATALOG, self._graph.app),
            ("graph install", INSTALL, lambda: self._graph.probe(self._user)),
        )
        for name, permission, attempt in tries:
            if not self._user and permission in (PRESENCE, INSTALL):
                what = f"Whether {permission} is given cannot be tried before {PEOPLE} is."
                yield Finding(name, State.WARN, what, _GIVE.format(permission=PEOPLE))
                continue
            try:
                await attempt()
            except GraphLacks:
                what = f"{permission} is not given: {_WITHOUT[permission]}."
                yield Finding(name, State.WARN, what, _GIVE.format(permission=permission))
            except NotInCatalogue as error:
                yield Finding(name, State.WARN, str(error), _UPLOAD)
            except ChatError as error:
                yield Finding(name, State.WARN, str(error), _MEND)
            else:
                yield Finding(name, State.OK, f"{permission} is given")

    async def _anybody(self) -> None:
        self._user = await self._graph.anybody()


_GIVE = (
    "entra.microsoft.com → App registrations → the bot's → API permissions → Add a permission → Microsoft "
    "Graph → Application permissions → {permission}, then Grant admin consent. Or do without it."
)
_UPLOAD = (
    "`followup manifest teams` makes it; upload it at admin.teams.microsoft.com → Teams apps → Manage apps."
)
_MEND = "Everything else goes on without Graph. FOLLOWUP_TEAMS_GRAPH=off stops asking it."
