"""pytest-celery's setup over real local processes: a broker, a backend, a worker."""

from pytest_celery import (
    CeleryBackendCluster,
    CeleryBrokerCluster,
    CeleryTestBackend,
    CeleryTestBroker,
    CeleryTestSetup,
    CeleryTestWorker,
    CeleryWorkerCluster,
)

from tasks.celery_settings import make_celery
from tests.support.celery_nodes import valkey_process, worker_process
from tests.support.deployment import Deployment
from tests.support.promises import assert_promises


def celery_setup(deployment: Deployment) -> CeleryTestSetup:
    app = make_celery(deployment.settings)
    broker = valkey_process(deployment, "broker", deployment.env["PENSTOCK_BROKER_URL"])
    backend = valkey_process(deployment, "backend", deployment.env["PENSTOCK_REDIS_URL"])
    return CeleryTestSetup(
        CeleryWorkerCluster(CeleryTestWorker(worker_process(deployment, "openai"), app)),
        CeleryBrokerCluster(CeleryTestBroker(broker, app)),
        CeleryBackendCluster(CeleryTestBackend(backend, app)),
        app,
    )


def test_a_worker_node_is_killed_and_restarted_and_a_broker_node_too(
    deployment: Deployment,
) -> None:
    setup = celery_setup(deployment)
    deployment.start("relay", "reconciler", "worker-core", "worker-openai")
    deployment.until(setup.worker.ready)
    assert len(setup) == 3
    assert setup.broker.config()["url"] == deployment.env["PENSTOCK_BROKER_URL"]
    jobs = deployment.wait(deployment.submit("before"))

    setup.worker.kill()
    assert setup.worker.container.status == "exited"
    job = deployment.submit("while-the-worker-is-dead")
    setup.worker.restart()
    jobs += deployment.wait(job)
    setup.worker.wait_for_log("provider_call", timeout=30)

    setup.broker.restart(force=True)
    jobs += deployment.wait(deployment.submit("after-the-broker"))
    assert_promises(deployment, jobs)
