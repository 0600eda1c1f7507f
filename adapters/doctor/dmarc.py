"""Whether other mail servers will believe letters from our address (DMARC), as far as DNS tells.

The envelope has the same sender as the letter, so SPF is aligned wherever it passes. Whether it passes
depends on which server hands the letter on at last, and DKIM on what that server signs. Neither can be seen
from here.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping

import dns.asyncresolver
import dns.exception
import dns.resolver

from adapters.doctor.finding import Finding, State

_NAME = "dmarc"
_PATIENCE_S = 2.0
_RESERVED = frozenset({"example", "invalid", "localhost", "test"})
"""RFC 2606 §2."""
_ENFORCED = frozenset({"quarantine", "reject"})


async def dmarc(mail_from: str, host: str, resolver: dns.asyncresolver.Resolver | None = None) -> Finding:
    """The policy for the domain of `mail_from`, and whether the mail server `host` belongs to that domain."""
    domain = mail_from.partition("@")[2].lower()
    if domain.rpartition(".")[2] in _RESERVED:
        return Finding(
            _NAME,
            State.WARN,
            f"{domain} is a name for examples, which nobody can own.",
            "Set FOLLOWUP_MAIL_FROM to an address of your company's.",
        )
    try:
        async with asyncio.timeout(3 * _PATIENCE_S):
            resolver = resolver or dns.asyncresolver.Resolver()
            found = await _policy(domain, resolver)
            if found is None:
                return _without(domain)
            at, policy = found
            named = await _named_by_spf(domain, host, resolver)
    except (dns.exception.DNSException, OSError, TimeoutError):
        return Finding(
            _NAME,
            State.WARN,
            f"The DMARC record of {domain} could not be looked up: the name server gave no answer.",
            f"Look at the TXT record of _dmarc.{domain} from elsewhere, or run this where DNS answers.",
        )
    return _judged(domain, at, policy, host, named)


def _without(domain: str) -> Finding:
    return Finding(
        _NAME,
        State.WARN,
        f"{domain} has no DMARC record, so large mailbox providers may take its letters for spam.",
        f'Publish a TXT record at _dmarc.{domain}, to begin with "v=DMARC1; p=none", and let your mail '
        f"server sign with DKIM for {domain}.",
    )


def _judged(domain: str, at: str, policy: str, host: str, named: str) -> Finding:
    where = f"{domain} has the policy {policy}" + ("" if at == domain else f", by the record of {at}")
    if _within(host, at):
        return Finding(_NAME, State.OK, f"{where}; {host} belongs to {at}")
    if named:
        return Finding(_NAME, State.OK, f"{where}; SPF names {named} for {host}")
    if policy not in _ENFORCED:
        return Finding(_NAME, State.OK, f"{where}, which turns no letter away; {host} is not in {at}")
    return Finding(
        _NAME,
        State.WARN,
        f"{where}, and {host} is not in {at}. Whether it signs for {domain} cannot be told from here.",
        "Send one letter to yourself and look for dmarc=pass in its source. If it is not there, let "
        f"{host} sign with DKIM for {domain}.",
    )


async def _policy(domain: str, resolver: dns.asyncresolver.Resolver) -> tuple[str, str] | None:
    """Where the record is, and what it says about `domain`: the tree walk of RFC 9989 §4.10."""
    for at in _upwards(domain):
        records = [text for text in await _texts(f"_dmarc.{at}", resolver) if text.startswith("v=DMARC1")]
        if len(records) == 1:
            tags = _tags(records[0])
            own = tags.get("p", "none")
            return at, own if at == domain else tags.get("sp", own)
    return None


async def _named_by_spf(domain: str, host: str, resolver: dns.asyncresolver.Resolver) -> str:
    """What in the SPF record of `domain` is of the same domain as `host`; empty where nothing is."""
    family = ".".join(host.lower().split(".")[-2:])
    for record in await _texts(domain, resolver):
        if record.lower().startswith("v=spf1"):
            for term in record.split():
                value = term.replace("=", ":").partition(":")[2].lower()
                if _within(value, family):
                    return value
    return ""


def _upwards(domain: str) -> Iterator[str]:
    """The domain and what it is part of, but not a bare top-level domain."""
    labels = domain.split(".")
    for start in range(max(len(labels) - 1, 1)):
        yield ".".join(labels[start:])


def _within(host: str, domain: str) -> bool:
    return host.lower() == domain or host.lower().endswith(f".{domain}")


def _tags(record: str) -> Mapping[str, str]:
    pairs = (part.partition("=") for part in record.split(";"))
    return {name.strip().lower(): value.strip().lower() for name, _, value in pairs}


async def _texts(name: str, resolver: dns.asyncresolver.Resolver) -> list[str]:
    """The TXT records of `name`; none where there is no such name. Raises where nobody answers."""
    try:
        answer = await resolver.resolve(name, "TXT", lifetime=_PATIENCE_S, search=False)
    except (dns.resolver.NXDOMAIN, dns.resolver.NoAnswer):
        return []
    return [b"".join(record.strings).decode("utf-8", "replace") for record in answer]
