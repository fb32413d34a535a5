import { createHmac } from "node:crypto";
import type { State, StoredEvent } from "./state.ts";

/** Pauses between the tries of one event, in ms; the last one is repeated. */
const pausesMs = [0, 500, 1_000, 2_000, 5_000, 15_000, 60_000];
const timeoutMs = 20_000;

interface DeliveryOptions {
  readonly endpoint: string;
  readonly secret: string;
  readonly state: State;
  /** Told when an event is off the list. */
  readonly onDelivered: () => void;
}

/** Sends events to the webhook, signed as Stripe signs them, each until it is answered with 2xx. In no order, as Stripe. */
export function createDeliveries({ endpoint, secret, state, onDelivered }: DeliveryOptions) {
  const timers = new Set<NodeJS.Timeout>();
  let isStopped = false;

  async function send(event: StoredEvent): Promise<boolean> {
    const body = JSON.stringify(event);
    const at = Math.floor(Date.now() / 1_000);
    const signature = createHmac("sha256", secret).update(`${at}.${body}`).digest("hex");
    try {
      const response = await fetch(endpoint, {
        method: "POST",
        headers: { "content-type": "application/json", "stripe-signature": `t=${at},v1=${signature}` },
        body,
        signal: AbortSignal.timeout(timeoutMs),
      });
      await response.body?.cancel();
      return response.ok;
    } catch {
      return false;
    }
  }

  function schedule(event: StoredEvent, tries: number): void {
    if (isStopped) return;
    const timer = setTimeout(
      async () => {
        timers.delete(timer);
        if (!(await send(event))) {
          schedule(event, tries + 1);
          return;
        }
        delete state.pending[event.id];
        onDelivered();
      },
      pausesMs[Math.min(tries, pausesMs.length - 1)],
    );
    timer.unref();
    timers.add(timer);
  }

  return {
    deliver: (event: StoredEvent) => {
      state.pending[event.id] = event;
      schedule(event, 0);
    },
    /** Goes on with what an earlier run did not deliver. */
    resume: () => {
      for (const event of Object.values(state.pending)) schedule(event, 1);
    },
    stop: () => {
      isStopped = true;
      for (const timer of timers) clearTimeout(timer);
    },
  };
}
