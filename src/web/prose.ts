import { element, prefersReducedMotion } from "./dom.ts";
import { showMarkdown } from "./markdown.ts";

export interface Prose {
  readonly node: HTMLElement;
  /** @param isWriting whether more may come; then the text flows in instead of jumping */
  readonly show: (text: string, isWriting: boolean) => void;
}

/** About 40 frames to catch up with a burst, and never slower than this many characters a frame. */
const framesToCatchUp = 40;
const fewestCharacters = 2;

/** An answer's text. It flows in at an even pace however unevenly the network delivers it. */
export function createProse(): Prose {
  const node = element("div", { class: "prose" });
  let target = "";
  let shown = 0;
  let isWriting = false;
  let isScheduled = false;

  const paint = () => {
    showMarkdown(node, target.slice(0, shown));
    node.classList.toggle("is-writing", isWriting || shown < target.length);
  };

  const step = () => {
    isScheduled = false;
    const backlog = target.length - shown;
    shown += Math.min(backlog, Math.max(fewestCharacters, Math.ceil(backlog / framesToCatchUp)));
    paint();
    if (shown < target.length) schedule();
  };

  function schedule(): void {
    if (isScheduled) return;
    isScheduled = true;
    window.requestAnimationFrame(step);
  }

  return {
    node,
    show: (text, writing) => {
      const wasWriting = isWriting;
      const isSame = text === target && writing === isWriting;
      const continues = text.startsWith(target.slice(0, shown));
      target = text;
      isWriting = writing;
      if (isSame) return;
      // Hidden pages get no frames, and people who asked for less motion get none of this.
      const flows = (writing || wasWriting) && continues && !document.hidden && !prefersReducedMotion();
      if (!flows) shown = target.length;
      if (shown < target.length) schedule();
      else paint();
    },
  };
}
