"""Which handler runs which job. Each area adds its line; parts are built when a job first needs them."""

from functools import partial

from api.bootstrap import Services
from api.jobs import analysis, housekeeping, seal_enforcement, sealing, tree_heads
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
    jobs.every(housekeeping.EVERY, housekeeping.HOUSEKEEPING, partial(housekeeping.handle, services))
    jobs.register(analysis.ANALYSIS, partial(analysis.handle, services), attempts=analysis.ATTEMPTS)
    jobs.every(analysis.UPKEEP_EVERY, analysis.UPKEEP, partial(analysis.upkeep, services))
    jobs.register(DELIVERY, deliver, attempts=ATTEMPTS)
    jobs.register(sealing.SEALING, partial(sealing.handle, services), attempts=sealing.ATTEMPTS)
    jobs.every(tree_heads.EVERY, tree_heads.TREE_HEADS, partial(tree_heads.handle, services))
    jobs.every(sealing.UPKEEP_EVERY, sealing.UPKEEP, partial(sealing.upkeep, services))
    jobs.register(
        seal_enforcement.ENFORCEMENT,
        partial(seal_enforcement.handle, services),
        attempts=seal_enforcement.ATTEMPTS,
    )
    jobs.every(
        seal_enforcement.UPKEEP_EVERY, seal_enforcement.UPKEEP, partial(seal_enforcement.upkeep, services)
    )
