// Colours of the style sheet for what is not drawn by it: canvases and charts.

let probe: HTMLElement | undefined;

/** `rgb(…)` of a token such as `--ink`, in the light that is on. */
export function colourOf(token: string): string {
  if (!probe) {
    probe = document.createElement("span");
    probe.hidden = true;
    document.body.append(probe);
  }
  probe.style.color = `var(${token})`;
  return getComputedStyle(probe).color;
}
