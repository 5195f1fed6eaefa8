"""What this site runs. One line each: the table of contents."""

ROOMS = (
    "hanfeng.kernel.record",
    "hanfeng.kernel.flow",
    "hanfeng.kernel.rule",
    "hanfeng.kernel.indicator",
    "hanfeng.kernel.desk",
    "hanfeng.kernel.portal",
    "hanfeng.kernel.disclosure",
    "hanfeng.kernel.job",
    "hanfeng.kernel.notify",
    "hanfeng.kernel.watch",
    "hanfeng.kernel.exchange",
    "hanfeng.kernel.rest",
    "hanfeng.kernel.sense",
    "hanfeng.kernel.alert",
    "hanfeng.kernel.search",
    "hanfeng.site.identity",
)
COMMONS = (
    "hanfeng.commons.places",
    "hanfeng.commons.bodies",
    "hanfeng.commons.people",
    "hanfeng.commons.documents",
    "hanfeng.commons.facts",
    "hanfeng.commons.series",
    "hanfeng.commons.devices",
)
PACKS = (
    "hanfeng.packs.innovation.enterprises",
    "hanfeng.packs.innovation.cultivation",
    "hanfeng.packs.innovation.macro",
    "hanfeng.packs.innovation.innovation_statistics",
    "hanfeng.packs.innovation.rd_platforms",
    "hanfeng.packs.innovation.ip",
    "hanfeng.packs.environment.lake",
    "hanfeng.packs.environment.pollution_sources",
    "hanfeng.packs.environment.air",
    "hanfeng.packs.innovation.outreach",
    "hanfeng.packs.innovation.literacy",
)
LINKS = ("hanfeng.links",)
PLAN = ("hanfeng.plan", "hanfeng.plan.year", "hanfeng.plan.papers")
