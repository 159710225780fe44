from harness.model.journal import Change, list_changes


def test_versions_are_held_against_each_other_one_by_one() -> None:
    before = {"kernel": "6.1", "host": "a", "versions": {"uvicorn": "0.54.0", "anyio": "4.16.0", "h11": None}}
    now = {"kernel": "6.2", "host": "a", "versions": {"uvicorn": "0.55.0", "anyio": "4.16.0", "h11": "0.16.0"}}
    assert list_changes(before, now) == [
        Change("kernel", "6.1", "6.2"),
        Change("uvicorn", "0.54.0", "0.55.0"),
        Change("h11", None, "0.16.0"),
    ]


def test_what_only_one_of_them_knows_has_changed_and_what_neither_knows_has_not() -> None:
    assert list_changes({"governor": None}, {"commit": "abc"}) == [Change("commit", None, "abc")]
    assert list_changes({"versions": None}, {}) == []


def test_nothing_has_changed_from_an_environment_to_itself() -> None:
    same = {"client_cores": [0], "versions": {"uvicorn": "0.54.0"}}
    assert list_changes(same, same) == []
