# @label@

A member asks, the union that holds the membership answers, and the member is told.

## Machine

<!-- printed: @code@.request -->
@machine@
<!-- end -->

## Rules

- Any member may ask; one open request per person, held by the database.
- The union that holds the membership answers within `@code@.answer_days` working days (10 by default).
- A refusal says why; the member reads it.

## Rights

| | member | officer of that union | officer or reviewer above | employer's agent |
|---|---|---|---|---|
| see | own | yes, each opening is logged | yes, logged | no |
| withdraw | own | no | no | no |
| settle, refuse | no | yes, never the own | no | no |
