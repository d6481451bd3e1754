"""`Link`: the services that are used now, watched, and reached again when they come back."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

from eightcut_client.connection import Connection
from eightcut_client.discovery import read_services_file
from eightcut_client.endpoints import SERVICE_NAMES, ServiceName
from eightcut_client.errors import ServicesError, UnavailableError
from PyQt6.QtCore import QObject, QTimer, pyqtSignal

from eightcut_qt.core.bus import Bus, Change, Topic
from eightcut_qt.core.notices import sentence_of
from eightcut_qt.core.settings import ConnectionSettings, SettingsStore
from eightcut_qt.core.tasks import Lane, Task, Tasks
from eightcut_qt.link.given import Given, find, first_profile
from eightcut_qt.link.states import CONNECTING, Kind, LinkState, ServiceState, Status, judge, nothing_there
from eightcut_qt.link.watcher import Watcher

_FIND = 10.0  # Seconds that a call waits for services that are just being looked for.
_FIND_AGAIN = 2000  # Milliseconds.
_TOGETHER = 50  # Milliseconds: services that come back together are told of once.


class _Session:
    """One choice of services: perhaps found, perhaps not yet, perhaps over. Safe to use from several threads."""

    def __init__(self) -> None:
        self.known = threading.Event()
        """Whether the Store answers is known, or that there is none."""
        self.store = ServiceState(Status.UNKNOWN)
        self._lock = threading.Lock()
        self._connection: Connection | None = None
        self._over = False

    @property
    def connection(self) -> Connection | None:
        return self._connection

    def take(self, connection: Connection) -> bool:
        """Use a connection, which is this session's to close from now on; False: the session is over, it is closed."""
        with self._lock:
            taken = not self._over
            if taken:
                self._connection = connection
        if not taken:
            connection.close()
        return taken

    def end(self) -> None:
        """Close the connection, now or as soon as there is one."""
        with self._lock:
            self._over = True
            connection, self._connection = self._connection, None
        self.known.set()
        if connection is not None:
            connection.close()


class Link(QObject):
    """The services and the profile; implements `eightcut_qt.gateway.Services`.

    `connection` and `profile` are for any thread, everything else for the UI's.
    """

    state_changed = pyqtSignal(object)
    """A `LinkState`."""
    profile_changed = pyqtSignal(str)

    def __init__(
        self,
        tasks: Tasks,
        bus: Bus,
        settings: SettingsStore,
        given: Given | None = None,
        parent: QObject | None = None,
    ) -> None:
        """Know no services yet: see `use`."""
        super().__init__(parent)
        self._tasks = tasks
        self._bus = bus
        self._settings = settings
        self._given = given or Given()
        self._profile = first_profile(settings.value.connection, self._given)
        self._state = CONNECTING
        self._wanted: ConnectionSettings | None = None
        self._session = _Session()
        self._services: dict[str, ServiceState] = {}
        self._address = ""
        self._served_by = 0
        self._running: list[Task[Any]] = []
        self._told: frozenset[str] = frozenset()
        self._tell_later = QTimer(self)
        self._tell_later.setSingleShot(True)
        self._tell_later.setInterval(_TOGETHER)
        self._tell_later.timeout.connect(lambda: self._bus.publish(Change(Topic.CONNECTION)))
        self._find_later = QTimer(self)
        self._find_later.setSingleShot(True)
        self._find_later.setInterval(_FIND_AGAIN)
        self._find_later.timeout.connect(self._find)

    @property
    def state(self) -> LinkState:
        """What is known of the services."""
        return self._state

    @property
    def profile(self) -> str:
        """The profile that is worked in; any thread."""
        return self._profile

    @property
    def given(self) -> Given:
        """What the command line said and is still in force."""
        return self._given

    def connection(self) -> Connection:
        """Return the services, waiting for those of which nothing is known yet; any thread but the UI's.

        Where the Store is known not to answer, calls would only hold up the thread: it is said at once.

        Raises:
            EightcutError: There are none, or they are known not to answer.
        """
        session, state = self._session, self._state
        if state.kind in (Kind.OFFLINE, Kind.REFUSED):
            raise UnavailableError(state.sentence)
        session.known.wait(_FIND)
        connection = session.connection
        if connection is None:
            raise UnavailableError("8-cut is not connected to its services.")
        if session.store.status in (Status.UNREACHABLE, Status.REFUSED):
            raise UnavailableError(session.store.sentence)
        return connection

    def start(self) -> None:
        """Connect as the command line and the settings say."""
        self._change(self._settings.value.connection)

    def use(self, settings: ConnectionSettings) -> None:
        """Connect, or connect anew, with these settings instead of what the command line said."""
        self._given = Given(profile=self._given.profile)
        self._change(settings)

    def set_profile(self, name: str) -> None:
        """Work in another profile, also the next time."""
        if name == self._profile:
            return
        self._profile = name
        self._settings.update("connection", profile=name)
        self.profile_changed.emit(name)
        self._bus.publish(Change(Topic.PROFILE))

    def close(self) -> None:
        """Stop watching, close the connection and end own services; idempotent. It may take seconds."""
        self.stop_watching()
        self._wanted = None
        self.cut()

    def cut(self) -> None:
        """Close the connection under all calls, which end as cancelled; any thread."""
        self._session.end()

    def _change(self, settings: ConnectionSettings) -> None:
        self.stop_watching()
        old, self._session = self._session, _Session()
        self._wanted = settings
        self._told = frozenset()
        # Calls that are under way end as cancelled; own services take a while to end.
        self._tasks.run(lambda _task: old.end(), lane=Lane.LONG)
        self._show(CONNECTING)
        self._find()

    def stop_watching(self) -> None:
        """Ask no more; the connection stays as it is."""
        self._find_later.stop()
        self._tell_later.stop()
        for task in self._running:
            task.stop()
        self._running = []
        self._services = {}

    def _find(self) -> None:
        """Look for the services in a thread, again and again until they are there."""
        session, settings, given = self._session, self._wanted, self._given
        if settings is None:
            return

        def work(task: Task[str]) -> str:
            connection, address = find(settings, given)
            if not session.take(connection):
                task.cancel.cancel()
                return address
            served = read_services_file(connection.data_dir) if connection.data_dir is not None else None
            task.report((address, connection.mode, 0 if served is None else served.pid))
            if connection.mode == "embedded":
                # The Store alone is waited for, so that what needs only it is there first.
                connection.start(wait=False)
                connection.start("store")
            return address

        def found(reports: list[Any]) -> None:
            self._address, mode, self._served_by = reports[-1]
            self._show(judge({}, self._address, mode))

        def failed(error: BaseException) -> None:
            if session.connection is not None:  # Own services do not start: the watchers tell, and try again.
                self._watch(session)
                return
            session.known.set()
            self._show(nothing_there(_advice(error)))
            self._find_later.start()

        self._running.append(
            self._tasks.run(
                work,
                done=lambda _address: self._watch(session),
                failed=failed,
                progress=found,
                lane=Lane.LONG,
                owner=self,
            )
        )

    def _watch(self, session: _Session) -> None:
        connection = session.connection
        if session is not self._session or connection is None:
            return
        self._running += [self._watch_one(session, connection, name) for name in SERVICE_NAMES]

    def _watch_one(self, session: _Session, connection: Connection, name: ServiceName) -> Task[None]:
        def work(task: Task[None]) -> None:
            def tell(state: ServiceState) -> None:
                if name == "store":
                    session.store = state
                    session.known.set()
                task.report(state)

            Watcher(connection, name, tell).run(task.cancel)

        return self._tasks.run(
            work,
            progress=lambda states: self._learn(connection, name, states[-1]),
            lane=Lane.LONG,
            owner=self,
        )

    def _learn(self, connection: Connection, name: ServiceName, state: ServiceState) -> None:
        if connection is not self._session.connection:
            return
        self._services = {**self._services, name: state}
        before = self._state.kind
        self._show(judge(self._services, self._address, connection.mode))
        serving = frozenset(name for name, known in self._services.items() if known.status is Status.SERVING)
        if serving - self._told:
            self._tell_later.start()
        self._told = serving
        lost = self._state.kind is Kind.OFFLINE and before is not Kind.OFFLINE
        if lost and connection.mode == "served" and connection.data_dir is not None:
            self._await_new_serve(connection.data_dir)

    def _await_new_serve(self, folder: Path) -> None:
        """Wait for another `8cut serve` on the folder: its addresses and its token may be others."""
        session, old = self._session, self._served_by

        def work(task: Task[None]) -> None:
            while (served := read_services_file(folder)) is None or served.pid == old:
                task.cancel.sleep(_FIND_AGAIN / 1000)

        def there(_nothing: None) -> None:
            if session is self._session and self._state.kind is Kind.OFFLINE and self._wanted is not None:
                self._change(self._wanted)

        self._running.append(self._tasks.run(work, done=there, lane=Lane.LONG, owner=self))

    def _show(self, state: LinkState) -> None:
        if state != self._state:
            self._state = state
            self.state_changed.emit(state)


def _advice(error: BaseException) -> str:
    sentence = sentence_of(error)
    return f"{sentence} Or choose a server: File, Connection." if isinstance(error, ServicesError) else sentence
