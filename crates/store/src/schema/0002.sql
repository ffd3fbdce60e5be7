-- Schema version 2: alerts on their way out, and which events came lately.

-- An alert for one receiver. It waits while it is not settled.
CREATE TABLE alert (
  id IDENTITY,
  sink TEXT NOT NULL,
  same_key TEXT NOT NULL,
  at BIGINT NOT NULL,
  settled BIGINT,
  outcome TEXT NOT NULL,
  body BYTES NOT NULL,
  UNIQUE (sink, same_key)
);
CREATE INDEX alert_settled ON alert (settled, id);

-- Marks of events that came, eight bytes each: what is sent again is told by them.
CREATE TABLE seen_event (
  id IDENTITY,
  at BIGINT NOT NULL,
  marks BYTES NOT NULL
);
CREATE INDEX seen_event_at ON seen_event (at);
