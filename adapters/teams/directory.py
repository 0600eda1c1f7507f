"""Who somebody is in Teams, as a roster or Microsoft Graph tells. Pure."""

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

    An email proves nothing by itself: in a tenant of their own, people give themselves whichever they like.

    `about`: learn.microsoft.com/microsoftteams/platform/bots/how-to/get-teams-context
    """
    principal = _text(about, "userPrincipalName")
    if _text(about, "userRole").casefold() not in ("", "user") or GUEST in principal.upper():
        return None
    if _text(about, "tenantId") != tenant:
        return None
    user = _text(about, "aadObjectId") or _text(about, "objectId")
    email = _text(about, "email") or principal
    if not user or "@" not in email or GUEST in email.upper():
        return None
    return Person(user=user, email=email, name=_text(about, "name") or email)


def by_email(found: object, email: str) -> Person | None:
    """Whoever has this work email among users of Entra; None for guests, for switched-off accounts, for two.

    `found`: learn.microsoft.com/graph/api/resources/user
    """
    users = [it for it in found if isinstance(it, Mapping)] if isinstance(found, list) else []
    wanted = email.casefold()
    by_mail = [it for it in users if _text(it, "mail").casefold() == wanted]
    meant = by_mail or [it for it in users if _text(it, "userPrincipalName").casefold() == wanted]
    if len(meant) != 1 or meant[0].get("accountEnabled") is False:
        return None
    user = meant[0]
    guest = _text(user, "userType").casefold() == "guest" or GUEST in _text(user, "userPrincipalName").upper()
    if guest or not _text(user, "id"):
        return None
    return Person(user=_text(user, "id"), email=email, name=_text(user, "displayName") or email)


def _text(about: Mapping[str, Any], name: str) -> str:
    found = about.get(name)
    return found if isinstance(found, str) else ""
