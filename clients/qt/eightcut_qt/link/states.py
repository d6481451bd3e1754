"""What is known of the services, and how it is told."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum, auto

from eightcut_client.connection import Mode
from eightcut_client.endpoints import SERVICE_NAMES
from eightcut_client.errors import service_title


class Kind(Enum):
    """Whether one can work."""

    CONNECTING = auto()
    """Nothing is known yet."""
    ONLINE = auto()
    """All services answer."""
    DEGRADED = auto()
    """Some answer."""
    OFFLINE = auto()
    """None answers."""
    REFUSED = auto()
    """They answer and will not work with us: the token is wrong, or they speak another API."""


class Status(Enum):
    """Whether one service can be used."""

    UNKNOWN = auto()
    SERVING = auto()
    NOT_SERVING = auto()
    """It answers that it is not ready."""
    UNREACHABLE = auto()
    REFUSED = auto()
    """The token is missing, wrong or expired."""
    OTHER_API = auto()
    """It speaks another version of the API."""


@dataclass(frozen=True, slots=True)
class ServiceState:
    """What is known of one service; ``sentence`` says what is wrong, or that nothing is."""

    status: Status
    version: str = ""
    sentence: str = ""


@dataclass(frozen=True, slots=True)
class LinkState:
    """What is known of all services.

    Attributes:
        kind: Whether one can work.
        title: One short phrase.
        sentence: What it means, and what to do where something is wrong.
        address: Where the services are, as the person would write it.
        mode: How they were found.
        services: By their short names.
    """

    kind: Kind
    title: str
    sentence: str
    address: str = ""
    mode: Mode = "remote"
    services: Mapping[str, ServiceState] = field(default_factory=dict)


CONNECTING = LinkState(Kind.CONNECTING, "Connecting …", "The services are being looked for.")

_PLACES: dict[Mode, str] = {
    "remote": "Connected to {}.",
    "served": "Connected to the services that run on this machine.",
    "embedded": "Own services run on this machine.",
}


def nothing_there(sentence: str) -> LinkState:
    """Return the state when it is not even known where the services are."""
    return LinkState(Kind.OFFLINE, "Not connected", sentence)


def judge(services: Mapping[str, ServiceState], address: str, mode: Mode) -> LinkState:
    """Return what the states of the services mean together."""
    known: dict[str, ServiceState] = {name: services.get(name, ServiceState(Status.UNKNOWN)) for name in SERVICE_NAMES}

    def of(kind: Kind, title: str, sentence: str) -> LinkState:
        return LinkState(kind, title, sentence, address, mode, known)

    def having(*wanted: Status) -> list[str]:
        return [name for name, state in known.items() if state.status in wanted]

    for status, title in ((Status.REFUSED, "Refused"), (Status.OTHER_API, "Another version")):
        if found := having(status):
            return of(Kind.REFUSED, title, known[found[0]].sentence)
    serving = having(Status.SERVING)
    away = having(Status.NOT_SERVING, Status.UNREACHABLE)
    if len(serving) == len(known):
        return of(Kind.ONLINE, "Connected", _PLACES[mode].format(address))
    if serving and away:
        return of(Kind.DEGRADED, "Partly connected", _without(away))
    if len(away) == len(known):
        return of(Kind.OFFLINE, "Not connected", f"{known[away[0]].sentence} 8-cut keeps trying.")
    if away:
        what = known[away[0]].sentence
    else:
        what = "Own services are being started." if mode == "embedded" else f"Connecting to {address} …"
    return of(Kind.CONNECTING, "Connecting …", what)


_LOST = {
    "store": "nothing can be read or saved for now.",
    "inference": "scanning and training wait until then.",
    "trainer": "training waits until then.",
}


def _without(away: list[str]) -> str:
    titles = " and ".join(f"the {service_title(name)}" for name in away)
    verb = "do" if len(away) > 1 else "does"
    return f"{titles[0].upper()}{titles[1:]} {verb} not answer: {_LOST[away[0]]} 8-cut keeps trying."
