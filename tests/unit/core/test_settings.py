"""Unsafe settings are refused in one sentence, before anything is served."""

from __future__ import annotations

from pathlib import Path

import pytest

import config

SAFE = {
    "PRODUCTION": "1",
    "PUBLIC_URL": "https://vetting.district.example",
    "SECRET_KEY": "k" * 40,
    "PASSWORD_SALT": "s" * 40,
    "SMTP_URL": "smtp://mail.district.example",
    "SEAL_KEY": "/keys/seal.p12",
}


@pytest.fixture
def load(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    """Settings from an environment that says only what the test says."""

    def read(**values: str) -> config.Settings:
        for name in (*SAFE, "DEMO", "HOST", "PORT", "DATABASE_URL", "TRUSTED_HOSTS"):
            monkeypatch.delenv(name, raising=False)
        for name, value in {"VETTING_INSTANCE": str(tmp_path), **values}.items():
            monkeypatch.setenv(name, value)
        return config.load()

    return read


def test_production_with_everything_set_starts_without_demonstration(load):
    settings = load(**SAFE)
    assert settings.production
    assert settings.secure
    assert not settings.demo


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("SECRET_KEY", "dev"),
        ("SECRET_KEY", "short"),
        ("PASSWORD_SALT", ""),
        ("PUBLIC_URL", "http://vetting.district.example"),
        ("SMTP_URL", ""),
        ("SEAL_KEY", ""),
    ],
)
def test_production_names_the_unsafe_setting(load, name, value):
    with pytest.raises(config.SettingsError, match=name):
        load(**{**SAFE, name: value})


@pytest.mark.parametrize("opened", [{"HOST": "0.0.0.0"}, {"PUBLIC_URL": "http://vetting.district.example"}])
def test_a_real_district_outside_production_stays_on_this_machine(load, opened):
    with pytest.raises(config.SettingsError, match="PRODUCTION=1"):
        load(DEMO="0", **opened)
    assert load(DEMO="1", **opened).demo


def test_only_the_demonstration_shows_a_made_up_number(load):
    assert load(DEMO="1").help_phone == config.MADE_UP_PHONE
    assert load(DEMO="0").help_phone == ""
    assert load(DEMO="0", HELP_PHONE="617-555-0199").help_phone == "617-555-0199"


def test_a_bare_postgresql_address_names_our_driver(load):
    assert load(DATABASE_URL="postgres://u@db/name").database_url == "postgresql+psycopg://u@db/name"


def test_secrets_are_made_once_and_kept_to_their_owner(load, tmp_path):
    first = load()
    assert load().secret_key == first.secret_key != first.password_salt
    assert (tmp_path / "secrets" / "secret_key").stat().st_mode & 0o077 == 0


TOKEN = {
    "SEAL_MODULE": "/usr/lib/token.so",
    "SEAL_TOKEN": "district",
    "SEAL_LABEL": "seal",
    "SEAL_PIN": "1234",
    "SEAL_CERTIFICATES": "/keys/seal.pem",
}


def test_a_seal_on_a_token_takes_the_place_of_a_file_in_production(load):
    settings = load(**{**SAFE, "SEAL_KEY": ""}, **TOKEN)
    assert settings.seal_module
    assert not settings.seal_key


@pytest.mark.parametrize("name", TOKEN)
def test_a_seal_on_a_token_needs_all_that_leads_to_it(load, name):
    with pytest.raises(config.SettingsError, match=name):
        load(**{**TOKEN, name: ""})


def test_there_is_one_seal_at_a_time(load):
    with pytest.raises(config.SettingsError, match="not both"):
        load(SEAL_KEY="/keys/seal.p12", **TOKEN)
