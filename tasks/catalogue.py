"""Imports every module with tasks, so that a worker knows them all."""

from tasks import delivery, housekeeping, schedules
from tasks.stages import complete, fan_out, item, join, validate

MODULES = (complete, fan_out, item, join, validate, delivery, housekeeping, schedules)
