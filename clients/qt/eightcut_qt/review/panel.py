"""The panel in which regions are judged."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING

from PyQt6.QtGui import QKeySequence
from PyQt6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QHBoxLayout,
    QLabel,
    QProgressBar,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from eightcut_qt.core.clock import format_time
from eightcut_qt.core.forward import bring_forward
from eightcut_qt.review.card import Card, CardText
from eightcut_qt.review.gather import version_title
from eightcut_qt.review.items import Verdict
from eightcut_qt.review.order import Order
from eightcut_qt.review.session import ReviewSession, Stage

if TYPE_CHECKING:
    from eightcut_qt.core.context import Context

_ORDERS = {
    Order.SCORE: "Highest score first",
    Order.UNCERTAINTY: "Nearest to the threshold first",
    Order.DISAGREEMENT: "Where versions disagree first",
}
_VERDICTS = {
    "review.right": Verdict.RIGHT,
    "review.wrong": Verdict.WRONG,
    "review.skip": Verdict.SKIPPED,
}
_BUTTONS = ("review.right", "review.wrong", "review.skip", "review.undo", "review.replay")
_IDLE = CardText(
    "Nothing to judge yet",
    remark="Start plays the regions of the shown scan, or of all files, one after the other; one key judges each.",
)


class ReviewPanel(QWidget):
    """Which regions, in which order, how far one is, and the region itself."""

    def __init__(self, context: Context, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._context = context
        self.session = ReviewSession(context, self)
        settings = context.settings.value.review
        self._order = QComboBox()
        for order, text in _ORDERS.items():
            self._order.addItem(text, order.value)
        self._order.setCurrentIndex(max(self._order.findData(settings.order), 0))
        self._order.setAccessibleName("Order of the regions")
        self._order.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self._order.setMinimumContentsLength(16)
        self._all = QCheckBox("&All files")
        self._all.setToolTip("Review the newest scan of every file, not only of the one that is shown.")
        self._all.setChecked(settings.all_files)
        self._loop = QCheckBox("&Loop")
        self._loop.setToolTip("Play the region again and again until it is judged.")
        self._line = QLabel()
        self._line.setAccessibleName("How far the review is")
        self._bar = QProgressBar()
        self._bar.setTextVisible(False)
        self._bar.setAccessibleName("How much of the review is done")
        self._bar.setMaximumHeight(self.fontMetrics().height() // 2)
        self._card = Card(context.theme)
        self._begin = QPushButton()
        self._begin.setAutoDefault(False)
        self._train = QPushButton("&Train Again…")
        self._train.setAutoDefault(False)
        self._bind()
        self._lay_out()
        self.setFocusProxy(self._card)
        context.keys.watch(self._card, "review")
        self._order.currentIndexChanged.connect(self._keep)
        self._all.toggled.connect(self._keep)
        self._loop.toggled.connect(self._set_loop)
        self.session.changed.connect(self._show)
        self._loop.setChecked(settings.loop)
        self._show()

    def start(self) -> None:
        """Begin, or end what is going on."""
        if self.session.stage in (Stage.LOOKING, Stage.JUDGING):
            self.session.stop()
            return
        if self.session.start(Order(self._order.currentData()), all_files=self._all.isChecked()):
            bring_forward(self)
            self._card.setFocus()

    def _bind(self) -> None:
        actions = self._context.actions
        actions.bind("review.start", self.start)
        self._begin.clicked.connect(actions.action("review.start").trigger)
        for id_, verdict in _VERDICTS.items():
            actions.bind(id_, functools.partial(self.session.judge, verdict))
        actions.bind("review.undo", self.session.undo)
        actions.bind("review.replay", self.session.replay)
        self._card.set_buttons([(actions.action(id_), self._named(id_)) for id_ in _BUTTONS])
        if any(spec.id == "training.open" for spec in actions.specs):
            self._train.clicked.connect(actions.action("training.open").trigger)

    def _named(self, id_: str) -> str:
        """Return the text of a button: what it does and its key."""
        short = {"review.undo": "Undo", "review.replay": "Play Again"}
        text = short.get(id_) or next(spec.text for spec in self._context.actions.specs if spec.id == id_)
        keys = self._context.actions.keys(id_)
        if not keys:
            return text
        key = QKeySequence(keys[0], QKeySequence.SequenceFormat.PortableText)
        return f"{text} ({key.toString(QKeySequence.SequenceFormat.NativeText)})"

    def _lay_out(self) -> None:
        label = QLabel("&Order")
        label.setBuddy(self._order)
        row = QHBoxLayout()
        row.addWidget(label)
        row.addWidget(self._order, 1)
        row.addWidget(self._begin)
        choices = QHBoxLayout()
        choices.addWidget(self._all)
        choices.addWidget(self._loop)
        choices.addStretch(1)
        progress = QHBoxLayout()
        progress.addWidget(self._line, 1)
        progress.addWidget(self._train)
        column = QVBoxLayout(self)
        column.addLayout(row)
        column.addLayout(choices)
        column.addWidget(self._card, 1)
        column.addLayout(progress)
        column.addWidget(self._bar)
        for first, second in (
            (self._order, self._begin),
            (self._begin, self._all),
            (self._all, self._loop),
            (self._loop, self._card),
            (self._card, self._train),
        ):
            QWidget.setTabOrder(first, second)

    def _keep(self, _changed: object = None) -> None:
        self._context.settings.update("review", order=self._order.currentData(), all_files=self._all.isChecked())

    def _set_loop(self, on: bool) -> None:
        self.session.loop = on
        self._context.settings.update("review", loop=on)
        if self.session.current is not None:
            self.session.replay()

    def _show(self) -> None:
        session = self.session
        counts = session.queue.counts()
        self._card.show_text(self._text(), judging=session.stage is Stage.JUDGING)
        going_on = session.stage in (Stage.LOOKING, Stage.JUDGING)
        self._begin.setText("&Stop" if going_on else "&Start")
        total, said = session.queue.total, session.queue.said
        self._bar.setRange(0, max(total, 1))
        self._bar.setValue(said)
        if session.stage is Stage.JUDGING:
            more = " so far" if session.looking else ""
            wrong = f", {counts[Verdict.WRONG]} wrong" if counts[Verdict.WRONG] else ""
            self._line.setText(f"{said + 1} of {total}{more}{wrong}")
        else:
            self._line.setText("")
        self._train.setVisible(session.stage is Stage.OVER and counts[Verdict.WRONG] > 0)
        for widget in (self._order, self._all):
            widget.setEnabled(not going_on)
        self._enable()

    def _enable(self) -> None:
        session, actions = self.session, self._context.actions
        judging = session.stage is Stage.JUDGING
        for id_ in (*_VERDICTS, "review.replay"):
            actions.action(id_).setEnabled(judging)
        actions.action("review.undo").setEnabled(session.queue.said > 0)

    def _text(self) -> CardText:
        session = self.session
        candidate = session.current
        if session.stage is Stage.JUDGING and candidate is not None:
            region, scan = candidate.region, candidate.scan
            remark = candidate.remark
            if session.is_away(candidate):
                remark = "This file was not found on this machine: skip it, or open it first."
            return CardText(
                f"{format_time(region.start)} to {format_time(region.end)}",
                f"Score {region.score:.2f}",
                candidate.filename,
                f"{scan.model} {version_title(scan)}",
                remark,
            )
        if session.stage is Stage.LOOKING:
            return CardText("Looking for regions …")
        if session.stage is Stage.OVER:
            return self._summary()
        return _IDLE

    def _summary(self) -> CardText:
        counts = self.session.queue.counts()
        if not counts:
            threshold = self._context.state.threshold
            least = f" with a score of at least {threshold:.2f}" if threshold else ""
            return CardText(
                "Nothing left to judge",
                remark=f"There is no region{least} that is enabled and was not judged before.",
            )
        said = ", ".join(
            f"{counts[verdict]} {name}"
            for verdict, name in (
                (Verdict.RIGHT, "right"),
                (Verdict.WRONG, "wrong"),
                (Verdict.SKIPPED, "skipped"),
            )
        )
        remark = "All that was judged is as it should be."
        if counts[Verdict.WRONG]:
            remark = "The wrong ones are hard negatives now. Train again, and the next version learns from them."
        elif not counts[Verdict.RIGHT]:
            remark = "Nothing was changed."
        return CardText("Review finished", file=f"{said}.", remark=remark)
