// Every screen loads, in both lights and on a phone, without a complaint of the browser or of axe-core.
import { accessible, expect, open, test } from "./screen";

const SCREENS: [string, string][] = [
  ["Inbox", "/"],
  ["Paths", "/paths"],
  ["Network", "/network"],
  ["Network: workloads", "/network?level=workload"],
  ["Network: try a policy", "/network?tab=simulate"],
  ["Network: why", "/network?tab=explain&from=Deployment.apps%2Fshop%2Ffrontend&to=Deployment.apps%2Fshop%2Fcart"],
  ["Applications", "/applications"],
  ["Identities", "/identities"],
  ["Identities: who can", "/identities?tab=who-can&verb=get&resource=secrets"],
  ["Identities: trail", "/identities?tab=trail"],
  ["Posture", "/posture"],
  ["Posture: findings", "/posture?tab=findings"],
  ["Posture: frameworks", "/posture?tab=frameworks"],
  ["Drift", "/drift"],
  ["Drift: changes", "/drift?tab=changes"],
  ["Drift: between two times", "/drift?tab=difference"],
  ["Events", "/events"],
  ["Events: admission", "/events?tab=admission"],
  ["Coverage and health", "/coverage"],
  ["Settings", "/settings"],
  ["Settings: file", "/settings?tab=file"],
  ["Object", "/objects/Deployment.apps/shop/cart"],
  ["Object: history", "/objects/Deployment.apps/shop/cart?tab=history"],
  ["Object: YAML", "/objects/Deployment.apps/shop/cart?tab=yaml"],
  ["Identity", "/identities/user%3Asystem%3Aserviceaccount%3Amonitoring%3Aprometheus"],
  ["Check", "/checks/RBA-001"],
];

for (const [name, path] of SCREENS) {
  test(`${name} loads and is accessible in both lights`, async ({ page }) => {
    await page.emulateMedia({ colorScheme: "light" });
    await open(page, path);
    await accessible(page);
    // The other light has other colours and nothing else.
    await page.emulateMedia({ colorScheme: "dark" });
    await accessible(page, "color-contrast");
  });
}

test("nothing is wider than a phone of 360 px", async ({ page }) => {
  // All screens, one after the other.
  test.setTimeout(900_000);
  await page.setViewportSize({ width: 360, height: 740 });
  const wide: string[] = [];
  for (const [name, path] of SCREENS) {
    await open(page, path);
    const over = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
    if (over > 0) wide.push(`${name} by ${over} px`);
  }
  expect(wide).toEqual([]);
});

test("an incident, an application and an event open from their lists", async ({ page }) => {
  await open(page, "/");
  await page.locator("tbody tr.row a").first().click();
  await expect(page).toHaveURL(/\/incidents\//);
  await expect(page.getByRole("heading", { name: "Evidence" })).toBeVisible();
  await accessible(page);
  await open(page, "/applications");
  await page.locator("tbody tr.row a").first().click();
  await expect(page).toHaveURL(/\/applications\/./);
  await expect(page.getByRole("heading", { name: "Workloads" })).toBeVisible();
  await accessible(page);
  await open(page, "/events?from=2000-01-01T00:00:00Z");
  await page.locator("tbody tr.row a").first().click();
  await expect(page).toHaveURL(/\/events\/./);
  await expect(page.getByRole("region", { name: "The event as it came" })).toBeVisible();
  await accessible(page);
});

test("a refused request is told with its reasons and its object", async ({ page }) => {
  // The recorded cluster has no gate, so its answers stand here; that the hub gives such is a test of the hub.
  const row = {
    request: "7c1e6d0a-4f5e-4c38-9a53-0a2f8d1c5b11",
    time: "2026-11-28T09:14:05Z",
    outcome: "denied",
    user: "jonas",
    operation: "CREATE",
    resource: "pods",
    namespace: "shop",
    name: "debug",
    objections: [
      { by: "check", id: "POD-001", message: "debug runs privileged", field: "spec.containers[0].securityContext.privileged", severity: "critical" },
      { by: "policy", id: "no-latest", message: "images have a tag", field: "", severity: "medium", accepted: "until the registry has moved" },
    ],
  };
  const answered = { allowed: 812, denied: 1, warned: 0, audited: 3, exempt: 20, glass: 0, overloaded: 0, standing: 2, lost: 0 };
  await page.route("**/api/v1/admission?*", (route) =>
    route.fulfill({ json: { judging: { available: true, reason: "" }, items: [row], total: 1, facets: { outcome: [{ value: "denied", count: 1 }], namespace: [{ value: "shop", count: 1 }] }, answered } }),
  );
  await page.route(`**/api/v1/admission/${row.request}*`, (route) => route.fulfill({ json: { row, object: { apiVersion: "v1", kind: "Pod", metadata: { name: "debug" } } } }));
  await open(page, "/events?tab=admission");
  await expect(page.locator("tbody tr.row")).toContainText("debug runs privileged");
  await accessible(page);
  await page.locator("tbody tr.row a").first().click();
  await expect(page.getByRole("heading", { level: 1 })).toHaveText("create pods shop/debug");
  await expect(page.locator(".objections li")).toHaveCount(2);
  await accessible(page);
});
