// A short notice that goes away by itself and that screen readers say.
let box: HTMLElement | undefined;
let timer = 0;

export function toast(text: string): void {
  if (!box) {
    box = document.createElement("div");
    box.setAttribute("role", "status");
    document.body.append(box);
  }
  box.className = "toast";
  box.hidden = false;
  box.textContent = text;
  window.clearTimeout(timer);
  timer = window.setTimeout(() => {
    if (box) box.hidden = true;
  }, 4000);
}
