"""What a message says: of one event, or of several that have one cause. Decision 0020."""

from functions.shared.kernel.notifications.model import Notification, NotificationKind

_HAPPENED = {
    NotificationKind.JOB_FAILED: "a job failed",
    NotificationKind.SOURCE_UNHEALTHY: "a source cannot be read",
    NotificationKind.ACCOUNT_NEEDS_AUTHORISATION: "an account needs your authorisation",
    NotificationKind.WEBHOOK_SWITCHED_OFF: "a webhook was switched off",
    NotificationKind.WEBHOOK_TEST: "a test",
    NotificationKind.EMAIL_CONFIRMATION: "a code to confirm your address",
    NotificationKind.MAILS_HELD_BACK: "a notification was not mailed",
    NotificationKind.JOB_COMPLETED: "a job completed",
    NotificationKind.PAGE_PUBLISHED: "a page was published",
    NotificationKind.POST_PUBLISHED: "a post was published",
    NotificationKind.LEARNING_CHANGED: "a learning changed",
}
_TO_SEVERAL = {
    NotificationKind.JOB_FAILED: "failed",
    NotificationKind.SOURCE_UNHEALTHY: "cannot be read",
    NotificationKind.ACCOUNT_NEEDS_AUTHORISATION: "need your authorisation",
}


def subject_of(notification: Notification) -> str:
    """The subject of an e-mail: fixed words and a number, because a title may hold what somebody typed."""
    times = f", {notification.count} times" if notification.count > 1 else ""
    return f"Flywheel: {_HAPPENED[notification.kind]}{times}"


def title_of(notification: Notification) -> str:
    """What happened, and how often."""
    if notification.kind is NotificationKind.MAILS_HELD_BACK:
        return f"{notification.count} of your notifications were not mailed and are in the list only"
    if notification.count == 1:
        return notification.title
    happened = _TO_SEVERAL.get(notification.kind, "are concerned")
    return f"{notification.count} {notification.about} {happened} for one reason"


def text_of(notification: Notification) -> str:
    """The text of an e-mail: what happened, why, and what to do."""
    parts = [
        f"{title_of(notification)}.",
        *_code(notification),
        f"Why: {notification.reason}",
        *_first_of_several(notification),
        f"What to do: {notification.advice}",
        f"Details: {notification.link}",
        "You get this because an organisation's notification settings name this address.",
    ]
    return "\n\n".join(parts) + "\n"


def _code(notification: Notification) -> list[str]:
    if notification.kind is not NotificationKind.EMAIL_CONFIRMATION or not notification.details:
        return []
    return [f"Your code, which holds for 24 hours: {notification.details['code']}"]


def _first_of_several(notification: Notification) -> list[str]:
    if notification.together is None or len(notification.together.links) < 2:
        return []
    links = "\n".join(notification.together.links)
    return [f"It is the reason of the first one. The first of them:\n{links}\nGET /api/notifications lists all."]
