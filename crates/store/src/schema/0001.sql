-- Schema version 1. BYTES and IDENTITY stand for what the back ends call differently.
-- Times are microseconds since 1970; a time that is still open is 9223372036854775807.

CREATE TABLE setting_of_store (
  name TEXT PRIMARY KEY,
  value TEXT NOT NULL
);

-- The last batch of each stream: what came before it is not applied again.
CREATE TABLE batch (
  stream TEXT PRIMARY KEY,
  sequence BIGINT NOT NULL
);

CREATE TABLE progress (
  name TEXT PRIMARY KEY,
  position TEXT NOT NULL,
  at BIGINT NOT NULL
);

CREATE TABLE object (
  id IDENTITY,
  api_group TEXT NOT NULL,
  kind TEXT NOT NULL,
  namespace TEXT NOT NULL,
  name TEXT NOT NULL,
  UNIQUE (kind, namespace, name, api_group)
);

CREATE TABLE object_version (
  object_id BIGINT NOT NULL,
  valid_from BIGINT NOT NULL,
  valid_until BIGINT NOT NULL,
  uid TEXT NOT NULL,
  resource_version TEXT NOT NULL,
  deleted BIGINT NOT NULL,
  content_hash BYTES NOT NULL,
  spec_hash BYTES NOT NULL,
  size BIGINT NOT NULL,
  body BYTES,
  PRIMARY KEY (object_id, valid_from)
);
CREATE INDEX object_version_until ON object_version (valid_until, object_id);
CREATE INDEX object_version_from ON object_version (valid_from, object_id);

CREATE TABLE incident (
  id IDENTITY,
  fingerprint TEXT NOT NULL UNIQUE,
  version BIGINT NOT NULL
);

-- What an incident was at a time. The row that is still open is what it is now.
CREATE TABLE incident_version (
  incident_id BIGINT NOT NULL,
  version BIGINT NOT NULL,
  valid_from BIGINT NOT NULL,
  valid_until BIGINT NOT NULL,
  state TEXT NOT NULL,
  state_reason TEXT,
  state_author TEXT NOT NULL,
  state_since BIGINT NOT NULL,
  state_until BIGINT,
  severity BIGINT NOT NULL,
  score DOUBLE PRECISION NOT NULL,
  title TEXT NOT NULL,
  subject TEXT NOT NULL,
  namespace TEXT NOT NULL,
  owner TEXT NOT NULL,
  team TEXT NOT NULL,
  opened BIGINT NOT NULL,
  reopened BIGINT NOT NULL,
  last_seen BIGINT NOT NULL,
  updated BIGINT NOT NULL,
  resolved BIGINT,
  record_hash BYTES NOT NULL,
  body BYTES NOT NULL,
  PRIMARY KEY (incident_id, version)
);
CREATE INDEX incident_version_until ON incident_version (valid_until, incident_id);

CREATE TABLE incident_change (
  id IDENTITY,
  incident_id BIGINT NOT NULL,
  at BIGINT NOT NULL,
  author TEXT NOT NULL,
  from_state TEXT,
  to_state TEXT NOT NULL,
  reason TEXT,
  until BIGINT
);
CREATE INDEX incident_change_of ON incident_change (incident_id, id);

CREATE TABLE incident_comment (
  id IDENTITY,
  incident_id BIGINT NOT NULL,
  at BIGINT NOT NULL,
  author TEXT NOT NULL,
  text TEXT NOT NULL
);
CREATE INDEX incident_comment_of ON incident_comment (incident_id, id);

CREATE TABLE finding (
  fingerprint TEXT PRIMARY KEY,
  check_id TEXT NOT NULL,
  severity BIGINT NOT NULL,
  area TEXT NOT NULL,
  subject TEXT NOT NULL,
  namespace TEXT NOT NULL,
  title TEXT NOT NULL,
  first_seen BIGINT NOT NULL,
  last_seen BIGINT NOT NULL,
  resolved BIGINT,
  body_hash BYTES NOT NULL,
  body BYTES NOT NULL
);
CREATE INDEX finding_subject ON finding (subject);
CREATE INDEX finding_rank ON finding (resolved, severity, fingerprint);

-- From when until when a finding was present: what trends are counted from.
CREATE TABLE finding_span (
  fingerprint TEXT NOT NULL,
  began BIGINT NOT NULL,
  ended BIGINT NOT NULL,
  severity BIGINT NOT NULL,
  area TEXT NOT NULL,
  PRIMARY KEY (fingerprint, began)
);
CREATE INDEX finding_span_ended ON finding_span (ended);

CREATE TABLE document (
  collection TEXT NOT NULL,
  name TEXT NOT NULL,
  version BIGINT NOT NULL,
  at BIGINT NOT NULL,
  author TEXT NOT NULL,
  expires BIGINT,
  body BYTES NOT NULL,
  PRIMARY KEY (collection, name)
);

CREATE TABLE user_action (
  id IDENTITY,
  at BIGINT NOT NULL,
  actor TEXT NOT NULL,
  verb TEXT NOT NULL,
  target TEXT NOT NULL,
  outcome TEXT NOT NULL,
  source_ip TEXT NOT NULL,
  detail BYTES NOT NULL
);
CREATE INDEX user_action_at ON user_action (at);

-- Acknowledged events that no segment holds yet: blocks of rows, newest last.
CREATE TABLE event_block (
  first_sequence BIGINT PRIMARY KEY,
  hour BIGINT NOT NULL,
  events BIGINT NOT NULL,
  min_time BIGINT NOT NULL,
  max_time BIGINT NOT NULL,
  raw_size BIGINT NOT NULL,
  body BYTES NOT NULL
);

-- The next number of an event, and how many there were; one row.
CREATE TABLE event_counter (
  one BIGINT PRIMARY KEY,
  next_sequence BIGINT NOT NULL
);
INSERT INTO event_counter (one, next_sequence) VALUES (1, 1);

CREATE TABLE event_segment (
  id IDENTITY,
  path TEXT NOT NULL UNIQUE,
  hour BIGINT NOT NULL,
  events BIGINT NOT NULL,
  min_time BIGINT NOT NULL,
  max_time BIGINT NOT NULL,
  size BIGINT NOT NULL
);
CREATE INDEX event_segment_time ON event_segment (max_time);
