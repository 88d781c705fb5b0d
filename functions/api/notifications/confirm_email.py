"""Confirms e-mail addresses that are to get notifications, by the code that was mailed to them. Decision 0037."""

from urllib.parse import unquote

from functions.api.notifications.change_settings import save, settings_view
from functions.api.notifications.models import NotificationSettingsView
from functions.api.refusals import BadField, BadFields, Missing
from functions.api.services import Services
from functions.shared.kernel.jobs.refusals import StateForbids
from functions.shared.kernel.log import log
from functions.shared.kernel.notifications import confirming
from functions.shared.kernel.notifications.model import NotificationKind, Preferences
from functions.shared.kernel.notifications.notify import Event, notify
from functions.shared.kernel.notifications.store import NoticeConflict

_ROUNDS = 10


def confirm_email(org_id: str, named: str, code: str, *, services: Services) -> NotificationSettingsView:
    """Let the address have notifications. An address that is confirmed stays so, whatever the code.

    Raises Missing, BadFields for a wrong code, StateForbids when there is no code that may be tried.
    """
    for _ in range(_ROUNDS):
        before = services.notifications.preferences(org_id)
        email = _named(before, named)
        pending = confirming.unconfirmed(before, email)
        if pending is None:
            return settings_view(before)
        if not confirming.holds(pending, now=services.engine.clock()):
            raise StateForbids("there is no code that holds: ask for one with POST .../send-code and wait for its mail")
        is_right = confirming.is_code(pending, code)
        after = confirming.confirmed(before, email) if is_right else confirming.tried(before, email)
        try:
            services.notifications.save_preferences(org_id, before, after)
        except NoticeConflict:
            continue
        if is_right:
            log.info("e-mail address confirmed", action="email_confirmed", org_id=org_id)
            return settings_view(after)
        left = confirming.MOST_TRIES - pending.tries - 1
        raise BadFields(BadField("code", f"is not the code of the latest mail; {left} tries are left"))
    raise StateForbids("the settings are being changed by other calls; try again")


def send_code(org_id: str, named: str, idempotency_key: str | None, *, services: Services) -> NotificationSettingsView:
    """Have a new code mailed, which takes the place of the last one. Raises Missing, StateForbids."""
    before = services.notifications.preferences(org_id)
    email = _named(before, named)
    pending = confirming.unconfirmed(before, email)
    if pending is None:
        raise StateForbids("the address is confirmed; it needs no code")
    now = services.engine.clock()
    name = f"key:{idempotency_key}" if idempotency_key else services.engine.new_id(now)
    event = code_event(org_id, email, name, services)
    if idempotency_key and services.notifications.told(org_id, event.event_id):
        return settings_view(before)
    if len(confirming.recent(pending.asked_at, now)) >= confirming.CODES_AN_HOUR:
        raise StateForbids(f"{confirming.CODES_AN_HOUR} codes were asked for within the hour; wait, and ask again")
    after = confirming.asked(before, email, now=now)
    save(org_id, before, after, services)
    notify(event, store=services.notifications)
    return settings_view(after)


def send_first_codes(org_id: str, preferences: Preferences, services: Services) -> None:
    """Have a code mailed to each address that was just named, once, however often the same call is repeated."""
    for pending in preferences.unconfirmed:
        name = pending.added_at.isoformat()
        notify(code_event(org_id, pending.email, name, services), store=services.notifications)


def code_event(org_id: str, email: str, name: str, services: Services) -> Event:
    """The wish for a code; the code itself is made when it is mailed."""
    return Event(
        org_id=org_id,
        event_id=f"email-code:{email}:{name}",
        kind=NotificationKind.EMAIL_CONFIRMATION,
        at=services.engine.clock(),
        title="An e-mail address is to be confirmed",
        reason="somebody of an organisation on Flywheel named this address for its notifications",
        advice="Enter the code where you manage notifications, or send it with "
        f"POST /api/notification-settings/emails/{confirming.email_id_of(email)}/confirm. "
        "If you do not expect this, do nothing: nothing more is sent to you.",
        link="/api/notification-settings",
        email=email,
    )


def _named(preferences: Preferences, named: str) -> str:
    """The address of the settings that is meant, by its id or by itself."""
    names = (named, unquote(named))
    for email in preferences.emails:
        if email in names or confirming.email_id_of(email) in names:
            return email
    raise Missing("e-mail address", named, instead="GET /api/notification-settings shows which there are")
