"""What FOLLOWUP_ADMINS says: addresses, and behind a tenant and a slash those of another company. Pure."""

from __future__ import annotations

from collections.abc import Collection


def split(entry: str) -> tuple[str, str]:
    """The tenant, empty where none is named, and the address. A slash may stand in an address, too."""
    tenant, slash, address = entry.partition("/")
    return (tenant, address) if slash and tenant and "@" not in tenant else ("", entry)


def addresses(entries: Collection[str]) -> frozenset[str]:
    """Of whatever company."""
    return frozenset(split(entry)[1] for entry in entries)


def named(entries: Collection[str], tenants: Collection[str]) -> frozenset[str]:
    """Those that are named with one of these tenants; "" for no tenant, the operator's own company."""
    return frozenset(address for tenant, address in map(split, entries) if tenant in tenants)
