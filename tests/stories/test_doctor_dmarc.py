"""What `followup doctor` says of DMARC: whether those who get our letters will believe who wrote them."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any, cast

import dns.asyncresolver
import dns.message
import dns.rcode
import dns.rrset
import pytest

from adapters.doctor.dmarc import dmarc
from adapters.doctor.finding import Finding, State


class Names(asyncio.DatagramProtocol):
    """A name server that knows these TXT records; or, with none at all, one in trouble."""

    def __init__(self, records: Mapping[str, str] | None) -> None:
        self._records = records

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.DatagramTransport", transport)

    def datagram_received(self, data: bytes, addr: Any) -> None:
        question = dns.message.from_wire(data)
        answer = dns.message.make_response(question)
        name = question.question[0].name
        record = None if self._records is None else self._records.get(name.to_text(omit_final_dot=True))
        if self._records is None:
            answer.set_rcode(dns.rcode.SERVFAIL)
        elif record is None:
            answer.set_rcode(dns.rcode.NXDOMAIN)
        else:
            answer.answer.append(dns.rrset.from_text(name, 60, "IN", "TXT", f'"{record}"'))
        self._transport.sendto(answer.to_wire(), addr)


async def looked_up(mail_from: str, host: str, records: Mapping[str, str] | None) -> Finding:
    loop = asyncio.get_running_loop()
    transport, _ = await loop.create_datagram_endpoint(lambda: Names(records), ("127.0.0.1", 0))
    resolver = dns.asyncresolver.Resolver(configure=False)
    resolver.nameservers = ["127.0.0.1"]
    resolver.port = transport.get_extra_info("sockname")[1]
    try:
        return await dmarc(mail_from, host, resolver)
    finally:
        transport.close()


STRICT = {"_dmarc.acme.com": "v=DMARC1; p=reject; sp=quarantine; rua=mailto:d@acme.com"}
LENIENT = {"_dmarc.acme.com": "v=DMARC1; p=none"}
OTHER = {"_dmarc.acme.com": "something else"}
SPF = {"acme.com": "v=spf1 include:spf.relay.net -all"}


@pytest.mark.parametrize(
    ("mail_from", "host", "records", "state", "said"),
    [
        ("h@acme.com", "mail.acme.com", STRICT, State.OK, "policy reject; mail.acme.com belongs to acme.com"),
        (
            "h@jobs.acme.com", "mail.acme.com", STRICT, State.OK,
            "jobs.acme.com has the policy quarantine, by the record of acme.com",
        ),
        ("h@acme.com", "smtp.relay.net", STRICT, State.WARN, "cannot be told from here"),
        ("h@acme.com", "smtp.relay.net", STRICT | SPF, State.OK, "SPF names spf.relay.net"),
        ("h@acme.com", "smtp.relay.net", LENIENT, State.OK, "turns no letter away"),
        ("h@acme.com", "mail.acme.com", {}, State.WARN, "has no DMARC record"),
        ("h@acme.com", "mail.acme.com", OTHER, State.WARN, "has no DMARC record"),
        ("h@acme.com", "mail.acme.com", None, State.WARN, "could not be looked up"),
        ("h@acme.example", "mail.acme.com", None, State.WARN, "a name for examples"),
    ],
)  # fmt: skip
async def test_whether_our_letters_will_be_believed(
    mail_from: str, host: str, records: Mapping[str, str] | None, state: State, said: str
) -> None:
    found = await looked_up(mail_from, host, records)
    assert found.state is state
    assert said in found.what
