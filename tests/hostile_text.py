"""Text that means harm in a chat, and strategies for more of it."""

from __future__ import annotations

from hypothesis import strategies as st

SLACK_HOSTILE = (
    "<!channel> <@U1> <#C1> <https://x.example|you> *b* _i_ ~s~ `c` :smile: & \u202eevil\u2066 \x07Zoë"
)
SLACK_NASTY = st.text() | st.text(
    alphabet="<>!@#&*_~`|:/a \n\u202e\u2066\u200d\u0301👩🇩🇪\U0001f3fd", max_size=400
)
TEAMS_HOSTILE = (
    "[you](https://x.example) <at>all</at> **b** _i_ ~s~ `c` <b>& {{DATE(2026-01-01T00:00:00Z)}} "
    "\u202eevil\u2066 \x07Zoë"
)
TEAMS_NASTY = st.text() | st.text(
    alphabet="<>[](){}!@#&*_~`|:/.-1a w\\\n\u202e\u2066\u200d\u0301👩🇩🇪\U0001f3fd", max_size=400
)
TURNING = ("LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI")
"""Unicode's classes of marks that turn the reading direction."""
