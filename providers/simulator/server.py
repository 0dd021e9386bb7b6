"""The simulator: answers calls, injects faults, counts. It is no model and says so."""

import asyncio
import json
import signal
from typing import Any

from providers.simulator.answers import answer
from providers.simulator.counters import Counters
from providers.simulator.faults import BadFault, Effect, Faults
from providers.simulator.http import Exchange, Protocol
from providers.simulator.wire import VENDORS, Answer, BadCall, Call, route

SAYS_SO = {"x-penstock-simulator": "1"}


class Simulator:
    def __init__(self, faults: Faults) -> None:
        self.faults = faults
        self.counters = Counters()
        self._served = 0

    def handle(self, exchange: Exchange) -> None:
        """Answer one request, now or later."""
        request = exchange.request
        try:
            found = route(request.path)
            if found and request.method == "POST":
                self._call(exchange, *found)
            elif request.path.startswith("/control/"):
                self._control(exchange)
            elif request.path == "/health":
                exchange.reply(200, {"status": "ok", "what": "penstock simulator"}, SAYS_SO)
            elif request.path == "/openai/v1/models":
                exchange.reply(200, {"object": "list", "data": []}, SAYS_SO)
            else:
                self._refuse(exchange, 404, f"the simulator has no {request.path}")
        except (BadCall, BadFault, ValueError) as error:
            self._refuse(exchange, 400, str(error))

    def _refuse(self, exchange: Exchange, status: int, message: str) -> None:
        vendor = VENDORS.get(exchange.request.path.split("/")[1])
        error = vendor.error(status, message) if vendor else {"error": message}
        exchange.reply(status, error, SAYS_SO)

    def _control(self, exchange: Exchange) -> None:
        request = exchange.request
        value: Any
        if request.path == "/control/faults":
            if request.method == "PUT":
                self.faults.put(json.loads(request.body))
            elif request.method == "DELETE":
                self.faults.by_model.clear()
            value = self.faults.by_model
        elif request.path == "/control/calls":
            if request.method == "DELETE":
                self.counters.clear()
            value = self.counters.shown()
        else:
            raise BadFault(f"no {request.path}; there are /control/faults and /control/calls")
        exchange.reply(200, value, SAYS_SO)

    def _call(self, exchange: Exchange, vendor: str, model: str) -> None:
        body = json.loads(exchange.request.body)
        if not isinstance(body, dict):
            raise BadCall("the body must be an object")
        call = VENDORS[vendor].read(body, model)
        name = f"{vendor}/{call.model}"
        key = self.counters.begin(name, call.prompt)
        effect = self.faults.next(name)
        if effect.hang:
            self._when_gone(exchange, key)
        elif effect.latency:
            loop = asyncio.get_running_loop()
            loop.call_later(effect.latency, self._finish, exchange, call, effect, key)
        else:
            self._finish(exchange, call, effect, key)

    def _when_gone(self, exchange: Exchange, key: str | None) -> None:
        exchange._protocol.on_close.append(lambda: self.counters.end(key, completed=False))

    def _finish(self, exchange: Exchange, call: Call, effect: Effect, key: str | None) -> None:
        if not exchange.open:  # the caller hung up: nothing was answered
            self.counters.end(key, completed=False)
            return
        vendor = VENDORS[call.vendor]
        self._served += 1
        request_id = f"sim_{self._served:08x}"
        headers = {**SAYS_SO, vendor.id_header: request_id}
        if effect.status != 200:
            if effect.retry_after is not None:
                headers["retry-after"] = f"{effect.retry_after:g}"
            error = vendor.error(effect.status, f"simulated error {effect.status}")
            exchange.reply(effect.status, error, headers)
            self.counters.end(key, completed=False)
            return
        made = vendor.write(call, _answer(call, effect), request_id)
        exchange.reply(200, made, headers, cut=effect.cut)
        self.counters.end(key, completed=not effect.cut)


def _answer(call: Call, effect: Effect) -> Answer:
    if effect.refuse:
        text = "(simulated) I cannot help with that."
    elif effect.text is not None:
        text = effect.text
    elif effect.invalid_json:
        text = '{"unfinished": "simul'
    elif effect.invalid_data:
        text = '{"__simulated_wrong__": []}'
    else:
        text = answer(call.schema, call.document)
    return Answer(text, len(call.prompt) // 4 + 1, len(text) // 4 + 1, refused=effect.refuse)


async def serve(host: str, port: int, faults: Faults) -> None:
    """Serve until SIGTERM or SIGINT; prints the URL first."""
    simulator = Simulator(faults)
    loop = asyncio.get_running_loop()
    stopped = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stopped.set)
    server = await loop.create_server(lambda: Protocol(simulator.handle), host, port, backlog=4096)
    bound = server.sockets[0].getsockname()[1]
    print(f"penstock simulator (no model, no vendor) on http://{host}:{bound}", flush=True)
    await stopped.wait()
    server.close()
