"""A bad stack setting is refused in one line that names it, before any object."""

import pytest

BROKEN = {
    "image missing": ("holdfast:image", None),
    "image not pinned": ("holdfast:image", "holdfast:1.0"),
    "environment unknown": ("holdfast:environment", "live"),
    "namespace malformed": ("holdfast:namespace", "Not_A_Name"),
    "operators neither way": ("holdfast:operators", "maybe"),
    "size malformed": ("holdfast:databaseStorage", "20"),
    "store without an address": ("holdfast:objectStoreEndpoint", None),
    "pins without a file": ("holdfast:pins", "nowhere.toml"),
    "range malformed": ("holdfast:gatewayCidr", "everywhere"),
    "hold malformed": ("holdfast:canaryHold", "soon"),
    "switch neither way": ("holdfast:logs", "perhaps"),
    "cpu malformed": ("holdfast:apiCpu", "much"),
    "no relay": ("holdfast:relayReplicas", "0"),
    "count in words": ("holdfast:apiReplicas", "two"),
    "secret missing": ("holdfast:tokenKeys", None),
}


@pytest.fixture(scope="module")
def answers(completed, preview_all):
    spoilt = []
    for key, value in BROKEN.values():
        stack = completed("production")
        stack["config"].pop(key, None)
        if value is not None:
            stack["config"][key] = value
        spoilt.append(stack)
    return dict(zip(BROKEN, preview_all(spoilt), strict=True))


@pytest.mark.parametrize("case", BROKEN)
def test_a_bad_setting_is_named_in_one_line_and_nothing_is_made(answers, case):
    key, _ = BROKEN[case]

    assert answers[case]["error"].startswith(f"{key} is ")
    assert (
        f"pulumi config set {'--secret ' * ('Keys' in key)}{key}"
        in (answers[case]["error"])
    )
    assert "\n" not in answers[case]["error"]
    assert answers[case]["objects"] == []


def test_a_secret_in_plain_text_in_the_stack_file_is_refused(completed, preview_all):
    stack = completed("production")
    stack["secret"].remove("holdfast:brokerPassword")

    (answer,) = preview_all([stack])

    assert answer["error"].startswith("holdfast:brokerPassword lies in the stack file")
    assert answer["objects"] == []
