"""`followup doctor` tells an operator what is wrong and how to mend it: every time, and never a secret."""

from __future__ import annotations

import asyncio
import base64
import dataclasses
import datetime as dt
import os
import uuid
from collections.abc import AsyncIterator, Mapping
from email.utils import format_datetime
from pathlib import Path
from typing import Any, cast

import dns.asyncresolver
import dns.message
import dns.rcode
import dns.rrset
import pytest
from aiohttp import web

from adapters.demo import opened as opened_demo
from adapters.doctor.clock import clock, time_zones
from adapters.doctor.dmarc import dmarc
from adapters.doctor.examine import _safely, examine
from adapters.doctor.finding import Finding, State, lines, summary
from adapters.doctor.smtp import smtp
from adapters.mail.smtp import parse_smtp_url
from adapters.slack.manifest import SCOPES
from bot.people import Member
from bot.policy import Policy
from bot.uses.pausing import pause_all
from storage.database import Database
from tests.databases import MIGRATED, Databases, Kind, change
from tests.smtp_counterpart import HANG, Counterpart, Do, Script, Stage
from tests.stories.command_line import FOLLOWUP, environment

BOT, APP, SECRET, PASSWORD = "xoxb-1-very-secret", "xapp-1-very-secret", "ab" * 16, "s3cret-of-the-relay"
NOW = dt.datetime(2026, 11, 23, 14, 30, tzinfo=dt.UTC)
DANA = {
    "id": "U0DANA",
    "team_id": "T0ACME",
    "tz": "Europe/London",
    "profile": {"email": "dana@acme.example", "real_name": "Dana Lee"},
}


@pytest.fixture(autouse=True)
def _no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy"):
        monkeypatch.delenv(name, raising=False)


# -- Slack, as far as it is asked ---------------------------------------------------------------------------

Answer = dict[str, Any] | int
"""What a method says: an error's name under "error", any other body, or a bare HTTP status."""


@dataclasses.dataclass
class Slack:
    """Says yes to everything, unless told otherwise by `says`; `asked` is what it was asked, in order."""

    url: str = ""
    scopes: str = ",".join(SCOPES)
    date: str = ""
    says: dict[str, Answer] = dataclasses.field(default_factory=dict)
    asked: list[tuple[str, str, dict[str, Any]]] = dataclasses.field(default_factory=list)

    async def answer(self, request: web.Request) -> web.Response:
        method = request.match_info["method"]
        is_json = request.content_type == "application/json"
        form = await request.json() if is_json else {**request.query, **await request.post()}
        self.asked.append((method, request.headers.get("Authorization", "").removeprefix("Bearer "), form))
        said = self.says.get(method, _YES.get(method, {}))
        if isinstance(said, int):
            return web.Response(status=said, text="<html>not Slack</html>", content_type="text/html")
        headers = {"x-oauth-scopes": self.scopes} if self.scopes else {}
        if self.date:
            headers["Date"] = self.date
        return web.json_response({"ok": "error" not in said, **said}, headers=headers)

    def methods(self) -> list[str]:
        return [method for method, _, _ in self.asked]


_YES: dict[str, Answer] = {
    "auth.test": {"team": "Acme", "team_id": "T0ACME", "user": "followup", "user_id": "U0BOT"},
    "users.lookupByEmail": {"user": DANA},
    "apps.connections.open": {"url": "wss://wss.slack.example/link/?ticket=very-secret-ticket"},
    "oauth.v2.access": {"error": "invalid_code"},
}


@pytest.fixture
async def slack() -> AsyncIterator[Slack]:
    one = Slack()
    app = web.Application()
    app.router.add_route("*", "/api/{method}", one.answer)
    server = web.AppRunner(app, access_log=None, shutdown_timeout=0)
    await server.setup()
    await web.TCPSite(server, "127.0.0.1", 0).start()
    one.url = f"http://127.0.0.1:{server.addresses[0][1]}/api/"
    yield one
    await server.cleanup()


# -- what is asked of the doctor ----------------------------------------------------------------------------


@pytest.fixture
def database(databases: Databases) -> str:
    """The URL of a database that `followup migrate` has made."""
    return databases.copy(MIGRATED)


def settings(**given: str) -> dict[str, str]:
    return {f"FOLLOWUP_{name.upper()}": value for name, value in given.items()}


def of_slack(slack: Slack, **more: str) -> dict[str, str]:
    return settings(
        **{
            "slack_api_url": slack.url,
            "slack_bot_token": BOT,
            "slack_app_token": APP,
            "pilot": "dana@acme.example",
        }
        | more
    )


async def report(environ: Mapping[str, str], write_to: str = "") -> dict[str, Finding]:
    """What was found, by the name of the check; nothing of it repeats a secret."""
    found = [finding async for finding in examine(environ, write_to=write_to)]
    printed = "\n".join(line for finding in found for line in lines(finding))
    for secret in (BOT, APP, SECRET, PASSWORD, "very-secret"):
        assert secret not in printed
    return {finding.name: finding for finding in found}


async def on_slack(slack: Slack, write_to: str = "", **more: str) -> dict[str, Finding]:
    return await report(of_slack(slack, **more), write_to)


def relay(port: int, user: str = "") -> str:
    return f"smtp://{user}127.0.0.1:{port}?starttls=never"


async def asked(url: str, *scripts: Script, patience: float = 10) -> tuple[Finding, Counterpart]:
    """What the check says of a mail server that follows these scripts; its port stands as 0 in `url`."""
    async with Counterpart(*scripts) as server:
        found = await smtp(
            parse_smtp_url(url.replace(":0", f":{server.port}")), "hiring@acme.example", patience=patience
        )
        server.wakes.set()
    return found, server


# -- the command --------------------------------------------------------------------------------------------


async def run(folder: Path, *arguments: str, **environ: str) -> tuple[int, str]:
    process = await asyncio.create_subprocess_exec(
        FOLLOWUP, "doctor", *arguments,
        cwd=folder,
        env=environment() | environ,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )  # fmt: skip
    out, _ = await process.communicate()
    assert process.returncode is not None
    return process.returncode, out.decode()


async def test_where_all_is_well_every_line_says_so(
    tmp_path: Path, database: str, slack: Slack, kept_in: Kind
) -> None:
    async with Counterpart({Stage.EHLO: Do("250-counterpart.test\r\n250 AUTH PLAIN")}) as server:
        code, out = await run(
            tmp_path,
            **of_slack(slack, slack_signing_secret=SECRET),
            **settings(
                database_url=database,
                smtp_url=relay(server.port, f"followup:{PASSWORD}@"),
                mail_from="hiring@acme.example",
                admins="kim@acme.example",
                timezone="Europe/Berlin",
            ),
        )
    words = {line[6:].split("  ")[0].strip(): line.split()[0] for line in out.splitlines() if line[0] != " "}
    assert code == 0, out
    # Nobody owns acme.example, so there is nothing to be looked up.
    assert {name for name, state in words.items() if state == "warn"} == {"dmarc"}
    assert {"sqlite": "SQLite at", "postgresql": "PostgreSQL at"}[kept_in] in out
    assert "schema current" in out
    assert "logged in, takes letters from hiring@acme.example; nothing was sent" in out
    assert "the bot is in Acme and speaks as @followup" in out
    assert "dana@acme.example is in Slack as U0DANA" in out
    assert "agrees with Slack and the database" in out
    assert out.splitlines()[-1] == "Nothing is wrong, 1 to look at."
    for secret in (BOT, APP, SECRET, PASSWORD, "very-secret-ticket"):
        assert secret not in out
    assert server.accepted == []


async def test_with_nothing_set_it_names_what_lacks_and_goes_on_to_the_end(tmp_path: Path) -> None:
    code, out = await run(tmp_path)
    assert code == 1
    assert "wrong smtp" in out
    assert "Mend: Set it to your mail relay" in out
    assert "there is no such file" in out
    assert "FOLLOWUP_PILOT is empty: the bot addresses nobody." in out
    assert "docs/how-to/slack.md" in out
    assert out.splitlines()[-1].startswith("2 things are wrong, 3 to look at.")
    assert "Traceback" not in out
    assert os.listdir(tmp_path) == [], "a database was made by looking for it"


# -- settings -----------------------------------------------------------------------------------------------


async def test_every_wrong_setting_is_named_at_once_and_no_value_of_a_secret(database: str) -> None:
    environ = settings(
        database_url=database,
        timezone="Mars/Olympus",
        slack_bot_token=APP,
        smpt_url=f"smtp://followup:{PASSWORD}@mail.acme.example",
        pilot="*",
    )
    found = [finding async for finding in examine(environ)]
    refused = [finding for finding in found if finding.name == "settings"]
    assert [finding.state for finding in refused] == [State.WRONG, State.WRONG, State.WARN]
    assert {finding.what.split()[0] for finding in refused} == {
        "FOLLOWUP_TIMEZONE",
        "FOLLOWUP_SLACK_BOT_TOKEN",
        "FOLLOWUP_SMPT_URL",
    }
    assert refused[2].mend == "Did you mean FOLLOWUP_SMTP_URL?"
    assert not any(secret in str(found) for secret in (APP, PASSWORD))
    # The others were looked at all the same.
    assert {"database", "pilot", "time zones", "clock"} <= {finding.name for finding in found}


async def test_settings_of_slack_that_lack_another_are_named(database: str) -> None:
    found = await report(settings(database_url=database, slack_app_token=APP))
    assert found["slack"].state is State.WRONG
    assert "FOLLOWUP_SLACK_BOT_TOKEN" in found["slack"].what


# -- database -----------------------------------------------------------------------------------------------


async def test_tables_that_were_not_made_yet(tmp_path: Path) -> None:
    (tmp_path / "empty.db").touch()
    found = await report(settings(database_url=f"sqlite:///{tmp_path / 'empty.db'}"))
    assert found["database"].state is State.WRONG
    assert "followup migrate" in found["database"].mend


async def test_a_database_of_a_newer_program(database: str) -> None:
    change(database, "UPDATE alembic_version SET version_num = 'from the future'")
    found = await report(settings(database_url=database))
    assert found["database"].state is State.WRONG
    assert "newer than this program" in found["database"].what


async def test_a_file_that_is_no_database(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("Not a database, but long enough to be looked at as one.\n" * 20)
    found = await report(settings(database_url=f"sqlite:///{tmp_path / 'notes.txt'}"))
    assert found["database"].state is State.WRONG
    assert "file is not a database" in found["database"].what


async def test_a_url_that_names_no_database_we_know(tmp_path: Path) -> None:
    found = await report(settings(database_url=f"mysql://followup:{PASSWORD}@db.acme.example/followup"))
    assert found["database"].what.startswith("FOLLOWUP_DATABASE_URL begins with mysql://")


# -- people -------------------------------------------------------------------------------------------------


async def test_admins_are_those_of_the_settings_and_who_is_none_any_more_is_named(database: str) -> None:
    opened = Database(database, Policy())
    workspace = opened.create_workspace("Acme", NOW)
    jo = Member(id=uuid.uuid4(), name="Jo", email="jo@acme.example", zone="UTC", admin=True)
    sam = Member(id=uuid.uuid4(), name="Sam", email="sam@acme.example", zone="UTC")
    opened.write(workspace, lambda store: store.save_member(jo))
    opened.write(workspace, lambda store: store.save_member(sam))
    opened.close()
    found = await report(settings(database_url=database, admins="kim@acme.example"))
    assert found["admins"].state is State.WARN
    assert found["admins"].what.startswith("jo@acme.example will not be admin any more")
    both = await report(settings(database_url=database, admins="kim@acme.example,T0ACME/jo@acme.example"))
    assert both["admins"] == Finding("admins", State.OK, "T0ACME/jo@acme.example, kim@acme.example")


async def test_the_pilot_is_said_as_it_is(database: str) -> None:
    everybody = await report(settings(database_url=database, pilot="*"))
    some = await report(settings(database_url=database, pilot="ravi@acme.example,dana@acme.example"))
    assert everybody["pilot"].what == "everybody may be addressed"
    assert some["pilot"].what == "dana@acme.example, ravi@acme.example and nobody else"


async def test_who_is_in_the_pilot_and_nowhere_else_is_named(database: str) -> None:
    opened = Database(database, Policy())
    workspace = opened.create_workspace("Acme", NOW)
    sam = Member(id=uuid.uuid4(), name="Sam", email="Sam@acme.example", zone="UTC")
    opened.write(workspace, lambda store: store.save_member(sam))
    opened.close()
    found = (await report(settings(database_url=database, pilot="sam@acme.example,dnaa@acme.example")))[
        "pilot"
    ]
    assert (found.state, found.what) == (State.WARN, "dnaa@acme.example: no member here has this work email.")


# -- what holds the bot back --------------------------------------------------------------------------------


async def test_what_is_paused_is_said_with_who_paused_it(database: str) -> None:
    opened = Database(database, Policy())
    workspace = opened.create_workspace("Acme", NOW)
    jo = Member(id=uuid.uuid4(), name="Jo Ito", email="jo@acme.example", zone="UTC", admin=True)
    opened.write(workspace, lambda store: store.save_member(jo))
    assert (await report(settings(database_url=database)))["paused"].what == "nothing is paused"
    opened.write(workspace, lambda store: pause_all(store, NOW, "letters", on=True, by=jo))
    opened.write(workspace, lambda store: pause_all(store, NOW, "nudges", on=True))
    opened.close()
    found = (await report(settings(database_url=database)))["paused"]
    assert found.state is State.WARN
    assert found.what == "Jo Ito has paused letters. Whoever runs Followup has paused nudges."


async def test_a_rehearsal_is_said_before_while_and_after_it_is_on(database: str) -> None:
    opened = Database(database, Policy())
    workspace = opened.create_workspace("Acme", NOW)
    assert (await report(settings(database_url=database)))["rehearsal"].state is State.OK
    before = (await report(settings(database_url=database, rehearsal="on")))["rehearsal"]
    assert "from the next start of `followup serve` on" in before.what
    opened.write(workspace, lambda store: store.begin_rehearsal(NOW))
    opened.close()
    on = (await report(settings(database_url=database, rehearsal="on")))["rehearsal"]
    assert "A rehearsal is on since 2026-11-23" in on.what
    over = (await report(settings(database_url=database)))["rehearsal"]
    assert "is over by the settings and goes on in the database" in over.what


async def test_in_a_rehearsal_no_test_message_is_written(slack: Slack) -> None:
    found = (await on_slack(slack, "dana@acme.example", rehearsal="on"))["slack write"]
    assert (found.state, "FOLLOWUP_REHEARSAL is on" in found.what) == (State.WRONG, True)
    assert "chat.postMessage" not in slack.methods()


async def test_a_demo_is_examined_in_a_moment(tmp_path: Path) -> None:
    async with opened_demo(f"sqlite:///{tmp_path / 'demo.db'}") as demo:
        assert await demo.examined() == "Nothing is wrong."
        await demo.running.transactions.write(
            demo.running.workspace, lambda store, now: pause_all(store, now, "all", on=True)
        )
        assert await demo.examined() == "Nothing is wrong, 1 to look at."
        await demo.running.runner.stop()


# -- mail ---------------------------------------------------------------------------------------------------


async def test_a_mail_server_is_asked_up_to_the_letter_and_gets_none() -> None:
    found, server = await asked("smtp://127.0.0.1:0?starttls=never")
    assert found.state is State.OK
    assert server.commands == [["ehlo", "mail", "rcpt", "quit"]]
    assert server.accepted == []


async def test_a_wrong_password_is_said_without_the_password() -> None:
    plain = base64.b64encode(f"\0followup\0{PASSWORD}".encode()).decode()
    ehlo = Do("250-counterpart.test\r\n250 AUTH PLAIN")
    chatty = {Stage.EHLO: ehlo, Stage.AUTH: Do(f"535 5.7.8 bad credentials: AUTH PLAIN {plain}")}
    terse = {Stage.EHLO: ehlo, Stage.AUTH: Do("535 5.7.8 bad credentials")}
    for script, said in ((chatty, "It says: 535."), (terse, "It says: 535 5.7.8 bad credentials.")):
        found, _ = await asked(f"smtp://followup:{PASSWORD}@127.0.0.1:0?starttls=never", script)
        assert found.state is State.WRONG
        assert found.what.endswith(f"does not take this user and password. {said}")
        assert "FOLLOWUP_SMTP_URL" in found.mend


@pytest.mark.parametrize(
    ("script", "state", "said"),
    [
        ({}, State.WRONG, "offers no encryption (STARTTLS)"),
        ({Stage.CONNECT: Do("554 no service", drop=True)}, State.WRONG, "554 no service"),
        ({Stage.CONNECT: Do("421 too busy", drop=True)}, State.WARN, "421 too busy"),
    ],
)
async def test_a_mail_server_that_does_not_want_us(script: Script, state: State, said: str) -> None:
    found, _ = await asked("smtp://127.0.0.1:0", script)
    assert found.state is state
    assert said in found.what


@pytest.mark.parametrize(
    ("script", "state", "said"),
    [
        ({Stage.MAIL: Do("550 5.7.60 not yours")}, State.WRONG, "does not let us send from this address"),
        ({Stage.RCPT: Do("550 5.1.1 who?")}, State.WARN, "takes no mail for hiring@acme.example"),
        ({Stage.RCPT: Do("450 4.2.0 greylisted")}, State.WARN, "450 4.2.0 greylisted"),
    ],
)
async def test_an_address_we_may_not_send_from(script: Script, state: State, said: str) -> None:
    found, server = await asked("smtp://127.0.0.1:0?starttls=never", script)
    assert found.state is state
    assert said in found.what
    assert server.accepted == []


async def test_a_mail_server_that_hangs_is_given_up() -> None:
    found, _ = await asked("smtp://127.0.0.1:0?starttls=never", {Stage.CONNECT: HANG}, patience=0.1)
    assert found.state is State.WRONG
    assert "cannot be reached" in found.what


async def test_a_port_where_nobody_listens(database: str) -> None:
    async with Counterpart() as server:
        port = server.port
    found = await report(
        settings(database_url=database, smtp_url=relay(port), mail_from="hiring@acme.example")
    )
    assert found["smtp"].state is State.WRONG
    assert found["smtp"].what.startswith(f"127.0.0.1:{port} without encryption cannot be reached")


# -- DMARC --------------------------------------------------------------------------------------------------


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


# -- Slack --------------------------------------------------------------------------------------------------


async def test_slack_as_it_should_be(slack: Slack) -> None:
    found = await on_slack(slack, slack_signing_secret=SECRET)
    for name in ("slack token", "slack scopes", "slack secret", "slack socket", "slack member", "clock"):
        assert found[name].state is State.OK, found[name]
    assert slack.methods() == ["auth.test", "users.lookupByEmail", "apps.connections.open"]
    assert [token for _, token, _ in slack.asked] == [BOT, BOT, APP]


@pytest.mark.parametrize(
    ("error", "state", "mend"),
    [
        ("invalid_auth", State.WRONG, "Bot User OAuth Token"),
        ("account_inactive", State.WRONG, "Reinstall to Workspace"),
        ("token_revoked", State.WRONG, "Reinstall to Workspace"),
        ("token_expired", State.WRONG, "followup manifest slack"),
        ("something_new", State.WRONG, "docs.slack.dev"),
        ("internal_error", State.WARN, "slack-status.com"),
        ("ratelimited", State.WARN, "in a minute"),
    ],
)
async def test_a_token_that_slack_does_not_take(slack: Slack, error: str, state: State, mend: str) -> None:
    slack.says["auth.test"] = {"error": error}
    found = await on_slack(slack)
    assert found["slack token"].state is state
    assert mend in found["slack token"].mend
    assert found["slack socket"].state is State.OK, "the checks after it were made"


async def test_each_scope_that_lacks_is_named_with_its_reason(slack: Slack) -> None:
    lacking = {"im:history", "users:read.email"}
    slack.scopes = ",".join([*(scope for scope in SCOPES if scope not in lacking), "channels:history"])
    found = (await on_slack(slack))["slack scopes"]
    assert found.state is State.WRONG
    assert found.what.startswith("The token lacks im:history, users:read.email.")
    assert SCOPES["im:history"] in found.what
    assert "Add an OAuth Scope" in found.mend
    assert "Reinstall to Workspace" in found.mend
    slack.scopes = ",".join([*SCOPES, "channels:history"])
    more = (await on_slack(slack))["slack scopes"]
    assert more.state is State.OK
    assert more.what.endswith("Followup has no use for channels:history")
    slack.scopes = ""
    assert (await on_slack(slack))["slack scopes"].state is State.WARN


async def test_a_signing_secret_of_another_form(slack: Slack) -> None:
    found = await on_slack(slack, slack_signing_secret="not-a-signing-secret")
    assert found["slack secret"].state is State.WRONG
    assert "not-a-signing-secret" not in str(found)


@pytest.mark.parametrize(
    ("error", "said"),
    [
        ("invalid_auth", "does not know the token in FOLLOWUP_SLACK_APP_TOKEN"),
        ("missing_scope", "connections:write"),
        ("some_reason", "no Socket Mode connection (some_reason)"),
    ],
)
async def test_socket_mode_that_does_not_open(slack: Slack, error: str, said: str) -> None:
    slack.says["apps.connections.open"] = {"error": error}
    found = (await on_slack(slack))["slack socket"]
    assert found.state is State.WRONG
    assert said in found.what


@pytest.mark.parametrize(
    ("user", "said"),
    [
        ({**DANA, "deleted": True}, "is deactivated in Slack"),
        ({**DANA, "is_restricted": True}, "is a guest in Slack"),
        ({**DANA, "is_bot": True}, "has no full account of this workspace"),
        ({**DANA, "team_id": "T0OTHER"}, "has no full account of this workspace"),
    ],
)
async def test_a_member_the_bot_would_not_write_to(slack: Slack, user: dict[str, Any], said: str) -> None:
    slack.says["users.lookupByEmail"] = {"user": user}
    found = await on_slack(slack, "dana@acme.example")
    assert found["slack member"].state is State.WARN
    assert said in found["slack member"].what
    assert found["slack write"].state is State.WRONG
    assert "chat.postMessage" not in slack.methods()


async def test_a_member_who_is_not_in_slack(slack: Slack) -> None:
    slack.says["users.lookupByEmail"] = {"error": "users_not_found"}
    found = await on_slack(slack)
    assert found["slack member"].state is State.WARN
    assert "Nobody in this workspace has that work email." in found["slack member"].what


async def test_an_address_where_slack_is_not(slack: Slack, database: str) -> None:
    slack.says["auth.test"] = 404
    found = await on_slack(slack, database_url=database)
    assert found["slack"].state is State.WRONG
    assert "HTTP status 404" in found["slack"].what
    nowhere = await on_slack(dataclasses.replace(slack, url="http://127.0.0.1:1/api/"), database_url=database)
    assert nowhere["slack"].state is State.WRONG
    assert "HTTPS_PROXY" in nowhere["slack"].mend
    assert nowhere["clock"].what == "agrees with the database"


async def test_one_short_message_is_written_when_it_is_asked_for(slack: Slack) -> None:
    slack.says["chat.postMessage"] = {"ts": "1.2", "channel": "D1"}
    found = await on_slack(slack, "Dana@acme.example", company="Acme")
    assert found["slack write"].state is State.OK
    [(_, token, form)] = [one for one in slack.asked if one[0] == "chat.postMessage"]
    assert token == BOT
    assert form["channel"] == "U0DANA"
    assert form["text"].startswith("Followup can write to you here: somebody at Acme")


@pytest.mark.parametrize(
    ("error", "mend"), [("messages_tab_disabled", "App Home"), ("missing_scope", "slack scopes")]
)
async def test_a_message_that_slack_does_not_take(slack: Slack, error: str, mend: str) -> None:
    slack.says["chat.postMessage"] = {"error": error}
    found = (await on_slack(slack, "dana@acme.example"))["slack write"]
    assert found.state is State.WRONG
    assert found.what.startswith("Nothing was written to dana@acme.example.")
    assert mend in found.mend


async def test_nobody_outside_the_pilot_is_written_to(slack: Slack) -> None:
    found = await on_slack(slack, "kim@acme.example")
    assert found["slack write"].state is State.WRONG
    assert "not in FOLLOWUP_PILOT" in found["slack write"].what
    assert "chat.postMessage" not in slack.methods()
    without = await report(settings(pilot="*"), "kim@acme.example")
    assert "FOLLOWUP_SLACK_BOT_TOKEN is not set" in without["slack write"].what


MANY = {
    "slack_client_id": "1.2",
    "slack_client_secret": "very-secret",
    "slack_signing_secret": SECRET,
    "slack_tenants": "*",
    "token_keys": base64.urlsafe_b64encode(bytes(32)).decode(),
}


async def test_an_app_that_many_workspaces_install(slack: Slack) -> None:
    found = await report(settings(slack_api_url=slack.url, pilot="*", **MANY))
    assert found["slack client"].state is State.OK
    assert found["slack keys"].what == "1 to encrypt tokens with"
    pair = base64.b64encode(b"1.2:very-secret").decode()
    assert slack.asked == [("oauth.v2.access", f"Basic {pair}", {"code": "doctor"})]


@pytest.mark.parametrize("error", ["invalid_client_id", "bad_client_secret"])
async def test_an_id_and_a_secret_that_are_not_of_one_app(slack: Slack, error: str) -> None:
    slack.says["oauth.v2.access"] = {"error": error}
    keys = {"token_keys": f"{MANY['token_keys']},very-secret"}
    found = await report(settings(slack_api_url=slack.url, pilot="*", **MANY | keys))
    assert found["slack client"].state is State.WRONG
    assert "App Credentials" in found["slack client"].mend
    assert found["slack keys"].what.startswith("Key 2 of FOLLOWUP_TOKEN_KEYS is none")


# -- clock, zones, and the report itself --------------------------------------------------------------------


async def test_a_clock_that_is_ten_minutes_off(slack: Slack) -> None:
    slack.date = format_datetime(dt.datetime.now(dt.UTC) + dt.timedelta(minutes=10), usegmt=True)
    found = (await on_slack(slack))["clock"]
    assert found.state is State.WARN
    assert "behind Slack" in found.what
    ahead = clock({"the database": dt.timedelta(seconds=-61), "Slack": dt.timedelta(seconds=59)})
    assert ahead.what.startswith("This computer's clock is 61 s ahead of the database.")


def test_time_zones_that_are_there_and_one_that_is_not() -> None:
    assert time_zones("Europe/Berlin").state is State.OK
    assert time_zones("Mars/Olympus").state is State.WRONG


async def test_a_check_that_breaks_is_a_finding_like_any_other() -> None:
    def breaks() -> Finding:
        raise RuntimeError(PASSWORD)

    found = await _safely("smtp", breaks)
    assert found.state is State.WRONG
    assert "RuntimeError" in found.what
    assert PASSWORD not in str(found)


def test_the_last_line_counts() -> None:
    ok, warn, wrong = (Finding("x", state, "y") for state in State)
    assert summary([ok]) == "Nothing is wrong."
    assert summary([ok, warn]) == "Nothing is wrong, 1 to look at."
    assert summary([wrong, warn]).startswith("1 thing is wrong, 1 to look at.")
    assert summary([wrong, wrong]).startswith("2 things are wrong. Mend it")
    assert list(lines(Finding("smtp", State.WRONG, "It is off.", "Switch it on."))) == [
        "wrong smtp          It is off.",
        "                    Mend: Switch it on.",
    ]
