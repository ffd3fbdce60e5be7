// The start of the page.
import { render } from "solid-js/web";
import { signInByLink } from "./api/client";
import { startLive } from "./api/live";
import { App } from "./app";
import "./design/tokens.css";
import "./design/base.css";
import "./design/pieces.css";
import "./design/shell.css";
import "./design/parts.css";
import "./design/screens.css";
import { startRouter } from "./lib/router";

const root = document.getElementById("app");
if (root) {
  // Every question needs who asks, so signing in comes first.
  await signInByLink();
  startRouter();
  startLive();
  render(() => <App />, root);
}
