"""The contractors' record."""

from datetime import date, datetime

from core.contractor_records import models
from core.contractor_records.models import ContractorFact
from resolvers import contractor_records, warnings
from resolvers.scalars import RegionCode
from schema.decisions import Violation
from schema.fields import Connection, Node, answered_by, extends, mutation, represents, root_field
from schema.identity import Authority, Enterprise


@represents(
    models.ContractorRecord, "One matter of a contractor's record in a region, as an officer stated it (承包单位记录)."
)
class ContractorRecord(Node):
    region_code: RegionCode
    enterprise: Enterprise | None
    fact: ContractorFact
    fact_label: str = answered_by(contractor_records.fact_label)
    holds: bool | None
    years: int | None
    basis: str
    as_of: date
    hrss_office: Authority | None
    stated_at: datetime
    warnings: list[Violation] = answered_by(warnings.none)


@extends(Enterprise, after="certified_at")
class _RecordOfEnterprise:
    contractor_records: list[ContractorRecord] = answered_by(contractor_records.of_enterprise)


class Queries:
    contractor_records: Connection[ContractorRecord] = root_field(
        contractor_records.page, "What officers stated of contractors, newest first (承包单位记录)."
    )


class Mutations:
    state_contractor_record = mutation(
        contractor_records.state,
        "State one matter of a contractor's record, with its basis and day (认定承包单位记录).",
    )
