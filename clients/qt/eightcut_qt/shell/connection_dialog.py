"""Chooses which services are used, and tests whether they answer."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from eightcut_client.endpoints import SERVICE_NAMES, parse_server
from eightcut_client.errors import EightcutError, service_title
from PyQt6.QtCore import Qt
from PyQt6.QtWidgets import (
    QCheckBox,
    QDialog,
    QDialogButtonBox,
    QFileDialog,
    QFormLayout,
    QGroupBox,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QRadioButton,
    QVBoxLayout,
    QWidget,
)

from eightcut_qt.core.settings import ConnectionSettings
from eightcut_qt.link.given import own_data_folder, shared_server
from eightcut_qt.link.states import ServiceState, Status
from eightcut_qt.link.token_file import NAME, remove_token, write_token
from eightcut_qt.shell.connection_check import ConnectionCheck

if TYPE_CHECKING:
    from eightcut_qt.core.context import Context

_SYMBOLS = {Status.SERVING: "✔", Status.UNKNOWN: "…"}


class ConnectionDialog(QDialog):
    """Own services on this machine, or a server elsewhere; what is accepted is used at once and kept."""

    def __init__(self, context: Context, folder: Path, parent: QWidget | None = None) -> None:
        """Show what is set.

        Args:
            context: Shared objects.
            folder: Where the file of the token is.
            parent: Qt's.
        """
        super().__init__(parent)
        self._context = context
        self._folder = folder
        self._shown = context.settings.value.connection
        self.setWindowTitle("Connection")
        self._check = ConnectionCheck(context.tasks, self)
        self._check.answered.connect(self._show_answer)
        self._check.finished.connect(self._show_test_button)
        layout = QVBoxLayout(self)
        self.own = QRadioButton("&Own services on this machine")
        layout.addWidget(self.own)
        layout.addWidget(self._indented(self._about_own()))
        self.elsewhere = QRadioButton("A &server")
        layout.addWidget(self.elsewhere)
        layout.addWidget(self._indented(self._server_fields()))
        layout.addWidget(self._test_box())
        self.problem = QLabel()
        self.problem.setWordWrap(True)
        self.problem.setTextFormat(Qt.TextFormat.PlainText)
        self.problem.hide()
        layout.addWidget(self.problem)
        self.buttons = QDialogButtonBox()
        use = self.buttons.addButton("Connect", QDialogButtonBox.ButtonRole.AcceptRole)
        assert use is not None
        use.setDefault(True)
        self.buttons.addButton(QDialogButtonBox.StandardButton.Cancel)
        self.buttons.accepted.connect(self.accept)
        self.buttons.rejected.connect(self.reject)
        layout.addWidget(self.buttons)
        self.elsewhere.toggled.connect(self._enable)
        self.finished.connect(lambda _result: self._check.stop())
        context.link.state_changed.connect(self._show_link)
        self._fill()

    def settings(self) -> ConnectionSettings:
        """Return what is entered; the token is not part of it."""
        profile = self._context.link.profile
        if self.own.isChecked():
            return ConnectionSettings(profile=profile)
        return ConnectionSettings(
            server=self.address.text().strip(),
            tls=self.tls.isChecked(),
            ca=self.ca.text().strip(),
            token_file=self._shown.token_file,
            profile=profile,
        )

    def accept(self) -> None:
        """Use what is entered, unless it makes no sense."""
        wanted = self.settings()
        problem = self._problem_of(wanted)
        if problem:
            self._complain(problem)
            return
        token = self.token.text().strip()
        values = {"server": wanted.server, "tls": wanted.tls, "ca": wanted.ca, "token_file": wanted.token_file}
        if wanted.server and token:
            try:
                values["token_file"] = str(write_token(self._folder, token))
            except OSError as error:
                self._complain(f"The token cannot be kept: {(error.strerror or 'unknown reason').lower()}.")
                return
        if not values["token_file"] or not wanted.server:
            values["token_file"] = ""
            remove_token(self._folder)
        self._context.settings.update("connection", **values)
        self._context.link.use(self._context.settings.value.connection)
        super().accept()

    def test(self) -> None:
        """Ask the services, or stop asking."""
        if self._check.running:
            self._check.stop()
            self._show_test_button()
            for label in self.answers.values():
                label.setText(label.text() if not label.text().startswith("…") else "Not asked to the end.")
            return
        wanted = self.settings()
        problem = self._problem_of(wanted)
        self.problem.setVisible(bool(problem))
        if problem:
            self._complain(problem)
        elif not wanted.server and not shared_server():
            self._show_own()
        else:
            for label in self.answers.values():
                label.setText("… asking")
            self._check.start(wanted, self.token.text().strip())
            self.test_button.setText("Stop the &test")

    def _about_own(self) -> QWidget:
        shared = shared_server()
        text = f"They keep what they know in {own_data_folder()}."
        if shared:
            self.own.setText("As all 8-cut clients on this machine")
            text = f"The shared configuration names the server {shared}."
        label = QLabel(text)
        label.setWordWrap(True)
        label.setTextFormat(Qt.TextFormat.PlainText)
        return label

    def _server_fields(self) -> QWidget:
        self.address = QLineEdit()
        self.address.setPlaceholderText("gpu-box:7700")
        self.address.setToolTip(
            "host:port (Store there, Inference and Trainer on the next two ports), unix:FOLDER, "
            "or store=…,inference=…,trainer=…"
        )
        self.tls = QCheckBox("Secur&e connection (TLS)")
        self.tls.setToolTip("Needed for a server on another machine, unless you trust the network between.")
        self.ca = QLineEdit()
        self.ca.setPlaceholderText("that of the system")
        browse = QPushButton("&Browse …")
        browse.setAccessibleName("Browse for the certificate authority")
        browse.clicked.connect(self._browse)
        row = QWidget()
        beside = QHBoxLayout(row)
        beside.setContentsMargins(0, 0, 0, 0)
        beside.addWidget(self.ca, 1)
        beside.addWidget(browse)
        self.token = QLineEdit()
        self.token.setEchoMode(QLineEdit.EchoMode.Password)
        self.forget = QPushButton("&Forget it")
        self.forget.setAccessibleName("Forget the token")
        self.forget.clicked.connect(self._forget)
        token_row = QWidget()
        beside = QHBoxLayout(token_row)
        beside.setContentsMargins(0, 0, 0, 0)
        beside.addWidget(self.token, 1)
        beside.addWidget(self.forget)
        self.fields = QWidget()
        form = QFormLayout(self.fields)
        form.setContentsMargins(0, 0, 0, 0)
        for text, field, whole in (
            ("&Address:", self.address, self.address),
            ("&Certificate authority:", self.ca, row),
            ("To&ken:", self.token, token_row),
        ):
            label = QLabel(text)
            label.setBuddy(field)
            form.addRow(label, whole)
            field.setAccessibleName(text.replace("&", "").rstrip(":"))
            if field is self.address:
                form.addRow("", self.tls)
        return self.fields

    def _test_box(self) -> QWidget:
        box = QGroupBox("Do they answer?")
        layout = QVBoxLayout(box)
        self.answers: dict[str, QLabel] = {}
        for name in SERVICE_NAMES:
            label = QLabel(f"{_upper(service_title(name))}: not asked yet.")
            label.setWordWrap(True)
            label.setTextFormat(Qt.TextFormat.PlainText)
            label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
            label.setAccessibleName(service_title(name))
            self.answers[name] = label
            layout.addWidget(label)
        self.test_button = QPushButton("&Test")
        self.test_button.clicked.connect(self.test)
        layout.addWidget(self.test_button, 0, Qt.AlignmentFlag.AlignLeft)
        return box

    def _fill(self) -> None:
        given, server = self._context.link.given, self._server_in_use()
        self.own.setChecked(not server)
        self.elsewhere.setChecked(bool(server))
        self.address.setText(server)
        self.tls.setChecked(self._shown.tls)
        self.ca.setText(str(given.ca) if given.ca else self._shown.ca)
        self._show_token()
        self._enable(self.elsewhere.isChecked())
        self._show_link()
        self.setMinimumWidth(72 * self.fontMetrics().averageCharWidth())

    def _server_in_use(self) -> str:
        """Return the server as the command line or the settings name it, empty for own services."""
        given = self._context.link.given
        return (given.server or "") if given.names_services else self._shown.server

    def _show_token(self) -> None:
        known = bool(self._shown.token_file)
        self.token.setPlaceholderText("kept, not shown" if known else "none")
        self.token.setToolTip(f"It is kept in the file {self._folder / NAME}, which only you can read.")
        self.forget.setVisible(known)

    def _forget(self) -> None:
        self._shown = ConnectionSettings(self._shown.server, self._shown.tls, self._shown.ca, "", self._shown.profile)
        self.token.clear()
        self._show_token()

    def _browse(self) -> None:
        dialog = QFileDialog(self, "Certificate authority", "", "Certificates (*.pem *.crt *.cer);;All files (*)")
        dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.fileSelected.connect(self.ca.setText)
        dialog.open()

    def _enable(self, elsewhere: bool) -> None:
        self.fields.setEnabled(elsewhere)
        if elsewhere and not self.address.text():
            self.address.setFocus()

    def _problem_of(self, wanted: ConnectionSettings) -> str:
        """Say what is wrong with what is entered, empty when nothing is."""
        if self.own.isChecked():
            return ""
        if not wanted.server:
            return "Enter the server's address, such as gpu-box:7700."
        if wanted.ca and wanted.tls and not Path(wanted.ca).is_file():
            return f"There is no file {wanted.ca}."
        try:
            parse_server(wanted.server, token=self.token.text().strip() or None, plaintext=not wanted.tls)
        except EightcutError as error:
            return str(error)
        return ""

    def _complain(self, sentence: str) -> None:
        self.problem.setStyleSheet(f"color: {self._context.theme.colors.error};")
        self.problem.setText(f"✖ {sentence}")
        self.problem.show()

    def _show_own(self) -> None:
        """Tell of own services: those that run, or that they can be started."""
        link = self._context.link.state
        if link.mode in {"embedded", "served"} and link.services:
            self._show_link()
            return
        from eightcut_client.child import require_installed

        try:
            require_installed()
            said = "installed; it starts when you choose to connect."
        except EightcutError:
            said = 'not installed on this machine; install it with pip install "eightcut-cli[services]".'
        for name, label in self.answers.items():
            label.setText(f"{_upper(service_title(name))}: {said}")

    def _show_link(self, _state: object = None) -> None:
        """Tell what is known of the services in use, while no test runs."""
        link = self._context.link.state
        if not self._check.running and self.settings().server == self._server_in_use():
            for name, state in link.services.items():
                self._show_answer(name, state)

    def _show_answer(self, name: str, state: ServiceState) -> None:
        sentence = state.sentence or f"{_upper(service_title(name))}: not asked yet."
        self.answers[name].setText(f"{_SYMBOLS.get(state.status, '✖')} {sentence}")

    def _show_test_button(self) -> None:
        self.test_button.setText("&Test")

    def _indented(self, widget: QWidget) -> QWidget:
        outer = QWidget()
        layout = QVBoxLayout(outer)
        layout.setContentsMargins(2 * self.fontMetrics().height(), 0, 0, 0)
        layout.addWidget(widget)
        return outer


def _upper(text: str) -> str:
    return text[0].upper() + text[1:]
