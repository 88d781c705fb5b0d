"""Every key of the `jobs` table. Partition keys begin with the organisation.

| table            | item            | pk                | sk                    |
|------------------|-----------------|-------------------|-----------------------|
| jobs             | job             | ORG#org           | JOB#job_id            |
| jobs             | slot            | ORG#org#SLOTS     | SLOT#number           |
| jobs             | idempotency key | ORG#org#KEYS      | KEY#sha256 of the key |
| jobs             | call by its key | ORG#org#ANSWERS   | CALL#sha256 of both   |
| jobs             | schedule        | ORG#org#SCHEDULES | SCHEDULE#schedule_id  |
| jobs             | their number    | ORG#org#SCHEDULES | COUNT                 |
| jobs             | notification    | ORG#org#NOTICES   | NOTICE#id             |
| jobs             | its unread mark | ORG#org#UNREAD    | NOTICE#id             |
| jobs             | event told of   | ORG#org#EVENTS    | EVENT#sha256 of id    |
| jobs             | told together   | ORG#org#CAUSES    | CAUSE#digest          |
| jobs             | how to be told  | ORG#org#NOTICES   | SETTINGS              |
| jobs             | mails of an hour | MAILBOX#digest   | HOUR                  |
| jobs             | calls made      | ORG#org#CALLS     | BUCKET                |
| jobs             | circuit         | CIRCUITS          | CIRCUIT#service       |
| jobs             | turn in a lane  | ORG#org#TURNS     | LANE#lane             |
| jobs             | turn of a lane  | TURNS             | LANE#lane             |

The `due` index of jobs holds active jobs only, in shards, by the time the reconciler must look at them; in shards of
their own, the schedules of which a tick is expected, and the notifications that are not delivered yet.
"""

import hashlib
from collections.abc import Mapping

Key = dict[str, str]


def job(org_id: str, job_id: str) -> Key:
    return {"pk": f"ORG#{org_id}", "sk": f"JOB#{job_id}"}


def slot(org_id: str, number: int) -> Key:
    return {"pk": f"ORG#{org_id}#SLOTS", "sk": f"SLOT#{number:04d}"}


def idempotency_key(org_id: str, key: str) -> Key:
    digest = hashlib.sha256(key.encode()).hexdigest()
    return {"pk": f"ORG#{org_id}#KEYS", "sk": f"KEY#{digest}"}


def answer(org_id: str, name: str) -> Key:
    """Of a call by its caller and idempotency key."""
    digest = hashlib.sha256(name.encode()).hexdigest()
    return {"pk": f"ORG#{org_id}#ANSWERS", "sk": f"CALL#{digest}"}


def schedule(org_id: str, schedule_id: str) -> Key:
    return {"pk": f"ORG#{org_id}#SCHEDULES", "sk": f"SCHEDULE#{schedule_id}"}


def schedule_count(org_id: str) -> Key:
    return {"pk": f"ORG#{org_id}#SCHEDULES", "sk": "COUNT"}


def schedule_ids(key: Mapping[str, str]) -> tuple[str, str]:
    """Organisation and schedule of a schedule's key."""
    return key["pk"].removeprefix("ORG#").removesuffix("#SCHEDULES"), key["sk"].removeprefix("SCHEDULE#")


def notification(org_id: str, notification_id: str) -> Key:
    return {"pk": f"ORG#{org_id}#NOTICES", "sk": f"NOTICE#{notification_id}"}


def notification_ids(pk: str, sk: str) -> tuple[str, str]:
    """Organisation and notification id of a notification's key."""
    return pk.removeprefix("ORG#").removesuffix("#NOTICES"), sk.removeprefix("NOTICE#")


def unread(org_id: str, notification_id: str) -> Key:
    return {"pk": f"ORG#{org_id}#UNREAD", "sk": f"NOTICE#{notification_id}"}


def event(org_id: str, event_id: str) -> Key:
    digest = hashlib.sha256(event_id.encode()).hexdigest()
    return {"pk": f"ORG#{org_id}#EVENTS", "sk": f"EVENT#{digest}"}


def cause(org_id: str, digest: str) -> Key:
    return {"pk": f"ORG#{org_id}#CAUSES", "sk": f"CAUSE#{digest}"}


def mailbox(digest: str) -> Key:
    """Of one address, whichever organisations name it."""
    return {"pk": f"MAILBOX#{digest}", "sk": "HOUR"}


def calls(org_id: str) -> Key:
    return {"pk": f"ORG#{org_id}#CALLS", "sk": "BUCKET"}


def preferences(org_id: str) -> Key:
    return {"pk": f"ORG#{org_id}#NOTICES", "sk": "SETTINGS"}


def turn(lane: str, org_id: str | None) -> Key:
    return {"pk": "TURNS" if org_id is None else f"ORG#{org_id}#TURNS", "sk": f"LANE#{lane}"}


def circuit(name: str) -> Key:
    return {"pk": "CIRCUITS", "sk": f"CIRCUIT#{name}"}
