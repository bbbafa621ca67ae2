"""Which handler runs which job. Each area adds its line; parts are built when a job first needs them."""

from api.bootstrap import Services
from api.jobs.port import JobRunner, RunningJob
from api.jobs.retention import EVERY, RETENTION, Retention
from api.notices.outbox import ATTEMPTS, DELIVERY


def register_all(jobs: JobRunner, services: Services) -> None:
    """Register every handler. What needs the runner itself is asked of services when a job runs."""

    def retain(job: RunningJob) -> None:
        Retention(services.evidence).handle(job)

    def deliver(job: RunningJob) -> None:
        services.notifier.deliver(job)

    jobs.every(EVERY, RETENTION, retain)
    jobs.register(DELIVERY, deliver, attempts=ATTEMPTS)
