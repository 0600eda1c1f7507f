"""The app package for Teams: by Microsoft's own schema, with icons of the right size."""

from __future__ import annotations

import io
import json
import zipfile
from pathlib import Path

import jsonschema
import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer
from click.testing import CliRunner
from PIL import Image

from adapters.cli import main
from adapters.teams import about
from adapters.teams.package import COMMANDS, IN_CHANNELS, AddressRefused, manifest, package

URL, APP_ID = "https://followup.acme.example", "7d1c1a6e-3a4f-4f0a-9b51-0c3b3f5f7c11"
SCHEMA = Path(__file__).parent / "schemas" / "teams_manifest_v1.22.json"
"""As published in npm @microsoft/app-manifest 1.1.2 (MIT), without its line breaks."""


def errors(made: object) -> list[str]:
    checker = jsonschema.Draft4Validator(json.loads(SCHEMA.read_text("utf-8")))
    return [error.message for error in checker.iter_errors(made)]


def test_the_manifest_is_as_the_schema_says() -> None:
    made = manifest(URL, APP_ID)
    assert errors(made) == []
    assert errors({**made, "name": {"short": "x" * 31}}), "the schema would say what is wrong"
    assert made["bots"][0]["botId"] == made["id"] == APP_ID
    assert made["validDomains"] == ["followup.acme.example"]
    assert made["$schema"].split("/v")[1].startswith(made["manifestVersion"])


async def test_the_pages_that_the_manifest_names_are_there() -> None:
    app = web.Application()
    about.mount(app)
    named = manifest(URL, APP_ID)["developer"]
    async with TestClient(TestServer(app)) as client:
        for name, says in (("privacyUrl", "Whom to ask"), ("termsOfUseUrl", "MIT licence")):
            async with client.get(named[name].removeprefix(URL)) as page:
                assert (page.status, page.content_type) == (200, "text/plain")
                assert says in await page.text()


def test_what_a_reader_is_promised_can_be_typed() -> None:
    from bot.uses.typed import HELP

    known = {form.split()[1] for form, _ in HELP if len(form.split()) > 1} | {"list", "help"}
    assert {title for title, _ in (*COMMANDS, *IN_CHANNELS)} <= known


def test_the_command_writes_a_package_with_both_icons(tmp_path: Path) -> None:
    file = tmp_path / "followup.zip"
    arguments = ["manifest", "teams", "--url", f"{URL}/", "--app-id", APP_ID.upper(), "--out", str(file)]
    ended = CliRunner().invoke(main, arguments)
    assert ended.exit_code == 0, ended.output
    assert "Upload it" in ended.output
    with zipfile.ZipFile(file) as archive:
        assert sorted(archive.namelist()) == ["color.png", "manifest.json", "outline.png"]
        assert json.loads(archive.read("manifest.json")) == manifest(URL, APP_ID)
        color = Image.open(io.BytesIO(archive.read("color.png")))
        outline = Image.open(io.BytesIO(archive.read("outline.png"))).convert("RGBA")
    assert color.size == (192, 192)
    assert outline.size == (32, 32)
    pixels = [outline.getpixel((x, y)) for x in range(32) for y in range(32)]
    assert {pixel[:3] for pixel in pixels if isinstance(pixel, tuple) and pixel[3]} == {(255, 255, 255)}
    assert any(isinstance(pixel, tuple) and pixel[3] == 0 for pixel in pixels), "on nothing"


def test_a_package_that_somebody_has_changed_can_have_a_higher_version(tmp_path: Path) -> None:
    file = tmp_path / "followup.zip"
    arguments = ["manifest", "teams", "--url", URL, "--app-id", APP_ID, "--out", str(file), "--version"]
    assert CliRunner().invoke(main, [*arguments, "2.0.10"]).exit_code == 0
    with zipfile.ZipFile(file) as archive:
        made = json.loads(archive.read("manifest.json"))
    assert made["version"] == "2.0.10"
    assert errors(made) == []
    for wrong in ("2", "v2.0.0", "2.0.0-beta", "01.2.3"):
        refused = CliRunner().invoke(main, [*arguments, wrong])
        assert refused.exit_code == 1
        assert "--version must be three numbers" in refused.output


@pytest.mark.parametrize(
    "url",
    [
        "http://a.example",
        "https://",
        "https://localhost",
        "https://a.example/x",
        "https://a.example:8443",
        "a",
    ],
)
def test_an_address_that_microsoft_could_not_reach_is_refused_in_a_sentence(url: str) -> None:
    with pytest.raises(AddressRefused, match="--url must be"):
        manifest(url, APP_ID)


def test_what_is_no_id_is_refused_in_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(AddressRefused, match="--app-id must be"):
        package(URL, "followup")
    arguments = ["manifest", "teams", "--url", URL, "--app-id", "x", "--out", str(tmp_path / "x.zip")]
    ended = CliRunner().invoke(main, arguments)
    assert ended.exit_code == 1
    assert "Traceback" not in ended.output
    assert not (tmp_path / "x.zip").exists()
