// Generated from docs/openapi.json by `npm run types`. Do not edit.

/** Why a finding is hidden. */
export interface Acceptance {
  /** By whom. */
  author?: string | null;
  /** Until when. */
  expires?: string | null;
  /** Why. */
  reason: string;
}

/** The body of an action. Wants the header `If-Match` with the incident's `ETag`. */
export interface Action {
  /** What to do. */
  action: ActionKind;
  /** Until when it is accepted; at most a year ahead. */
  expires?: string | null;
  /** Why, or the comment; at most 4,000 characters. */
  reason?: string | null;
}

/** What a person does with an incident. */
export type ActionKind = "acknowledge" | "resolve" | "accept" | "false-positive" | "validate" | "reopen" | "comment";

/** What an action did, or would do. */
export interface ActionResult {
  /** Whether it was done; false for a preview. */
  done: boolean;
  /** What would be hidden from now on, in words, one line each. */
  hides: string[];
  /** Incidents that it hides now, by id. */
  incidents: string[];
  /** The incident's state afterwards. */
  state: State;
  /** The incident's version afterwards. */
  version: number;
}

/** Who did something. */
export interface ActorRef {
  /** The id that `/identities/{id}` takes, `user:alice`. */
  id: string;
  /** `user`, `service account`, `node`, `control plane`, … */
  kind: string;
  /** What people call it. */
  name: string;
}

/** A request with the object that it was about. */
export interface Admission {
  /** The object of a refused request, less the values of secrets; null where it is too long or where the request passed. */
  object: Record<string, unknown>;
  /** The row. */
  row: AdmissionRow;
}

/** How often what was answered since the hub started. */
export interface AdmissionCounts {
  /** Requests that nothing was said against. */
  allowed: number;
  /** Requests that passed and would be refused if their namespace were enforced. */
  audited: number;
  /** Requests that were refused. */
  denied: number;
  /** Requests that are never judged. */
  exempt: number;
  /** Requests that passed because the glass was broken. */
  glass: number;
  /** Entries that did not reach the file because the disk was too slow. */
  lost: number;
  /** Requests that were not judged because too many came at once. */
  overloaded: number;
  /** Objects in enforced namespaces that are there and would be refused now. */
  standing: number;
  /** Requests that passed with a warning. */
  warned: number;
}

/** One objection. */
export interface AdmissionObjection {
  /** The reason of the exception that accepts it. */
  accepted?: string | null;
  /** Another object that gets worse by the request. */
  at?: string | null;
  /** Who objects: `check`, `policy`, `rule` or `image`. */
  by: string;
  /** The field; empty where there is none. */
  field: string;
  /** The check's id, the policy's or the rule's name. */
  id: string;
  /** What is wrong. */
  message: string;
  /** How bad it is. */
  severity: Severity;
}

/** A request that admission objected to. */
export interface AdmissionRow {
  /** Why the glass was broken, or why it was not. */
  glass?: string | null;
  /** The name; empty where the API server was to make one up. */
  name: string;
  /** The namespace; empty for cluster-scoped objects. */
  namespace: string;
  /** The objections, the gravest first. */
  objections: AdmissionObjection[];
  /** `CREATE`, `UPDATE`, `DELETE` or `CONNECT`. */
  operation: string;
  /** `denied`, `warned`, `audited`, `accepted`, `glass-broken` or `let-through`. */
  outcome: string;
  /** The request's id, which its refusal names, for `/admission/{id}`; empty for what was let through while nobody judged. */
  request: string;
  /** The resource, such as `pods/exec` or `deployments.apps`. */
  resource: string;
  /** When. */
  time: string;
  /** Who asked. */
  user: string;
}

/** The newest requests that admission objected to, since the hub started, newest first. All of them are in the file of the log. */
export interface Admissions {
  /** How often what was answered since the hub started. */
  answered: AdmissionCounts;
  /** Counts beside the filters: `outcome`, `namespace`, all other filters left aside. */
  facets: Record<string, FacetCount[]>;
  /** The entries. */
  items: AdmissionRow[];
  /** Whether the hub judges requests at all; if not, why. */
  judging: Availability;
  /** The cursor of the next page; absent on the last one. */
  next?: string | null;
  /** How many pass the filters. */
  total: number;
}

/** Where alerts go. */
export interface AlertSink {
  /** Alerts given up. */
  dead: number;
  /** `webhook`, `slack`, `alertmanager`, `syslog`, `ocsf`, `policy-report`. */
  kind: string;
  /** The last failure, in words. */
  last_error?: string | null;
  /** The least severity. */
  minimum: string;
  /** Its name. */
  name: string;
  /** Alerts sent. */
  sent: number;
  /** Where to, without secrets. */
  target: string;
}

/** An application with all that is behind it. */
export interface Application {
  /** Its dependencies, both directions. */
  dependencies: Dependency[];
  /** Ways in from outside. */
  exposures: Exposure[];
  /** Its findings, worst first; at most 100. `/findings?application=` lists all. */
  findings: FindingRow[];
  /** The service accounts that it runs as. */
  identities: IdentityUse[];
  /** Its other objects: services, config maps, … */
  objects: ObjectRef[];
  /** The row. */
  row: ApplicationRow;
  /** Its workloads. */
  workloads: WorkloadRow[];
}

/** Applications and what flows between them. */
export interface ApplicationMap {
  /** The applications, by name. */
  applications: ApplicationRow[];
  /** What depends on what. */
  dependencies: Dependency[];
  /** Applications left out because of the limit. */
  left_out: number;
}

/** An application on the map. */
export interface ApplicationRow {
  /** Whether the outside reaches it. */
  exposed: boolean;
  /** Its findings. */
  findings: SeverityCounts;
  /** Whether as many pods are ready as are wanted; absent when the state does not say. */
  healthy?: boolean | null;
  /** Its id, for `/applications/{id}`: `NAMESPACE:NAME`. */
  id: string;
  /** Incidents about it that are open. */
  incidents: number;
  /** Its name. */
  name: string;
  /** The label or annotation that names it; absent when a workload stands for itself. */
  named_by?: string | null;
  /** Its namespace; an application that spans several has one row in each. */
  namespace: string;
  /** Who answers for it, by labels. */
  owner?: string | null;
  /** Pods in it. */
  pods: number;
  /** The mean score of its workloads, 0 to 100. */
  score: number;
  /** Workloads in it. */
  workloads: number;
  worst_incident?: Severity | null;
  /** Its place on the map, from 0 to 1, left to right; the same while the state is. */
  x: number;
  /** Its place on the map, from 0 to 1, top to bottom. */
  y: number;
}

/** Whether there is something to show, or why not. */
export interface Availability {
  /** There is. */
  available: boolean;
  /** Why not, and what to do; empty when there is. */
  reason: string;
}

/** A learned baseline. */
export interface BaselineRow {
  /** Actors it knows. */
  actors: number;
  /** What it is about: `audit`, … */
  name: string;
  /** Calls it learned. */
  samples: number;
  /** Since when it learns. */
  since?: string | null;
}

/** A stretch of time. */
export interface Bucket {
  /** Changes of objects in it. */
  changes: number;
  /** Events in it that are evidence of an incident. */
  events: number;
  /** Its begin. */
  from: string;
  /** Incidents that began in it. */
  incidents: number;
  worst?: Severity | null;
}

/** A change. */
export interface Change {
  /** By whom. */
  actor?: string | null;
  /** The audit event, where it is known. */
  event?: string | null;
  /** The fields that show it. */
  fields: Field[];
  /** Its id, for good. */
  id: string;
  /** What kind. */
  kind: ChangeKind;
  /** How the actor is known: `audit`, `audit-by-time`, `managed-fields` (a client's claim) or `unknown`. */
  known_by: string;
  /** The object. */
  object: ObjectRef;
  /** How much it matters. */
  severity: Severity;
  /** What changed, in words. */
  text: string;
  /** When. */
  time: string;
  validation?: Validation | null;
}

/** The kinds of changes that people want to hear of. */
export type ChangeKind = "exposure-widened" | "exposure-narrowed" | "new-registry" | "new-repository" | "new-deployer" | "outside-delivery" | "access" | "unhealthy" | "healthy" | "object";

/** A check or a detection rule, as `catseye explain` tells it. */
export interface Check {
  /** The controls that it stands behind, `FRAMEWORK/CONTROL`; ATT&CK techniques for a detection. */
  controls: string[];
  /** Why it matters, in Markdown. */
  explanation: string;
  /** Findings of it now. */
  findings: number;
  /** What to do, in Markdown. */
  fix: string;
  /** Its id. */
  id: string;
  /** Its name. */
  name: string;
  /** How bad. */
  severity: Severity;
  /** What is wrong. */
  title: string;
}

/** The permanent words for what can be wrong with a request. */
export type Code = "bad-request" | "bad-cursor" | "not-authenticated" | "not-allowed" | "cross-site" | "not-found" | "method-not-allowed" | "slow" | "time-not-kept" | "changed" | "too-large" | "too-long" | "wrong-type" | "not-possible" | "version-needed" | "too-many" | "internal" | "not-available" | "unavailable";

/** What a person said. */
export interface Comment {
  /** Who. */
  author: string;
  /** What. */
  text: string;
  /** When. */
  time: string;
}

/** Ports between two sides that change. */
export interface ConnectionChange {
  /** From, in words. */
  from: string;
  /** Whether such a connection was seen. */
  observed?: boolean | null;
  /** The ports. */
  ports: Ports[];
  /** To, in words. */
  to: string;
}

/** How a control stands. */
export interface Control {
  /** The checks behind it. */
  checks: string[];
  /** Objects that fail. */
  failed: number;
  /** Its number. */
  id: string;
  /** Objects that were judged. */
  judged: number;
  /** Why no check covers it, or what its checks leave open. */
  note?: string | null;
  /** `pass`, `fail`, `unknown`, `not-applicable` or `not-covered`. */
  status: string;
  /** Its title. */
  title: string;
}

/** What is seen and what is not. */
export interface Coverage {
  /** Checks that could not answer, with the reason. */
  checks_unknown: Missing[];
  /** Kinds that could not be listed or watched. */
  kinds_missing: Missing[];
  /** What was lost or cut, by name: every number above zero is something that nobody looked at. */
  lost: Record<string, number>;
  /** Detection rules that lack what they need. */
  rules_blind: Missing[];
  /** The sensor of each node. */
  sensors: Sensor[];
  /** Each side that facts come from. */
  sources: SourceCoverage[];
}

/** One application uses another. */
export interface Dependency {
  /** Whether network policies allow it. */
  allowed: boolean;
  /** What shows it, in words, a few of many. */
  because: string[];
  /** Who uses, as application id. */
  from: string;
  /** Whether it was seen, or only follows from configuration (a name in an environment variable). */
  observed: boolean;
  /** Who is used, as application id. */
  to: string;
}

/** Where desired state comes from. */
export interface DesiredSource {
  /** `folders`, `helm-releases`, `last-applied` or `inventories`. */
  name: string;
  /** What cannot be read of it, or what to know about it. */
  note?: string | null;
  /** How many objects it names. */
  objects: number;
}

/** What is different between two times. */
export interface Diff {
  /** Findings that went; at most 500. */
  findings_gone: FindingRow[];
  /** Findings that came; at most 500. */
  findings_new: FindingRow[];
  /** From. */
  from: string;
  /** Incidents that closed between the two, by id. */
  incidents_closed: string[];
  /** Incidents that opened between the two, by id. */
  incidents_opened: string[];
  /** Objects beyond those. */
  more: number;
  /** Objects that came, went and changed; at most 1,000. */
  objects: ObjectDiff[];
  /** The risk at both times; absent when it was not computed. */
  risk?: number[] | null;
  /** The mean score at both times. */
  score: number[];
  /** To. */
  to: string;
}

/** Where live state differs from desired state. */
export interface Drift {
  /** How many objects each author drifted; the filters applied. */
  actors: FacetCount[];
  /** Whether there is a desired state to compare with; if not, why, and what to do. */
  available: Availability;
  /** How many objects have each class; the filters applied. */
  classes: FacetCount[];
  /** How many objects are desired. */
  desired: number;
  /** Objects that differ, the worst and then the newest first. */
  items: DriftRow[];
  /** The cursor of the next page. */
  next?: string | null;
  /** Where the desired state comes from. */
  sources: DesiredSource[];
  /** How many there are in all pages together. */
  total: number;
}

/** What a delivery tool deploys as one. */
export interface DriftApplication {
  /** `Application`, `Kustomization`, `HelmRelease` or `release`. */
  kind: string;
  /** Namespace and name. */
  name: string;
  /** `Argo CD`, `Flux` or `Helm`. */
  tool: string;
  /** Repository, folder and revision. */
  written_at?: string | null;
}

/** One object that differs, with all that is known about it. */
export interface DriftDetail {
  /** Checks that fail because of the drift. */
  breaks: DriftEffect[];
  /** Connections that it closes. */
  closed: string[];
  /** The object as it is desired, as YAML. */
  desired?: string | null;
  /** The row of the list. */
  drift: DriftRow;
  /** The object as it is, as YAML. */
  live?: string | null;
  /** Checks that would fail without it. */
  mends: DriftEffect[];
  /** Connections that are open only because of it. */
  opened: string[];
  /** How it came to be so, step by step. */
  story: DriftStep[];
  /** How to have it as desired again. */
  way_back: WayBack;
}

/** A check whose answer is another because of the drift. */
export interface DriftEffect {
  /** The id of the check. */
  check: string;
  /** What is wrong, in a sentence. */
  message: string;
  /** The object that it is about, where that is another one. */
  object?: string | null;
  /** How bad. */
  severity: Severity;
  /** Its title. */
  title: string;
}

/** A field that differs. */
export interface DriftField {
  /** By whom: the user, where the audit log tells. */
  actor?: string | null;
  /** From where. */
  address?: string | null;
  /** The author in words, with the tool, an impersonation, the pod and others that it may have been. */
  author: string;
  /** `changed`, `added`, `removed`, `re-owned`, `missing` or `unmanaged`. */
  class: string;
  /** What is wanted, as YAML; absent when nothing is. */
  desired?: string | null;
  /** The audit event. */
  event?: string | null;
  /** How that is known: `audit`, `audit-by-time`, `managed-fields` (a client's claim) or `unknown`. */
  known_by: string;
  /** What is; absent when nothing is. */
  live?: string | null;
  /** What a reader should know beside the values. */
  note?: string | null;
  /** Its path. */
  path: string;
  /** When. */
  time?: string | null;
}

/** An object that differs. */
export interface DriftRow {
  application?: DriftApplication | null;
  /** The delivery itself wrote it: the desired state at hand is the older one. */
  delivered: boolean;
  /** The fields that differ; one with an empty path stands for the object as a whole. */
  fields: DriftField[];
  /** Names it in addresses; the same for the same object. */
  id: string;
  /** The incident that it is evidence of. */
  incident?: string | null;
  /** The worst of what it breaks, in a sentence. */
  means?: string | null;
  /** The object. */
  object: ObjectRef;
  /** How much it matters: the worst that it breaks. */
  severity: Severity;
  /** Since when. */
  since?: string | null;
  /** Where it is desired; absent for what nobody desires. */
  source?: string | null;
  /** `changed`, `missing` or `unmanaged`. */
  state: string;
}

/** A step of the story. */
export interface DriftStep {
  /** The audit event, where one tells. */
  event?: string | null;
  /** What happened. */
  text: string;
  /** When, where that is known. */
  time?: string | null;
}

/** An event with all that is kept of it; values of secrets are not. */
export interface Event {
  /** Incidents that it belongs to. */
  incidents: string[];
  /** The event as it came, less the values of secrets. */
  raw: Record<string, unknown>;
  /** The row. */
  row: EventRow;
  /** Rules that matched it, by id. */
  rules: string[];
}

/** An event as a row. */
export interface EventRow {
  /** Who. */
  actor: string;
  /** From where. */
  address: string;
  /** With what. */
  agent: string;
  /** The status code; 0 when it is not known. */
  code: number;
  /** Its id. */
  id: string;
  /** Who authenticated, where they acted as somebody else. */
  impersonator?: string | null;
  /** The name. */
  name: string;
  /** The namespace. */
  namespace: string;
  /** The resource with its subresource and group, `pods/exec`, `deployments.apps`; a path for calls that name none. */
  resource: string;
  /** `audit` or `runtime`. */
  source: string;
  /** When. */
  time: string;
  /** The verb. */
  verb: string;
}

/** Events, newest first. */
export interface Events {
  /** The events. */
  items: EventRow[];
  /** The oldest event that is kept. */
  kept_since?: string | null;
  /** The cursor of the next page; absent when there are no more. */
  next?: string | null;
  /** How many events were looked at; a search stops after a bounded number and leads on by `next`. */
  scanned: number;
}

/** A piece of evidence: events or facts that say the same. */
export interface Evidence {
  /** How often. */
  count: number;
  /** Its audit events, by id, first ones first; a few of many: `/events/{id}`. */
  events: string[];
  /** The fields that show it. */
  fields: Field[];
  /** For the first time. */
  first: string;
  /** Names it within the incident. */
  id: string;
  /** For the last time. */
  last: string;
  receipt?: Receipt | null;
  /** The rule, the check, the kind of anomaly or the edge. */
  rule: string;
  /** How bad. */
  severity: Severity;
  /** Where it comes from. */
  source: Source;
  /** What was acted on, in words: `create pods/exec shop/web-0`. */
  targets: string[];
  /** The MITRE ATT&CK technique. */
  technique?: string | null;
  /** What happened, in words. */
  text: string;
  /** What that is, in a few words. */
  title: string;
  /** Why it counts more or less than its rule says. */
  weighed_by?: string | null;
}

/** An exception. */
export interface ExceptionRow {
  /** By whom. */
  author?: string | null;
  /** Until when. */
  expires?: string | null;
  /** What it hides, in words. */
  hides: string;
  /** When it last hid something. */
  last_matched?: string | null;
  /** Findings or incidents that it hides now. */
  matches: number;
  /** Where it is written: a file and line, an annotation, or an incident. */
  origin: string;
  /** Why. */
  reason: string;
}

/** Why a connection passes or not. */
export interface Explanation {
  /** From. */
  from: string;
  /** To. */
  to: string;
  /** One verdict for each range of ports that is decided alike. */
  verdicts: Verdict[];
}

/** A way in from outside. */
export interface Exposure {
  /** Of these, ports that network policies admit. */
  admitted: Ports[];
  /** `LoadBalancer`, `NodePort`, `Ingress`, `Gateway`, … */
  door: string;
  /** The object that opens it: an Ingress, a Service, a route. */
  object: ObjectRef;
  /** Who may use it: `open`, `restricted`, `internal` or `elsewhere`. */
  origin: string;
  /** Ports that lead there. */
  ports: Ports[];
  /** The workload behind it. */
  workload: ObjectRef;
}

/** How many items of a list have a value: the counts beside the filters. */
export interface FacetCount {
  /** How many items have it, all other filters applied. */
  count: number;
  /** The value, as the filter of that name takes it. */
  value: string;
}

/** A field and what stands there; never the value of a secret. */
export interface Field {
  /** The path. */
  field: string;
  /** The value, as text. */
  value: string;
}

/** A field that changed. */
export interface FieldChange {
  /** What stands there now. */
  after?: Record<string, unknown> | null;
  /** What stood there; absent when nothing did. */
  before?: Record<string, unknown> | null;
  /** Its path. */
  path: string;
}

/** A finding: one check at one place of one object. */
export interface FindingRow {
  accepted?: Acceptance | null;
  /** The application, as id. */
  application: string;
  /** The check. */
  check: string;
  /** The container, where it is about one. */
  container?: string | null;
  /** Names the place for good. */
  fingerprint: string;
  /** What is wrong. */
  message: string;
  /** The object. */
  object: ObjectRef;
  /** Who answers for it. */
  owner?: string | null;
  /** The field. */
  path: string;
  /** How bad. */
  severity: Severity;
  /** Since when it is known. */
  since?: string | null;
  /** What the check is about. */
  title: string;
}

/** Findings, worst first. */
export interface Findings {
  /** Counts beside the filters: `severity`, `check`, `namespace`, `kind`, `owner`. */
  facets: Record<string, FacetCount[]>;
  /** The findings. */
  items: FindingRow[];
  /** The cursor of the next page. */
  next?: string | null;
  /** How many pass the filters. */
  total: number;
}

/** What mends an incident. */
export interface Fix {
  /** The command that applies the patch. */
  command?: string | null;
  effect?: PathFix | null;
  object?: ObjectRef | null;
  /** A patch or a manifest to apply, as YAML; absent where only words help. */
  patch?: string | null;
  /** What was replayed against it, in a line: `0 of 4,210 recorded calls would be refused`. */
  proof?: string | null;
  /** What to do, in words. */
  text: string;
}

/** A fix, by id and in words. */
export interface FixRef {
  /** Its id: object, field and change, the same in later states of the cluster. */
  id: string;
  /** What to change, in words. */
  text: string;
}

/** What was seen between two nodes on one port. */
export interface Flow {
  /** Connections. */
  connections: number;
  /** Of these, refused by policy. */
  denied: number;
  /** Of these, failed otherwise. */
  failed: number;
  /** The last one. */
  last: string;
  /** How long it took to connect, on average, in milliseconds; absent where it was not measured. */
  latency_ms?: number | null;
  /** Names that led there, as DNS told. */
  names: string[];
  /** The port of the destination. */
  port: number;
  /** The protocol. */
  protocol: string;
  /** Bytes to the one who began. */
  received: number;
  /** Bytes from the one who began. */
  sent: number;
  /** What policies say: `allowed`, `unrestricted` (none speaks of it), `observed-but-denied` (seen to pass although they refuse it), `refused`, `unknown`. */
  standing: string;
}

/** How a framework stands. */
export interface Framework {
  /** Its controls; empty in `GET /posture` unless `framework` names it. */
  controls: Control[];
  /** Controls that fail. */
  failed: number;
  /** Its id, such as `cis-1.12`. */
  id: string;
  /** Controls with nothing here to judge. */
  not_applicable: number;
  /** Controls that no check covers. */
  not_covered: number;
  /** Controls that pass. */
  passed: number;
  /** Its title with its version. */
  title: string;
  /** Controls that could not be judged. */
  unknown: number;
}

/** A rule that an identity holds. */
export interface Grant {
  /** API groups. */
  api_groups: string[];
  /** The binding that gives it. */
  binding: ObjectRef;
  /** Names; empty for all. */
  names: string[];
  /** Paths, for rules about none of the resources. */
  paths: string[];
  /** Resources, with subresources as `pods/exec`. */
  resources: string[];
  /** The role that says so. */
  role: ObjectRef;
  /** Where: a namespace, or empty for the whole cluster. */
  scope: string;
  /** Through which group, where it is not bound itself. */
  through?: string | null;
  /** Calls that this rule allowed; absent where nothing could show it. */
  used?: number | null;
  /** Verbs. */
  verbs: string[];
}

/** How the hub is. */
export interface Health {
  /** Events taken in. */
  events: number;
  /** What it does at the moment: `live`, `replay`, `files`. */
  mode: string;
  /** Where the clock of a replay stands; the time of day otherwise. */
  now: string;
  /** Objects in the state. */
  objects: number;
  /** Each part: `store`, `watch`, `intake`, `judge`, `alerts`, … */
  parts: PartHealth[];
  /** Whether it answers with all it should have. */
  ready: boolean;
  /** Since when it runs. */
  started: string;
  /** The program's version. */
  version: string;
  /** The version of the state: what `ETag`s hold. */
  world: number;
}

/** Something that was done with an incident. */
export interface HistoryLine {
  /** Who: a user's name, or `catseye`. */
  author: string;
  state?: State | null;
  /** What, in words. */
  text: string;
  /** When. */
  time: string;
}

/** Something found. */
export interface Hit {
  /** Where the API tells more, below `/api/v1`. */
  href: string;
  /** Its id, as its own address takes it. */
  id: string;
  /** `incident`, `application`, `workload`, `object`, `identity`, `check`, `namespace`. */
  kind: string;
  severity?: Severity | null;
  /** What it is, in a few words. */
  text: string;
  /** What it is called. */
  title: string;
}

/** Somebody who can. */
export interface Holder {
  /** Why, in words: roles and bindings. */
  because: string[];
  /** The identity's id. */
  id: string;
  /** `user`, `group` or `serviceaccount`. */
  kind: string;
  /** What people call it. */
  name: string;
}

/** An identity with all that is known of it. */
export interface Identity {
  /** What it can do, and through which binding. */
  can: Grant[];
  normal?: Profile | null;
  /** The row. */
  row: IdentityRow;
  /** Workloads that run as it. */
  runs: ObjectRef[];
  /** Changes of its roles and bindings, newest first; at most 100. */
  trail: RoleChange[];
  /** Granted against used. */
  usage: UsageReport;
}

/** An identity in the list, most powerful first. */
export interface IdentityRow {
  /** Calls seen. */
  calls: number;
  /** Rules that it is granted. */
  granted: number;
  /** Its id: `user:NAME` (service accounts are `user:system:serviceaccount:NAMESPACE:NAME`) or `group:NAME`. */
  id: string;
  /** Incidents of it that are open. */
  incidents: number;
  /** `user`, `group` or `serviceaccount`. */
  kind: string;
  /** The last of them. */
  last_seen?: string | null;
  /** What people call it. */
  name: string;
  /** The namespace of a service account. */
  namespace: string;
  /** What it may do that matters, in words, worst first. */
  powers: string[];
  /** How bad losing it would be. */
  severity: Severity;
  /** Whether it belongs to Kubernetes itself. */
  system: boolean;
  /** Of these, rules of which a use was seen; absent where nothing could show it. */
  used?: number | null;
}

/** A service account and what it gives. */
export interface IdentityUse {
  /** The id for `/identities/{id}`. */
  id: string;
  /** What people call it. */
  name: string;
  /** What it may do that matters, in words. */
  powers: string[];
  /** Whether its token is mounted. */
  token_mounted: boolean;
}

/** How many jewels of a kind are in reach. */
export interface InReach {
  /** The kind of jewel. */
  jewel: string;
  /** Of how many. */
  of: number;
  /** How many an attacker reaches. */
  reached: number;
}

/** The inbox: worst first by rank. */
export interface Inbox {
  /** What the noise budget holds back. */
  budget: NoiseBudget;
  /** Counts beside the filters: `state`, `severity`, `owner`, `namespace`, `source`. */
  facets: Record<string, FacetCount[]>;
  /** The incidents, best reason to act first. */
  items: IncidentRow[];
  /** The cursor of the next page. */
  next?: string | null;
  /** How many pass the filters. */
  total: number;
}

/** An incident with all that is known of it. */
export interface Incident {
  /** What to do, most urgent first. */
  advice: string[];
  /** What people said. */
  comments: Comment[];
  /** What shows it, in the order of time. */
  evidence: Evidence[];
  /** What mends it, best first. */
  fixes: Fix[];
  /** What was done with it, oldest first. */
  history: HistoryLine[];
  path?: Path | null;
  /** The row. */
  row: IncidentRow;
  scene?: Scene | null;
  /** What the score is made of; the points add up to it. */
  score: ScoreLine[];
  /** From where and with what the actor came. */
  sessions: Session[];
  /** What happened, in a few sentences. */
  summary: string;
}

/** An incident as one row. */
export interface IncidentRow {
  actor?: ActorRef | null;
  /** Pieces of evidence. */
  evidence: number;
  /** The first piece of evidence. */
  first: string;
  /** Held back by the noise budget. */
  held_back: boolean;
  /** Its id, for good. */
  id: string;
  /** When it became as severe as it is. */
  known_since: string;
  /** The last one. */
  last: string;
  /** Their namespaces. */
  namespaces: string[];
  /** Who answers for them, by labels; absent when no label says. */
  owner?: string | null;
  /** True when it had been resolved and returned. */
  reopened: boolean;
  /** The rank: higher comes first. */
  score: number;
  /** How bad. */
  severity: Severity;
  /** The sides that its evidence comes from. */
  sources: Source[];
  /** What was decided. */
  state: State;
  /** What it is about, most telling first. */
  subjects: Subject[];
  /** MITRE ATT&CK tactics, in the order in which they showed. */
  tactics: string[];
  /** What it comes to, in one line. */
  title: string;
  /** A person has to say whether it is meant: an exposure, a new registry. */
  to_validate: boolean;
  /** Counts every change of it; the `ETag` of an incident holds it. */
  version: number;
  /** Why it is in front of you now, in one line. */
  why_now: string;
}

/** The chance of losing a kind of jewel. */
export interface JewelChance {
  /** From 0 to 1. */
  chance: number;
  /** What losing it costs, in points of a hundred. */
  impact: number;
  /** `cluster`, `node`, `cloud`, `secret`, `workload` or `namespace`. */
  jewel: string;
}

/** A token to exchange for a session cookie: the printed one, or one of a Kubernetes user. */
export interface Login {
  /** The token. */
  token: string;
}

/** An interval in which events were lost: what is absent in it may have been there. */
export interface Loss {
  /** How many. */
  events: number;
  /** From. */
  from: string;
  /** Why. */
  reason: string;
  /** To. */
  to: string;
}

/** Something that stands out. */
export interface Mark {
  /** Where the API tells more. */
  href: string;
  /** `incident`, `exposure`, `access`, `restart`, … */
  kind: string;
  severity?: Severity | null;
  /** What, in words. */
  text: string;
  /** When. */
  time: string;
}

/** A message. */
export interface Message {
  /** What changed: the incident's or the change's id; empty otherwise. */
  id: string;
  /** What it is about. */
  kind: MessageKind;
  /** In words, for a notification. */
  text: string;
  /** When. */
  time: string;
  /** The version of the state afterwards. */
  world: number;
}

/** The kinds of messages. */
export type MessageKind = "world" | "incident" | "change" | "health" | "reload";

/** Something that is not seen. */
export interface Missing {
  /** How often, where it counts. */
  count: number;
  /** Why. */
  reason: string;
  /** What. */
  what: string;
}

/** Posture of a namespace. */
export interface NamespacePosture {
  /** Its findings. */
  findings: SeverityCounts;
  /** The namespace; empty for what is cluster-wide. */
  namespace: string;
  /** Objects that count. */
  objects: number;
  /** The mean score of what is in it. */
  score: number;
}

/** The network as a picture and as a table. */
export interface Network {
  /** Who talks to whom. */
  edges: NetworkEdge[];
  /** Nodes left out because of the limit. */
  left_out: number;
  /** Who talks. */
  nodes: NetworkNode[];
  /** Whether flows are observed at all; if not, why. */
  observed: Availability;
  /** Policies that could not be read, in words. */
  unread: string[];
}

/** What passes from one node to another. */
export interface NetworkEdge {
  /** What policies allow between any two pods of the two. */
  allowed: Ports[];
  /** From node id. */
  from: string;
  /** What was seen. */
  observed: Flow[];
  /** To node id. */
  to: string;
  /** Whether every pair of pods of the two may use all of these ports. */
  uniform: boolean;
  /** Allowed and never seen, although flows are observed. */
  unused: boolean;
}

/** A side of a connection. */
export interface NetworkNode {
  /** Whether `expand` opens it. */
  expandable: boolean;
  /** Its id: `ns:shop`, `app:shop:cart`, `wl:Deployment.apps/shop/cart`, `ip:0.0.0.0/0`. */
  id: string;
  /** `namespace`, `application`, `workload`, `external` or `host`. */
  kind: string;
  /** What it is called. */
  name: string;
  /** Names of what is outside, as DNS told. */
  names: string[];
  /** The namespace; empty for what is outside. */
  namespace: string;
  object?: ObjectRef | null;
  /** Pods in it. */
  pods: number;
  /** Pods in it that no policy selects for egress. */
  unprotected_egress: number;
  /** Pods in it that no policy selects for ingress. */
  unprotected_ingress: number;
  /** Its place, from 0 to 1, left to right; the same while the state is. */
  x: number;
  /** Its place, from 0 to 1, top to bottom. */
  y: number;
}

/** How many new incidents a day people are shown, and what that hid. */
export interface NoiseBudget {
  /** Incidents held back now; `held_back=true` lists them. */
  held_back: number;
  /** New incidents shown a day at most; critical ones are always shown. Absent: no budget is set. */
  per_day?: number | null;
  /** The same in a sentence. */
  says: string;
  /** What they are, the most severe first; a few of many. */
  what: string[];
}

/** An object with all that is known of it. */
export interface ObjectDetail {
  /** Its findings. */
  findings: FindingRow[];
  /** Incidents about it, by id. */
  incidents: string[];
  /** Who owns it, nearest first. */
  owners: ObjectRef[];
  /** The row. */
  row: ObjectRow;
  /** The object as YAML, less the values of secrets. */
  yaml: string;
}

/** An object that differs between two times. */
export interface ObjectDiff {
  /** Fields that differ, at most 50. */
  fields: FieldChange[];
  /** The object. */
  object: ObjectRef;
  /** `created`, `changed` or `deleted`. */
  what: string;
}

/** An object of the cluster, by name. */
export interface ObjectRef {
  /** The kind with its API group, `Deployment.apps`; core kinds stand alone, `Pod`. */
  kind: string;
  /** The name. */
  name: string;
  /** The namespace; empty for what is cluster-wide. In addresses `-` stands for the empty one. */
  namespace: string;
}

/** An object as a row, by kind, namespace and name. */
export interface ObjectRow {
  /** The application, as id. */
  application: string;
  /** When it was made. */
  created?: string | null;
  /** Its findings. */
  findings: SeverityCounts;
  /** The object. */
  object: ObjectRef;
}

/** One page of a list. */
export interface Page_Change {
  /** The items, in the order that the list promises. */
  items: Change[];
  /** The cursor of the next page; absent on the last one. */
  next?: string | null;
  /** How many there are in all pages together. */
  total: number;
}

/** One page of a list. */
export interface Page_IdentityRow {
  /** The items, in the order that the list promises. */
  items: IdentityRow[];
  /** The cursor of the next page; absent on the last one. */
  next?: string | null;
  /** How many there are in all pages together. */
  total: number;
}

/** One page of a list. */
export interface Page_ObjectRow {
  /** The items, in the order that the list promises. */
  items: ObjectRow[];
  /** The cursor of the next page; absent on the last one. */
  next?: string | null;
  /** How many there are in all pages together. */
  total: number;
}

/** One page of a list. */
export interface Page_ObjectVersion {
  /** The items, in the order that the list promises. */
  items: unknown[];
  /** The cursor of the next page; absent on the last one. */
  next?: string | null;
  /** How many there are in all pages together. */
  total: number;
}

/** One page of a list. */
export interface Page_RoleChange {
  /** The items, in the order that the list promises. */
  items: RoleChange[];
  /** The cursor of the next page; absent on the last one. */
  next?: string | null;
  /** How many there are in all pages together. */
  total: number;
}

/** One page of a list. */
export interface Page_WorkloadRow {
  /** The items, in the order that the list promises. */
  items: WorkloadRow[];
  /** The cursor of the next page; absent on the last one. */
  next?: string | null;
  /** How many there are in all pages together. */
  total: number;
}

/** How a part is. */
export interface PartHealth {
  /** Its figures, by name. */
  figures: Record<string, number>;
  /** Its name. */
  name: string;
  /** `ok`, `degraded` or `failed`. */
  state: string;
  /** In words. */
  text: string;
}

/** A way, ready to be drawn: nodes in layers from left to right, edges with their reasons. */
export interface Path {
  /** How many more ways there are by the same kinds of steps to the same kind of target. */
  alike: number;
  /** The chance that it works, from 0 to 1. */
  chance: number;
  /** Fixes each of which closes it, by id. */
  closed_by: FixRef[];
  /** The steps, in their order. */
  edges: PathEdge[];
  /** Names the way while the state of the cluster stays. */
  id: string;
  /** The kind of jewel at its end, where it ends in one. */
  jewel?: string | null;
  /** The nodes. */
  nodes: PathNode[];
  /** What it comes to, in one line. */
  title: string;
}

/** One change of a fix. */
export interface PathChange {
  /** `low`, `medium` or `high`. */
  effort: string;
  place?: Place | null;
  /** What to do. */
  text: string;
}

/** A step of a way. */
export interface PathEdge {
  /** What else it takes, as node ids. */
  also: string[];
  /** The same in words, also where no object is known. */
  because: string[];
  /** The chance that it works, from 0 to 1; absent where only the whole way's chance is kept. */
  chance?: number | null;
  fix?: FixRef | null;
  /** From node id. */
  from: string;
  /** Its id, to take it away in a what-if. */
  id: string;
  /** The kind of step, such as `POD_CREATE`; absent for what follows by itself. */
  kind?: string | null;
  /** Why it is there: objects and fields. */
  reasons: Place[];
  /** What the attacker does, in a sentence. */
  says: string;
  /** Whether it was seen used; absent where nothing could show it. */
  seen_used?: boolean | null;
  /** The MITRE ATT&CK technique. */
  technique?: string | null;
  /** To node id. */
  to: string;
}

/** A fix and its effect, found by computing the answer without it. */
export interface PathFix {
  /** What to change in it. */
  changes: PathChange[];
  /** Its ids: one object may need several changes. */
  ids: string[];
  object?: ObjectRef | null;
  /** Kinds of jewels that are out of reach afterwards. */
  saved: string[];
  /** The score after. */
  score_after: number;
  /** The score before. */
  score_before: number;
  /** Ways after. */
  ways_after: number;
  /** Ways before. */
  ways_before: number;
}

/** What an attacker can hold. */
export interface PathNode {
  /** Its id: label and name, the same for the same thing whatever else the cluster holds. */
  id: string;
  /** `Internet`, `Pod`, `Container`, `Node`, `Identity`, `Secret`, `ClusterAdmin`, … */
  label: string;
  /** Its place within the layer from the top, from 0. */
  lane: number;
  /** Its layer from the left, from 0. */
  layer: number;
  /** What it is called. */
  name: string;
  object?: ObjectRef | null;
}

/** Ways, risk and fixes. */
export interface Paths {
  before?: Risk | null;
  /** What to mend, in this order. */
  fix_first: PathFix[];
  /** What is in reach, worst to lose first. */
  in_reach: InReach[];
  /** The ways, worst first. */
  paths: Path[];
  /** Nodes that every way to the one target passes. */
  required: PathNode[];
  /** The risk as it stands. */
  risk: Risk;
}

/** A field of an object. */
export interface Place {
  /** The object. */
  object: ObjectRef;
  /** The field's path; empty for the object as a whole. */
  path: string;
}

/** Ports of a protocol. */
export interface Ports {
  /** The first one. */
  first: number;
  /** The last one. */
  last: number;
  /** `TCP`, `UDP` or `SCTP`. */
  protocol: string;
}

/** Posture at a glance. */
export interface Posture {
  /** Places hidden by exceptions. */
  accepted: number;
  /** Findings by severity. */
  findings: SeverityCounts;
  /** Each framework. */
  frameworks: Framework[];
  /** Each namespace, lowest score first. */
  namespaces: NamespacePosture[];
  /** Questions answered with "nothing wrong". */
  passed: number;
  /** The mean score, 0 to 100. */
  score: number;
  /** How it went, oldest first; at most 200 points. */
  trend: PosturePoint[];
  /** Questions that could not be answered; `/coverage` says why. */
  unknown: number;
  /** Workloads with the lowest scores, at most 100. */
  worst: WorkloadPosture[];
}

/** Posture at a time. */
export interface PosturePoint {
  /** Findings. */
  findings: SeverityCounts;
  /** The risk of the attack graph, 0 to 100; absent when it was not computed. */
  risk?: number | null;
  /** The mean score. */
  score: number;
  /** When. */
  time: string;
}

/** Why a request was refused, and what to do about it. */
export interface Problem {
  /** The permanent word for what is wrong. */
  code: Code;
  /** What is wrong with this request. */
  detail: string;
  /** What to do instead. */
  remedy: string;
  /** The HTTP status. */
  status: number;
  /** The HTTP status in words. */
  title: string;
  /** Always `about:blank`: the code tells. */
  type: string;
}

/** What is normal for an identity. */
export interface Profile {
  /** On so many days. */
  days: number;
  /** Calls in each hour of the day, UTC, from midnight; as shares of one. */
  hours: number[];
  /** Whether that is enough to judge by. */
  mature: boolean;
  /** Calls learned. */
  samples: number;
  /** Each side of behaviour with its usual values. */
  sides: ProfileSide[];
  /** Since. */
  since: string;
}

/** A side of behaviour. */
export interface ProfileSide {
  /** Its values with their shares, most usual first. */
  values: ProfileValue[];
  /** `action`, `object`, `program`, `network`, … */
  what: string;
}

/** A usual value. */
export interface ProfileValue {
  /** How much of the behaviour it is, from 0 to 1. */
  share: number;
  /** The value. */
  value: string;
}

/** The past that an anomaly broke. */
export interface Receipt {
  /** What adds up to the surprise, greatest first. */
  parts: ReceiptPart[];
  /** The past in one line: `212 calls on 43 days since 2026-10-09`. */
  past: string;
}

/** One surprise. */
export interface ReceiptPart {
  /** The reasons, in words: the nearest known value, how rare it is. */
  because: string;
  /** What it adds to the score. */
  points: number;
  /** The value that surprises. */
  value: string;
  /** The side of behaviour: `action`, `network`, … */
  what: string;
}

/** What an attacker can expect to gain. */
export interface Risk {
  /** The chance of losing each kind of jewel, worst first. */
  jewels: JewelChance[];
  /** 0 to 100. */
  score: number;
  /** Pairs of an entry point and a kind of jewel with a way between them. */
  ways: number;
}

/** A change of a role or binding. */
export interface RoleChange {
  /** Who: whoever authenticated. */
  actor: string;
  /** What it says now. */
  after?: string[] | null;
  /** What it said before, a line a rule or subject; absent when that is unknown. */
  before?: string[] | null;
  /** The event. */
  event: string;
  /** The role or binding. */
  object: ObjectRef;
  /** Why it did not take place, where it did not. */
  refused?: string | null;
  /** What was done: completes "ACTOR …". */
  text: string;
  /** When. */
  time: string;
}

/** What ran and talked around an incident, as sensors saw it. */
export interface Scene {
  /** Their connections, oldest first. */
  connections: SceneConnection[];
  /** What was left out because there was too much. */
  left_out: number;
  /** The names that they asked for, oldest first. */
  names: SceneName[];
  /** The processes that carry evidence, who started them and what they started: a tree, parents first. */
  processes: SceneProcess[];
}

/** A connection. */
export interface SceneConnection {
  /** The peer's address. */
  address: string;
  /** How many. */
  count: number;
  /** A policy refused it. */
  denied: boolean;
  /** `out` or `in`: who began. */
  direction: string;
  /** The first one. */
  first: string;
  /** The name that led to it, or the workload that it is; empty where neither is known. */
  name: string;
  /** The server's port. */
  port: number;
  /** The program. */
  program: string;
  /** `TCP`, `UDP`, … */
  protocol: string;
  /** Bytes received. */
  received: number;
  /** Bytes sent. */
  sent: number;
}

/** A name that was asked for. */
export interface SceneName {
  /** The addresses of the answer. */
  addresses: string[];
  /** The first time. */
  first: string;
  /** The name. */
  name: string;
  /** The program. */
  program: string;
}

/** A process. */
export interface SceneProcess {
  /** The command line; of a process that became others, one after the other. */
  command: string;
  /** How deep in the tree. */
  depth: number;
  /** The execution; `/events/{id}` knows it. */
  id: string;
  /** Where the executable came from: `image`, `upper` (written later), `memfd`, `deleted`, `mount`, `host`, `unknown`. */
  origin: string;
  /** The execution that started it; empty at the top. */
  parent: string;
  /** The rules that it matched. */
  rules: string[];
  /** When it began; absent where it ran before. */
  time?: string | null;
  /** The user id on the node. */
  user?: number | null;
}

/** A part of the score, in words. */
export interface ScoreLine {
  /** What it adds; below zero where it lessens. */
  points: number;
  /** Why. */
  reason: string;
}

/** What was found. */
export interface SearchResult {
  /** The hits, best first. */
  hits: Hit[];
  /** Whether there are more. */
  more: boolean;
}

/** A node's sensor, as it was heard since the hub started. */
export interface Sensor {
  /** Events taken. */
  events: number;
  /** When it was heard last. */
  heard?: string | null;
  /** The node's kernel. */
  kernel: string;
  /** The time of its last event. */
  last?: string | null;
  /** When events were lost, the last intervals. */
  losses: Loss[];
  /** Events that were lost. */
  lost: number;
  /** The node. */
  node: string;
  /** What is not seen there, and why. */
  refused: Missing[];
  /** The kernel takes no programs: `/proc` is looked at now and then, what is short is missed. */
  sampled: boolean;
  /** `live`, `stale` (not heard for two minutes) or `recorded`. */
  state: string;
  /** The sensor's version. */
  version: string;
}

/** Calls from one network with one program. */
export interface Session {
  /** The user agent. */
  agent: string;
  /** How many events of it are evidence. */
  events: number;
  /** From. */
  first: string;
  /** To. */
  last: string;
  /** The address. */
  source: string;
}

/** How the hub is set up. */
export interface Settings {
  /** Where alerts go. */
  alerts: AlertSink[];
  /** What is learned. */
  baselines: BaselineRow[];
  /** The configuration in effect, as TOML, secrets left out. */
  config: string;
  /** Exceptions, those about to expire first. */
  exceptions: ExceptionRow[];
  /** The file that it comes from; absent when there is none. */
  file?: string | null;
}

/** How bad, from advice to "stop and mend now". */
export type Severity = "info" | "low" | "medium" | "high" | "critical";

/** How many of each severity. */
export interface SeverityCounts {
  /** Critical ones. */
  critical: number;
  /** High ones. */
  high: number;
  /** Advice. */
  info: number;
  /** Low ones. */
  low: number;
  /** Medium ones. */
  medium: number;
}

/** Who is asking. */
export interface SignedIn {
  /** The user's groups. */
  groups: string[];
  /** How the user is known: `token` (printed at start), `kubernetes` or `certificate`. */
  known_by: string;
  /** What the user may do: `get`, `act` (incidents and changes), `events` (raw events), `settings`. */
  may: string[];
  /** The user's name. */
  user: string;
}

/** Policies to try. */
export interface Simulation {
  /** NetworkPolicies (and their admin kinds) as YAML, one or several documents; each replaces the one of its name. */
  policies: string;
  /** Policies to take away: `NetworkPolicy.networking.k8s.io/shop/default-deny`. */
  remove?: string[];
}

/** What policies would change. */
export interface SimulationResult {
  /** Observed connections that would close, of those observed: the proof. */
  breaks: number;
  /** Connections that would close. */
  closes: ConnectionChange[];
  /** Changes beyond the 1,000 that are told. */
  more: number;
  /** What could not be read in the policies, with line numbers. */
  notices: string[];
  /** Observed connections. */
  observed: Availability;
  /** Connections that would open. */
  opens: ConnectionChange[];
}

/** Which side of the cluster a piece of evidence comes from. */
export type Source = "audit" | "anomaly" | "posture" | "exposure" | "supply" | "delivery" | "health" | "drift" | "runtime";

/** A side that facts come from. */
export interface SourceCoverage {
  /** How many things came. */
  count: number;
  /** How far behind it is, in seconds; absent when that is not known. */
  lag_seconds?: number | null;
  /** The last thing that came. */
  last?: string | null;
  /** `objects`, `audit`, `runtime`, `flows`, `images`, … */
  name: string;
  /** `live`, `recorded`, `stale` or `absent`. */
  state: string;
  /** In words: what it is, or how to get it. */
  text: string;
}

/** What a person has decided about an incident. */
export type State = "open" | "acknowledged" | "resolved" | "accepted" | "false-positive";

/** An object that an incident is about. */
export interface Subject {
  /** The application that it belongs to. */
  application?: string | null;
  /** Whether it is there now. */
  exists: boolean;
  /** What is wrong with it, ids of checks, worst first. */
  findings: string[];
  /** The object. */
  object: ObjectRef;
  /** What it has to do with it: `created`, `entered`, `read`, `exposed`, … */
  role: string;
}

/** How much happened when. */
export interface Timeline {
  /** What happened in each stretch, oldest first. */
  buckets: Bucket[];
  /** From. */
  from: string;
  /** The oldest time that `at` can go to. */
  kept_since?: string | null;
  /** What stands out, oldest first; at most 200. */
  marks: Mark[];
  /** To. */
  to: string;
}

/** Granted against used. */
export interface UsageReport {
  /** Calls seen. */
  calls: number;
  /** Whether calls are seen at all; if not, why. */
  observed: Availability;
  /** Since when calls are seen. */
  since?: string | null;
  /** Of the calls seen, those that the suggestion still allows: the proof. */
  still_allowed: number;
  /** Roles of least privilege, as YAML. */
  suggestion?: string | null;
}

/** The body of `POST /changes/{id}/validation`. */
export interface Validate {
  /** Whether the change is as it should be. */
  confirmed: boolean;
  /** Why; wanted when it is not. */
  reason?: string | null;
}

/** Whether a person has confirmed a change. */
export interface Validation {
  /** By whom. */
  author?: string | null;
  /** Why. */
  reason?: string | null;
  /** `waiting`, `confirmed` or `rejected`. */
  state: string;
  /** When. */
  time?: string | null;
}

/** A decision about ports. */
export interface Verdict {
  /** Whether they pass. */
  allowed: boolean;
  /** What the source's policies say, in words, with the rule that decided. */
  egress: string;
  /** What the destination's policies say. */
  ingress: string;
  /** The ports. */
  ports: Ports[];
}

/** How to have an object as desired again. The hub itself changes nothing. */
export interface WayBack {
  /** Checks that would fail afterwards. */
  breaks: DriftEffect[];
  /** The command that does it. */
  command?: string | null;
  /** The command that makes the delivery tool do it. */
  delivery?: string | null;
  /** How to keep the change instead. */
  keep: string;
  /** A JSON patch (RFC 6902) for this version of the object, or the manifest to create. */
  patch?: string | null;
  /** Whether it is safe: false where the desired state itself is worse. */
  safe: boolean;
  /** What it does, or why it should not be done, in a sentence. */
  says: string;
}

/** What to take away before the ways are computed again. */
export interface WhatIf {
  /** Edges, by id; at most 200. */
  edges?: string[];
  /** Fixes, by id; at most 200. */
  fixes?: string[];
  /** Where attackers begin, as in `GET /paths`. */
  from?: string | null;
  /** What they are after, as in `GET /paths`. */
  to?: string | null;
}

/** Who can. */
export interface WhoCan {
  /** Who, and why. */
  holders: Holder[];
  /** The question in one line. */
  question: string;
}

/** A workload with all that is known of it. */
export interface Workload {
  /** Ways in from outside. */
  exposures: Exposure[];
  /** Its findings, worst first. */
  findings: FindingRow[];
  identity?: IdentityUse | null;
  /** Incidents about it, by id. */
  incidents: string[];
  /** Its pods. */
  pods: ObjectRef[];
  /** The row. */
  row: WorkloadRow;
  /** What it mounts and reads: secrets, config maps, claims. */
  uses: ObjectRef[];
}

/** Posture of a workload. */
export interface WorkloadPosture {
  /** How the score came about. */
  explained: string;
  /** Its findings. */
  findings: SeverityCounts;
  /** The workload. */
  object: ObjectRef;
  /** Its score. */
  score: number;
}

/** A workload in a list. */
export interface WorkloadRow {
  /** The application it belongs to, as id. */
  application: string;
  /** Pods that are wanted; absent when the state does not say. */
  desired?: number | null;
  /** Whether the outside reaches it. */
  exposed: boolean;
  /** Its findings. */
  findings: SeverityCounts;
  /** Images of its containers. */
  images: string[];
  /** The workload, the top owner of its pods. */
  object: ObjectRef;
  /** Pods that are ready. */
  ready?: number | null;
  /** Its score, 0 to 100. */
  score: number;
  /** How the score came about. */
  score_explained: string;
  /** The service account that it runs as. */
  service_account: string;
}
