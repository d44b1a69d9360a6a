"""Walking through a page: executed blocks, branches, endings."""

import pytest

from runbooks.walker.placeholders import ParameterMissing, ParameterRefused

BODY = """
```check id=look-at expect="(?P<PART>part-[0-9]) ill"
cat FILE
```
| output | do |
|---|---|
| `ill` it is | go to 2b |
| `ok$` it was a false alarm | go to 3 |

## 2. Make it stop
**2a. Somebody else's trouble.** Nothing leads here.
```act id=wrong undo=none reason="a test"
cp nowhere FILE
```
**2b. Heal it.**
```act id=heal with="PART: the part that is ill" undo="touch FILE-PART"
sed -i s/PART.ill/ok/ FILE
```

## 3. Is it better?
```verify target=slo.errors within=2s expect="^(part-[0-9] )?ok$"
cat FILE
```

## 4. Why did it happen?
```look id=why
wc -l FILE
```

## 5. Undo
Nothing.
"""


def ids(walk):
    return [step.id for step in walk.result.steps]


def test_a_fault_is_found_repaired_and_verified(ward):
    ward.say("part-2 ill")
    walk, interface = ward.walk(ward.page(BODY))

    result = walk.go()

    assert result.ending == "better"
    assert ids(walk) == ["look-at", "heal", "verify", "why"]
    assert interface.entered == ["1", "2b", "3", "4"]
    assert [step.matched for step in result.steps] == [True, None, True, None]
    assert result.parameters == {"PART": "part-2"}
    assert interface.offered == []
    assert ward.file.read_text() == "ok\n"


def test_a_false_alarm_changes_nothing(ward):
    walk, _ = ward.walk(ward.page(BODY))

    assert walk.go().ending == "better"
    assert ids(walk) == ["look-at", "verify", "why"]


def test_an_output_without_a_branch_ends_the_walk_before_any_act(ward):
    ward.say("smoke")
    walk, interface = ward.walk(ward.page(BODY))

    assert walk.go().ending == "nowhere to go"
    assert ids(walk) == ["look-at"]
    assert interface.entered == ["1"]


def test_a_person_may_choose_the_section_where_no_branch_matches(ward, scripted):
    ward.say("part-7 smokes, and is not ok")
    interface = scripted(way_out="2b", values={"PART": "part-7"})
    body = BODY.replace("`ok$`", "`fine`")
    walk, _ = ward.walk(ward.page(body), interface)

    walk.go()

    assert interface.entered[:2] == ["1", "2b"]
    assert interface.offered == ["PART: the part that is ill"]
    assert f"sed -i s/part-7.ill/ok/ {ward.file}" in interface.approved


def test_a_person_can_stop_before_the_act(ward, scripted):
    ward.say("part-1 ill")
    walk, _ = ward.walk(ward.page(BODY), scripted(choices={"heal": "stop"}))

    assert walk.go().ending == "refused"
    assert ward.file.read_text() == "part-1 ill\n"


def test_a_fault_that_persists_is_reported_and_the_act_can_be_undone(ward):
    ward.say("part-1 ill")
    body = BODY.replace("s/PART.ill/ok/", "s/PART.ill/PART.still/")
    walk, _ = ward.walk(ward.page(body))

    result = walk.go()

    assert result.ending == "still ill"
    assert result.steps[-1].seconds >= 2
    assert walk.undo_commands() == [["touch", f"{ward.file}-part-1"]]


def test_a_failed_act_ends_the_walk(ward):
    ward.say("part-1 ill")
    walk, _ = ward.walk(ward.page(BODY.replace("sed -i", "sed --nonsense")))

    assert walk.go().ending == "act failed"
    assert ids(walk) == ["look-at", "heal"]


def test_a_missing_placeholder_stops_an_act_and_skips_a_look(ward):
    ward.say("part-1 ill")
    page = ward.page(BODY.replace("(?P<PART>part-[0-9]) ill", "ill"))
    walk, _ = ward.walk(page)

    with pytest.raises(ParameterMissing, match="--set PART="):
        walk.go()

    ward.say("part-1 ok")
    body = BODY.replace("id=why\nwc -l FILE", "id=why\nwc -l PART")
    walk, _ = ward.walk(ward.page(body))
    assert walk.go().ending == "better"
    assert ids(walk) == ["look-at", "verify"]


def test_a_name_from_an_output_is_checked_like_any_other(ward):
    ward.say("--part ill")
    body = BODY.replace("(?P<PART>part-[0-9]) ill", "(?P<PART>.*) ill")
    walk, _ = ward.walk(ward.page(body))

    with pytest.raises(ParameterRefused):
        walk.go()


def test_a_given_value_takes_precedence_over_an_output(ward):
    ward.say("part-1 ill part-2 ill")
    walk, _ = ward.walk(ward.page(BODY), PART="part-2")

    walk.go()

    assert walk.result.parameters == {"PART": "part-2"}


def test_a_probe_runs_both_sides_once_and_changes_nothing(ward):
    page = ward.page(BODY)
    well = ward.walk(page)[0].probe()
    ward.say("part-1 ill")
    ill = ward.walk(page)[0].probe()

    assert [(s.id, s.matched) for s in well.steps] == [
        ("look-at", False),
        ("verify", True),
    ]
    assert [(s.id, s.matched) for s in ill.steps] == [
        ("look-at", True),
        ("verify", False),
    ]
    assert ill.steps[-1].seconds < 2


def test_a_circular_page_ends(ward):
    ward.say("part-1 ill")
    walk, _ = ward.walk(ward.page(BODY.replace("go to 2b", "go to 1")))

    assert walk.go().ending == "nowhere to go"
    assert 1 < len(walk.result.steps) < 100
