export type Child = Node | string | null | false | undefined;

type Attribute = string | number | boolean | null | undefined | ((event: Event) => void);

/**
 * Makes an element. Text is set as text, never as HTML. A function named `onclick` and the like becomes a listener;
 * true sets an empty attribute; false, null and undefined set none.
 */
export function element<Tag extends keyof HTMLElementTagNameMap>(
  tag: Tag,
  attributes: Readonly<Record<string, Attribute>> = {},
  ...children: readonly Child[]
): HTMLElementTagNameMap[Tag] {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === "function") node.addEventListener(name.slice(2), value);
    else if (value === true) node.setAttribute(name, "");
    else if (value !== false && value !== null && value !== undefined) node.setAttribute(name, String(value));
  }
  node.append(
    ...children.filter((child): child is Node | string => child instanceof Node || typeof child === "string"),
  );
  return node;
}

/** The element of the page's own HTML with this id; a missing one is a defect. */
export function byId<T extends HTMLElement>(id: string, kind: new () => T): T {
  const found = document.getElementById(id);
  if (!(found instanceof kind)) throw new Error(`the page has no ${kind.name} #${id}`);
  return found;
}

/** Puts exactly these children, in this order, and moves only those that are not in place already. */
export function reconcile(parent: Element, children: readonly Node[]): void {
  const wanted = new Set(children);
  for (const child of [...parent.childNodes]) if (!wanted.has(child)) child.remove();
  let place = parent.firstChild;
  for (const child of children) {
    if (child === place) place = place.nextSibling;
    else parent.insertBefore(child, place);
  }
}

export const prefersReducedMotion = (): boolean => window.matchMedia("(prefers-reduced-motion: reduce)").matches;

/** Whether the layout is the phone's, where the list of conversations is a drawer; the same width as in the style sheet. */
export const narrowScreen = window.matchMedia("(max-width: 52rem)");
