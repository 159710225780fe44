"""What a run says of its machine tells machines apart, and gives nothing of them away."""

import json
import platform

from harness.measure.environment import MACHINE_ID, describe_environment, first_line, hash_host
from tests.builders.journals import cell
from tests.builders.launches import a_launch, a_plan


def test_machines_of_one_name_and_kind_are_told_apart_by_their_ids() -> None:
    ids = {hash_host("node", "some cpu", machine_id) for machine_id in ("4d3c", "5e6f", None)}
    assert len(ids) == 3
    assert hash_host("node", "some cpu", "4d3c") in ids


def test_this_machine_is_the_same_every_time_and_shows_neither_its_name_nor_its_id() -> None:
    told = describe_environment(a_plan(cell("def", 4, a_launch())))

    assert told["host"] == hash_host(platform.node(), told["cpu"], first_line(MACHINE_ID))
    written = json.dumps(told["host"])
    for secret in (platform.node(), first_line(MACHINE_ID)):
        assert not secret or secret not in written
