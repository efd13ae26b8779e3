"""The case that `ethics cases new` begins with: it passes the checker, advice aside."""

TEMPLATE = """\
---
title: {title}
summary: One sentence that says who wants what, and what stands against it.
principles: autonomy, beneficence
tensions: autonomy vs beneficence
topics: consent
professions: medicine, nursing
setting: inpatient
level: introductory
minutes: 50
frameworks: four-box
authors: Your Name
license: CC-BY-4.0
provenance: fictional
status: draft
---

Open with what anybody in the room could see and hear. Nobody has decided anything yet. Everything you write is
fiction: no real patient, ward or colleague.

## The first moment

Give the stage a heading of its own, a day and an hour perhaps, and let something happen that asks for a decision.

### Perspective: Somebody who sees it differently

What this person knows, owes, may do and fears.

### Decision: What do you do now?

- Do what was asked, and say why {{#as-asked}}
- Wait, and find out one thing more {{#wait}}
- Take it to somebody else {{#hand-on}}

### For facilitators

Only faculty and authors read this. What is the decision for, and which positions will come up?

## Questions

1. Which fact, had you known it earlier, would have changed your mind?
2. Who was not asked?

## Debrief

Students read this last, after they have looked at their decision again.

## For facilitators

Only faculty and authors read this. How long does each part take, which voice will be missing, where does it derail?
"""
