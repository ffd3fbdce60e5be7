// Writes a large cluster into a folder, the same each time but for the day: 25,000 pods of 1,000 deployments, and an
// audit log in which 1,000 people do what an incident is made of.
//
//   node tests/large-cluster.mjs FOLDER [PODS] [PEOPLE]      then: catseye serve --config FOLDER/catseye.toml FOLDER/objects
import { createWriteStream, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const [folder, pods = "25000", people = "1000"] = process.argv.slice(2);
if (!folder) {
  console.error("name the folder to write to");
  process.exit(2);
}
const EACH = 25;
const DEPLOYMENTS = Math.ceil(Number(pods) / EACH);
const IN_NAMESPACE = 25;
mkdirSync(join(folder, "objects"), { recursive: true });

/** A file a namespace; what is cluster-wide stands in its own. */
const files = new Map();
const put = (object) => {
  const name = object.metadata.namespace ?? "cluster";
  if (!files.has(name)) files.set(name, []);
  files.get(name).push(object);
};
const uid = (kind, number) => `00000000-0000-4000-${String(kind).padStart(4, "8")}-${String(number).padStart(12, "0")}`;

for (let number = 0; number < 120; number++) {
  put({ apiVersion: "v1", kind: "Node", metadata: { name: `node-${number}`, uid: uid(1, number) }, status: { nodeInfo: { kubeletVersion: "v1.36.1" } } });
}
for (let deployment = 0; deployment < DEPLOYMENTS; deployment++) {
  const namespace = `team-${Math.floor(deployment / IN_NAMESPACE)}`;
  const name = `svc-${deployment}`;
  const labels = { app: name, "app.kubernetes.io/name": name, "app.kubernetes.io/part-of": `product-${Math.floor(deployment / 5)}`, "app.kubernetes.io/component": `part-${deployment % 5}` };
  if (deployment % IN_NAMESPACE === 0) {
    put({ apiVersion: "v1", kind: "Namespace", metadata: { name: namespace, labels: { "kubernetes.io/metadata.name": namespace } } });
    if (deployment % (2 * IN_NAMESPACE) === 0) {
      put({ apiVersion: "networking.k8s.io/v1", kind: "NetworkPolicy", metadata: { namespace, name: "own-namespace" }, spec: { podSelector: {}, policyTypes: ["Ingress"], ingress: [{ from: [{ podSelector: {} }] }] } });
    }
  }
  put({ apiVersion: "v1", kind: "ServiceAccount", metadata: { namespace, name } });
  put({ apiVersion: "v1", kind: "Service", metadata: { namespace, name, labels }, spec: { type: deployment % 40 === 0 ? "LoadBalancer" : "ClusterIP", selector: { app: name }, ports: [{ port: 80, targetPort: 8080 }] } });
  const spec = {
    serviceAccountName: name,
    containers: [
      {
        name: "main",
        image: `registry.example/${name}:1.${deployment % 20}.0`,
        ports: [{ containerPort: 8080 }],
        env: [{ name: "UPSTREAM", value: `http://svc-${(deployment * 7 + 1) % DEPLOYMENTS}.team-${Math.floor(((deployment * 7 + 1) % DEPLOYMENTS) / IN_NAMESPACE)}:80` }],
        securityContext: deployment % 50 === 0 ? { privileged: true } : { runAsNonRoot: true, allowPrivilegeEscalation: false },
        resources: { requests: { cpu: "100m", memory: "128Mi" }, limits: { memory: "256Mi" } },
      },
    ],
  };
  put({ apiVersion: "apps/v1", kind: "Deployment", metadata: { namespace, name, labels, uid: uid(2, deployment) }, spec: { replicas: EACH, selector: { matchLabels: { app: name } }, template: { metadata: { labels }, spec } }, status: { replicas: EACH, readyReplicas: EACH } });
  const set = `${name}-6d5f`;
  const owner = (kind, name, id) => [{ apiVersion: "apps/v1", kind, name, uid: id, controller: true }];
  put({ apiVersion: "apps/v1", kind: "ReplicaSet", metadata: { namespace, name: set, labels, uid: uid(3, deployment), ownerReferences: owner("Deployment", name, uid(2, deployment)) }, spec: { replicas: EACH, selector: { matchLabels: { app: name } }, template: { metadata: { labels }, spec } } });
  for (let replica = 0; replica < EACH; replica++) {
    const number = deployment * EACH + replica;
    put({
      apiVersion: "v1",
      kind: "Pod",
      metadata: { namespace, name: `${set}-${replica}`, labels, uid: uid(4, number), ownerReferences: owner("ReplicaSet", set, uid(3, deployment)) },
      spec: { ...spec, nodeName: `node-${number % 120}` },
      status: { phase: "Running", podIP: `10.${64 + (number >> 16)}.${(number >> 8) & 255}.${number & 255}` },
    });
  }
}
for (const [name, items] of files) writeFileSync(join(folder, `objects/${name}.json`), JSON.stringify({ apiVersion: "v1", kind: "List", items }));

const log = createWriteStream(join(folder, "audit.jsonl"));
const now = Date.now();
let call = 0;
const event = (person, minutes, verb, resource, namespace, name, subresource) => {
  const time = new Date(now - minutes * 60_000).toISOString().replace("Z", "000Z");
  log.write(
    `${JSON.stringify({
      kind: "Event",
      apiVersion: "audit.k8s.io/v1",
      level: "Metadata",
      auditID: uid(9, call++),
      stage: "ResponseComplete",
      requestURI: `/api/v1/namespaces/${namespace}/${resource}`,
      verb,
      user: { username: `person-${person}@example.com`, groups: ["system:authenticated"] },
      sourceIPs: [`198.51.100.${person % 250}`],
      userAgent: "python-requests/2.32.5",
      objectRef: { resource, namespace, name, subresource, apiVersion: "v1" },
      responseStatus: { code: 200 },
      requestReceivedTimestamp: time,
      stageTimestamp: time,
    })}\n`,
  );
};
for (let person = 0; person < Number(people); person++) {
  const minutes = 1200 - (person * 1150) / Number(people);
  const namespace = `team-${person % Math.ceil(DEPLOYMENTS / IN_NAMESPACE)}`;
  event(person, minutes, "list", "secrets", namespace);
  event(person, minutes - 0.5, "create", "pods", namespace, `svc-${person % DEPLOYMENTS}-6d5f-0`, "exec");
  event(person, minutes - 1, "get", "secrets", namespace, "database");
}
log.end();

writeFileSync(
  join(folder, "catseye.toml"),
  `[hub]
cluster = "large"
incidents-a-day = 0

[serve]
listen = "127.0.0.1:0"

[store]
url = "${join(folder, "state")}"

[intake]
files = ["${join(folder, "audit.jsonl")}"]
`,
);
