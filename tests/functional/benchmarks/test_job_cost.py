from benchmarks.job_cost import CALLS_LIMIT, SQS_REQUESTS_LIMIT, WRITE_UNITS_LIMIT, measure, sqs_requests


def test_an_ordinary_job_stays_within_its_write_units_and_requests() -> None:
    cost = measure()
    assert cost.write_units <= WRITE_UNITS_LIMIT
    assert sqs_requests(cost) <= SQS_REQUESTS_LIMIT
    assert cost.calls.total() <= CALLS_LIMIT, "also by a worker that does not know yet which events are wanted"
