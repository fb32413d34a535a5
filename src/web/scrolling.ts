import { prefersReducedMotion } from "./dom.ts";

export interface Scrolling {
  /** Goes to the newest and stays there until the reader scrolls away. */
  readonly toLatest: (isSmooth?: boolean) => void;
  /** Stays where the reader is, whatever arrives, until the reader goes to the newest. */
  readonly release: () => void;
  /** Off where there is no newest, as on the welcome: then the beginning is what has to be seen. */
  readonly follow: (isOn: boolean) => void;
}

/** Nearer to the end than this counts as reading the newest. In CSS pixels. */
const nearEnd = 48;

/** Keeps the newest in view while the reader is there, and leaves the reader alone everywhere else. */
export function keepLatestInView(scroller: HTMLElement, content: HTMLElement, jump: HTMLButtonElement): Scrolling {
  let isOn = true;
  let isPinned = true;
  let lastTop = 0;

  const distance = () => scroller.scrollHeight - scroller.clientHeight - scroller.scrollTop;

  const toLatest = (isSmooth = false) => {
    isPinned = true;
    jump.hidden = true;
    scroller.scrollTo({
      top: scroller.scrollHeight,
      behavior: isSmooth && !prefersReducedMotion() ? "smooth" : "instant",
    });
  };

  const release = () => {
    isPinned = false;
  };

  const follow = (next: boolean) => {
    if (!next) jump.hidden = true;
    if (!next && isOn) scroller.scrollTo({ top: 0 });
    if (next && !isOn) isPinned = true;
    isOn = next;
  };

  const onScroll = () => {
    if (!isOn) return;
    const isUpwards = scroller.scrollTop < lastTop - 1;
    lastTop = scroller.scrollTop;
    if (distance() <= nearEnd) isPinned = true;
    else if (isUpwards) isPinned = false;
    jump.hidden = isPinned;
  };

  const onGrowth = () => {
    if (!isOn) return;
    if (isPinned) toLatest();
    else jump.hidden = distance() <= nearEnd;
  };

  scroller.addEventListener("scroll", onScroll, { passive: true });
  const observer = new ResizeObserver(onGrowth);
  observer.observe(content);
  observer.observe(scroller);
  jump.addEventListener("click", () => toLatest(true));
  return { toLatest, release, follow };
}
