"""Notifications: what users should know, read or not, and how they want to be told."""

from typing import Annotated

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.openapi.params import Body, Path, Query

from functions.api.answers import answers, json_answer
from functions.api.cursors import Listing
from functions.api.notifications.change_settings import change_settings, rotate_key, settings_tag, settings_view
from functions.api.notifications.confirm_email import confirm_email, send_code, send_first_codes
from functions.api.notifications.models import (
    ConfirmRequest,
    NotificationList,
    NotificationSettingsRequest,
    NotificationSettingsView,
    NotificationView,
    UnreadCount,
    WebhookView,
)
from functions.api.notifications.send import send_again, send_test
from functions.api.parameters import DEFAULT_LIMIT, Cursor, IdempotencyKey, Limit, PathId, is_id
from functions.api.preconditions import IfMatch
from functions.api.refusals import Missing
from functions.api.resolver import new_router
from functions.api.services import TheCaller, TheServices

router = new_router()

_READ_AT_ONCE = 100


@router.get(
    "/api/notifications",
    summary="List notifications, newest first",
    tags=["notifications"],
    responses=answers(200, NotificationList, 422),
)
def list_notifications(
    services: TheServices,
    caller: TheCaller,
    unread: Annotated[bool, Query(description="Only unread ones.")] = False,
    limit: Limit = DEFAULT_LIMIT,
    cursor: Cursor = None,
) -> Response[str]:
    listing = Listing("notifications", caller.org_id, ("unread" if unread else None,))
    found, next_before = services.notifications.newest(
        caller.org_id, unread_only=unread, limit=limit, before=listing.position(cursor)
    )
    view = NotificationList(
        items=[NotificationView.model_validate(each) for each in found],
        next_cursor=listing.cursor(next_before),
        unread_count=services.notifications.unread_count(caller.org_id),
    )
    return json_answer(200, view)


@router.post(
    "/api/notifications/read-all",
    summary="Mark every notification as read",
    description=f"Marks the newest {_READ_AT_ONCE} unread ones; repeat while `unread_count` is not 0.",
    tags=["notifications"],
    responses=answers(200, UnreadCount),
)
def read_all_notifications(services: TheServices, caller: TheCaller) -> Response[str]:
    store = services.notifications
    found, _ = store.newest(caller.org_id, unread_only=True, limit=_READ_AT_ONCE)
    store.mark_read(caller.org_id, [each.notification_id for each in found], at=services.engine.clock())
    return json_answer(200, UnreadCount(unread_count=store.unread_count(caller.org_id)))


@router.post(
    "/api/notifications/<notification_id>/read",
    summary="Mark a notification as read",
    tags=["notifications"],
    responses=answers(200, NotificationView, 404),
)
def read_notification(notification_id: PathId, services: TheServices, caller: TheCaller) -> Response[str]:
    store = services.notifications
    if is_id(notification_id):
        store.mark_read(caller.org_id, [notification_id], at=services.engine.clock())
    found = store.get(caller.org_id, notification_id) if is_id(notification_id) else None
    if found is None:
        raise Missing("notification", notification_id)
    return json_answer(200, NotificationView.model_validate(found))


@router.get(
    "/api/notifications/<notification_id>",
    summary="See a notification, and what came of each of its deliveries",
    tags=["notifications"],
    responses=answers(200, NotificationView, 404),
)
def show_notification(notification_id: PathId, services: TheServices, caller: TheCaller) -> Response[str]:
    found = services.notifications.get(caller.org_id, notification_id) if is_id(notification_id) else None
    if found is None:
        raise Missing("notification", notification_id)
    return json_answer(200, NotificationView.model_validate(found))


@router.post(
    "/api/notifications/<notification_id>/deliveries/<delivery>/resend",
    summary="Send a delivery again",
    description="Whatever came of it, it is sent once more within a minute, and tried as a new one; "
    "`GET /api/notifications/{notification_id}` shows what comes of it.",
    tags=["notifications"],
    status_code=202,
    responses=answers(202, NotificationView, 404, 409, 422),
)
def resend_delivery(
    notification_id: PathId,
    delivery: Annotated[int, Path(ge=0, le=99, description="Its place among the notification's deliveries, from 0.")],
    services: TheServices,
    caller: TheCaller,
    idempotency_key: IdempotencyKey = None,
) -> Response[str]:
    if not is_id(notification_id):
        raise Missing("notification", notification_id)
    return json_answer(202, send_again(caller.org_id, notification_id, delivery, idempotency_key, services=services))


@router.get(
    "/api/notification-settings",
    summary="See whom notifications go to",
    tags=["notifications"],
    responses=answers(200, NotificationSettingsView, editable=True),
)
def show_settings(services: TheServices, caller: TheCaller) -> Response[str]:
    preferences = services.notifications.preferences(caller.org_id)
    return json_answer(200, settings_view(preferences), headers={"ETag": settings_tag(preferences)})


@router.put(
    "/api/notification-settings",
    summary="Choose whom notifications go to",
    description="Replaces the settings. A new e-mail address is mailed a code within a minute, and gets notifications "
    "once it is confirmed by that. A webhook with a new URL gets a signing key, which is shown in this answer and "
    "never again; one whose URL stays keeps its key, and is switched on again if its receiver was gone.",
    tags=["notifications"],
    responses=answers(200, NotificationSettingsView, 409, 412, body=True, editable=True),
)
def put_settings(
    body: Annotated[NotificationSettingsRequest, Body()],
    services: TheServices,
    caller: TheCaller,
    if_match: IfMatch = None,
) -> Response[str]:
    view, tag = change_settings(body, caller.org_id, if_match=if_match, services=services)
    send_first_codes(caller.org_id, services.notifications.preferences(caller.org_id), services)
    return json_answer(200, view, headers={"ETag": tag})


@router.post(
    "/api/notification-settings/emails/<email_id>/send-code",
    summary="Send an e-mail address a new code",
    description="Within a minute; it takes the place of the last one. Three an hour at most.",
    tags=["notifications"],
    status_code=202,
    responses=answers(202, NotificationSettingsView, 404, 409, 422),
)
def send_address_code(
    email_id: PathId, services: TheServices, caller: TheCaller, idempotency_key: IdempotencyKey = None
) -> Response[str]:
    return json_answer(202, send_code(caller.org_id, email_id, idempotency_key, services=services))


@router.post(
    "/api/notification-settings/emails/<email_id>/confirm",
    summary="Confirm an e-mail address",
    description="By the code that was mailed to it: it holds for 24 hours and five tries. "
    "Until it is confirmed, an address gets no notifications.",
    tags=["notifications"],
    responses=answers(200, NotificationSettingsView, 404, 409, body=True),
)
def confirm_address(
    email_id: PathId,
    body: Annotated[ConfirmRequest, Body()],
    services: TheServices,
    caller: TheCaller,
    idempotency_key: IdempotencyKey = None,
) -> Response[str]:
    return json_answer(200, confirm_email(caller.org_id, email_id, body.code, services=services))


@router.post(
    "/api/notification-settings/webhooks/<webhook_id>/rotate",
    summary="Give a webhook a new signing key",
    description="The old key stays valid for a day: until then each event carries a signature by either.",
    tags=["notifications"],
    responses=answers(200, WebhookView, 404, 409),
)
def rotate_webhook(webhook_id: PathId, services: TheServices, caller: TheCaller) -> Response[str]:
    return json_answer(200, rotate_key(caller.org_id, webhook_id, services=services))


@router.post(
    "/api/notification-settings/webhooks/<webhook_id>/test",
    summary="Send a webhook a test event",
    description="An event `webhook.test`, posted to this webhook alone within a minute and signed as any other; "
    "`GET /api/notifications/{notification_id}` shows what comes of it.",
    tags=["notifications"],
    status_code=202,
    responses=answers(202, NotificationView, 404, 409, 422),
)
def send_test_event(
    webhook_id: PathId, services: TheServices, caller: TheCaller, idempotency_key: IdempotencyKey = None
) -> Response[str]:
    return json_answer(202, send_test(caller.org_id, webhook_id, idempotency_key, services=services))
