"""The limits that other rooms must know for themselves are those of the one table."""

from functions.api.jobs.bulk_models import MAX_JOBS
from functions.shared.domain import limits
from functions.shared.kernel.schedules.agenda import Agenda
from functions.shared.kernel.settings import EngineSettings
from tests.support.modules import ROOT


def test_the_kernels_own_limits_are_those_of_the_table() -> None:
    assert Agenda.__dataclass_fields__["limit"].default == limits.MOST_SCHEDULES
    assert MAX_JOBS == limits.MOST_JOBS_AT_ONCE
    assert EngineSettings.model_fields["active_jobs_per_org"].default == limits.MOST_ACTIVE_JOBS


def test_the_readme_shows_each_limit() -> None:
    text = (ROOT / "README.md").read_text()
    table = text.split("## Limits", 1)[1].split("\n## ", 1)[0]
    for name, limit in vars(limits).items():
        if name.startswith("MOST_"):
            assert f"`{name}` | {limit:,} |" in table, name
