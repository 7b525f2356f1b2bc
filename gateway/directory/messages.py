"""Messages about the directory. Each carries the whole state of a row, so that a copy needs only the newest one."""

from datetime import datetime
from pathlib import Path

from chassis.messaging.contracts import Contracts, Message
from gateway.directory.models import Community, Department, Grid

CONTRACTS = Contracts(Path(__file__).parent.parent / "contracts", source="gateway")


def community_changed(community: Community, occurred_at: datetime) -> Message:
    """The state of a community. `occurred_at` is aware. Call it after `announced` was counted."""
    sub_district = community.sub_district
    return CONTRACTS.message(
        "community.changed.v1",
        aggregate_id=community.subject,
        version=community.announced,
        community_id=community.id,
        occurred_at=occurred_at,
        data={
            "community_id": community.id,
            "version": community.version,
            "name": community.name,
            "sub_district": {"id": sub_district.id, "name": sub_district.name} if sub_district else None,
            "time_zone": community.time_zone,
            "address": community.address,
            "phone": community.phone,
            "hours": community.hours,
            "location": community.location,
            "number_prefix": community.number_prefix,
        },
    )


def grid_changed(grid: Grid, occurred_at: datetime) -> Message:
    """The state of a grid. `occurred_at` is aware. Call it after `announced` was counted."""
    return CONTRACTS.message(
        "grid.changed.v1",
        aggregate_id=grid.subject,
        version=grid.announced,
        community_id=grid.community_id,
        occurred_at=occurred_at,
        data={
            "grid_id": grid.id,
            "community_id": grid.community_id,
            "version": grid.version,
            "name": grid.name,
            "position": grid.position,
            "border": grid.border,
            "active": grid.active,
        },
    )


def department_changed(department: Department, occurred_at: datetime) -> Message:
    """The state of a department. `occurred_at` is aware. Call it after `announced` was counted. The message belongs to the
    first community in which the department works; for the whole district, to none."""
    return CONTRACTS.message(
        "department.changed.v1",
        aggregate_id=department.subject,
        version=department.announced,
        community_id=(department.communities or [""])[0],
        occurred_at=occurred_at,
        data={
            "department_id": str(department.department_id),
            "version": department.version,
            "code": department.id,
            "name": department.name,
            "position": department.position,
            "active": department.active,
            "communities": department.communities,
        },
    )
