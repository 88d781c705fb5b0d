"""Social accounts. Their tokens go to Secrets Manager and never come back out through the API."""

from typing import Annotated

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.openapi.params import Body

from functions.api.accounts.connect import account_tag, change_account, connect_account, disconnect_account
from functions.api.accounts.models import AccountChange, AccountList, AccountRequest, AccountView
from functions.api.answers import answers, gone, json_answer
from functions.api.cursors import Listing
from functions.api.identity import Caller
from functions.api.parameters import DEFAULT_LIMIT, Cursor, Limit, PathId, is_id
from functions.api.preconditions import IfMatch
from functions.api.refusals import Missing
from functions.api.resolver import new_router
from functions.api.services import BaseUrl, Services, TheCaller, TheServices
from functions.shared.domain.accounts.model import Account
from functions.shared.domain.limits import MOST_ACCOUNTS

router = new_router()


@router.post(
    "/api/accounts",
    summary="Connect a social account",
    description=f"At most {MOST_ACCOUNTS} for an organisation.",
    tags=["accounts"],
    status_code=201,
    responses=answers(201, AccountView, 409, body=True),
)
def create_account(
    body: Annotated[AccountRequest, Body()], services: TheServices, caller: TheCaller, base_url: BaseUrl
) -> Response[str]:
    account = connect_account(body, caller.org_id, services=services)
    location = f"{base_url}/api/accounts/{account.account_id}"
    return json_answer(201, AccountView.model_validate(account), headers={"Location": location})


@router.get(
    "/api/accounts",
    summary="List accounts, oldest first",
    tags=["accounts"],
    responses=answers(200, AccountList, 422),
)
def list_accounts(
    services: TheServices, caller: TheCaller, limit: Limit = DEFAULT_LIMIT, cursor: Cursor = None
) -> Response[str]:
    listing = Listing("accounts", caller.org_id)
    rest = services.accounts.page(caller.org_id, after=listing.position(cursor), limit=limit + 1)
    items = [AccountView.model_validate(account) for account in rest[:limit]]
    next_cursor = listing.cursor(items[-1].account_id) if len(rest) > limit else None
    return json_answer(200, AccountList(items=items, next_cursor=next_cursor))


@router.get(
    "/api/accounts/<account_id>",
    summary="Look at an account",
    tags=["accounts"],
    responses=answers(200, AccountView, 404, editable=True),
)
def show_account(account_id: PathId, services: TheServices, caller: TheCaller) -> Response[str]:
    return _shown(_the_account(account_id, services, caller))


@router.patch(
    "/api/accounts/<account_id>",
    summary="Rename an account, pause or resume it, or give it new tokens",
    tags=["accounts"],
    responses=answers(200, AccountView, 404, 412, body=True, editable=True),
)
def update_account(
    account_id: PathId,
    body: Annotated[AccountChange, Body()],
    services: TheServices,
    caller: TheCaller,
    if_match: IfMatch = None,
) -> Response[str]:
    account = _the_account(account_id, services, caller)
    return _shown(change_account(account, body, if_match=if_match, services=services))


@router.delete(
    "/api/accounts/<account_id>",
    summary="Disconnect an account and delete its tokens",
    tags=["accounts"],
    status_code=204,
    responses=gone(),
)
def delete_account(account_id: PathId, services: TheServices, caller: TheCaller) -> Response[str]:
    disconnect_account(_the_account(account_id, services, caller), services=services)
    return Response(status_code=204, body="")


def _shown(account: Account) -> Response[str]:
    return json_answer(200, AccountView.model_validate(account), headers={"ETag": account_tag(account)})


def _the_account(account_id: str, services: Services, caller: Caller) -> Account:
    account = services.accounts.get(caller.org_id, account_id) if is_id(account_id) else None
    if account is None:
        raise Missing("account", account_id)
    return account
