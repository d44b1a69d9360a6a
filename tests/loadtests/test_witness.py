import pytest

from loadtests.witness import Statement, contradict, server_percentile

LIST, LOGIN = "GET /api/v1/events", "POST /api/v1/auth/login"


def counted(*started, buckets=None, **requests):
    names = {"listed": LIST, "logged_in": LOGIN}
    by_route = {names[word]: count for word, count in requests.items()}
    return Statement(by_route, buckets or {}, started or (1.0,))


def test_equal_counts_confirm_each_other():
    before, after = counted(listed=50), counted(listed=1050, logged_in=9)

    assert contradict(before, after, answered={LIST: 1000}, unanswered={}) == ""


def test_a_count_more_than_one_percent_apart_is_a_contradiction():
    before, after = counted(), counted(listed=985)

    assert "985" in contradict(before, after, answered={LIST: 1000}, unanswered={})


def test_requests_without_an_answer_may_have_reached_the_server_or_not():
    before = counted()
    answered, unanswered = {LIST: 1000}, {LIST: 100}

    for seen in (1000, 1100):
        after = counted(listed=seen)
        assert contradict(before, after, answered=answered, unanswered=unanswered) == ""
    after = counted(listed=1200)
    assert contradict(before, after, answered=answered, unanswered=unanswered)


def test_an_instance_that_restarted_forgot_what_it_counted():
    before, after = counted(1.0, 1.5, listed=10), counted(1.0, 2.0, listed=1000)

    assert "restarted" in contradict(before, after, answered={LIST: 990}, unanswered={})


def test_an_instance_that_left_took_its_count_along():
    before, after = counted(1.0, 1.5, listed=10), counted(1.0, listed=1000)

    assert "restarted" in contradict(before, after, answered={LIST: 990}, unanswered={})


def test_an_instance_that_joined_counts_from_nothing():
    before, after = counted(1.0, listed=10), counted(1.0, 9.0, listed=1000)

    assert contradict(before, after, answered={LIST: 990}, unanswered={}) == ""
    assert contradict(before, after, answered={LIST: 1100}, unanswered={})


def test_the_servers_p95_is_interpolated_inside_its_bucket():
    buckets = {(LIST, 0.1): 90.0, (LIST, 0.2): 100.0, (LIST, float("inf")): 100.0}
    after = counted(listed=100, buckets=buckets)

    assert server_percentile(counted(), after, [LIST], 0.95) == pytest.approx(0.15)


def test_only_what_happened_in_between_counts():
    buckets = {(LIST, 0.1): 90.0, (LIST, float("inf")): 100.0}
    same = counted(listed=100, buckets=buckets)

    assert server_percentile(same, same, [LIST], 0.95) is None
