"""The letters, read as the candidate reads them."""

from __future__ import annotations

import dataclasses
import datetime as dt
import html.parser
import itertools
import re
import unicodedata
from collections.abc import Iterator
from email.message import EmailMessage

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.letters.compose import LetterContext, Written, compose
from bot.letters.draft import Draft, Reason, letter_kind
from bot.loops import Decision, LetterKind
from tests.golden import GOLDEN, matches_golden
from tests.letter_examples import LANGUAGES, SAID, TEMPLATES, TOMASZ, context, draft

SITUATIONS = ("passed", "not_passed", "assumed")
NEW_DATE = {"en": "Tuesday 1 December", "de": "Dienstag, 1. Dezember"}


def every_letter() -> Iterator[tuple[str, Draft, LetterContext, Written]]:
    """Each decision, language and situation, with and without all that may be ticked, asked or late."""
    switches = itertools.product((False, True), repeat=4)
    for language, situation, decision, switch in itertools.product(LANGUAGES, SITUATIONS, Decision, switches):
        asked, delayed, keep, differently = switch
        reasons = Reason if decision is Decision.NO_DECISION else (Reason.NO_DECISION,)
        for reason in reasons:
            drafted = dataclasses.replace(
                draft(decision, language, reason), keep_on_file=keep, seen_differently=differently
            )
            around = dataclasses.replace(context(language, situation), asked=asked, delayed_before=delayed)
            yield language, drafted, around, compose(TEMPLATES, drafted, around)


EVERY_LETTER = tuple(every_letter())


def body(letter: Written) -> str:
    """What stands between the salutation and the signature."""
    paragraphs = letter.text.strip().split("\n\n")
    return "\n\n".join(paragraphs[1:-2])


def sentences(text: str) -> list[str]:
    return re.split(r"(?<=[a-zäöüß])\. ", text)


class _Reader(html.parser.HTMLParser):
    """What a person sees of an HTML letter, and which elements it is made of."""

    def __init__(self, source: str) -> None:
        super().__init__()
        self.paragraphs: list[str] = []
        self.elements: set[str] = set()
        self._in_paragraph = False
        self.feed(source)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.add(tag)
        if tag == "p":
            assert ("dir", "auto") in attrs
            self._in_paragraph = True
            self.paragraphs.append("")

    def handle_endtag(self, tag: str) -> None:
        self._in_paragraph = self._in_paragraph and tag != "p"

    def handle_data(self, data: str) -> None:
        if self._in_paragraph:
            self.paragraphs[-1] += data


# The letters themselves, kept as files to be read


@pytest.mark.parametrize("situation", SITUATIONS)
@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("decision", Decision)
def test_each_letter_reads_as_its_golden_file(decision: Decision, language: str, situation: str) -> None:
    letter = compose(TEMPLATES, draft(decision, language), context(language, situation))
    assert letter.kind is letter_kind(decision)
    matches_golden(
        GOLDEN / "letters" / f"{language}-{decision}-{situation}.txt",
        f"Subject: {letter.subject}\n\n{letter.text}",
    )


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("reason", Reason)
def test_each_reason_reads_as_its_golden_file(reason: Reason, language: str) -> None:
    around = dataclasses.replace(context(language), asked=True, delayed_before=True)
    letter = compose(TEMPLATES, draft(Decision.NO_DECISION, language, reason), around)
    matches_golden(
        GOLDEN / "letters" / f"{language}-reason-{reason}.txt", f"Subject: {letter.subject}\n\n{letter.text}"
    )


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_offer_to_stay_on_file_reads_as_its_golden_file(language: str) -> None:
    letter = compose(
        TEMPLATES,
        dataclasses.replace(draft(Decision.NOT_NOW, language), keep_on_file=True),
        context(language, "not_passed"),
    )
    matches_golden(
        GOLDEN / "letters" / f"{language}-keep_on_file.txt", f"Subject: {letter.subject}\n\n{letter.text}"
    )


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("decision", [Decision.NO_DECISION, Decision.GOING_ON])
def test_a_letter_about_another_offer_reads_as_its_golden_file(decision: Decision, language: str) -> None:
    around = dataclasses.replace(
        context(language), other_offer=True, other_offer_by=dt.date(2026, 11, 24), asked=True
    )
    letter = compose(TEMPLATES, draft(decision, language), around)
    matches_golden(
        GOLDEN / "letters" / f"{language}-{decision}-other_offer.txt",
        f"Subject: {letter.subject}\n\n{letter.text}",
    )


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("decision", [Decision.NO_DECISION, Decision.NOT_GOING_ON, Decision.ROLE_CLOSED])
def test_a_letter_through_an_agency_reads_as_its_golden_file(decision: Decision, language: str) -> None:
    letter = compose(TEMPLATES, draft(decision, language), through_an_agency(language))
    matches_golden(
        GOLDEN / "letters" / f"{language}-{decision}-agency.txt",
        f"Subject: {letter.subject}\n\n{letter.text}",
    )


@pytest.mark.parametrize("decision", Decision)
@pytest.mark.parametrize("language", LANGUAGES)
def test_an_agency_is_asked_to_pass_the_candidates_own_letter_on(decision: Decision, language: str) -> None:
    drafted, around = draft(decision, language), through_an_agency(language)
    letter = compose(TEMPLATES, drafted, around)
    cover, _, passed_on = letter.text.partition("\n\n* * *\n\n")
    assert cover.startswith({"en": "Hello,\n\n", "de": "Guten Tag,\n\n"}[language])
    assert "Tomasz Zieliński" in cover
    assert "Tomasz Zieliński" in letter.subject
    assert {"en": "short reply", "de": "kurze Antwort"}[language] in cover or (
        drafted.kind is LetterKind.COURTESY
    )
    assert passed_on == compose(TEMPLATES, drafted, context(language)).text
    assert "\n\n".join(_Reader(letter.html).paragraphs) + "\n" == letter.text


def through_an_agency(language: str) -> LetterContext:
    around = context(language)
    who = dataclasses.replace(around.candidate, agency_email="desk@agency.example")
    return dataclasses.replace(around, candidate=who)


@pytest.mark.parametrize(
    ("language", "unheard_of"), [("en", "another employer"), ("de", "anderes Unternehmen")]
)
@pytest.mark.parametrize("decision", [Decision.NO_DECISION, Decision.GOING_ON])
def test_who_told_us_of_another_offer_is_not_told_that_there_could_be_one(
    decision: Decision, language: str, unheard_of: str
) -> None:
    known = dataclasses.replace(context(language), other_offer=True)
    assert unheard_of not in compose(TEMPLATES, draft(decision, language), known).text, "its day has passed"
    waits = dataclasses.replace(known, other_offer_by=dt.date(2026, 11, 24))
    text = compose(TEMPLATES, draft(decision, language), waits).text
    assert text.count(unheard_of) == 1
    assert "24. November" in text if language == "de" else "Tuesday 24 November" in text
    assert unheard_of in compose(TEMPLATES, draft(decision, language), context(language)).text


# What every letter owes


def test_every_letter_names_person_role_interview_and_a_contact_who_can_be_reached() -> None:
    for language, _, around, letter in EVERY_LETTER:
        assert f"{around.candidate.name},\n\n" in letter.text
        assert "Backend Engineer" in letter.subject
        assert "Backend Engineer" in body(letter)
        assert {"en": "Thursday 12 November", "de": "Donnerstag, 12. November"}[language] in body(letter)
        assert {"en": "reply to this email", "de": "auf diese E-Mail"}[language] in body(letter)
        assert {"en": "I read it myself", "de": "ich lese sie selbst"}[language] in body(letter)
        assert letter.text.strip().split("\n\n")[-1].startswith("Dana Lee\n")
        assert letter.text.endswith("\ndana@acme.example\n")


def test_no_letter_could_be_taken_for_a_brush_off() -> None:
    phrases = re.compile(
        r"!|different direction|moving forward|not (a|the right) fit|culture fit|in touch|asap|"
        r"as soon as possible|unfortunately|we regret|future endeavou?rs|other (candidates|applicants)|"
        r"stronger|more qualified|best of luck|"
        r"leider|andere richtung|passt nicht|so bald wie möglich|zeitnah|"
        r"andere bewerb|alles gute|bedauern|geeigneter",
        re.IGNORECASE,
    )
    for _, _, _, letter in EVERY_LETTER:
        found = phrases.search(letter.subject + "\n" + letter.text)
        assert found is None, found


def test_no_letter_uses_a_pronoun_for_the_candidate() -> None:
    for language, _, _, letter in EVERY_LETTER:
        if language == "en":
            assert not re.search(r"\b(he|she|him|her|his|hers)\b", letter.text, re.IGNORECASE)


def test_an_assumed_date_is_never_quoted() -> None:
    for language, _, around, letter in EVERY_LETTER:
        if around.promised is None:
            dates = re.findall(r"\d{1,2}\.? (?:November|Dezember|December)", letter.text)
            allowed = {"en": {"12 November", "1 December"}, "de": {"12. November", "1. Dezember"}}
            assert set(dates) <= allowed[language]
            assert not re.search("you would hear|should have heard|zugesagt, dass|hören sollen", letter.text)


def test_a_date_that_passed_is_named_and_is_on_us() -> None:
    for language, _, around, letter in EVERY_LETTER:
        if around.promised and around.promise_passed:
            assert {"en": "Friday 20 November", "de": "Freitag, 20. November"}[language] in body(letter)
            assert {"en": "sorry", "de": "tut mir leid"}[language] in body(letter)
        elif not around.promise_passed and not around.asked:
            assert not re.search("sorry|tut mir leid", letter.text)


def test_a_question_left_unanswered_gets_one_apology() -> None:
    for _, _, around, letter in EVERY_LETTER:
        if around.asked:
            assert len(re.findall("sorry|tut mir leid", letter.text)) == 1
            assert re.search("message|wrote|Frage|geschrieben", body(letter))


def test_the_word_is_kept_about_the_text_and_the_html_being_one_letter() -> None:
    for language, _, _, letter in EVERY_LETTER:
        reader = _Reader(letter.html)
        assert "\n\n".join(reader.paragraphs) + "\n" == letter.text
        assert reader.elements == {"html", "head", "meta", "title", "body", "p", "br"}
        assert f'<html lang="{language}"' in letter.html
        assert "http" not in letter.html


# Courtesy


def test_a_courtesy_letter_gives_a_date_and_says_what_happens_on_it() -> None:
    for language, drafted, _, letter in EVERY_LETTER:
        if drafted.decision is Decision.NO_DECISION:
            assert NEW_DATE[language] in letter.subject
            assert NEW_DATE[language] in body(letter)
            assert {"en": "whether or not", "de": "auch wenn"}[language] in body(letter)
            assert SAID[language]["personal"] in letter.text.split("\n\n")


def test_going_on_is_good_news_with_the_day_of_the_next_step() -> None:
    for language, drafted, _, letter in EVERY_LETTER:
        if drafted.decision is Decision.GOING_ON:
            assert {"en": "good news", "de": "gute Nachricht"}[language] in sentences(body(letter))[0]
            assert NEW_DATE[language] in body(letter)


def test_a_role_on_hold_promises_news_and_no_decision() -> None:
    for language, drafted, _, letter in EVERY_LETTER:
        if drafted.reason is Reason.ON_HOLD:
            assert {"en": "on hold", "de": "ruht zurzeit"}[language] in body(letter)
            assert {"en": "I cannot tell you when", "de": "kann ich Ihnen nicht sagen, wann"}[
                language
            ] in body(letter)
            assert not re.search("have decided by then|dann noch nicht entschieden", body(letter))


def test_nothing_reveals_that_an_offer_is_out() -> None:
    revealing = re.compile(
        r"offer|angebot|accept|angenommen|someone else|somebody else|jemand ander|candidate|kandidat|"
        r"first choice|contract|vertrag|decided on|we have not reached",
        re.IGNORECASE,
    )
    for _, drafted, _, letter in EVERY_LETTER:
        if drafted.reason is Reason.FINAL_STEPS:
            found = revealing.search(letter.subject + letter.text)
            assert found is None, found


def test_every_reason_has_a_label_and_its_own_clause() -> None:
    assert len({reason.label for reason in Reason}) == len(Reason)
    for language in LANGUAGES:
        letters = {
            compose(TEMPLATES, draft(Decision.NO_DECISION, language, reason), context(language)).text
            for reason in Reason
        }
        assert len(letters) == len(Reason)


def test_the_year_is_named_only_when_it_is_another_one() -> None:
    january = dataclasses.replace(draft(Decision.NO_DECISION), next_date=dt.date(2027, 1, 5))
    assert "Tuesday 5 January 2027" in compose(TEMPLATES, january, context()).subject
    assert "Dienstag, 5. Januar 2027" in compose(TEMPLATES, january, context("de")).subject
    assert "2026" not in compose(TEMPLATES, january, context()).text


# Feedback and notice


def test_feedback_says_the_decision_in_its_first_two_sentences() -> None:
    for language, drafted, _, letter in EVERY_LETTER:
        if drafted.kind is LetterKind.FEEDBACK:
            first_two = ". ".join(sentences(body(letter))[:2])
            assert {"en": "We have decided not", "de": "nicht weiterzuverfolgen"}[language] in first_two


def test_feedback_shows_everything_its_writer_put_in() -> None:
    for language, drafted, _, letter in EVERY_LETTER:
        if drafted.kind is LetterKind.FEEDBACK:
            for field in ("criterion", "observation", "suggestion", "thanks"):
                assert SAID[language][field] in letter.text
            assert {"en": "did not come across as a strength", "de": "nicht als Stärke"}[
                language
            ] in letter.text
            differently = {"en": "may see this differently", "de": "sehen Sie das anders"}[language]
            assert (differently in letter.text) is drafted.seen_differently


def test_feedback_takes_a_minute_to_read() -> None:
    for _, drafted, _, letter in EVERY_LETTER:
        if drafted.kind is LetterKind.FEEDBACK and not drafted.keep_on_file:
            words = len(body(letter).split())
            assert 120 <= words <= 200, (words, drafted.decision, letter.text)


def test_not_now_leaves_the_door_open_and_promises_nothing() -> None:
    for language, drafted, _, letter in EVERY_LETTER:
        if drafted.decision is Decision.NOT_NOW:
            assert {"en": "glad to hear from you again", "de": "wieder von Ihnen zu hören"}[
                language
            ] in letter.text
            assert {"en": "cannot promise", "de": "nicht versprechen kann"}[language] in letter.text


def test_staying_on_file_is_offered_with_its_duration_and_decided_by_the_candidate() -> None:
    for language, drafted, _, letter in EVERY_LETTER:
        if drafted.kind is not LetterKind.COURTESY:
            duration = {"en": "12 months", "de": "12 Monate"}[language]
            unasked = {"en": "Without your reply we do not", "de": "Ohne Ihre Antwort tun wir es nicht"}[
                language
            ]
            assert (duration in letter.text) is drafted.keep_on_file
            assert (unasked in letter.text) is drafted.keep_on_file


def test_a_closed_role_blames_nobody() -> None:
    for language, drafted, _, letter in EVERY_LETTER:
        if drafted.decision is Decision.ROLE_CLOSED:
            assert {"en": "not a verdict on your interview", "de": "kein Urteil"}[language] in body(letter)
            assert "strength" not in letter.text


# Languages


@pytest.mark.parametrize(
    ("wanted", "read"),
    [
        ("de", "de"),
        ("de-AT", "de"),
        ("DE_ch", "de"),
        ("en-GB", "en"),
        ("pl", "en"),
        ("", "en"),
        ("../de", "en"),
    ],
)
def test_an_unknown_language_is_read_in_english(wanted: str, read: str) -> None:
    letter = compose(TEMPLATES, draft(Decision.NO_DECISION), context(wanted))
    assert NEW_DATE[read] in letter.subject
    assert f'<html lang="{read}"' in letter.html


# What people type is text and nothing else


@pytest.mark.parametrize(
    "name",
    [
        "<script>alert(1)</script>",
        "{{ 7*7 }}{% raw %}",
        "{{ ''.__class__.__mro__ }}",
        "Ann\r\nBcc: everybody@mail.example\r\n\r\nHello",
        "Ann\u2028Bcc: x\u2029\x85\x0b\x00",
        "Ann\u202egnp.exe",
        "https://evil.example/ Ann",
        'Ann" onload="x',
        "Zoë O'Hara",
        "{0} %s \\",
        "\r\n",
        "\ud800",
    ],
)
def test_a_hostile_name_is_only_a_strange_name(name: str) -> None:
    for decision in Decision:
        around = dataclasses.replace(
            context(), candidate=dataclasses.replace(TOMASZ, name=name), role_title=name, company=name
        )
        letter = compose(TEMPLATES, draft(decision), around)
        assert_harmless(letter)
        assert "49" not in letter.text
        assert "<class" not in letter.text


@settings(deadline=None, max_examples=100)
@given(st.text(st.characters(), max_size=40), st.text(st.characters(), min_size=1, max_size=80))
def test_any_text_at_all_is_only_text(name: str, said: str) -> None:
    drafted = dataclasses.replace(
        draft(Decision.NOT_GOING_ON),
        observation=f"Seen: {said}",
        thanks=said,
        personal=said,
        criterion=f"C {said}",
    )
    around = dataclasses.replace(
        context(), candidate=dataclasses.replace(TOMASZ, name=name), role_title=name or "Role"
    )
    assert_harmless(compose(TEMPLATES, drafted, around))


def assert_harmless(letter: Written) -> None:
    message = EmailMessage()
    message["Subject"] = letter.subject
    message.set_content(letter.text)
    message.add_alternative(letter.html, subtype="html")
    assert b"\nBcc:" not in message.as_bytes()
    assert not any(unicodedata.category(char) in ("Cc", "Zl", "Zp", "Cs") for char in letter.subject)
    assert not any(
        unicodedata.category(char) in ("Cc", "Zl", "Zp", "Cs") for char in letter.text if char != "\n"
    )
    reader = _Reader(letter.html)
    assert reader.elements == {"html", "head", "meta", "title", "body", "p", "br"}
    assert "\n\n".join(reader.paragraphs) + "\n" == letter.text


def test_a_sentence_gets_its_full_stop_and_own_lines_are_kept() -> None:
    drafted = dataclasses.replace(
        draft(Decision.NOT_GOING_ON),
        observation="  you drew one database for all regions  ",
        suggestion="Two things:\n- read on quorums\n- plan a failure\n\n\nBoth are short.",
        thanks="Thank you for the clear sketch!",
        personal="Was it “good”?",
    )
    text = compose(TEMPLATES, drafted, context()).text
    assert "What we saw: you drew one database for all regions.\n\n" in text
    assert "Two things:\n- read on quorums\n- plan a failure\n\nBoth are short.\n\n" in text
    assert "\n\nThank you for the clear sketch!\n\n" in text
    assert "\n\nWas it “good”?\n\n" in text


def test_without_the_optional_words_nothing_dangles() -> None:
    for decision, language in itertools.product(Decision, LANGUAGES):
        bare = dataclasses.replace(draft(decision, language), thanks="", personal="", seen_differently=False)
        text = compose(TEMPLATES, bare, context(language)).text
        assert "\n\n\n" not in text
        assert "  " not in text
        assert not re.search(r"(for|für)[ .]*\n|\.\.| [.,]|None", text)
