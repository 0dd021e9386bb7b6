"""Threads that a plugin's hooks run in, so that one that hangs holds nobody else up."""

import os
import queue
import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any, TypeVar

Given = TypeVar("Given")
MOST = 16  # threads of one plugin
IDLE = 30.0  # seconds until a thread with nothing to do ends


class HookHung(Exception):
    """The hook did not end in its time, or all of the plugin's threads hang."""


class HookLeft(Exception):
    """The hook raised what is meant to end a thread or a process, such as SystemExit."""


class HookThreads:
    """Of one plugin. Daemon threads, for one that hangs cannot be ended; made after a fork."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._pid = 0
        self._pool = _Pool(name)

    def run(self, work: Callable[[], Given], timeout: float) -> Given:
        """What `work` gives within `timeout` seconds.

        Raises HookHung, HookLeft, or what `work` raises.

        While all threads hang nobody waits for them any more.
        """
        if self._pid != os.getpid():
            self._pid, self._pool = os.getpid(), _Pool(self._name)
        pool = self._pool
        if pool.hung >= MOST:
            raise HookHung(f"all of its {MOST} threads hang")
        future: Future[Given] = Future()
        pool.put(work, future)
        try:
            return future.result(timeout)
        except TimeoutError:
            if future.done() and not future.cancelled():
                return future.result()  # it raised a TimeoutError itself, or ended just now
        if not future.cancel():
            pool.is_hung(future)
        raise HookHung(f"did not end within {timeout:g} s")


class _Pool:
    def __init__(self, name: str) -> None:
        self._name = name
        self._lock = threading.Lock()
        self._work: queue.SimpleQueue[tuple[Callable[[], Any], Future[Any]]] = queue.SimpleQueue()
        self._threads = 0
        self._idle = 0
        self.hung = 0  # threads whose hook did not end in its time

    def put(self, work: Callable[[], Any], future: "Future[Any]") -> None:
        with self._lock:
            begin = self._idle == 0 and self._threads < MOST
            self._threads += begin
            self._idle -= self._idle > 0
            self._work.put((work, future))
        if begin:
            threading.Thread(target=self._loop, name=f"plugin-{self._name}", daemon=True).start()

    def is_hung(self, future: "Future[Any]") -> None:
        """Count a thread as hung until the hook ends after all."""
        with self._lock:
            self.hung += 1
        future.add_done_callback(self._ended)

    def _ended(self, future: "Future[Any]") -> None:
        with self._lock:
            self.hung -= 1

    def _loop(self) -> None:
        while True:
            try:
                hook, future = self._work.get(timeout=IDLE)
            except queue.Empty:
                with self._lock:
                    if self._work.empty():
                        self._threads, self._idle = self._threads - 1, max(0, self._idle - 1)
                        return
                continue
            _run(hook, future)
            with self._lock:
                self._idle += 1


def _run(hook: Callable[[], Any], future: "Future[Any]") -> None:
    if not future.set_running_or_notify_cancel():
        return
    try:
        result = hook()
    except Exception as error:
        future.set_exception(error)
    except BaseException as error:  # it ends nobody's thread but this call of the hook
        future.set_exception(HookLeft(type(error).__name__))
    else:
        future.set_result(result)
