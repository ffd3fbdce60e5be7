// The screens in the order of the navigation. The letter opens one after `g`.
import type { IconName } from "./icons";

export interface ScreenEntry {
  path: string;
  title: string;
  key: string;
  icon: IconName;
  /** In the bar at the bottom of a phone. */
  first?: boolean;
}

export const SCREENS: ScreenEntry[] = [
  { path: "/", title: "Inbox", key: "i", icon: "inbox", first: true },
  { path: "/paths", title: "Paths", key: "p", icon: "paths", first: true },
  { path: "/network", title: "Network", key: "n", icon: "network", first: true },
  { path: "/applications", title: "Applications", key: "a", icon: "applications", first: true },
  { path: "/identities", title: "Identities", key: "u", icon: "identities" },
  { path: "/posture", title: "Posture", key: "o", icon: "posture" },
  { path: "/drift", title: "Drift", key: "d", icon: "drift" },
  { path: "/events", title: "Events", key: "e", icon: "events" },
  { path: "/coverage", title: "Coverage", key: "c", icon: "coverage" },
  { path: "/settings", title: "Settings", key: "s", icon: "settings" },
];
