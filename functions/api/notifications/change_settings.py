"""Changes whom an organisation's notifications go to, and the keys its webhooks are signed with."""

from collections.abc import Iterable

from functions.api.masked import addresses_meant
from functions.api.notifications.models import (
    EmailView,
    NotificationSettingsRequest,
    NotificationSettingsView,
    WebhookView,
)
from functions.api.preconditions import entity_tag, require_match
from functions.api.refusals import BadField, BadFields, Missing
from functions.api.services import Services
from functions.shared.kernel.errors import FlywheelError, PermanentError
from functions.shared.kernel.jobs.refusals import StateForbids
from functions.shared.kernel.log import log
from functions.shared.kernel.notifications.confirming import email_id_of, unconfirmed
from functions.shared.kernel.notifications.model import Preferences, Unconfirmed, Webhook
from functions.shared.kernel.notifications.store import NoticeConflict
from functions.shared.kernel.notifications.webhook_keys import new_key, rotated
from functions.shared.kernel.outbound import require_address


def settings_tag(preferences: Preferences) -> str:
    """The entity tag of what people change of the settings."""
    told = [[webhook.url, webhook.events] for webhook in preferences.webhooks]
    return entity_tag("notification settings", {"emails": preferences.emails, "webhooks": told})


def change_settings(
    request: NotificationSettingsRequest, org_id: str, *, if_match: str | None = None, services: Services
) -> tuple[NotificationSettingsView, str]:
    """Replace the organisation's settings; a webhook whose URL stays keeps its id and key, and is switched on.

    Raises BadFields for a URL that may not be called, StateForbids when somebody else changed them meanwhile, Stale
    when they are not as `if_match` says. Answers what is stored now, and its entity tag.
    Keys are made first and removed last: a webhook without a key could deliver nothing.
    """
    before = services.notifications.preferences(org_id)
    require_match(if_match, settings_tag(before))
    urls = _usable([webhook.url for webhook in request.webhooks], before, services)
    wanted = [tuple(dict.fromkeys(webhook.events)) for webhook in request.webhooks]
    events = dict(zip(urls, wanted, strict=True))
    kept = {webhook.url: _switched_on(webhook, services) for webhook in before.webhooks if webhook.url in urls}
    made = {url: _new_webhook(org_id, url, services) for url in dict.fromkeys(urls) if url not in kept}
    keys = {webhook.webhook_id: new_key() for webhook in made.values()}
    for webhook in made.values():
        services.secrets.put(webhook.secret_id, {"key": keys[webhook.webhook_id]})
    webhooks = tuple((kept | made)[url].model_copy(update={"events": events[url]}) for url in dict.fromkeys(urls))
    emails = tuple(dict.fromkeys(request.emails))
    after = Preferences(emails=emails, unconfirmed=_unconfirmed(emails, before, services), webhooks=webhooks)
    try:
        save(org_id, before, after, services)
    except FlywheelError:
        _forget(made.values(), services)
        raise
    _forget([webhook for webhook in before.webhooks if webhook.url not in urls], services)
    log.info("notification settings changed", action="notification_settings_changed", org_id=org_id)
    return settings_view(after, keys), settings_tag(after)


def rotate_key(org_id: str, webhook_id: str, *, services: Services) -> WebhookView:
    """Give a webhook a new key; the old one signs beside it for a day. Raises Missing, StateForbids."""
    before = services.notifications.preferences(org_id)
    webhook = next((each for each in before.webhooks if each.webhook_id == webhook_id), None)
    if webhook is None:
        raise Missing("webhook", webhook_id)
    now = services.engine.clock()
    after = webhook.model_copy(update={"rotated_at": now})
    webhooks = tuple(after if each == webhook else each for each in before.webhooks)
    save(org_id, before, before.model_copy(update={"webhooks": webhooks}), services)
    key = new_key()
    services.secrets.put(webhook.secret_id, rotated(services.secrets.get(webhook.secret_id), key, now=now))
    log.info("webhook key rotated", action="webhook_key_rotated", org_id=org_id, webhook_id=webhook_id)
    return _webhook_view(after, key)


def settings_view(preferences: Preferences, keys: dict[str, str] | None = None) -> NotificationSettingsView:
    """The settings as callers see them, with those `keys` that were just made."""
    webhooks = tuple(_webhook_view(webhook, (keys or {}).get(webhook.webhook_id)) for webhook in preferences.webhooks)
    addresses = tuple(_email_view(email, preferences) for email in preferences.emails)
    return NotificationSettingsView(emails=preferences.emails, addresses=addresses, webhooks=webhooks)


def _email_view(email: str, preferences: Preferences) -> EmailView:
    pending = unconfirmed(preferences, email)
    sent_at = pending.sent_at if pending else None
    return EmailView(email_id=email_id_of(email), email=email, confirmed=pending is None, code_sent_at=sent_at)


def _unconfirmed(emails: Iterable[str], before: Preferences, services: Services) -> tuple[Unconfirmed, ...]:
    """Those of the addresses that are still to confirm; those that were named before this was asked need not."""
    now = services.engine.clock()
    return tuple(
        unconfirmed(before, email) or Unconfirmed(email=email, added_at=now)
        for email in emails
        if email not in before.confirmed
    )


def _webhook_view(webhook: Webhook, key: str | None) -> WebhookView:
    return WebhookView.model_validate(webhook).model_copy(update={"secret": key})


def _usable(given: list[str], before: Preferences, services: Services) -> list[str]:
    """The addresses that are meant, each of which may be called."""
    urls, problems = list[str](), list[BadField]()
    for position, url in enumerate(addresses_meant(given, [webhook.url for webhook in before.webhooks])):
        try:
            if isinstance(url, PermanentError):
                raise url
            require_address(url, services.webhooks_bounds)
            urls.append(url)
        except PermanentError as error:
            problems.append(BadField(f"webhooks.{position}.url", error.reason))
    if problems:
        raise BadFields(*problems)
    return urls


def _new_webhook(org_id: str, url: str, services: Services) -> Webhook:
    now = services.engine.clock()
    webhook_id = services.engine.new_id(now)
    secret_id = f"{services.webhook_secret_prefix}{org_id}/{webhook_id}"
    return Webhook(webhook_id=webhook_id, url=url, secret_id=secret_id, created_at=now)


def _switched_on(webhook: Webhook, services: Services) -> Webhook:
    if webhook.switched_off_at is None:
        return webhook
    update = {"switched_off_at": None, "switched_off_because": None, "switched_on_at": services.engine.clock()}
    return webhook.model_copy(update=update)


def save(org_id: str, before: Preferences, after: Preferences, services: Services) -> None:
    """Store the changed settings. StateForbids when somebody else changed them meanwhile."""
    try:
        services.notifications.save_preferences(org_id, before, after)
    except NoticeConflict:
        raise StateForbids("the settings were changed by another call meanwhile; read them and try again") from None


def _forget(webhooks: Iterable[Webhook], services: Services) -> None:
    for webhook in webhooks:
        services.secrets.delete(webhook.secret_id)
