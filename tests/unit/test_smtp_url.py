"""A mail server is named by one URL; a wrong one is explained, and its password is never repeated."""

from __future__ import annotations

import traceback

import pytest

from adapters.mail.smtp import BadSmtpUrl, Encryption, SmtpUrl, parse_smtp_url


def test_the_url_in_its_forms() -> None:
    assert parse_smtp_url("smtp://mail.acme.example") == SmtpUrl(
        host="mail.acme.example", port=587, encryption=Encryption.STARTTLS
    )
    assert parse_smtp_url("smtps://u:p@mail.acme.example/") == SmtpUrl(
        host="mail.acme.example", port=465, encryption=Encryption.IMPLICIT, user="u", password="p"
    )
    assert parse_smtp_url("smtp://a%40b:p%3A%2F@[::1]:2525?starttls=required") == SmtpUrl(
        host="::1", port=2525, encryption=Encryption.STARTTLS, user="a@b", password="p:/"
    )
    assert parse_smtp_url("smtp://localhost:25?starttls=never").encryption is Encryption.NONE


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("mail.acme.example:587", "must begin with smtp://"),
        ("http://u:s3cret@mail.acme.example", "must begin with smtp://"),
        ("smtp://u:s3cret@", "names no host"),
        ("smtp://u:s3cret@host:smtp", "cannot be read"),
        ("smtp://u:s3cret/x@host", "percent-encoded"),
        ("smtp://u:s3cret#x@host", "percent-encoded"),
        ("smtp://u:s3cret?x@host", "percent-encoded"),
        ("smtp://u:s3cret%ff@host", "cannot be read"),
        ("smtp://u:s3cret x@host", "space or a control character"),
        ("smtp://u@host", "both a user and a password"),
        ("smtp://:s3cret@host", "both a user and a password"),
        ("smtp://u:s3cret@host/inbox", "after the host"),
        ("smtp://u:s3cret@host?starttls=maybe", "required or never"),
        ("smtp://u:s3cret@host?starttls", "required or never"),
        ("smtp://u:s3cret@host?starttls=never&starttls=required", "only option"),
        ("smtp://u:s3cret@host?tls=off", "only option"),
        ("smtps://u:s3cret@host?starttls=never", "leave starttls out"),
    ],
)
def test_a_wrong_url_is_explained_without_repeating_it(url: str, says: str) -> None:
    with pytest.raises(BadSmtpUrl) as caught:
        parse_smtp_url(url)
    assert says in str(caught.value)
    assert "s3cret" not in "".join(traceback.format_exception(caught.value)).replace(url, "")
