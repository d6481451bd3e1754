"""How much may wait at once, first come first served."""

from __future__ import annotations

import asyncio
from collections import deque


class Room:
    """A semaphore by cost, for one event loop. Whoever came first gets room first, also when a later one would fit.

    Args:
        capacity: Largest sum of costs inside. One whose cost is larger gets in when it is alone.
    """

    def __init__(self, capacity: int) -> None:
        self._capacity = capacity
        self._inside = 0
        self._queue: deque[tuple[int, asyncio.Future[None]]] = deque()

    async def enter(self, cost: int) -> None:
        """Waits until there is room."""
        if not self._queue and self._fits(cost):
            self._inside += cost
            return
        turn = asyncio.get_running_loop().create_future()
        self._queue.append((cost, turn))
        try:
            await turn
        except asyncio.CancelledError:
            if turn.done() and not turn.cancelled():
                self.leave(cost)
            else:
                self._queue.remove((cost, turn))
                self._admit()
            raise

    def leave(self, cost: int) -> None:
        """Gives the room back."""
        self._inside -= cost
        self._admit()

    def _fits(self, cost: int) -> bool:
        return self._inside == 0 or self._inside + cost <= self._capacity

    def _admit(self) -> None:
        while self._queue and self._fits(self._queue[0][0]):
            cost, turn = self._queue.popleft()
            if not turn.done():
                self._inside += cost
                turn.set_result(None)
