/** A small observable value: one immutable state, watchers of parts of it, told once after each batch of changes. */
export interface Store<State extends object> {
  readonly get: () => State;
  readonly set: (change: Partial<State>) => void;
  /** Calls `react` now and whenever the selected part is another value than before. */
  readonly watch: <Part>(select: (state: State) => Part, react: (part: Part) => void) => void;
}

export function createStore<State extends object>(initial: State): Store<State> {
  let state = initial;
  let isScheduled = false;
  const checks: (() => void)[] = [];

  const flush = () => {
    isScheduled = false;
    for (const check of checks) check();
  };

  return {
    get: () => state,
    set: (change) => {
      state = { ...state, ...change };
      if (isScheduled) return;
      isScheduled = true;
      queueMicrotask(flush);
    },
    watch: (select, react) => {
      let known = select(state);
      checks.push(() => {
        const now = select(state);
        if (Object.is(now, known)) return;
        known = now;
        react(now);
      });
      react(known);
    },
  };
}
