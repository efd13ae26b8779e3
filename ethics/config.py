"""Settings, from ETHICS_* environment variables and a `.env` file. Refuses to start half-configured."""

import os
import secrets
from collections.abc import Mapping
from pathlib import Path
from typing import Literal, Self
from urllib.parse import urlsplit

from dotenv import dotenv_values
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

PREFIX = "ETHICS_"
SHORTEST_SECRET = 32


class SettingsError(Exception):
    """A setting is missing or wrong. The message names it and says what to do."""


class Settings(BaseModel):
    """Everything an installation can set; each field is one ETHICS_ variable."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    env: Literal["development", "production"] = Field(
        "production", description="`development` offers the demo accounts on the sign-in page and allows plain http."
    )
    instance_dir: Path = Field(Path("instance"), description="Where the SQLite file and the development key live.")
    database_url: str = Field(
        "", description="`postgresql://…` or `sqlite:///…`; empty: SQLite in the instance folder."
    )
    secret_key: str = Field("", description="Signs forms and the audit log; 32 characters at least.")
    secret_key_fallbacks: tuple[str, ...] = Field(
        (), description="Earlier keys, comma-separated, whose signatures still count."
    )
    base_url: str = Field("http://127.0.0.1:8000", description="The address people use; https in production.")
    cases_dir: tuple[Path, ...] = Field(
        (Path("cases"),), description="Folders of case files, separated by `:`; private ones may be among them."
    )
    mail_url: str = Field("", description="`smtp://user:password@host:port` or `smtps://…`; empty: no mail is sent.")
    mail_from: str = Field("Ethics Rounds <ethics-rounds@localhost>", description="The sender of every mail.")
    trusted_proxies: int = Field(0, ge=0, le=5, description="How many proxies in front set X-Forwarded-* headers.")

    @model_validator(mode="after")
    def _whole(self) -> Self:
        address = urlsplit(self.base_url)
        if address.scheme not in {"http", "https"} or not address.hostname:
            raise ValueError("ETHICS_BASE_URL must be an address such as https://ethics.example.edu")
        if self.env == "production":
            if len(self.secret_key) < SHORTEST_SECRET:
                raise ValueError(
                    f"ETHICS_SECRET_KEY must have {SHORTEST_SECRET} characters or more; "
                    "make one with: python3 -c 'import secrets; print(secrets.token_urlsafe(48))'"
                )
            if address.scheme != "https":
                raise ValueError("ETHICS_BASE_URL must begin with https:// in production")
        return self

    @property
    def database(self) -> str:
        """The address of the database, with the default filled in."""
        return self.database_url or f"sqlite:///{(self.instance_dir / 'ethics.db').absolute()}"

    @property
    def secure(self) -> bool:
        """Whether people reach the application over https."""
        return self.base_url.startswith("https://")

    @property
    def host(self) -> str:
        """The host name in the base address."""
        return urlsplit(self.base_url).hostname or ""


def load_settings(environment: Mapping[str, str] | None = None, *, env_file: Path | None = Path(".env")) -> Settings:
    """Read the settings; variables of the environment win over the file.

    In development a missing secret key is made once and kept in the instance folder.
    Raises SettingsError with one plain sentence for the first thing that is wrong.
    """
    found: dict[str, str] = {}
    if env_file is not None and env_file.is_file():
        found.update({name: value or "" for name, value in dotenv_values(env_file).items()})
    found.update(os.environ if environment is None else environment)
    raw = {name[len(PREFIX) :].lower(): value for name, value in found.items() if name.startswith(PREFIX)}
    unknown = sorted(set(raw) - set(Settings.model_fields))
    if unknown:
        raise SettingsError(f"{PREFIX}{unknown[0].upper()} is not a setting; README.md lists them all")
    values: dict[str, object] = {name: value for name, value in raw.items() if value != ""}
    if "secret_key_fallbacks" in values:
        values["secret_key_fallbacks"] = tuple(filter(None, raw["secret_key_fallbacks"].split(",")))
    if "cases_dir" in values:
        values["cases_dir"] = tuple(Path(folder) for folder in raw["cases_dir"].split(os.pathsep) if folder)
    if values.get("env") == "development" and "secret_key" not in values:
        values["secret_key"] = _development_key(Path(raw.get("instance_dir") or "instance"))
    try:
        return Settings.model_validate(values)
    except ValidationError as error:
        first = error.errors()[0]
        name = f"{PREFIX}{str(first['loc'][0]).upper()}: " if first["loc"] else ""
        raise SettingsError(name + first["msg"].removeprefix("Value error, ")) from None


def _development_key(instance: Path) -> str:
    path = instance / "secret-key"
    if not path.exists():
        instance.mkdir(parents=True, exist_ok=True)
        path.touch(mode=0o600)
        path.write_text(secrets.token_urlsafe(48))
    return path.read_text().strip()
