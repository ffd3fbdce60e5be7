// A stand-in for the hub while the dashboard is worked on, and for measuring it with more than the demo has: answers
// `/api/v1` from what `catseye` says about the recorded shop. Not shipped.
//
//   node dev/serve.mjs [--port 7171] [--incidents 1000] [--slow 200]
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { extname, join } from "node:path";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const DIST = process.env.CATSEYE_UI_DIST ?? join(ROOT, "ui/dist");
const KEEP = join(ROOT, "target/ui-fixture");
const flag = (name, other) => {
  const at = process.argv.indexOf(`--${name}`);
  return at < 0 ? other : Number(process.argv[at + 1]);
};
const PORT = flag("port", 7171);
const WANTED = flag("incidents", 0);
const SLOW = flag("slow", 0);

// ---- what catseye says --------------------------------------------------------------------------------------------

mkdirSync(KEEP, { recursive: true });
const CATSEYE = join(ROOT, "target/debug/catseye");
function told(name, args) {
  const file = join(KEEP, `${name}.json`);
  if (!existsSync(file)) {
    try {
      writeFileSync(file, execFileSync(CATSEYE, args, { maxBuffer: 1e9, stdio: ["ignore", "pipe", "ignore"] }));
    } catch (error) {
      writeFileSync(file, error.stdout); // Findings end with 1.
    }
  }
  return JSON.parse(readFileSync(file, "utf8"));
}
const shop = join(ROOT, "fixtures/clusters/shop");
const dump = join(KEEP, "T5.jsonl");
if (!existsSync(dump)) writeFileSync(dump, execFileSync("zstd", ["-dcq", join(shop, "objects/T5.jsonl.zst")], { maxBuffer: 1e9 }));
const audit = told("audit", ["audit", join(shop, "audit.jsonl.zst"), "--format", "json"]);
const paths = told("paths", ["paths", dump, "--format", "json"]);
const scan = told("scan", ["scan", dump, "--format", "json"]);
const objects = readFileSync(dump, "utf8").trim().split("\n").map((line) => JSON.parse(line));
const log = execFileSync("zstd", ["-dcq", join(shop, "audit.jsonl.zst")], { maxBuffer: 1e9 }).toString().trim().split("\n");
const events = log.slice(-6000).map((line) => JSON.parse(line)).reverse();

const NOW = "2026-11-28T18:00:00Z";
let random = 7;
const dice = () => (random = (random * 48271) % 2147483647) / 2147483647;
const hash = (text) => createHash("sha1").update(text).digest("hex").slice(0, 8);

// ---- into the words of the API ------------------------------------------------------------------------------------

const group = (api) => (api?.includes("/") ? `.${api.split("/")[0]}` : "");
const ref = (o) => ({ kind: o.kind + group(o.apiVersion ?? o.api_version), namespace: o.metadata?.namespace ?? o.namespace ?? "", name: o.metadata?.name ?? o.name ?? "" });
const key = (r) => `${r.kind}/${r.namespace || "-"}/${r.name}`;
const kinds = new Map(objects.map((o) => [o.kind, o.kind + group(o.apiVersion)]));
const anyRef = (o) => (o ? { kind: kinds.get(o.kind) ?? o.kind, namespace: o.namespace ?? "", name: o.name } : undefined);
const byKey = new Map(objects.map((o) => [key(ref(o)), o]));
const appOf = (o) => {
  const labels = o?.metadata?.labels ?? {};
  const name = labels["app.kubernetes.io/part-of"] ?? labels["app.kubernetes.io/name"] ?? labels.app ?? o?.metadata?.name ?? "";
  return `${o?.metadata?.namespace ?? ""}:${name}`;
};
const none = () => ({ critical: 0, high: 0, medium: 0, low: 0, info: 0 });
const findings = scan.findings.flatMap((finding) =>
  finding.places.map((place) => {
    const object = anyRef(finding.object);
    return {
      fingerprint: place.fingerprint,
      check: finding.check,
      title: scan.checks?.[finding.check]?.title ?? scan.checks?.find?.((c) => c.id === finding.check)?.title ?? finding.check,
      severity: place.severity,
      object,
      application: appOf(byKey.get(key(object))),
      owner: ["payments", "platform", "storefront"][hash(finding.object.name).charCodeAt(0) % 3],
      path: place.path,
      container: place.container,
      message: place.message,
      since: "2026-11-24T09:12:00Z",
    };
  }),
);
const SEVERITIES = ["critical", "high", "medium", "low", "info"];
findings.sort((a, b) => SEVERITIES.indexOf(a.severity) - SEVERITIES.indexOf(b.severity));
const countOf = (list) => list.reduce((sum, one) => ((sum[one.severity] += 1), sum), none());

const actorId = (name) => `user:${name}`;
const stated = new Map();
const states = ["open", "open", "open", "acknowledged", "open", "resolved"];
function evidenceOf(piece, index) {
  return {
    id: `e${index}`,
    source: piece.kind === "anomaly" ? "anomaly" : "audit",
    rule: piece.id,
    title: piece.title,
    text: piece.message,
    severity: piece.severity,
    weighed_by: piece.weighed_by ?? undefined,
    tactic: piece.tactic,
    technique: piece.technique || undefined,
    first: piece.first,
    last: piece.last,
    count: piece.count,
    targets: piece.targets.map((one) => `${one.verb} ${one.resource}${one.name ? ` ${one.namespace}/${one.name}` : ""}`),
    fields: piece.fields.map((field) => ({ field: field.path ?? field.field ?? "", value: String(field.value ?? "") })),
    events: piece.event_ids,
    receipt: piece.receipt
      ? { past: `${piece.receipt.samples} calls on ${piece.receipt.days} days since ${piece.receipt.since.slice(0, 10)}`, parts: piece.receipt.parts.map((part) => ({ ...part, points: part.bits * part.weight })) }
      : undefined,
  };
}
let lanes;
function pathOf(path, number) {
  const nodes = new Map();
  const add = (node, layer) => {
    const id = `${node.label}/${node.name}`;
    lanes = nodes;
    if (!nodes.has(id)) {
      const object = /^(?:container \S+ of |the ports of |the node's \S+ in )?(\w+) ([\w-]+)\/([\w.-]+)$/.exec(node.name);
      nodes.set(id, {
        id,
        label: node.label,
        name: node.name,
        object: object && kinds.has(object[1]) ? { kind: kinds.get(object[1]), namespace: object[2], name: object[3] } : undefined,
        layer,
        lane: 0,
      });
    }
    return id;
  };
  const edges = path.steps.map((step, index) => {
    const from = add(step.from, index);
    const to = add(step.to, index + 1);
    return {
      id: `${from}->${to}`,
      from,
      to,
      kind: step.edge ?? undefined,
      technique: step.attack ?? undefined,
      says: step.says,
      also: [],
      chance: step.chance,
      reasons: step.evidence.map((one) => ({ object: anyRef(one.object), path: one.path })),
      because: [],
      fix: step.edge && path.closed_by[index % path.closed_by.length] ? { id: hash(path.closed_by[index % path.closed_by.length]), text: path.closed_by[index % path.closed_by.length] } : undefined,
      seen_used: index % 3 === 0 ? true : index % 3 === 1 ? false : undefined,
    };
  });
  return {
    id: `way-${number}`,
    title: `From ${path.from.name} to ${path.to.name}`,
    jewel: path.jewel ?? undefined,
    chance: path.chance,
    alike: path.alike,
    nodes: [...nodes.values()],
    edges,
    closed_by: path.closed_by.map((text) => ({ id: hash(text), text })),
  };
}
const ways = paths.paths.map(pathOf);
const fixOf = (fix) => ({
  ids: fix.changes.map((change) => hash(fix.object + change.change)),
  object: fix.changes[0]?.place ? anyRef(fix.changes[0].place.object) : undefined,
  changes: fix.changes.map((change) => ({ text: change.change, effort: change.effort, place: change.place ? { object: anyRef(change.place.object), path: change.place.path } : undefined })),
  score_before: fix.before.score,
  score_after: fix.after.score,
  ways_before: fix.before.ways,
  ways_after: fix.after.ways,
  saved: fix.saved,
});
const allPaths = {
  risk: paths.risk,
  in_reach: paths.in_reach,
  paths: ways,
  fix_first: paths.fix_first.map(fixOf),
  required: [],
};

function incidentOf(one, copy) {
  const id = copy === 0 ? one.id : `INC-${hash(one.id + copy)}`;
  const subjects = Object.keys(one.objects)
    .map((text) => text.split(" "))
    .filter((parts) => parts.length === 2)
    .map(([resource, name]) => {
      const [namespace, bare] = name.includes("/") ? name.split("/") : ["", name];
      const kind = resource.replace(/ies$/, "y").replace(/s$/, "");
      return { kind: kinds.get([...kinds.keys()].find((known) => known.toLowerCase() === kind) ?? "") ?? kind, namespace, name: bare };
    });
  const row = {
    id,
    version: 1,
    title: one.title,
    why_now: one.reasons[0]?.replace(/^\w+: /, "").replace(/ \[.*\]/, "") + (one.reasons.length > 1 ? `, and ${one.reasons.length - 1} more that point the same way` : ""),
    severity: one.severity,
    score: Math.max(0.5, one.score - copy * 0.011),
    state: copy % 7 === 3 ? "acknowledged" : "open",
    reopened: copy === 0 && hash(id).startsWith("a"),
    held_back: false,
    actor: { id: actorId(one.actor), name: one.actor, kind: one.kind },
    subjects: subjects.map((object) => ({ object, role: "touched", exists: byKey.has(key(object)), findings: [] })),
    to_validate: false,
    namespaces: [...new Set(subjects.map((subject) => subject.namespace).filter(Boolean))],
    owner: ["payments", "platform", "storefront", undefined][hash(id).charCodeAt(1) % 4],
    sources: [...new Set(one.evidence.map((piece) => (piece.kind === "anomaly" ? "anomaly" : "audit")))],
    tactics: one.tactics,
    evidence: one.evidence.length,
    first: one.first,
    last: one.last,
    known_since: one.known_since,
  };
  return {
    row,
    summary: `${one.actor.replace(/^system:serviceaccount:([^:]+):/, "$1/")} did ${one.events} things in ${Math.max(1, Math.round((Date.parse(one.last) - Date.parse(one.first)) / 60000))} minutes that fit no ordinary work: ${one.title.toLowerCase()}.`,
    score: one.reasons.map((reason, index) => ({ points: one.score / (index + 1.6), reason })),
    evidence: one.evidence.map(evidenceOf),
    sessions: one.sessions,
    path: one.kind === "service account" ? ways[1] : undefined,
    advice: one.advice,
    fixes: [
      {
        text: "Take the binding to `cluster-admin` away",
        object: { kind: "ClusterRoleBinding.rbac.authorization.k8s.io", namespace: "", name: "db-operator" },
        patch: "apiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRoleBinding\nmetadata:\n  name: db-operator\nroleRef:\n  apiGroup: rbac.authorization.k8s.io\n  kind: ClusterRole\n  name: db-operator-least\nsubjects:\n  - kind: ServiceAccount\n    namespace: operators\n    name: db-operator\n",
        command: "kubectl apply -f db-operator-least.yaml",
        effect: allPaths.fix_first[0],
        proof: "0 of 917 recorded calls would be refused",
      },
    ],
    comments: [],
    history: [{ time: one.known_since, author: "catseye", text: `became ${one.severity}` }],
  };
}
let incidents = audit.incidents.map((one) => incidentOf(one, 0));
for (let copy = 1; incidents.length < WANTED; copy++) incidents.push(...audit.incidents.map((one) => incidentOf(one, copy)));
if (WANTED) incidents = incidents.slice(0, WANTED);
incidents.sort((a, b) => b.row.score - a.row.score);

const facet = (rows, value) => {
  const seen = new Map();
  for (const row of rows) for (const one of [value(row)].flat()) seen.set(one ?? "-", (seen.get(one ?? "-") ?? 0) + 1);
  return [...seen].map(([name, count]) => ({ value: name, count })).sort((a, b) => b.count - a.count);
};

const WORKLOADS = ["Deployment", "StatefulSet", "DaemonSet", "CronJob"];
const pods = objects.filter((o) => o.kind === "Pod");
const workloads = objects
  .filter((o) => WORKLOADS.includes(o.kind))
  .map((o) => {
    const mine = findings.filter((finding) => key(finding.object) === key(ref(o)));
    const counts = countOf(mine);
    return {
      object: ref(o),
      application: appOf(o),
      score: Math.max(4, 100 - counts.critical * 20 - counts.high * 8 - counts.medium * 3 - counts.low),
      score_explained: `100 − ${counts.critical}×20 critical − ${counts.high}×8 high − ${counts.medium}×3 medium`,
      findings: counts,
      desired: o.spec.replicas ?? undefined,
      ready: o.status?.readyReplicas ?? o.spec.replicas ?? undefined,
    };
  });
const apps = [...new Set(workloads.map((row) => row.application))].sort().map((id, index, all) => {
  const mine = workloads.filter((row) => row.application === id);
  const [namespace, name] = id.split(":");
  const angle = (2 * Math.PI * index) / all.length;
  const about = incidents.filter((one) => one.row.subjects.some((subject) => subject.object.name === name));
  return {
    id,
    name,
    namespace,
    named_by: index % 4 ? "app.kubernetes.io/part-of" : undefined,
    owner: ["payments", "platform", "storefront"][index % 3],
    x: 0.5 + Math.cos(angle) * (0.25 + 0.24 * dice()),
    y: 0.5 + Math.sin(angle) * (0.25 + 0.24 * dice()),
    workloads: mine.length,
    pods: pods.filter((pod) => pod.metadata.namespace === namespace && pod.metadata.name.startsWith(name)).length || 1,
    score: Math.round(mine.reduce((sum, row) => sum + row.score, 0) / mine.length),
    findings: mine.reduce((sum, row) => (SEVERITIES.forEach((level) => (sum[level] += row.findings[level])), sum), none()),
    incidents: about.length,
    worst_incident: about[0]?.row.severity,
    exposed: ["frontend", "ingress-nginx", "node-exporter"].includes(name),
    healthy: index % 9 !== 4,
  };
});
const dependencies = apps.flatMap((app, index) =>
  [1, 3].map((step) => ({ from: app.id, to: apps[(index * step + 5) % apps.length].id, observed: index % 3 !== 0, allowed: index % 7 !== 2, because: ["env CART_ADDR of frontend"] })),
).filter((one) => one.from !== one.to);

const namespaces = [...new Set(objects.map((o) => o.metadata.namespace).filter(Boolean))].sort();
function network(query) {
  const expand = (query.get("expand") ?? "").split(",");
  const level = query.get("level") ?? "namespace";
  const nodes = [];
  namespaces.forEach((namespace, index) => {
    const angle = (2 * Math.PI * index) / namespaces.length;
    const at = { x: 0.5 + 0.36 * Math.cos(angle), y: 0.5 + 0.38 * Math.sin(angle) };
    const mine = workloads.filter((row) => row.object.namespace === namespace);
    if ((level !== "namespace" || expand.includes(`ns:${namespace}`)) && mine.length > 0) {
      mine.forEach((row, i) => {
        const turn = (2 * Math.PI * i) / mine.length;
        nodes.push({ id: `wl:${key(row.object)}`, kind: "workload", name: row.object.name, namespace, object: row.object, x: at.x + 0.08 * Math.cos(turn), y: at.y + 0.08 * Math.sin(turn), pods: 2, expandable: false, unprotected_ingress: i % 3 ? 0 : 2, unprotected_egress: 1, names: [] });
      });
    } else {
      const count = pods.filter((pod) => pod.metadata.namespace === namespace).length;
      nodes.push({ id: `ns:${namespace}`, kind: "namespace", name: namespace, namespace, ...at, pods: count, expandable: mine.length > 0, unprotected_ingress: namespace === "shop" ? 0 : Math.ceil(count / 2), unprotected_egress: count, names: [] });
    }
  });
  nodes.push({ id: "ip:203.0.113.0/24", kind: "external", name: "203.0.113.0/24", namespace: "", x: 0.03, y: 0.2, pods: 0, expandable: false, unprotected_ingress: 0, unprotected_egress: 0, names: ["api.stripe.example"] });
  nodes.push({ id: "ip:0.0.0.0/0", kind: "external", name: "anywhere", namespace: "", x: 0.03, y: 0.7, pods: 0, expandable: false, unprotected_ingress: 0, unprotected_egress: 0, names: [] });
  const edges = [];
  for (let i = 0; i < nodes.length; i++) {
    for (let j = 0; j < nodes.length; j++) {
      if (i === j || parseInt(hash(nodes[i].id + nodes[j].id), 16) % 5) continue;
      const seen = parseInt(hash(nodes[j].id + nodes[i].id), 16) % 3;
      edges.push({
        from: nodes[i].id,
        to: nodes[j].id,
        allowed: [{ protocol: "TCP", first: 8080, last: 8080 }, { protocol: "TCP", first: 9090, last: 9093 }],
        uniform: seen !== 1,
        observed: seen ? [{ protocol: "TCP", port: 8080, connections: 412 * (1 + (i % 9)), denied: i % 11 === 3 ? 14 : 0, failed: 0, last: "2026-11-28T17:40:00Z" }] : [],
        unused: seen === 0,
      });
    }
  }
  return { nodes, edges, left_out: 0, observed: { available: true, reason: "" }, unread: [] };
}

const accounts = objects.filter((o) => o.kind === "ServiceAccount");
const people = [...new Set(events.map((event) => event.user.username))];
const identityRow = (name, index) => {
  const account = name.startsWith("system:serviceaccount:");
  const calls = events.filter((event) => event.user.username === name);
  const about = incidents.filter((one) => one.row.actor.name === name).length;
  return {
    id: actorId(name),
    name,
    kind: account ? "serviceaccount" : "user",
    namespace: account ? name.split(":")[2] : "",
    system: name.startsWith("system:kube") || name === "system:apiserver",
    powers: about ? ["may read every Secret of the cluster", "may create pods in operators"] : [],
    severity: about ? (index % 2 ? "critical" : "high") : "low",
    granted: 4 + (index % 17),
    used: calls.length ? 1 + (index % 5) : undefined,
    calls: calls.length,
    last_seen: calls[0]?.stageTimestamp,
    incidents: about,
  };
};
const identities = [...new Set([...people, ...accounts.map((o) => `system:serviceaccount:${o.metadata.namespace}:${o.metadata.name}`)])]
  .map(identityRow)
  .sort((a, b) => SEVERITIES.indexOf(a.severity) - SEVERITIES.indexOf(b.severity) || b.calls - a.calls);
const trail = events
  .filter((event) => event.objectRef?.apiGroup === "rbac.authorization.k8s.io" && ["create", "patch", "update", "delete"].includes(event.verb))
  .map((event) => ({
    time: event.stageTimestamp,
    actor: event.user.username,
    object: { kind: `${event.objectRef.resource.replace(/s$/, "").replace(/^clusterrolebinding$/, "ClusterRoleBinding").replace(/^rolebinding$/, "RoleBinding").replace(/^role$/, "Role").replace(/^clusterrole$/, "ClusterRole")}.rbac.authorization.k8s.io`, namespace: event.objectRef.namespace ?? "", name: event.objectRef.name ?? "" },
    text: { create: "made", patch: "changed", update: "changed", delete: "deleted" }[event.verb],
    before: ["get,list pods", "get configmaps"],
    after: ["get,list pods", "get,list,watch secrets", "get configmaps"],
    refused: event.responseStatus?.code >= 400 ? event.responseStatus.reason : undefined,
    event: event.auditID,
  }));
const eventRow = (event) => ({
  id: event.auditID,
  time: event.stageTimestamp,
  source: "audit",
  actor: event.impersonatedUser?.username ?? event.user.username,
  impersonator: event.impersonatedUser ? event.user.username : undefined,
  verb: event.verb,
  resource: event.objectRef ? event.objectRef.resource + (event.objectRef.subresource ? `/${event.objectRef.subresource}` : "") + (event.objectRef.apiGroup ? `.${event.objectRef.apiGroup}` : "") : event.requestURI,
  namespace: event.objectRef?.namespace ?? "",
  name: event.objectRef?.name ?? "",
  code: event.responseStatus?.code ?? 0,
  address: event.sourceIPs?.[0] ?? "",
  agent: event.userAgent ?? "",
});
const trend = Array.from({ length: 60 }, (_, index) => ({
  time: new Date(Date.parse("2026-11-23T00:00:00Z") + index * 8_200_000).toISOString(),
  score: Math.round(61 + index / 6 + 4 * Math.sin(index / 5)),
  findings: { critical: 9 - (index >> 4), high: 60 - (index >> 1), medium: 180, low: 260, info: 20 },
  risk: Math.round(64 - index / 5 + 3 * Math.sin(index / 3)),
}));
const frameworkList = Object.entries(scan.frameworks ?? {}).map(([id, one]) => ({ id: one.id ?? id, title: one.title ?? one.id ?? id, passed: 34, failed: 21, unknown: 6, not_applicable: 4, not_covered: 12, controls: [] }));
if (frameworkList.length === 0) for (const [id, title] of [["cis-1.12", "CIS Kubernetes Benchmark 1.12"], ["nsa-1.2", "NSA/CISA Kubernetes Hardening Guide 1.2"], ["pss-restricted", "Pod Security Standards: restricted"]]) frameworkList.push({ id, title, passed: 34, failed: 21, unknown: 6, not_applicable: 4, not_covered: 12, controls: [] });
const yamlOf = (value, indent = "") =>
  Object.entries(value ?? {})
    .map(([name, one]) => {
      if (one && typeof one === "object" && !Array.isArray(one) && Object.keys(one).length) return `${indent}${name}:\n${yamlOf(one, `${indent}  `)}`;
      if (Array.isArray(one) && one.length && typeof one[0] === "object") return `${indent}${name}:\n${one.map((item) => `${indent}- ${yamlOf(item, `${indent}  `).trimStart()}`).join("\n")}`;
      return `${indent}${name}: ${JSON.stringify(one)}`;
    })
    .join("\n");
const exceptions = [
  { hides: "POD-101 in namespace monitoring", reason: "node-exporter needs the node's network", author: "lena", expires: "2026-12-01", origin: "catseye.toml:14", matches: 3, last_matched: "2026-11-28T17:20:00Z" },
  { hides: "IMG-002 on Deployment shop/legacy-import", reason: "replaced in December", author: "omar", expires: "2026-12-31", origin: "annotation", matches: 0 },
];
const driftField = (path, kind, desired, live, actor, known_by, time) => ({ path, class: kind, desired, live, actor, author: actor ? `${actor} with kubectl-edit` : "a client named kubectl-edit", known_by, time, event: actor && known_by === "audit" ? events[10].auditID : undefined });
const drifted = [
  { id: "DRF-000000000001", object: { kind: "Deployment.apps", namespace: "shop", name: "cart" }, state: "changed", severity: "high", since: "2026-11-25T16:10:00Z", source: "shop/cart.yaml:1", delivered: false, means: "POD-020: does not forbid privilege escalation", incident: incidents[0].row.id, application: { tool: "Argo CD", kind: "Application", name: "argocd/shop", written_at: "https://git.example.com/shop shop at abc123" }, fields: [
    driftField("spec.template.spec.containers[name=cart].env[name=LOG_LEVEL].value", "changed", "info", "debug", "omar", "audit", "2026-11-25T16:10:00Z"),
    driftField("spec.replicas", "changed", "2", "6", undefined, "managed-fields", "2026-11-25T12:10:00Z") ] },
  { id: "DRF-000000000002", object: { kind: "NetworkPolicy.networking.k8s.io", namespace: "shop", name: "default-deny" }, state: "missing", severity: "high", since: "2026-11-27T15:02:00Z", source: "shop/network.yaml:1", delivered: false, fields: [driftField("", "missing", undefined, undefined, "jonas", "audit", "2026-11-27T15:02:00Z")] },
  { id: "DRF-000000000003", object: { kind: "Service", namespace: "shop", name: "debug-lb" }, state: "unmanaged", severity: "low", since: "2026-11-25T15:31:00Z", delivered: false, fields: [driftField("", "unmanaged", undefined, undefined, "lena", "audit-by-time", "2026-11-25T15:31:00Z")] },
];
const driftDetail = (row) => ({
  drift: row,
  desired: row.state === "unmanaged" ? undefined : "apiVersion: apps/v1\nkind: Deployment\n",
  live: row.state === "missing" ? undefined : "apiVersion: apps/v1\nkind: Deployment\n",
  breaks: [{ severity: "medium", check: "POD-020", title: "May gain privileges", message: "does not forbid privilege escalation" }],
  mends: [],
  opened: ["shop/frontend -> shop/cart TCP 8080"],
  closed: [],
  story: [{ text: `${row.source ?? "nobody"} wants it` }, { time: row.since, text: "omar patched it with kubectl from 10.0.0.7: spec.replicas", event: events[10].auditID }],
  way_back: { safe: true, says: "Puts 2 fields back and leaves everything else as it is.", patch: "[]", command: "kubectl patch deployment.apps cart -n shop --type json --dry-run=server -p '[]'", delivery: "argocd app sync argocd/shop --resource apps:Deployment:shop/cart", keep: "To keep it, write it into shop/cart.yaml:1.", breaks: [] },
});
const changes = [
  { id: "c1", time: "2026-11-25T15:31:00Z", kind: "exposure_widened", severity: "high", object: { kind: "Service", namespace: "shop", name: "debug-lb" }, text: "Service shop/debug-lb opens checkout to anyone by a load balancer", fields: [{ field: "spec.type", value: "LoadBalancer" }], actor: "lena", known_by: "audit", event: events[10].auditID, validation: { state: "waiting" } },
  { id: "c2", time: "2026-11-25T12:40:00Z", kind: "new_registry", severity: "medium", object: { kind: "Deployment.apps", namespace: "shop", name: "reviews" }, text: "Deployment shop/reviews runs an image from docker.io, a registry never used here", fields: [], actor: "maya", known_by: "audit", validation: { state: "confirmed", author: "ines", time: "2026-11-25T13:00:00Z", reason: "agreed in the ticket" } },
];

// ---- answers --------------------------------------------------------------------------------------------------------

const has = (query, name, value) => {
  const wanted = query.get(name);
  return !wanted || wanted.split(",").some((one) => [value].flat().map((v) => v ?? "-").includes(one));
};
const page = (rows, query, more = {}) => {
  const from = Number(query.get("cursor") ?? 0);
  const limit = Number(query.get("limit") ?? 50);
  return { items: rows.slice(from, from + limit), total: rows.length, next: from + limit < rows.length ? String(from + limit) : undefined, ...more };
};
const words = (query, text) => (query.get("text") ?? "").toLowerCase().split(/\s+/).every((word) => text.toLowerCase().includes(word));

function answer(path, query, method, body) {
  const parts = path.split("/").slice(1).map(decodeURIComponent);
  const [what, id] = parts;
  switch (what) {
    case "health":
      return { version: "0.1.0", started: "2026-11-28T08:00:00Z", ready: true, mode: "replay", now: NOW, world: 412, objects: objects.length, events: log.length, parts: [{ name: "store", state: "ok", text: "SQLite, 41 MB", figures: { writes_per_second: 12.5 } }, { name: "intake", state: "ok", text: "replaying at 60 times the speed", figures: { queue: 0 } }, { name: "alerts", state: "degraded", text: "slack answered 503, tried again in 30 s", figures: { waiting: 2 } }] };
    case "session":
      return { user: "you", groups: [], may: ["get", "act", "events", "settings"], known_by: "token" };
    case "incidents": {
      if (parts[2] === "actions") {
        const one = incidents.find((incident) => incident.row.id === id);
        const next = { acknowledge: "acknowledged", resolve: "resolved", accept: "accepted", "false-positive": "false-positive", reopen: "open", comment: one.row.state }[body.action];
        if (query.get("preview")) return { done: false, state: next, version: one.row.version, hides: [`This incident until it gets worse than ${one.row.severity}`, `Later incidents of ${one.row.actor.name} with the same evidence`], incidents: [id] };
        one.row.state = next;
        one.row.version += 1;
        if (body.action === "comment") one.comments.push({ time: NOW, author: "you", text: body.reason });
        else one.history.push({ time: NOW, author: "you", text: `${next.replace("-", " ")}${body.reason ? `: ${body.reason}` : ""}${body.expires ? ` until ${body.expires.slice(0, 10)}` : ""}`, state: next });
        tell("incident", id);
        return { done: true, state: next, version: one.row.version, hides: [], incidents: [] };
      }
      if (id) return incidents.find((one) => one.row.id === id);
      const state = query.get("state") ?? "open,acknowledged";
      const all = incidents.map((one) => one.row);
      const rows = all.filter((row) => (state === "all" || state.split(",").includes(row.state)) && has(query, "severity", row.severity) && has(query, "owner", row.owner) && has(query, "namespace", row.namespaces) && has(query, "source", row.sources) && words(query, row.title + row.actor.name));
      return page(rows, query, {
        facets: { state: facet(all, (row) => row.state), severity: facet(rows, (row) => row.severity), owner: facet(rows, (row) => row.owner), namespace: facet(rows, (row) => row.namespaces), source: facet(rows, (row) => row.sources) },
        budget: { per_day: 20, held_back: 37, says: "37 are held back by the budget of 20 a day", what: [] },
      });
    }
    case "paths": {
      if (parts[1] !== "what-if") return allPaths;
      const cut = body.edges.length + body.fixes.length;
      const left = ways.filter((way) => !way.edges.some((edge) => body.edges.includes(edge.id)));
      return { ...allPaths, paths: left, before: allPaths.risk, risk: { ...allPaths.risk, score: Math.max(8, allPaths.risk.score - cut * 9), ways: Math.max(3, allPaths.risk.ways - cut * 31), jewels: allPaths.risk.jewels.map((jewel) => ({ ...jewel, chance: jewel.chance / (1 + cut) })) } };
    }
    case "network":
      if (id === "explain") return { from: query.get("from"), to: query.get("to"), verdicts: [{ ports: [{ protocol: "TCP", first: 8080, last: 8080 }], allowed: true, egress: "no policy selects the source for egress: all is allowed", ingress: "NetworkPolicy shop/cart, ingress[0]: pods with app=frontend may use 8080" }, { ports: [{ protocol: "TCP", first: 1, last: 8079 }], allowed: false, egress: "no policy selects the source for egress", ingress: "NetworkPolicy shop/cart selects the destination and no rule admits it" }] };
      if (id === "simulate") return body.policies.includes("kind") ? { opens: [], closes: [{ from: "Deployment monitoring/prometheus", to: "Deployment shop/cart", ports: [{ protocol: "TCP", first: 9090, last: 9090 }], observed: true }, { from: "Deployment shop/reviews", to: "StatefulSet data/orders-db", ports: [{ protocol: "TCP", first: 5432, last: 5432 }], observed: false }], breaks: 1, observed: { available: true, reason: "" }, notices: [], more: 0 } : undefined;
      return network(query);
    case "applications":
      if (id) {
        const row = apps.find((app) => app.id === id);
        return row && { row, workloads: workloads.filter((one) => one.application === id), objects: objects.filter((o) => appOf(o) === id && !WORKLOADS.includes(o.kind) && !["Pod", "ReplicaSet"].includes(o.kind)).slice(0, 60).map(ref), exposures: row.exposed ? [{ object: { kind: "Ingress.networking.k8s.io", namespace: row.namespace, name: "shop" }, door: "Ingress", origin: "open", workload: { kind: "Deployment.apps", namespace: row.namespace, name: row.name }, ports: [{ protocol: "TCP", first: 8080, last: 8080 }], admitted: [{ protocol: "TCP", first: 8080, last: 8080 }] }] : [], identities: [{ id: actorId(`system:serviceaccount:${row.namespace}:${row.name}`), name: `${row.namespace}/${row.name}`, token_mounted: true, powers: ["may read Secrets of shop"] }], dependencies: dependencies.filter((one) => one.from === id || one.to === id), findings: findings.filter((one) => one.application === id).slice(0, 100) };
      }
      return { applications: apps.filter((app) => has(query, "namespace", app.namespace) && words(query, app.name)), dependencies, left_out: 0 };
    case "workloads": {
      const row = workloads.find((one) => key(one.object) === parts.slice(1).join("/"));
      return row && { row, pods: [], exposures: [], identity: { id: actorId("system:serviceaccount:shop:reviews"), name: "shop/reviews", token_mounted: true, powers: ["may read Secrets of shop"] }, uses: [], findings: findings.filter((one) => key(one.object) === key(row.object)), incidents: [] };
    }
    case "identities": {
      if (id) {
        const row = identities.find((one) => one.id === id);
        const rule = { scope: "shop", api_groups: [""], names: [], paths: [], role: { kind: "Role.rbac.authorization.k8s.io", namespace: "shop", name: "reviews" }, binding: { kind: "RoleBinding.rbac.authorization.k8s.io", namespace: "shop", name: "reviews" } };
        return row && { row, can: [{ ...rule, resources: ["secrets"], verbs: ["get", "list"], used: 42 }, { ...rule, resources: ["pods", "pods/log"], verbs: ["get", "list", "watch"], used: 0 }, { ...rule, scope: "", resources: ["*"], verbs: ["*"], api_groups: ["*"], used: 3, through: "system:masters" }], usage: { observed: { available: true, reason: "" }, since: "2026-11-23T00:00:00Z", calls: row.calls, suggestion: "apiVersion: rbac.authorization.k8s.io/v1\nkind: Role\nmetadata:\n  name: reviews\n  namespace: shop\nrules:\n  - apiGroups: [\"\"]\n    resources: [secrets]\n    resourceNames: [reviews-db]\n    verbs: [get]\n", still_allowed: row.calls }, normal: { samples: row.calls, days: 5, since: "2026-11-23T00:00:00Z", mature: true, sides: [{ what: "action", values: [{ value: "get secrets in shop", share: 0.72 }, { value: "list pods in shop", share: 0.2 }, { value: "watch configmaps", share: 0.08 }] }, { what: "network", values: [{ value: "10.244.4.0/24", share: 1 }] }, { what: "program", values: [{ value: "reviews 1 (linux)", share: 1 }] }], hours: Array.from({ length: 24 }, (_, hour) => (hour < 7 ? 0.01 : 0.055 + 0.02 * Math.sin(hour))) }, runs: [{ kind: "Deployment.apps", namespace: "shop", name: "reviews" }], trail: trail.slice(0, 8) };
      }
      return page(identities.filter((row) => has(query, "kind", row.kind) && words(query, row.name) && (query.get("system") || !row.system)), query);
    }
    case "access":
      if (id === "trail") return page(trail, query);
      return { question: `who can ${query.get("verb")} ${query.get("resource")}`, holders: identities.slice(0, 9).map((row) => ({ id: row.id, name: row.name, kind: row.kind, because: ["ClusterRoleBinding sre gives ClusterRole sre"] })) };
    case "posture":
      return { score: 71, findings: countOf(findings), passed: 8412, unknown: 37, accepted: 3, frameworks: frameworkList.map((one) => (one.id === query.get("framework") ? { ...one, controls: Array.from({ length: 24 }, (_, index) => ({ id: `5.${1 + (index >> 3)}.${1 + (index % 8)}`, title: ["Minimise access to secrets", "Minimise wildcard use in roles", "Do not admit privileged containers", "Minimise the admission of root containers"][index % 4], status: ["pass", "fail", "unknown", "fail"][index % 4], checks: ["RBA-001", "POD-101"], failed: index % 2 ? 7 : 0, judged: 61 })) } : one)), namespaces: namespaces.map((namespace) => ({ namespace, score: 50 + (parseInt(hash(namespace), 16) % 50), objects: objects.filter((o) => o.metadata.namespace === namespace).length, findings: countOf(findings.filter((one) => one.object.namespace === namespace)) })), worst: [...workloads].sort((a, b) => a.score - b.score).slice(0, 40).map((row) => ({ object: row.object, score: row.score, explained: row.score_explained, findings: row.findings })), trend };
    case "findings": {
      const rows = findings.filter((one) => has(query, "severity", one.severity) && has(query, "check", one.check) && has(query, "namespace", one.object.namespace || "-") && has(query, "kind", one.object.kind) && has(query, "application", one.application) && words(query, one.message + one.object.name));
      return page(rows, query, { facets: { severity: facet(rows, (one) => one.severity), check: facet(rows, (one) => one.check), namespace: facet(rows, (one) => one.object.namespace), kind: facet(rows, (one) => one.object.kind) } });
    }
    case "checks":
      return { id, name: "cluster-admin-binding", title: findings.find((one) => one.check === id)?.title ?? "Binding to cluster-admin", severity: "critical", explanation: "Whoever holds `cluster-admin` may do **everything**: read all secrets, start privileged pods on any node, and give the same to others.\n\n- a token of a pod is enough\n- nothing is left to stop it", fix: "Bind a role that names what is needed:\n\n```yaml\nroleRef:\n  kind: ClusterRole\n  name: view\n```", controls: ["cis-1.12/5.1.1", "nsa-1.2/rbac"], findings: findings.filter((one) => one.check === id).length };
    case "drift":
      if (id) return driftDetail(drifted.find((row) => row.id === id) ?? drifted[0]);
      return page(drifted.filter((row) => has(query, "class", row.fields.map((field) => field.class)) && words(query, row.object.name)), query, { available: { available: true, reason: "" }, desired: 199, sources: [{ name: "folders", objects: 199 }], classes: facet(drifted, (row) => row.fields[0].class), actors: facet(drifted, (row) => row.fields[0].actor) });
    case "changes":
      if (parts[2] === "validation") {
        const one = changes.find((change) => change.id === id);
        one.validation = { state: body.confirmed ? "confirmed" : "rejected", author: "you", time: NOW, reason: body.reason };
        tell("change", id);
        return one;
      }
      return page(changes.filter((one) => has(query, "kind", one.kind) && has(query, "validation", one.validation?.state)), query);
    case "events": {
      if (id) {
        const raw = events.find((event) => event.auditID === id) ?? events[0];
        return { row: eventRow(raw), raw, rules: ["AUD-012"], incidents: [incidents[0].row.id] };
      }
      const rows = events.map(eventRow).filter((row) => has(query, "verb", row.verb) && (!query.get("actor") || row.actor.includes(query.get("actor"))) && (!query.get("resource") || row.resource.includes(query.get("resource"))) && words(query, JSON.stringify(row)));
      const { items, next } = page(rows, query);
      return { items, next, scanned: events.length, kept_since: "2026-11-23T00:00:00Z" };
    }
    case "objects": {
      const object = byKey.get(parts.slice(1, 4).join("/"));
      if (!object) return undefined;
      if (parts[4] === "history") return page([{ time: "2026-11-25T16:10:00Z", resource_version: "8841", what: "changed", fields: [{ path: "spec.template.spec.containers[cart].env[LOG_LEVEL].value", before: "info", after: "debug" }], actor: "omar", known_by: "audit" }, { time: "2026-11-24T11:02:00Z", resource_version: "6120", what: "changed", fields: [{ path: "spec.replicas", before: 2, after: 6 }, { path: "metadata.annotations[deploy/ticket]", after: "OPS-118" }], actor: "maya", known_by: "audit_by_time" }, { time: "2026-11-23T00:00:00Z", resource_version: "412", what: "created", fields: [], known_by: "unknown" }], query);
      const row = { object: ref(object), application: appOf(object), created: object.metadata.creationTimestamp, findings: countOf(findings.filter((one) => key(one.object) === key(ref(object)))) };
      const { managedFields, ...metadata } = object.metadata;
      return { row, owners: (object.metadata.ownerReferences ?? []).map((owner) => ({ kind: owner.kind + group(owner.apiVersion), namespace: object.metadata.namespace, name: owner.name })), yaml: yamlOf({ ...object, metadata }), findings: findings.filter((one) => key(one.object) === key(ref(object))), incidents: [] };
    }
    case "diff":
      return { from: query.get("from"), to: query.get("to") ?? NOW, objects: drifted.map((row) => ({ object: row.object, what: { changed: "changed", missing: "deleted", unmanaged: "created" }[row.state], fields: row.fields.map((field) => ({ path: field.path, before: field.desired, after: field.live })) })), more: 0, findings_new: findings.slice(0, 3), findings_gone: findings.slice(5, 6), incidents_opened: [incidents[0].row.id], incidents_closed: [], score: [74, 71], risk: [48, 51] };
    case "search": {
      const q = query.get("q").toLowerCase();
      const hits = [
        ...incidents.filter((one) => (one.row.title + one.row.id + one.row.actor.name).toLowerCase().includes(q)).slice(0, 5).map((one) => ({ kind: "incident", id: one.row.id, title: one.row.title, text: one.row.actor.name, href: `/incidents/${one.row.id}`, severity: one.row.severity })),
        ...workloads.filter((one) => one.object.name.includes(q)).slice(0, 5).map((one) => ({ kind: "workload", id: key(one.object), title: one.object.name, text: `${one.object.kind} in ${one.object.namespace}`, href: `/workloads/${key(one.object)}` })),
        ...identities.filter((one) => one.name.includes(q)).slice(0, 5).map((one) => ({ kind: "identity", id: one.id, title: one.name, text: one.kind, href: `/identities/${one.id}` })),
      ];
      return { hits, more: false };
    }
    case "timeline": {
      const from = Date.parse("2026-11-23T00:00:00Z");
      const n = Number(query.get("buckets") ?? 120);
      const step = (Date.parse(NOW) - from) / n;
      return { from: "2026-11-23T00:00:00Z", to: NOW, kept_since: "2026-11-23T00:00:00Z", buckets: Array.from({ length: n }, (_, index) => { const begin = from + index * step; const found = audit.incidents.filter((one) => Date.parse(one.first) >= begin && Date.parse(one.first) < begin + step); const hour = new Date(begin).getUTCHours(); return { from: new Date(begin).toISOString(), events: Math.round(40 + 120 * Math.max(0, Math.sin(((hour - 6) / 14) * Math.PI))), changes: 4, incidents: found.length, worst: found[0]?.severity }; }), marks: [] };
    }
    case "coverage":
      return { sources: [{ name: "objects", state: "recorded", text: "756 objects of 54 kinds from the recording", last: NOW, count: objects.length, lag_seconds: 0.4 }, { name: "audit", state: "recorded", text: "the recorded audit log, metadata and request bodies", last: NOW, count: log.length, lag_seconds: 1.2 }, { name: "runtime", state: "absent", text: "No sensor reports. `catseye sensor` on each node shows processes and connections.", count: 0 }, { name: "flows", state: "absent", text: "Connections are not observed without the sensor; only what is allowed is shown.", count: 0 }], kinds_missing: [], rules_blind: audit.gaps.map((gap) => ({ what: `${gap.rule} ${gap.title}`, reason: `needs ${gap.missing.join(" and ")}`, count: gap.events })), checks_unknown: [{ what: "NOD-004 Kubelet allows anonymous calls", reason: "the kubelet's configuration is not in the cluster's objects", count: 6 }], lost: { audit_events_dropped: 0, lines_unreadable: 2, events_cut: 14 } };
    case "settings":
      return { config: "[hub]\nlisten = \"127.0.0.1:7171\"\n\n[inbox]\nper_day = 20\n", file: "/etc/catseye/catseye.toml", exceptions: [...exceptions, ...incidents.filter((one) => one.row.state === "accepted").map((one) => ({ hides: one.row.title, reason: one.history.at(-1).text, author: "you", expires: "2026-12-28", origin: one.row.id, matches: 1, last_matched: NOW }))], alerts: [{ name: "ops", kind: "slack", target: "hooks.slack.example", minimum: "high", sent: 14, dead: 0 }, { name: "siem", kind: "syslog", target: "10.0.0.9:514", minimum: "low", sent: 412, dead: 3, last_error: "connection refused" }], baselines: [{ name: "audit", since: "2026-11-23T00:00:00Z", actors: audit.actors, samples: audit.requests }] };
    default:
      return undefined;
  }
}

// ---- the server -----------------------------------------------------------------------------------------------------

const streams = new Set();
let messages = 0;
function tell(kind, id = "") {
  messages += 1;
  const data = JSON.stringify({ kind, time: NOW, world: 412 + messages, id, text: `${kind} ${id}` });
  for (const stream of streams) stream.write(`id: ${messages}\nevent: ${kind}\ndata: ${data}\n\n`);
}
const TYPES = { ".html": "text/html; charset=utf-8", ".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml" };
const POLICY = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

createServer(async (request, response) => {
  const url = new URL(request.url, "http://local");
  response.setHeader("content-security-policy", POLICY);
  if (!url.pathname.startsWith("/api/v1")) {
    let file = join(DIST, url.pathname);
    if (!extname(file) || !existsSync(file)) file = join(DIST, "index.html");
    const packed = /\bbr\b/.test(request.headers["accept-encoding"] ?? "") && existsSync(`${file}.br`);
    response.setHeader("content-type", TYPES[extname(file)] ?? "application/octet-stream");
    if (packed) response.setHeader("content-encoding", "br");
    response.end(readFileSync(packed ? `${file}.br` : file));
    return;
  }
  const path = url.pathname.slice("/api/v1".length);
  if (path === "/stream") {
    response.writeHead(200, { "content-type": "text/event-stream", "cache-control": "no-store" });
    response.write(": hello\n\n");
    streams.add(response);
    request.on("close", () => streams.delete(response));
    return;
  }
  let body = "";
  for await (const chunk of request) body += chunk;
  if (SLOW) await new Promise((done) => setTimeout(done, SLOW));
  let value;
  try {
    value = answer(path, url.searchParams, request.method, body ? JSON.parse(body) : undefined);
  } catch (error) {
    console.error(path, error);
  }
  response.setHeader("content-type", "application/json");
  if (value === undefined) {
    response.statusCode = 404;
    response.end(JSON.stringify({ type: "about:blank", title: "Not Found", status: 404, code: "not_found", detail: `nothing under ${path}`, remedy: "Look in the list." }));
    return;
  }
  const text = JSON.stringify(value);
  response.setHeader("etag", `"${hash(text)}"`);
  response.end(text);
}).listen(PORT, "127.0.0.1", () => console.log(`http://127.0.0.1:${PORT}/`));
