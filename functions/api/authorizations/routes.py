"""Connecting an account by its user's authorisation at the network."""

from typing import Annotated

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.openapi.params import Body

from functions.api.accounts.models import AccountView
from functions.api.answers import answers, json_answer
from functions.api.authorizations.authorize import AGAIN, begin_authorization, finish_authorization
from functions.api.authorizations.models import AuthorizationRequest, AuthorizationResult, AuthorizationView
from functions.api.parameters import PathId, is_id
from functions.api.refusals import Missing
from functions.api.resolver import new_router
from functions.api.services import BaseUrl, TheCaller, TheServices

router = new_router()


@router.post(
    "/api/accounts/authorizations",
    summary="Begin to connect an X account, or to connect one anew",
    tags=["accounts"],
    status_code=201,
    responses=answers(201, AuthorizationView, 404, 409, body=True),
)
def begin(
    body: Annotated[AuthorizationRequest, Body()], services: TheServices, caller: TheCaller, base_url: BaseUrl
) -> Response[str]:
    view = begin_authorization(body, caller.org_id, services=services)
    location = f"{base_url}/api/accounts/authorizations/{view.authorization_id}"
    return json_answer(201, view, headers={"Location": location})


@router.post(
    "/api/accounts/authorizations/<authorization_id>",
    summary="Finish to connect an account, with what X sent the user back with",
    tags=["accounts"],
    status_code=201,
    responses={**answers(201, AccountView, 404, 409, body=True), **answers(200, AccountView)},
)
def finish(
    authorization_id: PathId,
    body: Annotated[AuthorizationResult, Body()],
    services: TheServices,
    caller: TheCaller,
    base_url: BaseUrl,
) -> Response[str]:
    if not is_id(authorization_id):
        raise Missing("authorization", authorization_id, instead=AGAIN)
    account, is_new = finish_authorization(authorization_id, body, caller.org_id, services=services)
    location = f"{base_url}/api/accounts/{account.account_id}"
    return json_answer(201 if is_new else 200, AccountView.model_validate(account), headers={"Location": location})
