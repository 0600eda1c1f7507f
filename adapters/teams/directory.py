"""Who somebody is in Teams, as a roster tells. Pure."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

GUEST = "#EXT#"
"""In the user principal name of everybody who was invited from elsewhere."""


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Somebody with a full account in the home tenant. `user` is their object id in Entra."""

    user: str
    email: str
    name: str


def person(about: Mapping[str, Any], tenant: str) -> Person | None:
    """None for guests, anonymous people, bots, people of other tenants, and who has no work email.

    `about`: learn.microsoft.com/microsoftteams/platform/bots/how-to/get-teams-context
    """
    principal = _text(about, "userPrincipalName")
    if _text(about, "userRole").casefold() not in ("", "user") or GUEST in principal.upper():
        return None
    if _text(about, "tenantId") not in ("", tenant):
        return None
    user = _text(about, "aadObjectId") or _text(about, "objectId")
    email = _text(about, "email") or principal
    if not user or "@" not in email or GUEST in email.upper():
        return None
    return Person(user=user, email=email, name=_text(about, "name") or email)


def _text(about: Mapping[str, Any], name: str) -> str:
    found = about.get(name)
    return found if isinstance(found, str) else ""
