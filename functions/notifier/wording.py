"""What a message says: of one event, or of several that have one cause. Decision 0020."""

from functions.shared.kernel.notifications.model import Notification, NotificationKind

_HAPPENED = {
    NotificationKind.JOB_FAILED: "a job failed",
    NotificationKind.SOURCE_UNHEALTHY: "a source cannot be read",
    NotificationKind.ACCOUNT_NEEDS_AUTHORISATION: "an account needs your authorisation",
    NotificationKind.WEBHOOK_SWITCHED_OFF: "a webhook was switched off",
    NotificationKind.WEBHOOK_TEST: "a test",
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
    if notification.count == 1:
        return notification.title
    happened = _TO_SEVERAL.get(notification.kind, "are concerned")
    return f"{notification.count} {notification.about} {happened} for one reason"


def text_of(notification: Notification) -> str:
    """The text of an e-mail: what happened, why, and what to do."""
    parts = [
        f"{title_of(notification)}.",
        f"Why: {notification.reason}",
        *_first_of_several(notification),
        f"What to do: {notification.advice}",
        f"Details: {notification.link}",
        "You get this because your organisation's notification settings name this address.",
    ]
    return "\n\n".join(parts) + "\n"


def _first_of_several(notification: Notification) -> list[str]:
    if notification.together is None or notification.count == 1:
        return []
    links = "\n".join(notification.together.links)
    return [f"It is the reason of the first one. The first of them:\n{links}\nGET /api/notifications lists all."]
