"""The peer: a DBOS workflow of two steps, one of which calls the simulator.

python -m tests.benchmarks.dbos_peer DATABASE_URL SIMULATOR_URL worker
python -m tests.benchmarks.dbos_peer DATABASE_URL SIMULATOR_URL enqueue COUNT
"""

import json
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import openai
from dbos import DBOS, DBOSClient, DBOSConfig

QUEUE = "bench"
SCHEMA = {
    "type": "object",
    "properties": {"number": {"type": "string"}},
    "required": ["number"],
    "additionalProperties": False,
}


def serve(database: str, simulator: str) -> None:
    config: DBOSConfig = {
        "name": "peer",
        "system_database_url": database,
        "run_admin_server": False,
        "application_version": "bench",
    }
    DBOS(config=config)
    client = openai.OpenAI(base_url=f"{simulator}/openai/v1", api_key="k", max_retries=0)

    @DBOS.step()
    def complete(document: str) -> str:
        answer = client.chat.completions.create(
            model="gpt-5-mini",
            messages=[{"role": "user", "content": f"<document>\n{document}\n</document>"}],
            response_format={
                "type": "json_schema",
                "json_schema": {"name": "a", "schema": SCHEMA, "strict": True},
            },
        )
        return answer.choices[0].message.content or ""

    @DBOS.step()
    def validate(text: str) -> dict[str, str]:
        value: dict[str, str] = json.loads(text)
        assert "number" in value
        return value

    @DBOS.workflow(name="extract")
    def extract(document: str) -> dict[str, str]:
        return validate(complete(document))

    assert extract
    DBOS.launch()
    DBOS.register_queue(QUEUE, polling_interval_sec=0.05)
    print("ready", flush=True)
    while True:
        time.sleep(1)


def enqueue(database: str, count: int) -> None:
    client = DBOSClient(system_database_url=database)

    def one(n: int) -> Any:
        options = {"queue_name": QUEUE, "workflow_name": "extract", "app_version": "bench"}
        return client.enqueue(options, f"Number: {n}")

    began = time.perf_counter()
    with ThreadPoolExecutor(4) as pool:  # as ours are submitted
        handles = list(pool.map(one, range(count)))
    for handle in handles:
        handle.get_result()
    print(json.dumps({"seconds": time.perf_counter() - began}), flush=True)


if __name__ == "__main__":
    if sys.argv[3] == "worker":
        serve(sys.argv[1], sys.argv[2])
    else:
        enqueue(sys.argv[1], int(sys.argv[4]))
