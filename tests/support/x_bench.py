"""The API, and an X where the user agrees to whatever is asked."""

from dataclasses import dataclass, field, replace
from typing import Any

from functions.api.authorizations.memory import MemoryAuthorisations
from functions.shared.domain.accounts.model import Account, AccountState
from functions.shared.kernel.errors import FlywheelError
from functions.shared.networks.port import NetworkUser, OAuth, SignIn, Tokens
from tests.support.api_driver import Answer, Driver, make_driver, sign_in
from tests.support.clock import ManualClock
from tests.support.standins.x_oauth import XOAuth

BEGIN = "/api/accounts/authorizations"
ASK = {"network": "x", "redirect_uri": "https://console.example/connected"}


@dataclass
class Wobbly:
    """An OAuth client that fails before it asks: `errors` are raised in turn by the method they are for."""

    oauth: OAuth
    errors: dict[str, list[FlywheelError]]

    def redeem(self, code: str, *, verifier: str, redirect_uri: str) -> Tokens:
        self._fail("redeem")
        return self.oauth.redeem(code, verifier=verifier, redirect_uri=redirect_uri)

    def renew(self, refresh_token: str) -> Tokens:
        raise NotImplementedError

    def owner(self, access_token: str) -> NetworkUser:
        self._fail("owner")
        return self.oauth.owner(access_token)

    def _fail(self, method: str) -> None:
        if self.errors.get(method):
            raise self.errors[method].pop(0)


@dataclass
class Bench:
    """The API, and X where the user agrees."""

    clock: ManualClock
    errors: dict[str, list[FlywheelError]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.x = XOAuth({}, self.clock)
        sign = sign_in(self.x)
        wobbly = Wobbly(sign.oauth(), self.errors)
        self.sign_in: SignIn = replace(sign, oauth=lambda: wobbly)
        self.pending = MemoryAuthorisations()
        self.api: Driver = make_driver(self.clock, authorisations=self.pending, sign_ins=lambda name: self.sign_in)

    def begin(self, **fields: Any) -> Any:
        answer = self.api("POST", BEGIN, {**ASK, **fields})
        assert answer.status == 201, answer.text
        return answer.json

    def finish(self, begun: Any, result: dict[str, str], **options: Any) -> Answer:
        return self.api("POST", f"{BEGIN}/{begun['authorization_id']}", result, **options)

    def connect(self, user_id: str = "1001", **fields: Any) -> Answer:
        begun = self.begin(**fields)
        return self.finish(begun, self.x.consent(begun["authorization_url"], user_id=user_id))

    def paused(self, account_id: str) -> Account:
        account = self.api.accounts.stored["acme", account_id]
        changes = {"state": AccountState.NEEDS_AUTHORISATION, "state_reason": "revoked", "state_since": self.clock()}
        self.api.accounts.put(account.model_copy(update=changes))
        return self.api.accounts.stored["acme", account_id]
