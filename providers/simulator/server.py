"""The simulator: answers calls, injects faults, counts. It is no model and says so."""

import asyncio
import json
import signal
import sys
import traceback
from collections.abc import Callable
from typing import Any

from providers.simulator import routes
from providers.simulator.bad_call import BadCall
from providers.simulator.counters import Counters, Ticket
from providers.simulator.faults import BadFault, Effect, Faults
from providers.simulator.http import Exchange, Protocol
from providers.simulator.made_up import made_up
from providers.simulator.prompt import Asked
from providers.simulator.wire import Wire
from providers.simulator.wire_free import listing

SAYS_SO = {"x-penstock-simulator": "1"}
BACKLOG = 4096


class Simulator:
    """Answers requests, each at once or later; nothing here blocks on another."""

    def __init__(self, faults: Faults) -> None:
        self.faults = faults
        self.counters = Counters()
        self._served = 0

    def handle(self, exchange: Exchange) -> None:
        """Answer one request, now or later; whatever is wrong with it is an answer too."""
        try:
            self._route(exchange)
        except (BadCall, BadFault, json.JSONDecodeError, UnicodeDecodeError) as error:
            self._refuse(exchange, 400, str(error))
        except RecursionError:
            self._refuse(exchange, 400, "the body is nested too deeply")

    def _route(self, exchange: Exchange) -> None:
        request = exchange.request
        found = routes.find(request.path)
        if found and request.method == "POST":
            self._call(exchange, *found)
        elif request.path.startswith("/control/"):
            exchange.reply(200, self._control(exchange), SAYS_SO)
        elif request.path == "/health":
            exchange.reply(200, {"status": "ok", "what": "penstock simulator"}, SAYS_SO)
        elif (models := routes.models(request.path)) is not None:
            self._list(exchange, models)
        else:
            self._refuse(exchange, 404, f"the simulator has no {request.method} {request.path}")

    def _list(self, exchange: Exchange, models: dict[str, Any]) -> None:
        wire = routes.near(exchange.request.path)
        if wire is not None and exchange.request.method == "GET":
            self._asked(exchange, listing(wire, models), {}, "")
        else:
            exchange.reply(200, models, SAYS_SO)

    def _refuse(self, exchange: Exchange, status: int, message: str) -> None:
        wire = routes.near(exchange.request.path)
        error = wire.error(status, message, None) if wire else {"error": message}
        exchange.reply(status, error, SAYS_SO)

    def _control(self, exchange: Exchange) -> Any:
        request = exchange.request
        if request.path == "/control/faults":
            if request.method == "PUT":
                self.faults.put(json.loads(request.body))
            elif request.method == "DELETE":
                self.faults.by_model.clear()
            return self.faults.by_model
        if request.path == "/control/calls":
            if request.method == "DELETE":
                self.counters.clear()
            return self.counters.shown()
        raise BadFault(f"no {request.path}; there are /control/faults and /control/calls")

    def _call(self, exchange: Exchange, wire: Wire, model: str) -> None:
        body = json.loads(exchange.request.body)
        if not isinstance(body, dict):
            raise BadCall("the body must be an object")
        self._asked(exchange, wire, body, model)

    def _asked(self, exchange: Exchange, wire: Wire, body: dict[str, Any], model: str) -> None:
        call = wire.read(body, model)
        name = f"{wire.vendor}/{call.model}"
        ticket = self.counters.aside() if wire.free else self.counters.begin(name, call.prompt)
        tokens = len(call.prompt) // 4 + 1
        effect = self.faults.next(name, exchange.request.api_key, tokens)
        if not effect.latency and not effect.hang:
            self._finish(exchange, wire, call, effect, ticket)
            return
        timer = None
        if not effect.hang:
            timer = asyncio.get_running_loop().call_later(
                effect.latency, self._finish, exchange, wire, call, effect, ticket
            )
        exchange.when_gone(lambda: self._gone(timer, ticket))

    def _gone(self, timer: asyncio.TimerHandle | None, ticket: Ticket) -> None:
        if timer is not None:
            timer.cancel()
        self.counters.end(ticket, "hung_up")

    def _finish(
        self, exchange: Exchange, wire: Wire, call: Asked, effect: Effect, ticket: Ticket
    ) -> None:
        self._served += 1
        request_id = f"sim_{self._served:08x}"
        headers = {**SAYS_SO, wire.id_header: request_id}

        def ended(outcome: str) -> None:
            self.counters.end(ticket, outcome)

        try:
            self._reply(exchange, wire, call, effect, headers, request_id, ended)
        except Exception:  # a fault of the simulator's own must not leave the caller waiting
            traceback.print_exc(file=sys.stderr)
            exchange.reply(500, wire.error(500, "the simulator itself failed", None), headers)
            ended("error")

    def _reply(
        self,
        exchange: Exchange,
        wire: Wire,
        call: Asked,
        effect: Effect,
        headers: dict[str, str],
        request_id: str,
        ended: Callable[[str], None],
    ) -> None:
        """Answer a call; `ended` learns the outcome, as the counters name it."""
        if effect.status != 200:
            if effect.retry_after is not None:
                headers["retry-after"] = f"{effect.retry_after:g}"
            message = f"simulated error {effect.status}"
            exchange.reply(effect.status, wire.error(effect.status, message, effect.code), headers)
            ended("error")
            return
        made = made_up(call, effect, request_id)
        if call.stream:
            events, outcome = spoilt(list(wire.events(call, made)), wire, effect)
            exchange.stream(
                events,
                headers,
                cut=effect.cut,
                seconds=effect.between,
                done=lambda stayed: ended(outcome if stayed else "hung_up"),
            )
        else:
            exchange.reply(200, wire.write(call, made), headers, cut=effect.cut)
            ended("cut" if effect.cut else "completed")


def spoilt(events: list[bytes], wire: Wire, effect: Effect) -> tuple[list[bytes], str]:
    """What a stream sends after its faults, before the terminal events, and how it ends."""
    half = events[: len(events) // 2]
    if effect.stream_error is not None:
        message = f"simulated error {effect.stream_error} inside a stream"
        fault = wire.error(effect.stream_error, message, effect.code)
        return [*half, wire.fault(fault)], "error"
    return (half, "cut") if effect.cut else (events, "completed")


async def serve(host: str, port: int, faults: Faults) -> None:
    """Serve until SIGTERM or SIGINT; prints the URL first. Raises OSError: the port is taken."""
    simulator = Simulator(faults)
    loop = asyncio.get_running_loop()
    stopped = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stopped.set)
    server = await loop.create_server(
        lambda: Protocol(simulator.handle), host, port, backlog=BACKLOG
    )
    bound = server.sockets[0].getsockname()[1]
    shown = f"[{host}]" if ":" in host else host
    print(f"penstock simulator (no model, no vendor) on http://{shown}:{bound}", flush=True)
    await stopped.wait()
    server.close()
