"""German words in dates, as the English ones they mean: "4. dezember", "freitag", "in 3 arbeitstagen"."""

from __future__ import annotations

from collections.abc import Mapping

_WORDS = {
    "monday": "montag",
    "tuesday": "dienstag",
    "wednesday": "mittwoch",
    "thursday": "donnerstag",
    "friday": "freitag",
    "saturday": "samstag sonnabend",
    "sunday": "sonntag",
    "january": "januar jänner jaenner",
    "february": "februar",
    "march": "märz maerz marz mär mrz",
    "may": "mai",
    "june": "juni",
    "july": "juli",
    "october": "oktober okt",
    "december": "dezember dez",
    "today": "heute",
    "tomorrow": "morgen",
    "day after tomorrow": "übermorgen uebermorgen",
    "yesterday": "gestern",
    "day before yesterday": "vorgestern",
    "day": "tag",
    "days": "tage tagen",
    "working days": "arbeitstag arbeitstage arbeitstagen werktag werktage werktagen",
    "week": "woche",
    "weeks": "wochen",
    "next": "nächste nächsten nächster nächstem naechste naechsten naechster nachste nachsten",
    "coming": "kommende kommenden kommender",
    "this": "diese diesen diesem",
    "by": "bis am zum",
    "one": "ein eine einem einer",
    "two": "zwei",
    "three": "drei",
    "four": "vier",
    "five": "fünf fuenf",
    "six": "sechs",
    "seven": "sieben",
    "eight": "acht",
    "nine": "neun",
    "ten": "zehn",
}
GERMAN: Mapping[str, str] = {german: english for english, words in _WORDS.items() for german in words.split()}
"""German word → the English words for it. April, August, September and November are the same in both."""
