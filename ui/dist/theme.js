// Before the first paint: the theme that was chosen by hand, so that the page does not flash.
try {
  const theme = localStorage.getItem("catseye.theme");
  if (theme === "light" || theme === "dark") document.documentElement.dataset.theme = theme;
} catch {
  // Storage is refused: the system's theme stays.
}
