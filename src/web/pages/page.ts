import type { PageAddress } from "./address.ts";

export interface PageModule {
  /**
   * Fills `host`, which is empty. It is called anew when the address changes.
   * @param left aborts when the person goes somewhere else: requests and watchers end with it
   */
  readonly show: (host: HTMLElement, address: PageAddress, left: AbortSignal) => void | Promise<void>;
}
