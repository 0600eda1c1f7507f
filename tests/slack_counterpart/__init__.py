"""A counterpart for the Slack adapter: Slack's servers, strict, and a person who uses Slack.

    team = Team(name="Halden")
    team.hire("dana.lee@halden.example", "Dana Lee", tz="America/New_York")
    async with SlackCounterpart(team) as slack:
        ...  # start the app with slack.api_url, slack.bot_token and slack.signing_secret
        slack.app_url = "http://127.0.0.1:8080/slack/events"
        dana = SlackPerson(slack, "dana.lee@halden.example")
        form = await dana.opens("Other date", "Tomasz")
        assert "New date" in (await dana.submits(form, date="2026-12-02")).text
        assert len(slack.called("chat.postMessage")) == 1

Two parts know Followup: `reading` knows how the adapter draws a row, `person` what a story's person can do.
"""

from tests.slack_counterpart.counterpart import SlackCounterpart
from tests.slack_counterpart.faults import Drop
from tests.slack_counterpart.person import SlackPerson
from tests.slack_counterpart.rates import Rate, Rates
from tests.slack_counterpart.refused import BadAnswer, NoAck
from tests.slack_counterpart.teams import Team, User

__all__ = ["BadAnswer", "Drop", "NoAck", "Rate", "Rates", "SlackCounterpart", "SlackPerson", "Team", "User"]
