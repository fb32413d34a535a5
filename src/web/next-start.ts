/** What a page that has to begin anew hands over to the one that begins. */
export interface Handover {
  readonly notice: string;
  /** Whether the way to sign in belongs to the notice. */
  readonly offersSignIn?: boolean;
  /** What was written and did not go out. */
  readonly words?: string;
}

/** The storage of the tab: another tab has its own. */
const storageKey = "muse.next-start";

export function handOver(handover: Handover): void {
  sessionStorage.setItem(storageKey, JSON.stringify(handover));
}

/** Takes it away, for it is meant for one start. */
export function takeHandover(): Handover | null {
  const stored = sessionStorage.getItem(storageKey);
  sessionStorage.removeItem(storageKey);
  return stored === null ? null : (JSON.parse(stored) as Handover);
}
