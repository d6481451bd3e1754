"""The meters for Prometheus, over HTTP."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Sequence

from eightcut_runtime import StartError
from eightcut_runtime.addresses import TcpAddress
from prometheus_client import CollectorRegistry, start_http_server
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

from eightcut_inference.engine import DeviceStatus

logger = logging.getLogger(__name__)


class DeviceCollector(Collector):
    """Turns what the engines show into metrics, when it is asked.

    Args:
        status: How the devices are doing; called in the threads of the HTTP server.
    """

    def __init__(self, status: Callable[[], Sequence[DeviceStatus]]) -> None:
        self._status = status

    def collect(self) -> Iterator[Metric]:
        """All metrics."""
        devices = self._status()
        yield from _gauges(devices)
        windows = CounterMetricFamily(
            "eightcut_windows", "Windows embedded since the server began.", labels=["device", "embedder"]
        )
        batches = CounterMetricFamily(
            "eightcut_batches", "Batches run since the server began.", labels=["device", "embedder"]
        )
        stages = CounterMetricFamily(
            "eightcut_stage_seconds", "Time of each stage since the server began.", labels=["device", "stage"]
        )
        for one in devices:
            for embedder, count in one.reading.embedders.items():
                windows.add_metric([one.device.name, embedder], count.windows)
                batches.add_metric([one.device.name, embedder], count.batches)
            for stage, seconds in one.reading.stages.items():
                stages.add_metric([one.device.name, stage], seconds)
        yield from (windows, batches, stages)


def _gauges(devices: Sequence[DeviceStatus]) -> Iterator[Metric]:
    values: list[tuple[str, str, Callable[[DeviceStatus], float]]] = [
        ("up", "Whether the device can be used.", lambda one: float(not one.lost)),
        ("queue_windows", "Windows that wait for the device.", lambda one: one.windows_waiting),
        ("windows_per_second", "Over the last minute.", lambda one: one.reading.windows_per_second),
        ("batch_windows", "Mean windows of a batch over the last minute.", lambda one: one.reading.batch_windows),
        ("utilisation", "Part of the last minute with a batch on the device.", lambda one: one.reading.utilisation),
    ]
    for name, text, value in values:
        gauge = GaugeMetricFamily(f"eightcut_device_{name}", text, labels=["device"])
        for one in devices:
            gauge.add_metric([one.device.name], value(one))
        yield gauge


class Exposition:
    """The HTTP server with the metrics, until it is closed.

    Args:
        listen: Where.
        collector: The metrics.

    Raises:
        StartError: The address is in use, or none of this machine.
    """

    def __init__(self, listen: TcpAddress, collector: Collector) -> None:
        registry = CollectorRegistry()
        registry.register(collector)
        listen.ensure_free()
        try:
            self._server, self._thread = start_http_server(listen.port, listen.host, registry)
        except OSError as error:
            why = (error.strerror or "it does not work").lower()
            raise StartError(f"Cannot serve metrics on {listen}: {why}.") from error
        self.address = TcpAddress(listen.host, self._server.server_port)
        logger.info("metrics are served on http://%s/metrics", self.address)

    def close(self) -> None:
        """Stops it; waits for its thread."""
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()
