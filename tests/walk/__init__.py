"""A walk: chance drives the whole product for months, and after every step we look whether it kept its word.

    make test                                                a few walks, the same ones every time
    WALKS=2000 .venv/bin/python -m pytest -n0 tests/walk     so many others; what fails is made short and told

A small company in nine time zones (`company`) is opened on a real database. Chance then picks each step
(`steps`): somebody clicks any button that anybody was ever shown, fills in a form with what people write and
what they should not (`words`), types a command; the clock goes on by seconds or weeks; the mail server and
the chat (`outside`) take what they are given, or refuse, hang up, or die half-way; the operator and the
import do their work. `world` runs the product's own use cases and deliveries in one thread, on a clock that
stands still.

What must hold is in three files, one small function for each promise, named as the design says it:
`screens` for whatever is shown to anybody, `mailed` for each letter that is handed over, `kept` for what is
in the database after a step.

A walk is a list of numbers, one a step; 0 is a step in which nothing happens. So a list that fails can be
made shorter by putting zeros into it, and what is left is told as a story in the failure.

Not here: the wire to Slack, Teams and the mail server, two processes at once, PostgreSQL, crashes inside a
commit. Those have their own rooms (`stories`, `contracts`, `chaos`).
"""
