"""Settings, read from the environment once and checked at start.

The command line of ``make run`` sets nothing but these, so the list here is the whole list.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from environs import Env, EnvError

MEGABYTE = 1024 * 1024
LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
MADE_UP_PHONE = "617-555-0100"
DEFAULT_SECRETS = frozenset({"", "dev", "changeme", "secret", "please-change-me"})


class SettingsError(Exception):
    """A setting is missing or unsafe. The message says which and what to do, in one sentence."""


@dataclass(frozen=True)
class Settings:
    """Everything the program can be told from outside."""

    instance: Path
    host: str
    port: int
    public_url: str
    database_url: str
    smtp_url: str
    mail_from: str
    help_phone: str
    help_hours: str
    interpreter_languages: tuple[str, ...]
    demo: bool
    production: bool
    secret_key: str
    secret_keys_before: tuple[str, ...]
    password_salt: str
    district_name: str
    trusted_hosts: tuple[str, ...]
    proxy_hops: int
    seal_key: str
    seal_passphrase: str
    seal_module: str
    seal_token: str
    seal_label: str
    seal_pin: str
    seal_certificates: str
    timestamp_url: str
    max_upload_bytes: int
    scanner_url: str
    upload_spool: str
    store_url: str
    store_access_key: str
    store_secret_key: str
    orphan_days: int

    @property
    def secure(self) -> bool:
        """Whether the public address is served over TLS, which decides the cookies."""
        return self.public_url.startswith("https://")

    @property
    def spool(self) -> Path:
        """Where files wait that arrive in pieces. Every web process of this copy uses the same folder."""
        return Path(self.upload_spool).resolve() if self.upload_spool else self.instance / "uploads"

    @property
    def sqlite(self) -> bool:
        return self.database_url.startswith("sqlite")


def load(env: Env | None = None) -> Settings:
    """Read and check the environment. Raises ``SettingsError``."""
    env = env or Env()
    try:
        return _checked(_read(env))
    except EnvError as error:
        raise SettingsError(str(error)) from error


def _read(env: Env) -> Settings:
    instance = Path(env.str("VETTING_INSTANCE", "instance")).resolve()
    port = env.int("PORT", 8000)
    public_url = env.str("PUBLIC_URL", f"http://localhost:{port}").rstrip("/")
    production = env.bool("PRODUCTION", False)
    demo = env.bool("DEMO", True) and not production
    host = urlsplit(public_url).hostname or "localhost"
    trusted = tuple(dict.fromkeys([host, *env.list("TRUSTED_HOSTS", [])]))
    if not production:
        trusted = tuple(dict.fromkeys([*trusted, "localhost", "127.0.0.1"]))
    return Settings(
        instance=instance,
        host=env.str("HOST", "127.0.0.1"),
        port=port,
        public_url=public_url,
        database_url=_database(env.str("DATABASE_URL", ""), instance),
        smtp_url=env.str("SMTP_URL", ""),
        mail_from=env.str("MAIL_FROM", "partnerships@district.example"),
        help_phone=env.str("HELP_PHONE", "") or (MADE_UP_PHONE if demo else ""),
        help_hours=env.str("HELP_HOURS", ""),
        interpreter_languages=tuple(filter(None, map(str.strip, env.list("INTERPRETER_LANGUAGES", [])))),
        demo=demo,
        production=production,
        secret_key=env.str("SECRET_KEY", "") or ("" if production else _kept_secret(instance, "secret_key")),
        secret_keys_before=tuple(env.list("SECRET_KEYS_BEFORE", [])),
        password_salt=env.str("PASSWORD_SALT", "") or ("" if production else _kept_secret(instance, "password_salt")),
        district_name=env.str("DISTRICT_NAME", "Boston Public Schools"),
        trusted_hosts=trusted,
        proxy_hops=env.int("PROXY_HOPS", 0),
        seal_key=env.str("SEAL_KEY", ""),
        seal_passphrase=env.str("SEAL_PASSPHRASE", ""),
        seal_module=env.str("SEAL_MODULE", ""),
        seal_token=env.str("SEAL_TOKEN", ""),
        seal_label=env.str("SEAL_LABEL", ""),
        seal_pin=env.str("SEAL_PIN", ""),
        seal_certificates=env.str("SEAL_CERTIFICATES", ""),
        timestamp_url=env.str("TIMESTAMP_URL", ""),
        max_upload_bytes=env.int("MAX_UPLOAD_BYTES", 25 * MEGABYTE),
        scanner_url=env.str("SCANNER_URL", "").strip(),
        upload_spool=env.str("UPLOAD_SPOOL", ""),
        store_url=env.str("STORE_URL", "").strip(),
        store_access_key=env.str("STORE_ACCESS_KEY", ""),
        store_secret_key=env.str("STORE_SECRET_KEY", "") or _secret_in(env.str("STORE_SECRET_KEY_FILE", "")),
        orphan_days=env.int("ORPHAN_DAYS", 7),
    )


def _database(url: str, instance: Path) -> str:
    """SQLAlchemy's own form of the address; a bare PostgreSQL address means psycopg 3."""
    if not url:
        return f"sqlite:///{instance / 'vetting.db'}"
    for prefix in ("postgres://", "postgresql://"):
        if url.startswith(prefix):
            return "postgresql+psycopg://" + url.removeprefix(prefix)
    return url


def _secret_in(file: str) -> str:
    """A secret that the machine hands over in a file; no file, no secret."""
    if not file:
        return ""
    try:
        return Path(file).read_text().strip()
    except OSError as error:
        raise SettingsError(f"STORE_SECRET_KEY_FILE cannot be read ({file}): {error.strerror}.") from None


def _kept_secret(instance: Path, name: str) -> str:
    """A random secret made on first start and kept in the instance folder, readable by its owner alone."""
    path = instance / "secrets" / name
    if path.exists():
        return path.read_text().strip()
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    fresh = path.with_suffix(f".{secrets.token_hex(4)}")
    fresh.touch(mode=0o600)
    fresh.write_text(secrets.token_hex(32))
    try:
        # A hard link fails if another process was first, and then its secret is the one that counts.
        path.hardlink_to(fresh)
    except FileExistsError:
        pass
    finally:
        fresh.unlink()
    return path.read_text().strip()


def _check_seal(settings: Settings) -> None:
    """A seal on a token needs all of its five settings, and there is one seal at a time."""
    token = {
        "SEAL_MODULE": settings.seal_module,
        "SEAL_TOKEN": settings.seal_token,
        "SEAL_LABEL": settings.seal_label,
        "SEAL_PIN": settings.seal_pin,
        "SEAL_CERTIFICATES": settings.seal_certificates,
    }
    if not any(token.values()):
        return
    if settings.seal_key:
        raise SettingsError("Set either SEAL_KEY (a file) or SEAL_MODULE (a token), not both.")
    missing = [name for name, value in token.items() if not value]
    if missing:
        raise SettingsError(f"A seal on a token also needs {', '.join(missing)}.")


def _checked(settings: Settings) -> Settings:
    if not 1 <= settings.port <= 65535:
        raise SettingsError(f"PORT must be between 1 and 65535, not {settings.port}.")
    if urlsplit(settings.public_url).scheme not in {"http", "https"}:
        raise SettingsError("PUBLIC_URL must begin with http:// or https://.")
    if settings.orphan_days < 2:
        # A file waits up to a day in the form that brought it.
        raise SettingsError(f"ORPHAN_DAYS must be 2 or more, not {settings.orphan_days}.")
    _check_scanner(settings.scanner_url)
    _check_seal(settings)
    if settings.production:
        _check_production(settings)
    elif not settings.demo:
        _check_private(settings)
    return settings


def _check_scanner(url: str) -> None:
    """A misspelled scanner must not pass for none."""
    parts = urlsplit(url)
    with_host, with_path = bool(parts.hostname), len(parts.path) > 1
    if url and (parts.scheme != "clamd" or with_host == with_path):
        raise SettingsError("SCANNER_URL must be clamd:///path/of/the/socket or clamd://host:port, or empty for none.")


def _check_private(settings: Settings) -> None:
    """A real district's copy that is not in production shows its mail to every visitor, so it stays on this machine."""
    for name, host in (("HOST", settings.host), ("PUBLIC_URL", urlsplit(settings.public_url).hostname or "")):
        if host not in LOOPBACK:
            raise SettingsError(
                f"{name} opens this copy to others ({host}): set PRODUCTION=1, or DEMO=1 to show it around."
            )


def _check_production(settings: Settings) -> None:
    for name, value in (("SECRET_KEY", settings.secret_key), ("PASSWORD_SALT", settings.password_salt)):
        if value.lower() in DEFAULT_SECRETS or len(value) < 32:
            raise SettingsError(f"{name} must be set to at least 32 random characters in production.")
    if not settings.secure:
        raise SettingsError("PUBLIC_URL must begin with https:// in production.")
    if not settings.smtp_url:
        raise SettingsError("SMTP_URL must be set in production, so that mail leaves.")
    if not (settings.seal_key or settings.seal_module):
        raise SettingsError(
            "SEAL_KEY must name the district's seal (PKCS#12) in production, or SEAL_MODULE its token; "
            "the development seal is refused."
        )
