"""What users may write as a server, and what is never sent where."""

from __future__ import annotations

from pathlib import Path

import pytest
from eightcut_client.endpoints import Endpoint, is_local, parse_server
from eightcut_client.errors import ConfigError

CA = Path("ca.pem")


def test_host_and_port_stand_for_three_ports() -> None:
    found = parse_server("127.0.0.1:7000")
    assert [found[name].address for name in ("store", "inference", "trainer")] == [
        "127.0.0.1:7000",
        "127.0.0.1:7001",
        "127.0.0.1:7002",
    ]
    assert not any(endpoint.tls for endpoint in found.values())
    assert parse_server("[::1]:7000")["trainer"].address == "[::1]:7002"


def test_a_folder_stands_for_three_sockets(tmp_path: Path) -> None:
    assert parse_server(f"unix:{tmp_path}")["inference"].address == f"unix:{tmp_path}/inference.sock"
    assert parse_server(f"unix://{tmp_path}")["store"].address == f"unix:{tmp_path}/store.sock"


def test_services_may_be_named_one_by_one(tmp_path: Path) -> None:
    found = parse_server(f"store=127.0.0.1:1, inference=gpu.lan:50, trainer=unix:{tmp_path}/t")
    assert found["store"].address == "127.0.0.1:1"
    assert (found["inference"].address, found["inference"].tls) == ("gpu.lan:50", True)
    assert found["trainer"].address == f"unix:{tmp_path}/t"
    assert set(parse_server("store=localhost:1")) == {"store"}


@pytest.mark.parametrize(
    "text",
    [
        "",
        "host",
        "host:",
        ":80",
        "host:http",
        "host:99999",
        "host:65534",
        "host:0",
        "host:-1",
        "::1:80",
        "unix:",
        "http://host:80",
        "user@host:80",
        "a b:80",
        "store=",
        "database=host:80",
        "host:٣",
    ],
)
def test_nonsense_is_one_clear_sentence(text: str) -> None:
    with pytest.raises(ConfigError) as caught:
        parse_server(text)
    assert "\n" not in str(caught.value)
    assert str(caught.value).endswith(".")


def test_other_machines_are_spoken_to_with_tls() -> None:
    assert parse_server("gpu.lan:7000")["store"].tls
    assert parse_server("192.168.1.5:7000", token="t")["store"].tls
    assert not parse_server("gpu.lan:7000", plaintext=True)["store"].tls


def test_an_authority_means_tls_also_on_this_machine(tmp_path: Path) -> None:
    assert parse_server("localhost:7000", ca=CA)["store"] == Endpoint("store", "localhost:7000", None, CA, tls=True)
    assert not parse_server(f"unix:{tmp_path}", ca=CA)["store"].tls


def test_a_token_never_travels_in_plain_text() -> None:
    with pytest.raises(ConfigError, match=r"Refusing to send the token to the Store at gpu\.lan:7000 without TLS"):
        parse_server("gpu.lan:7000", token="secret", plaintext=True)
    assert parse_server("localhost:7000", token="secret")["store"].token == "secret"


def test_a_token_shows_nowhere_and_must_fit_a_header() -> None:
    assert "secret" not in repr(parse_server("localhost:7000", token="secret"))
    with pytest.raises(ConfigError) as caught:
        parse_server("localhost:7000", token="two words\n")
    assert "two words" not in str(caught.value)


@pytest.mark.parametrize(
    ("address", "local"),
    [
        ("unix:/a", True),
        ("127.0.0.1:1", True),
        ("127.8.8.8:1", True),
        ("[::1]:1", True),
        ("localhost:1", True),
        ("localhost.example.org:1", False),
        ("0.0.0.0:1", False),
        ("10.0.0.1:1", False),
        ("127.0.0.1.example.org:1", False),
    ],
)
def test_local_means_that_nothing_leaves_the_machine(address: str, local: bool) -> None:
    assert is_local(address) is local
