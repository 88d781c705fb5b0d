"""Which deployment this is: the name of its stack and its stage, and the names that follow. Decision 0023."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Self

from infra.refused import SettingsError

STACK_NAME = "FLYWHEEL_STACK_NAME"
STAGE = "FLYWHEEL_STAGE"
APPLICATION = "flywheel"
_FIRST = "Flywheel"
# The names of the queues begin with it, and the API's environment, of 4 KB at most, names them all.
_LONGEST = 13
_NAME = re.compile(f"[A-Za-z][A-Za-z0-9-]{{0,{_LONGEST - 1}}}")


class Stage(StrEnum):
    """What a deployment is for."""

    DEV = "dev"
    PROD = "prod"

    @property
    def is_protected(self) -> bool:
        """Whether its stack, tables and users are kept from being deleted by a slip of the hand."""
        return self is Stage.PROD


@dataclass(frozen=True)
class Identity:
    """One of the deployments of an account and region. Whatever is named in it begins with the stack's name."""

    stack_name: str = _FIRST
    stage: Stage = Stage.DEV

    @classmethod
    def read(cls, given: Mapping[str, str]) -> Self:
        """From the settings. Raises SettingsError."""
        name = given.get(STACK_NAME, _FIRST)
        if not _NAME.fullmatch(name):
            raise SettingsError(
                f"{STACK_NAME} is {name!r}; it can be up to {_LONGEST} letters, digits and hyphens, a letter first"
            )
        stage = given.get(STAGE, Stage.DEV)
        if stage not in tuple(Stage):
            raise SettingsError(f"{STAGE} is {stage!r}; it can be {' or '.join(Stage)}")
        return cls(name, Stage(stage))

    @property
    def tags(self) -> Mapping[str, str]:
        """What every resource is tagged with."""
        return {"application": APPLICATION, "stage": self.stage.value}

    @property
    def metrics_namespace(self) -> str:
        """Where its Lambdas' own metrics are."""
        return self.stack_name

    @property
    def schedule_group(self) -> str:
        """Where its users' timers are."""
        return f"{self.stack_name}-schedules"

    @property
    def secret_folder(self) -> str:
        """How the names of its secrets begin. The first deployment's are older than the setting and stay."""
        return APPLICATION if self.stack_name == _FIRST else f"{APPLICATION}-{self.stack_name}"

    @property
    def api_name(self) -> str:
        """How its HTTP API is called in AWS's console."""
        return self.secret_folder

    @property
    def account_secret_prefix(self) -> str:
        """How the names of social accounts' secrets begin."""
        return f"{self.secret_folder}/accounts/"

    @property
    def webhook_secret_prefix(self) -> str:
        """How the names of webhooks' keys begin."""
        return f"{self.secret_folder}/webhooks/"
