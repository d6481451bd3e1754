"""The configuration file, and who wins when several things name a server."""

from __future__ import annotations

from pathlib import Path

import pytest
from eightcut_client import Config, Connection, load_config
from eightcut_client.config import default_config_file, default_data_dir
from eightcut_client.errors import ConfigError


def test_there_need_be_no_file() -> None:
    assert load_config() == Config()


def test_everything_is_read_and_paths_are_relative_to_the_file(tmp_path: Path) -> None:
    file = tmp_path / "c.toml"
    file.write_text('server = "gpu.lan:7000"\ntoken_file = "token"\nca = "/etc/ca.pem"\nprofile = "foley"\n')
    (tmp_path / "token").write_text("abc\n")
    config = load_config(file)
    assert config == Config("gpu.lan:7000", tmp_path / "token", Path("/etc/ca.pem"), "foley")
    assert config.token() == "abc"


def test_the_platforms_folder_is_looked_into(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    assert default_config_file() == tmp_path / "8cut" / "config.toml"
    assert default_data_dir() == tmp_path / "data" / "8cut"
    (tmp_path / "8cut").mkdir()
    (tmp_path / "8cut" / "config.toml").write_text('profile = "foley"')
    assert load_config().profile == "foley"


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ('serverr = "x"', "unknown key 'serverr'; known are server, token_file"),
        ("server = 7", "'server' .* must be a text"),
        ('server = ""', "'server' .* must be a text"),
        ("server = ", "is not valid TOML"),
        ("[server]\na = 1", "'server' .* must be a text"),
        (b"\xff\xfe", "is not UTF-8"),
    ],
)
def test_mistakes_are_one_sentence(tmp_path: Path, text: str | bytes, sentence: str) -> None:
    file = tmp_path / "config.toml"
    file.write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(ConfigError, match=sentence):
        load_config(file)


def test_a_file_that_was_named_must_be_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ConfigError, match="There is no configuration file"):
        load_config(tmp_path / "none.toml")
    monkeypatch.setenv("EIGHTCUT_CONFIG", str(tmp_path / "none.toml"))
    with pytest.raises(ConfigError, match="There is no configuration file"):
        load_config()


@pytest.mark.parametrize(("content", "sentence"), [(None, "cannot be read"), (" \n", "is empty")])
def test_a_token_file_must_hold_one(tmp_path: Path, content: str | None, sentence: str) -> None:
    if content is not None:
        (tmp_path / "token").write_text(content)
    with pytest.raises(ConfigError, match=sentence):
        Config(token_file=tmp_path / "token").token()


def test_the_argument_wins_then_the_environment_then_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    config = Config(server="localhost:3000", data_dir=tmp_path / "configured")

    def address(**arguments: object) -> str:
        with Connection.resolve(config=config, **arguments) as conn:  # type: ignore[arg-type]
            return conn.address("store") if conn.mode == "remote" else f"{conn.mode} {conn.data_dir}"

    assert address() == "localhost:3000"
    monkeypatch.setenv("EIGHTCUT_SERVER", "localhost:2000")
    assert address() == "localhost:2000"
    assert address(server="localhost:1000") == "localhost:1000"
    assert address(data_dir=tmp_path) == f"embedded {tmp_path}"
    monkeypatch.delenv("EIGHTCUT_SERVER")
    config = Config(data_dir=tmp_path / "configured")
    assert address() == f"embedded {tmp_path}/configured"


def test_the_token_comes_from_the_same_three_places(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "token").write_text("from-file")
    config = Config(server="localhost:3000", token_file=tmp_path / "token")

    def token(given: str | None = None) -> str | None:
        with Connection.resolve(token=given, config=config) as conn:
            return conn._endpoint("store").token

    assert token() == "from-file"
    monkeypatch.setenv("EIGHTCUT_TOKEN", "from-environment")
    assert token() == "from-environment"
    assert token("given") == "given"


def test_a_service_that_the_server_does_not_name_is_said() -> None:
    with Connection.remote("store=localhost:1") as conn, pytest.raises(ConfigError, match="names no Trainer"):
        _ = conn.trainer
