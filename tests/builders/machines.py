"""Machines for tests."""

from harness.doctor.machine import Boost, Machine

QUIET = Machine(
    cores=8,
    allowed=8,
    kept_apart=True,
    quota=None,
    governors=("performance",),
    boost=Boost(is_on=False, switch="/sys/devices/system/cpu/cpufreq/boost", off="0"),
    is_virtual=False,
    load=0.1,
    watched_s=2.0,
    others=0.004,
    busiest=(),
    stolen=0.0,
    stolen_ever=0.0,
    files_now=1024.0,
    files_at_most=524288.0,
    clock_step_us=0.03,
    late_p50_us=60.0,
    late_p99_us=90.0,
    memory_free_mb=12_000,
    swap_used_mb=0,
    slowed_by=(),
)
"""A machine without a problem."""
