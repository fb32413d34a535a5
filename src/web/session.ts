import type { SignedInJson } from "./api-types.ts";
import { ApiError, problemOf, unreachable } from "./problem.ts";
import { lastTraded, noteTraded } from "./traded-tokens.ts";

interface StoredSession {
  readonly user_id: string;
  readonly access_token: string;
  readonly refresh_token: string;
  /** Milliseconds since 1970, by this machine's clock. */
  readonly expires_at: number;
}

const storageKey = "muse.session";
const lockName = "muse.session";
/** A token this close to its end is renewed before it is used. */
const renewBeforeMs = 30_000;

type Replaced = (reason: "expired" | "elsewhere") => void;
const replacedListeners = new Set<Replaced>();

/** Calls back when the page goes on as another account: the session had ended, or another tab changed it. */
export function onSessionReplaced(listener: Replaced): void {
  replacedListeners.add(listener);
}

function read(): StoredSession | null {
  try {
    const value: unknown = JSON.parse(localStorage.getItem(storageKey) ?? "null");
    return value !== null && typeof value === "object" && "refresh_token" in value ? (value as StoredSession) : null;
  } catch {
    return null;
  }
}

function write(signedIn: SignedInJson): StoredSession {
  const session: StoredSession = {
    user_id: signedIn.user.id,
    access_token: signedIn.access_token,
    refresh_token: signedIn.refresh_token,
    expires_at: Date.now() + signedIn.expires_in * 1_000,
  };
  localStorage.setItem(storageKey, JSON.stringify(session));
  return session;
}

window.addEventListener("storage", (event) => {
  if (event.key !== storageKey || event.oldValue === null) return;
  const before: unknown = JSON.parse(event.oldValue);
  const wasUser = before !== null && typeof before === "object" && "user_id" in before ? before.user_id : null;
  if (read()?.user_id !== wasUser) for (const listener of replacedListeners) listener("elsewhere");
});

let tail: Promise<unknown> = Promise.resolve();

/**
 * Runs one renewal at a time, in all tabs together where the browser has locks (secure origins): a refresh token
 * used twice would end the session, for the server has to take it for a stolen one.
 */
function exclusively<T>(work: () => Promise<T>): Promise<T> {
  // The DOM's types promise locks everywhere; an insecure origin has none.
  const locks: LockManager | undefined = navigator.locks;
  const turn = tail.then(() => (locks === undefined ? work() : locks.request(lockName, work)));
  tail = turn.catch(() => undefined);
  return turn;
}

async function post<T = SignedInJson>(path: string, body: unknown): Promise<T> {
  let response: Response;
  try {
    response = await fetch(`/api/v1/auth/${path}`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(body),
      signal: AbortSignal.timeout(30_000),
    });
  } catch {
    throw new ApiError(unreachable);
  }
  if (!response.ok) throw new ApiError(await problemOf(response));
  return (response.status === 204 ? undefined : await response.json()) as T;
}

const askEveryMs = 40;
const longestWaitMs = 5_000;

/** The stored session; where another tab has just traded its token, the one that it was traded for. */
async function latest(): Promise<StoredSession | null> {
  const traded = await lastTraded();
  for (let waited = 0; waited < longestWaitMs && traded !== null; waited += askEveryMs) {
    if (read()?.refresh_token !== traded) break;
    await new Promise((resolve) => window.setTimeout(resolve, askEveryMs));
  }
  return read();
}

/** @returns null when the session had ended: the page begins anew, as another guest */
async function renew(session: StoredSession): Promise<StoredSession | null> {
  try {
    const next = write(await post("refresh", { refresh_token: session.refresh_token }));
    await noteTraded(session.refresh_token);
    return next;
  } catch (error) {
    if (!(error instanceof ApiError) || error.problem.status !== 401) throw error;
    write(await post("guest", {}));
    for (const listener of replacedListeners) listener("expired");
    return null;
  }
}

const end = (session: StoredSession) => post<void>("logout", { refresh_token: session.refresh_token });

/** Goes on as this account: nothing on screen belongs to it, so the page begins anew. The session before is over. */
export async function adoptSession(signedIn: SignedInJson): Promise<void> {
  const before = read();
  write(signedIn);
  if (before !== null) await end(before).catch(() => undefined);
  startAnew();
}

/** Goes on as a new guest. What the session could do is ended at the server, too. */
export async function signOut(): Promise<void> {
  const session = read();
  if (session !== null) await end(session);
  forgetSession();
}

export function forgetSession(): void {
  localStorage.removeItem(storageKey);
  startAnew();
}

function startAnew(): void {
  window.history.replaceState(null, "", window.location.pathname);
  window.location.reload();
}

function isFresh(session: StoredSession): boolean {
  return session.expires_at - renewBeforeMs > Date.now();
}

/**
 * A token that can be sent now. Signs in as a guest on the first visit and renews in time.
 * @param refused a token that the server has just answered with 401
 * @throws ApiError
 */
export async function accessToken(refused?: string): Promise<string> {
  const usable = (session: StoredSession | null): session is StoredSession =>
    session !== null && session.access_token !== refused && isFresh(session);
  const known = read();
  if (usable(known)) return known.access_token;
  const session = await exclusively(async () => {
    const stored = await latest();
    if (usable(stored)) return stored;
    return stored === null ? write(await post("guest", {})) : renew(stored);
  });
  // What one account asked for is not done in the name of another, so whoever waits for this waits until the page is left.
  return session === null ? new Promise<never>(() => undefined) : session.access_token;
}
