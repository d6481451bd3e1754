"""The configuration file, and who wins when several things name a server."""

from __future__ import annotations

from pathlib import Path

import pytest
from eightcut_client import Config, Connection, load_config
from eightcut_client.config import default_config_file, default_data_dir
from eightcut_client.errors import ConfigError
from eightcut_client.inference_options import InferenceOptions


def test_there_need_be_no_file() -> None:
    assert load_config() == Config()


def test_everything_is_read_and_paths_are_relative_to_the_file(tmp_path: Path) -> None:
    file = tmp_path / "c.toml"
    file.write_text('server = "gpu.lan:7000"\ntoken_file = "token"\nca = "/etc/ca.pem"\nprofile = "foley"\n')
    (tmp_path / "token").write_text("abc\n")
    config = load_config(file)
    assert config == Config("gpu.lan:7000", tmp_path / "token", Path("/etc/ca.pem"), "foley")
    assert config.token() == "abc"


def test_how_networks_run_is_read(tmp_path: Path) -> None:
    file = tmp_path / "c.toml"
    file.write_text(
        'device = "cuda:0,cuda:1"\ndtype = "bfloat16"\ncompile = "reduce-overhead"\nmax_batch = 64\n'
        'weights_dir = "w"\n[embedder_options]\nEAT = { frames = 800, pooling = "cls" }\n'
    )
    config = load_config(file)
    options = ("EAT.frames=800", "EAT.pooling=cls")
    expected = InferenceOptions("cuda:0,cuda:1", "bfloat16", "reduce-overhead", 64, options, tmp_path / "w")
    assert config.inference == expected
    assert config.weights_dir == tmp_path / "w"
    file.write_text('embedder_options = ["EAT.frames=800"]')
    assert load_config(file).inference == InferenceOptions(embedder_options=("EAT.frames=800",))


def test_what_is_said_wins_over_what_is_configured(tmp_path: Path) -> None:
    configured = InferenceOptions("cuda", "bfloat16", embedder_options=("EAT.frames=800", "EAT.pooling=cls"))
    said = InferenceOptions(device="cpu", embedder_options=("EAT.frames=1024",), weights_dir=tmp_path)
    both = said.over(configured)
    assert both == InferenceOptions(
        "cpu", "bfloat16", embedder_options=("EAT.pooling=cls", "EAT.frames=1024"), weights_dir=tmp_path
    )
    options = ["--embedder-option", "EAT.pooling=cls", "--embedder-option", "EAT.frames=1024"]
    assert both.arguments() == ["--device", "cpu", "--dtype", "bfloat16", "--weights-dir", str(tmp_path), *options]
    assert InferenceOptions().arguments() == []


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
        ('device = "gpu"', "'device' .* is wrong: “gpu” names no device: use auto, cpu"),
        ("device = 1", "'device' .* must be a text"),
        ('dtype = "float16"', "'dtype' .* “float16” is none of auto, float32, bfloat16"),
        ('compile = "fast"', "'compile' .* “fast” is none of off"),
        ("max_batch = 0", "'max_batch' .* must be a whole number from 1 on"),
        ("max_batch = true", "'max_batch' .* must be a whole number from 1 on"),
        ('embedder_options = ["EAT"]', "“EAT” is no option of an embedder"),
        ("embedder_options = 3", "'embedder_options' .* must be a table such as"),
        ("[embedder_options.EAT]\nframes = [1]", "must hold texts and numbers only"),
        ("weights_dir = 3", "'weights_dir' .* must be a text"),
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
