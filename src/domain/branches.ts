/**
 * A conversation as a tree. Each message follows another (`previous_message_id`); messages with one `version_group` are
 * versions of each other. Of each group one version is on the active path; the rest are superseded, and what follows
 * them with them.
 */
export interface MessageNode {
  readonly _id: string;
  readonly previous_message_id: string | null;
  readonly version_group: string;
  readonly superseded: boolean;
  /** When it was made active again, if it ever was. */
  readonly activated_at?: Date;
  readonly created_at: Date;
}

export interface PathChange {
  /** Ids that come onto the active path. */
  readonly enter: readonly string[];
  /** Ids that leave it. */
  readonly leave: readonly string[];
}

/**
 * What has to change for `targetId` to be on the active path: its ancestors come with it, and so does what followed it
 * last. Branches that have nothing to do with it stay as they are.
 * @param nodes all messages of the conversation, or at least the target's versions and all that follow them
 * @param targetId null: what has to change for there to be one path, where two changes at once left two or none
 */
export function pathThrough(nodes: readonly MessageNode[], targetId: string | null): PathChange {
  const byId = new Map(nodes.map((node) => [node._id, node]));
  const wanted = new Set<string>();
  for (let node = byId.get(targetId ?? ""); node !== undefined; node = byId.get(node.previous_message_id ?? "")) {
    wanted.add(node._id);
  }
  const children = Map.groupBy(nodes, ({ previous_message_id }) =>
    previous_message_id !== null && byId.has(previous_message_id) ? previous_message_id : "",
  );
  const active = new Set<string>();
  const open = [""];
  for (let parent = open.pop(); parent !== undefined; parent = open.pop()) {
    for (const versions of Map.groupBy(children.get(parent) ?? [], ({ version_group }) => version_group).values()) {
      const chosen = chooseVersion(versions, wanted);
      active.add(chosen._id);
      open.push(chosen._id);
    }
  }
  return {
    enter: nodes.filter(({ _id, superseded }) => superseded && active.has(_id)).map(({ _id }) => _id),
    leave: nodes.filter(({ _id, superseded }) => !superseded && !active.has(_id)).map(({ _id }) => _id),
  };
}

/** The ids of the messages that are on the active path after a change. */
export function pathAfter(nodes: readonly MessageNode[], { enter, leave }: PathChange): string[] {
  const entering = new Set(enter);
  const leaving = new Set(leave);
  return nodes
    .filter(({ _id, superseded }) => entering.has(_id) || !(superseded || leaving.has(_id)))
    .map(({ _id }) => _id);
}

/** The wanted one; else the one that is active, of several the latest; else the one that was active last. */
function chooseVersion(versions: readonly MessageNode[], wanted: ReadonlySet<string>): MessageNode {
  const byRecency = [...versions].sort(
    (left, right) => recency(right) - recency(left) || (left._id < right._id ? 1 : -1),
  );
  const chosen =
    versions.find(({ _id }) => wanted.has(_id)) ?? byRecency.find(({ superseded }) => !superseded) ?? byRecency[0];
  if (chosen === undefined) throw new Error("a group has at least one version");
  return chosen;
}

/** When it came onto the path: a version does as it is made. */
function recency(node: MessageNode): number {
  return (node.activated_at ?? node.created_at).getTime();
}
