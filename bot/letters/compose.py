"""A draft becomes the letter a candidate reads: subject, text and HTML, from one template."""

from __future__ import annotations

import dataclasses
import datetime as dt
import functools
import html
import itertools
import re
import unicodedata
from collections.abc import Iterator, Mapping
from pathlib import Path

import babel
import jinja2
from babel.dates import format_date
from jinja2.sandbox import ImmutableSandboxedEnvironment

from bot.errors import Sentence
from bot.letters.draft import Draft, Reason
from bot.loops import Decision, LetterKind
from bot.names import first_name, in_order
from bot.people import Candidate, Member

FALLBACK = "en"
"""The language of a letter to a candidate whose own language has no templates."""

KEEP_MONTHS = 12
"""How long an application is kept for later roles, when the candidate asks for it."""

_SHIPPED = Path(__file__).parent / "templates"
_SUFFIX = ".txt.j2"
_SIGNATURE = "signature"
_AGENCY = "agency"
_TEMPLATE = {
    Decision.NO_DECISION: "courtesy",
    Decision.GOING_ON: "going_on",
    Decision.NOT_GOING_ON: "feedback",
    Decision.NOT_NOW: "feedback",
    Decision.ROLE_CLOSED: "notice",
}
_EVERYWHERE = ("candidate", "role", "sender", "sender_email", "promised", "personal")
_REQUIRED: Mapping[str, tuple[str, ...]] = {
    _SIGNATURE: ("sender", "sender_email"),
    "courtesy": (*_EVERYWHERE, "next_date", "reason"),
    "going_on": (*_EVERYWHERE, "next_date"),
    "feedback": (*_EVERYWHERE, "criterion", "observation", "suggestion", "thanks", "keep_months"),
    "notice": (*_EVERYWHERE, "thanks", "keep_months"),
    _AGENCY: ("candidate", "role"),
}
_TEXTS = ("candidate", "first_name", "role", "company", "sender", "sender_email", "interviewed_on",
          "next_date", "criterion", "observation", "suggestion", "keep_months")  # fmt: skip
_OPTIONAL = ("promised", "personal", "thanks", "other_offer_by", "writer")
_YES_OR_NO = ("promise_passed", "asked", "delayed_before", "not_now", "seen_differently", "keep_on_file",
              "other_offer", "sooner", "confirms")  # fmt: skip

_DAY = {"en": ("EEEE d MMMM", "EEEE d MMMM y"), "de": ("EEEE, d. MMMM", "EEEE, d. MMMM y")}
"""How a day is written in this year, and in another one. Other languages: CLDR's full date."""

_BELOW = "* * *"
"""Between what an agency's contact is told and the letter that they pass on."""

_BREAK = "\x01"
"""A line break that outlives the joining of lines. No field can hold it: control characters go first."""


class TemplateRefused(Sentence):
    """A template cannot be used for letters. The message names the file and what is wrong with it."""


class DraftIncomplete(ValueError):
    """The letter cannot be written yet: what it must say is missing."""

    def __init__(self, missing: tuple[str, ...]) -> None:
        super().__init__(f"The letter cannot be written yet: {', '.join(missing)} is missing.")
        self.missing = missing


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class LetterContext:
    """What the letter knows besides the draft. All dates are days in the candidate's zone.

    `promised` is the date the candidate was given; None when it was only assumed, so that it is
    never quoted. `promise_passed` is true for an assumed date as well. `asked`: the candidate wrote
    and has no answer yet. `delayed_before`: an earlier letter has moved the date already.
    `other_offer`: we know that another employer made the candidate one; `other_offer_by` is the day by
    which it must be answered, None once that has passed. `writer`: who will write on the day that is named,
    None where it is the sender.
    """

    candidate: Candidate
    role_title: str
    company: str
    sender: Member
    today: dt.date
    interviewed_on: dt.date
    promised: dt.date | None = None
    promise_passed: bool = False
    asked: bool = False
    delayed_before: bool = False
    other_offer: bool = False
    other_offer_by: dt.date | None = None
    writer: Member | None = None


@dataclasses.dataclass(frozen=True, slots=True)
class Written:
    """The letter exactly as it is sent."""

    kind: LetterKind
    subject: str
    text: str
    html: str


class Templates:
    """The letters' wording in each language, checked when it is loaded and unchanged from then on.

    A file is `<language>/<name>.txt.j2`: first line `Subject: …`, then paragraphs with an empty line
    between them. Lines of a paragraph are joined; a line that ends in a backslash keeps its break.
    `folder` overrides file by file. A language that is not shipped must bring every file.

    Raises `TemplateRefused` for a file in `folder` that does not render, that is no letter of ours, or
    that in any situation leaves out something its letter owes to the candidate.
    """

    def __init__(self, folder: Path | None = None) -> None:
        own = _files(folder) if folder else {}
        sources = _files(_SHIPPED) | own
        self._environments: dict[str, jinja2.Environment] = {}
        for language in sorted({language for language, _ in sources}):
            for name in _REQUIRED:
                if (language, name) not in sources:
                    raise TemplateRefused(
                        f"{language}/{name}{_SUFFIX} is missing in {folder}: "
                        "a language of your own needs every file."
                    )
            self._environments[language] = ImmutableSandboxedEnvironment(
                loader=jinja2.DictLoader(
                    {name + _SUFFIX: text for (lang, name), (_, text) in sources.items() if lang == language}
                ),
                undefined=jinja2.StrictUndefined,
                autoescape=False,  # The source is plain text; _html escapes every paragraph.
                trim_blocks=True,
                lstrip_blocks=True,
                auto_reload=False,
            )
        for (language, name), (path, _) in sorted(own.items(), key=lambda file: file[0][1] != _SIGNATURE):
            self._check(language, name, path)

    @property
    def languages(self) -> tuple[str, ...]:
        return tuple(self._environments)

    def language(self, wanted: str) -> str:
        """The language of the template for a candidate's BCP 47 tag: `de-AT` is read in `de`."""
        base = re.split(r"[-_]", wanted.strip().lower())[0]
        return base if base in self._environments else FALLBACK

    def render(self, language: str, name: str, fields: Mapping[str, str | bool]) -> str:
        return self._environments[language].get_template(name + _SUFFIX).render(fields)

    def _check(self, language: str, name: str, path: Path) -> None:
        try:
            _day(dt.date(2026, 1, 1), language, dt.date(2026, 1, 1))
        except (babel.UnknownLocaleError, ValueError) as error:
            raise TemplateRefused(f"{path}: {language} is not a language we can write dates in.") from error
        reasons: dict[str, set[str]] = {}
        for fields in _situations(name):
            try:
                rendered = self.render(language, name, fields)
                if name != _SIGNATURE:
                    _laid_out(rendered)
            except jinja2.TemplateSyntaxError as error:
                raise TemplateRefused(f"{path}, line {error.lineno}: {error.message}") from error
            except Exception as error:  # A template can raise anything at all.
                raise TemplateRefused(f"{path} cannot be used: {error}") from error
            for field in _owed(name, fields):
                if str(fields[field]) not in rendered:
                    raise TemplateRefused(
                        f'{path} lacks the field "{field}", which this letter must always show.'
                    )
            reasons.setdefault(str(fields["reason"]), set()).add(rendered)
        if "reason" in _REQUIRED[name] and reasons[Reason.NO_DECISION] & reasons[Reason.ON_HOLD]:
            raise TemplateRefused(
                f'{path} lacks the field "reason": a role on hold must not read like any other delay.'
            )


def compose(templates: Templates, draft: Draft, context: LetterContext) -> Written:
    """Write the letter that a draft means, in the candidate's language where we have it, else English.

    An agency's contact is asked to pass it on: what they are told stands above the candidate's own letter.
    Whatever a member or a candidate typed is inserted as plain text and never rendered again.
    Raises `DraftIncomplete` when the draft lacks what its letter must say.
    """
    if draft.missing:
        raise DraftIncomplete(draft.missing)
    language = templates.language(context.candidate.language)
    fields = _fields(draft, context, language)
    subject, paragraphs = _laid_out(templates.render(language, _TEMPLATE[draft.decision], fields))
    if context.candidate.agency_email:
        subject, cover = _laid_out(templates.render(language, _AGENCY, fields))
        paragraphs = [*cover, _BELOW, *paragraphs]
    text = "\n\n".join(paragraphs) + "\n"
    return Written(draft.kind, subject, text, _html(language, subject, paragraphs))


def _fields(draft: Draft, context: LetterContext, language: str) -> dict[str, str | bool]:
    """Everything a template may name; only texts and yes or no, so that there is nothing to reach into."""

    def day(date: dt.date | None) -> str:
        return _day(date, language, context.today) if date else ""

    def called(member: Member) -> str:
        return _line(member.name) or _line(member.email)

    candidate = _line(in_order(context.candidate.name)) or _line(context.candidate.email)
    return {
        "candidate": candidate,
        "first_name": first_name(candidate),
        "role": _line(context.role_title),
        "company": _line(context.company),
        "sender": called(context.sender),
        "writer": called(context.writer) if context.writer else "",
        "sender_email": _line(context.sender.email),
        "interviewed_on": day(context.interviewed_on),
        "promised": day(context.promised),
        "promise_passed": context.promise_passed,
        "asked": context.asked,
        "delayed_before": context.delayed_before,
        "sooner": bool(context.promised and draft.next_date and draft.next_date < context.promised),
        "other_offer": context.other_offer,
        "other_offer_by": day(context.other_offer_by),
        "reason": draft.reason.value,
        "next_date": day(draft.next_date),
        "not_now": draft.decision is Decision.NOT_NOW,
        "criterion": _line(draft.criterion).rstrip("."),
        "observation": _said(draft.observation),
        "suggestion": _said(draft.suggestion),
        "thanks": _THANKS.sub("", _said(draft.thanks)),
        "personal": _said(draft.personal),
        "seen_differently": draft.seen_differently,
        "keep_on_file": draft.keep_on_file,
        "keep_months": str(KEEP_MONTHS),
        "confirms": draft.kind is not LetterKind.COURTESY,
    }


@functools.lru_cache(maxsize=1024)
def _day(date: dt.date, language: str, today: dt.date) -> str:
    this_year, another = _DAY.get(language, ("full", "full"))
    return format_date(date, this_year if date.year == today.year else another, locale=language)


# Plain text in

_OVERRIDES = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
_THANKS = re.compile(r"^(thanks|thank you|many thanks|danke|vielen dank)\s+(for|für)\s+", re.IGNORECASE)
_ENDS = re.compile(r"[.!?:;…。！？؟][\"'”’“»«)\]]*$")


def _visible(text: str) -> str:
    """Without what a reader cannot see and a mail header must not hold: control characters, line and
    paragraph separators (but for line feeds), lone surrogates, and marks that turn the direction."""
    if text.isascii() and text.isprintable():
        return text
    text = re.sub(r"\r\n?|[\u2028\u2029\u0085\v\f]", "\n", text)
    kept = (
        char if char == "\n" else " " if unicodedata.category(char) == "Cc" else char
        for char in text
        if char not in _OVERRIDES and unicodedata.category(char) != "Cs"
    )
    return unicodedata.normalize("NFC", "".join(kept))


def _line(text: str) -> str:
    """One line, fit for a subject: `Ann\\r\\nBcc: x` is a strange name and nothing else."""
    return " ".join(_visible(text).split())


def _said(text: str) -> str:
    """A member's words, trimmed, their own lines kept; a single line ends like a sentence."""
    lines = [" ".join(line.split()) for line in _visible(text).strip().split("\n")]
    said = re.sub("\n{2,}", "\n\n", "\n".join(lines))
    if said and "\n" not in said and not _ENDS.search(said):
        said += "."
    return said.replace("\n", _BREAK)


# A letter out

_HTML = """<!doctype html>
<html lang="{language}" dir="auto">
<head><meta charset="utf-8"><title>{subject}</title></head>
<body style="font-family: sans-serif; font-size: 16px; line-height: 1.5; max-width: 38em">
{body}
</body>
</html>
"""


def _laid_out(rendered: str) -> tuple[str, list[str]]:
    """The subject and the paragraphs of a rendered template."""
    head, _, body = rendered.strip().partition("\n")
    subject = head.removeprefix("Subject:").strip()
    if not head.startswith("Subject:") or not subject:
        raise ValueError("its first line must be 'Subject: …'")
    paragraphs: list[str] = []
    for block in re.split(r"\n[ \t]*\n", body):
        joined = " ".join(re.sub(r"\\[ \t]*\n", _BREAK, block).split())
        paragraphs += re.split(f"(?: ?{_BREAK} ?){{2,}}", joined)
    return subject, [re.sub(f" ?{_BREAK} ?", "\n", text) for text in paragraphs if text]


def _html(language: str, subject: str, paragraphs: list[str]) -> str:
    body = "\n".join(f'<p dir="auto">{html.escape(text)}</p>'.replace("\n", "<br>\n") for text in paragraphs)
    return _HTML.format(language=html.escape(language), subject=html.escape(subject), body=body)


# Templates from files


def _files(folder: Path) -> dict[tuple[str, str], tuple[Path, str]]:
    """(language, name) → (path, source) of every template in a folder."""
    if not folder.is_dir():
        raise TemplateRefused(f"{folder}: there is no such folder of letter templates.")
    found: dict[tuple[str, str], tuple[Path, str]] = {}
    for path in sorted(folder.rglob("*.j2")):
        name = path.name.removesuffix(_SUFFIX)
        if path.parent.parent != folder or name not in _REQUIRED or not path.name.endswith(_SUFFIX):
            known = ", ".join(name + _SUFFIX for name in _REQUIRED)
            raise TemplateRefused(f"{path} is no letter of ours: a language's folder holds {known}.")
        try:
            found[path.parent.name, name] = (path, path.read_text(encoding="utf-8"))
        except UnicodeDecodeError as error:
            raise TemplateRefused(f"{path} is not UTF-8 text.") from error
    return found


_FLAGS = ("promised", "promise_passed", "asked", "personal")
_VARIES: Mapping[str, tuple[str, ...]] = {
    _SIGNATURE: (),
    "courtesy": (*_FLAGS, "sooner", "delayed_before", "other_offer", "other_offer_by", "writer"),
    "going_on": (*_FLAGS, "other_offer", "other_offer_by", "writer"),
    "feedback": (*_FLAGS, "thanks", "not_now", "seen_differently", "keep_on_file"),
    "notice": (*_FLAGS, "thanks", "keep_on_file"),
    _AGENCY: ("confirms",),
}
"""What may or may not be there when a letter of this name is written."""


def _situations(name: str) -> Iterator[dict[str, str | bool]]:
    """Every combination of what can be true when this letter is written, a mark in place of each text."""
    always = {field: f"[{field}]" for field in _TEXTS} | {"first_name": "[candidate]"}
    reasons = tuple(Reason) if name == "courtesy" else (Reason.NO_DECISION,)
    for reason, *given in itertools.product(reasons, *[(False, True)] * len(_VARIES[name])):
        there = set(itertools.compress(_VARIES[name], given))
        optional = {field: f"[{field}]" if field in there else "" for field in _OPTIONAL}
        flags = {field: field in there for field in _YES_OR_NO}
        yield {**always, **optional, **flags, "reason": str(reason)}


def _owed(name: str, fields: Mapping[str, str | bool]) -> Iterator[str]:
    """The required fields whose text must be read in this situation."""
    for field in _REQUIRED[name]:
        match field:
            case "reason":
                continue
            case "keep_months" if not fields["keep_on_file"]:
                continue
            case "promised" if name != "courtesy" and not fields["promise_passed"]:
                continue
            case _:
                yield field
