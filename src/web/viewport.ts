/**
 * Gives the layout the height that is really visible. Safari on phones lays its keyboard over the page and moves the
 * page up instead of making it smaller, so that the composer would jump; `dvh` does not know of the keyboard there.
 */
export function followVisibleHeight(): void {
  const viewport = window.visualViewport;
  if (viewport === null) return;
  const apply = () => {
    // Pinching changes the visual viewport too, and must not change the layout.
    if (viewport.scale > 1.01) return;
    const isKeyboardOver = window.innerHeight - viewport.height > 80;
    if (isKeyboardOver) document.documentElement.style.setProperty("--visible-height", `${viewport.height}px`);
    else document.documentElement.style.removeProperty("--visible-height");
    if (isKeyboardOver) window.scrollTo(0, 0);
  };
  viewport.addEventListener("resize", apply);
  apply();
}
