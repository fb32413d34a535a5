import { element, prefersReducedMotion } from "./dom.ts";
import { showMarkdown } from "./markdown.ts";
import { settled } from "./unfinished.ts";

export interface Prose {
  readonly node: HTMLElement;
  /**
   * @param isWriting whether more may come; then the text flows in instead of jumping
   * @param isOther whether it takes another text's place instead of going on with it
   */
  readonly show: (text: string, isWriting: boolean, isOther?: boolean) => void;
}

/** In how many frames a burst is caught up with, and the fewest characters a frame. */
const pace = { writing: { frames: 30, fewest: 2 }, ending: { frames: 8, fewest: 12 } };

/** An answer's text. It flows in at an even pace however unevenly the network delivers it. */
export function createProse(): Prose {
  const node = element("div", { class: "prose" });
  let target = "";
  let shown = 0;
  let isWriting = false;
  let isScheduled = false;

  const paint = () => {
    const isPartial = isWriting || shown < target.length;
    const text = target.slice(0, shown);
    showMarkdown(node, isPartial ? settled(text) : text);
    node.classList.toggle("is-writing", isPartial);
  };

  const step = () => {
    isScheduled = false;
    const backlog = target.length - shown;
    const { frames, fewest } = isWriting ? pace.writing : pace.ending;
    shown += Math.min(backlog, Math.max(fewest, Math.ceil(backlog / frames)));
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
    show: (text, writing, isOther = false) => {
      const wasWriting = isWriting && !isOther;
      const isSame = text === target && writing === isWriting;
      const continues = text.startsWith(target.slice(0, shown));
      // A new text that is being written flows in from its own beginning.
      if (writing && !continues) shown = 0;
      target = text;
      isWriting = writing;
      if (isSame) return;
      // Hidden pages get no frames, and people who asked for less motion get none of this.
      const flows = (writing || wasWriting) && (continues || writing) && !document.hidden && !prefersReducedMotion();
      if (!flows) shown = target.length;
      if (shown < target.length) schedule();
      else paint();
    },
  };
}
