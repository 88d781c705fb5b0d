"""Every key of the tables `content_metadata`, `accounts`, `context` and `metrics`.

Partition keys begin with the organisation. The keys of `jobs` are in kernel/store/keys.py.

| table            | item            | pk                | sk                    |
|------------------|-----------------|-------------------|-----------------------|
| content_metadata | content         | ORG#org           | CONTENT#content_id    |
| content_metadata | page's slug     | ORG#org#SLUGS     | SLUG#slug             |
| content_metadata | page's card     | ORG#org#CARDS     | CARD#month#content_id |
| content_metadata | month of cards  | ORG#org#CARDS     | MONTH#month           |
| content_metadata | note on lists   | ORG#org#CARDS     | NOTE#what             |
| accounts         | account         | ORG#org           | ACCOUNT#account_id    |
| accounts         | their number    | ORG#org#COUNTS    | COUNT#accounts        |
| accounts         | organisation    | ORGS              | ORG#org               |
| accounts         | due intake      | DUE               | INTAKE                |
| accounts         | account's lock  | ORG#org#LOCKS     | ACCOUNT#account_id    |
| accounts         | authorisation   | ORG#org#AUTH      | AUTH#authorisation_id |
| context          | source          | ORG#org           | SOURCE#source_id      |
| context          | document        | ORG#org           | DOCUMENT#document_id  |
| context          | their numbers   | ORG#org#COUNTS    | COUNT#documents, ...  |
| context          | item            | ORG#org#ITEMS     | ITEM#item_id          |
| context          | item's mark     | ORG#org#origin_id | MARK#sha256 of it     |
| metrics          | measured post   | ORG#org           | POST#post_id          |
| metrics          | its publication | ORG#org#PUBLISHED | AT#published_at#id    |
| metrics          | snapshot        | ORG#org#POST#id   | JOB#job_id            |
| metrics          | daily roll-up   | ORG#org#DAYS      | DAY#date#dimension#of |
| metrics          | of a detail     | ORG#org#DETAILS   | DAY#date#dimension#of |
| metrics          | month's arm     | ORG#org#ARMS      | ARM#month#dim#net#of  |
| metrics          | of a topic      | ORG#org#TOPICS    | ARM#month#dim#net#of  |

The `family` index of content_metadata groups a content with what was made from it, under the parent's id; `published`
holds the published posts of each account; `publications` those of all accounts, with nothing but their keys. The
`by_origin` index of context groups items by source or document; its `due` index holds the sources that are switched on,
by the time of their next fetch. That of accounts holds organisations and accounts by when pages or counts are due.
"""

import hashlib
from collections.abc import Mapping

from functions.shared.kernel.store.keys import Key


def content(org_id: str, content_id: str) -> Key:
    return {"pk": f"ORG#{org_id}", "sk": f"CONTENT#{content_id}"}


def account_posts(org_id: str, account_id: str) -> str:
    """An account's partition of the `published` index."""
    return f"ORG#{org_id}#ACCOUNT#{account_id}"


def org_publications(org_id: str) -> str:
    """An organisation's partition of the `publications` index."""
    return f"ORG#{org_id}#PUBLICATIONS"


def slug(org_id: str, slug: str) -> Key:
    return {"pk": f"ORG#{org_id}#SLUGS", "sk": f"SLUG#{slug}"}


def card(org_id: str, month: str, content_id: str) -> Key:
    """A page's card; without an id what those of a month begin with, without a month what all do."""
    return {"pk": f"ORG#{org_id}#CARDS", "sk": f"CARD#{month}#{content_id}" if month else "CARD#"}


def card_month(org_id: str, month: str) -> Key:
    return {"pk": f"ORG#{org_id}#CARDS", "sk": f"MONTH#{month}"}


def card_note(org_id: str, what: str) -> Key:
    return {"pk": f"ORG#{org_id}#CARDS", "sk": f"NOTE#{what}"}


def account(org_id: str, account_id: str) -> Key:
    return {"pk": f"ORG#{org_id}", "sk": f"ACCOUNT#{account_id}"}


def count(org_id: str, things: str) -> Key:
    """How many of these things an organisation has, in the table that holds them."""
    return {"pk": f"ORG#{org_id}#COUNTS", "sk": f"COUNT#{things}"}


def account_lock(org_id: str, account_id: str) -> Key:
    return {"pk": f"ORG#{org_id}#LOCKS", "sk": f"ACCOUNT#{account_id}"}


def authorisation(org_id: str, authorisation_id: str) -> Key:
    return {"pk": f"ORG#{org_id}#AUTH", "sk": f"AUTH#{authorisation_id}"}


def organisation(org_id: str) -> Key:
    return {"pk": "ORGS", "sk": f"ORG#{org_id}"}


def due_intake() -> Key:
    """How far organisations of an earlier version were taken into the `due` index."""
    return {"pk": "DUE", "sk": "INTAKE"}


def source(org_id: str, source_id: str) -> Key:
    return {"pk": f"ORG#{org_id}", "sk": f"SOURCE#{source_id}"}


def source_ids(key: Mapping[str, str]) -> tuple[str, str]:
    """Organisation and source of a source's key."""
    return key["pk"].removeprefix("ORG#"), key["sk"].removeprefix("SOURCE#")


def document(org_id: str, document_id: str) -> Key:
    return {"pk": f"ORG#{org_id}", "sk": f"DOCUMENT#{document_id}"}


def context_item(org_id: str, item_id: str) -> Key:
    return {"pk": f"ORG#{org_id}#ITEMS", "sk": f"ITEM#{item_id}"}


def origin(org_id: str, origin_id: str) -> str:
    """The partition of the `by_origin` index that holds a source's or a document's items."""
    return f"ORG#{org_id}#ORIGIN#{origin_id}"


def mark(org_id: str, origin_id: str, mark: str) -> Key:
    digest = hashlib.sha256(mark.encode()).hexdigest()
    return {"pk": f"ORG#{org_id}#{origin_id}", "sk": f"MARK#{digest}"}


def measured(org_id: str, post_id: str) -> Key:
    return {"pk": f"ORG#{org_id}", "sk": f"POST#{post_id}"}


def publication(org_id: str, published_at: str, post_id: str) -> Key:
    return {"pk": f"ORG#{org_id}#PUBLISHED", "sk": f"AT#{published_at}#{post_id}"}


def snapshot(org_id: str, post_id: str, job_id: str) -> Key:
    return {"pk": f"ORG#{org_id}#POST#{post_id}", "sk": f"JOB#{job_id}"}


def rollup(org_id: str, day: str, dimension: str, value: str) -> Key:
    partition = "DAYS" if dimension in ("all", "network") else "DETAILS"
    return {"pk": f"ORG#{org_id}#{partition}", "sk": f"DAY#{day}#{dimension}#{value}"}


def arm(org_id: str, month: str, dimension: str, network: str, value: str) -> Key:
    partition = "TOPICS" if dimension == "topic" else "ARMS"
    return {"pk": f"ORG#{org_id}#{partition}", "sk": f"ARM#{month}#{dimension}#{network}#{value}"}
